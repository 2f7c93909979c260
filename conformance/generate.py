"""Make golden: put the corpus' questions to the oracles, and write down what they answer and who says so.

The principal oracle's answer becomes golden. Every other oracle is a witness where it gives the same answer, and a
dissent, with a ruling, where it does not; a disagreement without a ruling stops the generation. Older releases leave
a digest where they answered otherwise.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from conformance import SUITE
from conformance.cases import Case, Dissent, Expect, ExpectedRejection, Planned
from conformance.exits import SuiteError
from conformance.judge import Judge, digest
from conformance.oracles.registry import PRINCIPAL
from conformance.protocol import Answer, Rejection, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from conformance.cases import Asks
    from conformance.corpus import Question as CorpusQuestion
    from conformance.oracles.panel import Asked
    from conformance.oracles.rulings import Ruling
    from conformance.token_causes import Lexicon


@dataclass(kw_only=True)
class Golden:
    """The files that were generated, and what is to be said about them."""

    files: dict[str, bytes] = field(default_factory=dict)
    """By path below golden/."""
    unruled: list[str] = field(default_factory=list)
    """A line for each disagreement that no ruling speaks of."""
    used_rulings: set[int] = field(default_factory=set)
    """The places, in the list of rulings, of those that were needed."""


def resolved(question: CorpusQuestion, encode: Callable[[str, str], list[int]]) -> bytes:
    """The params of a question as golden will have them, so that oracles are asked what ports will be asked.

    `encode(tokenizer, text)` finds special tokens.
    """
    from conformance.corpus import resolve

    params = resolve(question.params, lambda text: encode(question.params["tokenizer"], text))
    return canonical(params)


@dataclass(kw_only=True)
class Assembler:
    """Puts answers together into golden cases."""

    asked: Sequence[Asked]
    rulings: Sequence[Ruling]
    lexicon: Callable[[str], Lexicon | None]
    golden: Golden = field(default_factory=Golden)

    def case(self, question: CorpusQuestion, params: bytes, asks: Asks) -> Case:
        """The golden case of one question.

        Raises:
            SuiteError: the principal oracle has no answer.
        """
        principal = next(asked for asked in self.asked if asked.oracle.name == PRINCIPAL)
        answer = principal.answers.get(question.id)
        if answer is None:
            raise SuiteError(f"{question.id}: the oracle {PRINCIPAL} has no answer")
        case = Case(
            id=question.id,
            operation=question.operation,
            params=msgspec.Raw(params),
            expect=_expect(answer),
            level=question.level,
            since=question.since,
            flags=question.flags,
            notes=question.notes,
            signed_zero=question.signed_zero,
            tolerance=question.tolerance,
            text=_text(question.operation, params, answer, asks, self.lexicon),
        )
        return self._witnessed(Planned(case, asks))

    def _witnessed(self, planned: Planned) -> Case:
        case, renderer = planned.case, planned.asks.renderer
        judge = Judge(lexicon=self.lexicon)
        witnesses, dissent, history = [], [], {}
        for asked in self.asked:
            answer = asked.answers.get(case.id)
            if answer is None:
                continue
            verdict = judge.verdict(planned, answer)
            if asked.oracle.release:
                found = digest(answer)
                if verdict.diagnosis is not None and found is not None:
                    history[asked.oracle.called.format(version=asked.version)] = found
            elif verdict.diagnosis is None:
                witnesses.append(asked.witness(renderer))
            else:
                ruling = self._ruling(planned, asked, verdict.diagnosis.cause, verdict.diagnosis.summary)
                if ruling is not None:
                    dissent.append(
                        Dissent(
                            witness=asked.witness(renderer),
                            cause=verdict.diagnosis.cause,
                            ruling=ruling.ruling,
                            why=ruling.why,
                        )
                    )
        return msgspec.structs.replace(case, witnesses=tuple(witnesses), dissent=tuple(dissent), history=history)

    def _ruling(self, planned: Planned, asked: Asked, cause: str, summary: str) -> Ruling | None:
        for place, ruling in enumerate(self.rulings):
            if ruling.holds(
                oracle=asked.oracle.name,
                case=planned.case.id,
                renderer=planned.asks.renderer,
                operation=planned.case.operation,
                cause=cause,
                flags=planned.case.flags,
            ):
                self.golden.used_rulings.add(place)
                return ruling
        self.golden.unruled.append(f"{planned.case.id}: {asked.oracle.name} disagrees ({cause}): {summary}")
        return None


def case_line(case: Case) -> bytes:
    """A case as its canonical line: sorted keys, ASCII, no spaces, numbers as Python's json writes them."""
    return canonical(msgspec.json.decode(msgspec.json.encode(case))) + b"\n"


def canonical(value: Any) -> bytes:
    """JSON of golden/: sorted keys, ASCII, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def manifest(asked: Sequence[Asked], files: Mapping[str, Sequence[Case]], golden: Mapping[str, bytes]) -> bytes:
    """golden/manifest.json: suite and oracle versions, a sha256 a file, cases an area and tier."""
    counts: Counter[tuple[str, str]] = Counter()
    for path, cases in files.items():
        counts[path.split("/")[1], "real" if ".real." in path else "bytes"] += len(cases)
    value = {
        "suite": SUITE,
        "oracles": {one.oracle.name: one.version for one in asked if one.oracle.name != "reference"},
        "files": {
            path: {"cases": len(cases), "sha256": hashlib.sha256(golden[path]).hexdigest()}
            for path, cases in sorted(files.items())
        },
        "counts": {area: {tier: n for (one, tier), n in sorted(counts.items()) if one == area} for area, _ in counts},
    }
    return (json.dumps(value, sort_keys=True, indent=1, ensure_ascii=True) + "\n").encode("ascii")


def smoke_file(cases: Mapping[str, Sequence[Case]], ids: Collection[str]) -> bytes:
    """golden/smoke.json: of each file that holds cases of the smoke set, their ids with the lines on which they stand.

    Raises:
        SuiteError: a case of the set is not there.
    """
    places = {
        path: found
        for path, group in sorted(cases.items())
        if (found := {case.id: number for number, case in enumerate(group, start=1) if case.id in ids})
    }
    if lacking := sorted(set(ids).difference(*places.values())):
        raise SuiteError(f"the smoke set names a case that is not there: {lacking[0]}")
    return (json.dumps(places, indent=1, ensure_ascii=True) + "\n").encode("ascii")


def flags_file(flags: Mapping[str, str]) -> bytes:
    """golden/flags.json: the note of every flag."""
    return (json.dumps(dict(flags), sort_keys=True, indent=1, ensure_ascii=True) + "\n").encode("ascii")


def check(golden: Golden, directory: Path) -> list[str]:
    """One line for each stored file that is not, byte for byte, what the oracles say today."""
    stored = {path.relative_to(directory).as_posix() for path in (directory / "cases").rglob("*.jsonl")}
    stored |= {path.relative_to(directory).as_posix() for path in (directory / "traces").glob("*.json")}
    lines = [f"{path}: the corpus has no such file" for path in sorted(stored - golden.files.keys())]
    for path, content in sorted(golden.files.items()):
        place = directory / path
        if not place.is_file():
            lines.append(f"{path}: missing")
        elif (there := place.read_bytes()) != content:
            lines.append(f"{path}: {_first_change(there, content)}")
    return lines


def _first_change(stored: bytes, generated: bytes) -> str:
    before, after = stored.splitlines(), generated.splitlines()
    for number, (old, new) in enumerate(zip(before, after, strict=False), start=1):
        if old != new:
            return f"line {number} differs from what the oracles say today"
    if len(before) == len(after):
        return "line ends differ from what the oracles say today"
    return f"{len(before)} lines, the oracles give {len(after)}"


def _expect(answer: Answer) -> Expect:
    match answer:
        case Result():
            return Expect(result=msgspec.Raw(answer.raw))
        case Rejection():
            return Expect(rejection=ExpectedRejection(kind=answer.kind))
    raise AssertionError(f"no answer to keep: {answer}")


def _text(
    operation: str, params: bytes, answer: Answer, asks: Asks, lexicon: Callable[[str], Lexicon | None]
) -> str | None:
    """The tokens of a case as people read them. The real tier's text is that of the bytes tier, so it is left out."""
    if asks.tier == "real" or not isinstance(answer, Result):
        return None
    holder = params if operation == "renderer.parse_response" else answer.raw
    tokens = msgspec.json.decode(holder).get("tokens")
    known = lexicon(asks.tokenizer)
    return None if tokens is None or known is None else known.text(tokens)
