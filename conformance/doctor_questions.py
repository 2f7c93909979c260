"""What the doctor asks an adapter that shakes hands, and what it finds in the answers."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.asking import Question
from conformance.doctor_advice import Finding, Level, of_fault, said
from conformance.events import Outcome
from conformance.probing import probe_question, probe_verdict
from conformance.protocol import Answer, Fault, NotSupported, Rejection, Result, ascii_json
from conformance.run import question, undeclared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from conformance.asking import Asker
    from conformance.cases import Planned
    from conformance.judge import Judge
    from conformance.lending import Lend
    from conformance.limits import Limits
    from conformance.probing import Probe
    from conformance.protocol import InitializeParams, InitializeResult
    from cookbook.tokenizer import Tokenizer

CROWD = 100
"""How many questions are sent without waiting for a reply."""
LONG_TEXT = 300_000
"""Bytes of a long question: more than the buffers of line readers that have a limit."""
PACE_SECONDS = 1.0
"""How long speed is measured."""
NO_OPERATION = "conformance.no_such_operation"

TEXTS = {
    "letters beyond ASCII": "Zwölf Boxkämpfer, 世界",
    "characters beyond the basic plane": "\U0001f44b \U0001d518 \U0001f1e9\U0001f1ea",
    "combining marks": "e\u0301 is not \u00e9",
    "line separators that are not newlines": "a\u2028b\u2029c\u0085d",
    "escapes": 'quote " backslash \\ slash / tab \t newline \n return \r delete \x7f escape \x1b',
    "the null character": "a\x00b",
    "text that looks like an escape": "\\u0041 \\n \\ud83d",
    "marks without a picture": "\ufeffa\u200bb\u200ec\U000e0041",
}
"""What goes wrong with text, and a text that shows it."""

NESTED = ("tensor.from_nested", "tensor.to_nested")
DTYPE = re.compile(r'"dtype":"(int64|float32)"')

INTEGERS = (
    "Integers up to 64 bits must stay integers: beyond 2^53 a JSON number that was read as a float is another one "
    "(JavaScript: parse such numbers as BigInt; Go: json.Number; Python and Elixir need nothing)."
)
NOT_FINITE = (
    'JSON has no NaN: read and write the strings "NaN", "Infinity" and "-Infinity" where a number is not finite.'
)
DECLARE = "Declare an operation, and the renderers and tokenizers that it can be asked with."


@dataclass(frozen=True, kw_only=True)
class Patient:
    """The adapter to be examined, and what examining it takes."""

    command: Sequence[str]
    hello: InitializeParams
    limits: Limits
    cases: Sequence[Planned]
    """Golden cases of the tier of byte tokenizers."""
    judge: Judge
    load: Callable[[str], Tokenizer]
    lend: Lend | None = None
    probe: Probe = lambda _: None


class Examination:
    """The questions to an adapter that shakes hands."""

    def __init__(self, patient: Patient, asker: Asker, declared: InitializeResult) -> None:
        self._patient = patient
        self._asker = asker
        self._declared = declared
        self._told: set[str] = set()  # kinds of faults
        self._cases = [one for one in patient.cases if not undeclared(one, declared)]
        self._encoder = next(
            (
                name
                for name in declared.tokenizers
                if "tokenizer.encode" in declared.operations and name.startswith("bytes-")
                if name in patient.hello.tokenizers
            ),
            None,
        )

    def findings(self) -> Iterator[Finding]:
        yield from self._tokenizers()
        first = self._question()
        yield first
        if first.lost:
            # Whatever is asked of it would be lost in the same way, question by question.
            yield Finding(Level.NOTE, "the rest", "is not examined before a question can be answered.")
            return
        yield from self._rejection()
        yield self._unicode()
        yield self._golden("large integers", "int64", "9007199254740993", INTEGERS)
        yield self._golden("numbers that are not finite", "non_finite", "Infinity", NOT_FINITE)
        crowd = self._crowd()
        yield crowd
        yield self._long_line()
        yield from self._noise()
        if crowd.level is Level.OK:
            yield self._pace()

    def _ask(self, *questions: Question) -> list[Answer]:
        return [reply.answer for reply in self._asker.ask(questions)]

    def _faulty(self, about: str, fault: Fault, what: str) -> Finding:
        self._told.add(fault.kind)
        text, mend = of_fault(fault, what)
        return Finding(Level.MEND, about, text, mend, lost=fault.kind != "broke")

    def _tokenizers(self) -> Iterator[Finding]:
        """Encode one text with each tokenizer. What is no answer at all is told with the first question."""
        if "tokenizer.encode" not in self._declared.operations or self._declared.options.tokenizer == "callback":
            return
        for name in self._declared.tokenizers:
            sample = self._patient.probe(name) if name in self._patient.hello.tokenizers else None
            if sample is None:
                continue
            (answer,) = self._ask(probe_question(name, sample[0]))
            wrong = probe_verdict(*sample, answer)
            if isinstance(answer, Fault) and answer.kind != "broke":
                return
            if wrong is not None:
                if name == self._encoder and _tokens(answer) is None:
                    self._encoder = None  # Nothing else can be examined with it.
                mend = "Use what the handshake offers under this name, or do not declare the tokenizer."
                yield Finding(Level.MEND, "tokenizers", f"{name}: it {wrong}", mend)
                return

    def _question(self) -> Finding:
        able = [one for one in self._cases if not _rejects(one)]
        prompts = [one for one in able if one.case.operation == "renderer.build_generation_prompt"]
        chosen = _smallest(prompts or able)
        if chosen is None:
            return Finding(Level.NOTE, "a question", "Nothing is declared that the suite could ask.", DECLARE)
        (answer,) = self._ask(question(chosen))
        if isinstance(answer, Fault):
            return self._faulty("a question", answer, chosen.case.id)
        return self._judged("a question", chosen, answer, f"{chosen.case.operation} is answered")

    def _judged(self, about: str, planned: Planned, answer: Answer, fine: str) -> Finding:
        """Whether an answer has the form of its operation; a wrong one is only noted."""
        event = self._patient.judge.verdict(planned, answer)
        if event.outcome is Outcome.PASSED or event.diagnosis is None:
            return Finding(Level.OK, about, fine)
        if event.diagnosis.cause == "malformed-result":
            mend = f"golden/schema/{planned.case.operation}.result.json says what the result looks like."
            return Finding(Level.MEND, about, f"{planned.case.id}: {event.diagnosis.summary}", mend)
        if event.diagnosis.cause == "declined":
            mend = "Do not declare it, or answer it."
            return Finding(Level.MEND, about, f"It declares {planned.case.operation}, and then declines it.", mend)
        text = f"{planned.case.id} is answered, but not as golden does: {event.diagnosis.summary}"
        return Finding(
            Level.NOTE, about, text, f"`conformance explain {planned.case.id}` with your command shows where."
        )

    def _rejection(self) -> Iterator[Finding]:
        chosen = _smallest([one for one in self._cases if _rejects(one)])
        if chosen is None:
            text = "Nothing is declared for which golden has an input to refuse, so refusing was not examined."
            yield Finding(Level.NOTE, "a rejection", text)
        else:
            (answer,) = self._ask(question(chosen))
            yield self._rejected(chosen, answer)
        (answer,) = self._ask(Question("doctor/no-such-operation", NO_OPERATION, b"{}"))
        yield _not_supported(answer) or Finding(
            Level.OK, "an unknown operation", "is answered with -32601, not supported"
        )

    def _rejected(self, planned: Planned, answer: Answer) -> Finding:
        about = "a rejection"
        if isinstance(answer, Rejection):
            return Finding(Level.OK, about, "an input that must be refused is refused with -32000")
        if isinstance(answer, Fault) and answer.kind == "broke":
            text = f"{planned.case.id} must be refused; the adapter says that it broke: {answer.message}"
            mend = "Catch the errors that your port raises on purpose and answer -32000; keep -32603 for surprises."
            return Finding(Level.MEND, about, text, mend)
        if isinstance(answer, Fault):
            return self._faulty(about, answer, planned.case.id)
        if isinstance(answer, NotSupported):
            mend = "Answer -32000 where your port refuses an input; -32601 is for what was not declared."
            return Finding(Level.MEND, about, f"{planned.case.id} is answered with -32601, not supported.", mend)
        text = f"{planned.case.id} must be refused, and is answered."
        return Finding(Level.NOTE, about, text, f"`conformance explain {planned.case.id}` shows the input.")

    def _unicode(self) -> Finding:
        about = "Unicode"
        tokenizer = self._patient.load(self._encoder) if self._encoder else None
        lost: dict[str, str] = {}
        for what, text in TEXTS.items():
            # The id is echoed whatever is declared, so that it is text to be examined too.
            id = f"doctor/{text}"
            if tokenizer is None:
                (answer,) = self._ask(Question(id, NO_OPERATION, ascii_json({"text": text})))
            else:
                params = ascii_json({"tokenizer": self._encoder, "text": text})
                (answer,) = self._ask(Question(id, "tokenizer.encode", params))
            if isinstance(answer, Fault) and (tokenizer or answer.kind != "broke"):
                return self._faulty(about, answer, what)
            expected = tokenizer.encode(text) if tokenizer else None
            if expected is not None and _tokens(answer) != expected:
                lost[what] = f"{ascii_json(text).decode()} is {expected}, and got {said(answer)}"
        if lost:
            mend = (
                "Encode the UTF-8 bytes of the text as it is: do not normalise, trim or split it. The runner writes "
                "\\uXXXX, in surrogate pairs beyond the basic plane, which a JSON library joins to one character."
            )
            return Finding(Level.MEND, about, f"Not kept: {', '.join(lost)}. {next(iter(lost.values()))}", mend)
        how = f"are encoded by {self._encoder} and echoed in ids" if tokenizer else "are echoed in ids"
        return Finding(Level.OK, about, f"{', '.join(TEXTS)} {how}")

    def _golden(self, about: str, flag: str, hint: str, mend: str) -> Finding:
        """Ask small golden cases that have a flag."""
        able = [one for one in self._cases if flag in one.case.flags and hint in _text(one) and not _rejects(one)]
        # The two dtypes that every port has: those of the live API.
        able = [one for one in able if one.case.operation in NESTED and DTYPE.search(_text(one))]
        if not able:
            return Finding(Level.NOTE, about, "were not examined: no operation on tensors is declared.")
        chosen = sorted(able, key=_size)[:3]
        for planned in chosen:
            (answer,) = self._ask(question(planned))
            if isinstance(answer, Fault):
                finding = self._faulty(about, answer, planned.case.id)
                return finding._replace(mend=f"{mend} {finding.mend}")
            event = self._patient.judge.verdict(planned, answer)
            if event.diagnosis is not None:
                return Finding(Level.MEND, about, f"{planned.case.id}: {event.diagnosis.summary}", mend)
        return Finding(Level.OK, about, f"come back as they should ({', '.join(one.case.operation for one in chosen)})")

    def _crowd(self) -> Finding:
        about = "a crowd"
        before = len(self._asker.incidents)
        answers = self._ask(*(self._cheap(at) for at in range(CROWD)))
        for at, answer in enumerate(answers):
            finding = self._of_crowd(at, answer)
            if finding is not None:
                return finding
        for incident in self._asker.incidents[before:]:
            finding = self._faulty(about, incident.fault, f"{CROWD} questions sent together")
            advice = "Asked one at a time, it answers: read every line that is there, and mix up none."
            return finding._replace(mend=f"{advice} {finding.mend}")
        if self._declared.options.tokenizer == "callback":
            return Finding(Level.OK, about, f"{CROWD} questions, one at a time because it borrows its tokenizer")
        return Finding(Level.OK, about, f"{CROWD} questions sent together, each answered once and as itself")

    def _cheap(self, at: int) -> Question:
        """One of many small questions, each with an answer of its own where something can be encoded."""
        if self._encoder is None:
            return Question(f"doctor/crowd/{at}", NO_OPERATION, b"{}")
        params = ascii_json({"tokenizer": self._encoder, "text": f"number {at}"})
        return Question(f"doctor/crowd/{at}", "tokenizer.encode", params)

    def _of_crowd(self, at: int, answer: Answer) -> Finding | None:
        about = "a crowd"
        if isinstance(answer, Fault) and (self._encoder or answer.kind != "broke"):
            return self._faulty(about, answer, f"question {at + 1} of {CROWD} sent together")
        if self._encoder and _tokens(answer) != list(f"number {at}".encode()):
            text = f"Of {CROWD} questions sent together, number {at + 1} got {said(answer)}."
            return Finding(Level.MEND, about, text, "Answer each question from its own params, under its own id.")
        return None

    def _long_line(self) -> Finding:
        text = "x" * LONG_TEXT
        if self._encoder is None:
            (answer,) = self._ask(Question("doctor/long", NO_OPERATION, ascii_json({"text": text})))
            fine = not _not_echoed(answer)
        else:
            params = ascii_json({"tokenizer": self._encoder, "text": text})
            (answer,) = self._ask(Question("doctor/long", "tokenizer.encode", params))
            fine = _tokens(answer) == list(text.encode())
        if fine:
            return Finding(Level.OK, "a long line", f"{LONG_TEXT:,} bytes are read whole")
        mend = (
            "Read lines of any length: many readers stop at 4 or 64 kB unless they are told otherwise "
            "(in Go, bufio.Scanner needs Buffer, or use bufio.Reader)."
        )
        text = f"A question of {LONG_TEXT:,} bytes is answered with {said(answer)}."
        return Finding(Level.MEND, "a long line", text, mend)

    def _noise(self) -> Iterator[Finding]:
        """What was on stdout that could be blamed on no question, each kind once and only if it was not told before."""
        for incident in self._asker.incidents:
            if incident.fault.kind not in self._told:
                yield self._faulty("stdout", incident.fault, "now and then")
        if not self._told:
            yield Finding(Level.OK, "stdout", "nothing but protocol is on it, and every line comes at once")

    def _pace(self) -> Finding:
        asked = 0
        begun = time.monotonic()
        while not asked or time.monotonic() < begun + PACE_SECONDS:
            self._ask(*(self._cheap(at) for at in range(CROWD)))
            asked += CROWD
        rate = asked / (time.monotonic() - begun)
        minutes = len(self._cases) / rate / 60
        slow = f"; a run of all that is declared takes about {minutes:.0f} minutes" if minutes >= 1 else ""
        return Finding(Level.OK, "speed", f"about {_rounded(rate):,} small questions a second{slow}")


def _rejects(planned: Planned) -> bool:
    return planned.case.expect.rejection is not None


def _size(planned: Planned) -> tuple[int, str]:
    return len(bytes(planned.case.params)), planned.case.id


def _smallest(cases: Sequence[Planned]) -> Planned | None:
    return min(cases, key=_size, default=None)


def _text(planned: Planned) -> str:
    return bytes(planned.case.params).decode()


def _tokens(answer: Answer) -> list[int] | None:
    if not isinstance(answer, Result):
        return None
    found = json.loads(answer.raw)
    tokens = found.get("tokens") if isinstance(found, dict) else None
    return tokens if isinstance(tokens, list) else None


def _not_echoed(answer: Answer) -> bool:
    """Whether the question itself got lost. That it is not supported, or broke the adapter, is another finding."""
    return isinstance(answer, Fault) and answer.kind != "broke"


def _not_supported(answer: Answer) -> Finding | None:
    """What is wrong with the answer to an operation that does not exist."""
    if isinstance(answer, NotSupported):
        return None
    about = "an unknown operation"
    if isinstance(answer, Fault) and answer.kind != "broke":
        text, mend = of_fault(answer, "an operation that it does not know")
        return Finding(Level.MEND, about, text, mend)
    mend = 'Answer what you do not know with "error":{"code":-32601,"message":"..."}.'
    # That it broke is honest, and it is never asked for what it does not declare; a result is neither.
    level = Level.NOTE if isinstance(answer, Fault) else Level.MEND
    return Finding(level, about, f"is answered with {said(answer)}.", mend)


def _rounded(rate: float) -> int:
    """Two digits: more would pretend to be the same next time."""
    return int(float(f"{rate:.2g}"))
