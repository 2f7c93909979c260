"""Runs to report on: event streams as a runner would send them, small and large, good and bad."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance.causes import Cause
from conformance.events import (
    Account,
    CaseFinished,
    Diagnosis,
    Distance,
    Event,
    Outcome,
    RunFinished,
    RunStarted,
    TierCount,
    Token,
    Window,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CAUSES = {
    "missing-newline": Cause(
        "The newline after the header is missing",
        "The template trims the header, or joins it with the content by an empty string.",
    ),
    "missing-bos": Cause(
        "The prompt does not begin with the BOS token", "The tokenizer adds BOS, and the port turned that off."
    ),
    "key-order": Cause(
        "Tool-call arguments in another key order",
        "A JSON object was decoded into a map that forgets the order of its keys, and was encoded again.",
    ),
    "wrong-weight": Cause("Right tokens, wrong weights", "The header is counted as part of what the model learns."),
    "trailing-stop": Cause("A stop token too many or too few at the end", ""),
    "whitespace": Cause("Whitespace is trimmed from content", "The template applies `trim` to every message."),
}

HOSTILE = "\x1b[2J\x1b]8;;http://x\x07[bold red]\r\b\x85\u202egnp\u200b\ud800\u2028<script>&\"'|*_`"


def tokens(text: str, *, weights: bool = False) -> tuple[Token, ...]:
    """One token a character; the two marks of a chat template are one token each."""
    ids = {"<": ("<|im_start|>", 256), ">": ("<|im_end|>", 257)}
    return tuple(
        Token(ids[c][1], ids[c][0], 1.0 if weights else None)
        if c in ids
        else Token(ord(c), c, 1.0 if weights else None)
        for c in text
    )


def window(text: str, at: int, *, weights: bool = False) -> Window:
    """Five tokens before and after `at`."""
    every = tokens(text, weights=weights)
    start = max(0, at - 5)
    return Window(start, every[start : at + 6], len(every))


def diagnosis(cause: str, expected: str, got: str, *, weights: bool = False) -> Diagnosis:
    """Where two texts part, as tokens."""
    at = next((i for i, (a, b) in enumerate(zip(expected, got, strict=False)) if a != b), min(len(expected), len(got)))
    return Diagnosis(
        cause,
        f"token {at} is {got[at : at + 1]!r} where golden has {expected[at : at + 1]!r}",
        f"tokens@{at}",
        path=f"tokens[{at}]",
        index=at,
        expected=window(expected, at, weights=weights),
        got=window(got, at, weights=weights),
    )


def case(number: int, outcome: Outcome = Outcome.PASSED, **fields: Any) -> CaseFinished:
    """One case, with what a case usually has."""
    renderer = ("qwen3", "llama3", "deepseekv3")[number % 3]
    values: dict[str, object] = {
        "id": f"renderer/{renderer}/case-{number}/prompt@bytes",
        "outcome": outcome,
        "operation": "renderer.build_generation_prompt",
        "tier": "bytes",
        "renderer": renderer,
        "tokenizer": f"bytes-{renderer}",
        "flags": (("tool_calls",), ("thinking", "unicode"), ())[number % 3],
        "seconds": number / 1000,
    }
    return CaseFinished(**(values | fields))  # type: ignore[arg-type]


def near(number: int, share: float, *, ulp: float | None = 1.0) -> CaseFinished:
    """A case that passed and uses up a share of its tolerance."""
    distance = Distance(
        path="loss",
        absolute=share * 2.0**-20,
        allowed=2.0**-20,
        precision="float32",
        ulp=ulp,
        allowed_ulp=None if ulp is None else ulp / share,
    )
    return case(number, distance=distance)


def started(planned: int, **fields: object) -> RunStarted:
    values: dict[str, object] = {
        "suite": "2026.11",
        "protocol": 1,
        "command": ("mix", "run", "--no-halt", "adapter.exs"),
        "implementation": "tinkex_cookbook 0.4.0",
        "language": "elixir 1.18",
        "upstream": "0.1.0",
        "planned": planned,
        "tiers": (TierCount("bytes", True, planned), TierCount("real", False, 1800)),
    }
    return RunStarted(**(values | fields))  # type: ignore[arg-type]


def account(cases: Iterable[CaseFinished], planned: int) -> Account:
    """The account of the cases, counted here once more, so that a test does not ask a report about itself."""
    cases = list(cases)
    counts = Counter(case.outcome for case in cases)
    return Account(
        planned=planned,
        passed=counts[Outcome.PASSED],
        failed=counts[Outcome.FAILED],
        known=counts[Outcome.KNOWN],
        unsupported=counts[Outcome.UNSUPPORTED],
        faulted=counts[Outcome.FAULTED],
        not_run=counts[Outcome.NOT_RUN] + planned - len(cases),
        rejections=sum(case.rejection for case in cases if case.outcome is Outcome.PASSED),
        drifted=sum(bool(case.drift) for case in cases if case.outcome is Outcome.FAILED),
        tolerated=sum(case.distance is not None for case in cases),
    )


def run(
    cases: Iterable[CaseFinished], *, planned: int | None = None, stderr: tuple[str, ...] = (), **fields: object
) -> Iterator[Event]:
    """The whole stream. `planned` beyond the cases makes it a partial run."""
    cases = list(cases)
    planned = len(cases) if planned is None else planned
    yield started(planned, **fields)
    yield from cases
    partial = planned > len(cases)
    yield RunFinished(
        account=account(cases, planned),
        seconds=1.5,
        partial=partial,
        reason="interrupted" if partial else "",
        stderr=stderr,
    )


def conforming() -> list[CaseFinished]:
    cases = [case(number) for number in range(40)]
    cases += [case(number, rejection=True) for number in range(40, 43)]
    return cases


def failing() -> list[CaseFinished]:
    """600 failures of six kinds among 900 cases."""
    shapes = {
        "missing-newline": ("<user\nHi><assistant\n", "<userHi><assistant\n", 300),
        "missing-bos": ("<system\nYou are", "system\nYou are", 150),
        "key-order": ('<tool\n{"a":1,"b":2}>', '<tool\n{"b":2,"a":1}>', 80),
        "wrong-weight": ("<assistant\nYes>", "<assistant\nYes>", 50),
        "trailing-stop": ("<assistant\nYes>", "<assistant\nYes>\n", 19),
        "whitespace": ("<user\n  Hi  >", "<user\nHi>", 1),
    }
    cases = [case(number) for number in range(300)]
    number = 300
    for cause, (expected, got, count) in shapes.items():
        for extra in range(count):
            found = diagnosis(cause, expected, got)
            if cause == "wrong-weight":
                found = wrong_weight(expected)
            cases.append(case(number, Outcome.FAILED, diagnosis=found, size=1000 - extra))
            number += 1
    return cases


def wrong_weight(text: str) -> Diagnosis:
    right, wrong = tokens(text), tokens(text)
    return Diagnosis(
        "wrong-weight",
        "token 10 has weight 1 where golden has 0",
        "weights@10",
        path="weights[10]",
        index=10,
        expected=Window(6, tuple(Token(t.id, t.text, float(i > 10)) for i, t in enumerate(right))[6:14], len(right)),
        got=Window(6, tuple(Token(t.id, t.text, float(i > 9)) for i, t in enumerate(wrong))[6:14], len(wrong)),
    )


def faulting() -> list[CaseFinished]:
    reasons = ["crashed: killed by signal 11", "no answer within 10 s", "line 412 of stdout is not JSON: 'debug: 3'"]
    cases = [case(number) for number in range(10)]
    cases += [case(number, Outcome.FAULTED, reason=reasons[number % 2]) for number in range(10, 15)]
    cases += [
        case(number, Outcome.FAULTED, reason=f"line {number} of stdout is not JSON: 'debug: {number}'")
        for number in range(15, 18)
    ]
    return cases


def drifting() -> list[CaseFinished]:
    cases = [case(number) for number in range(10)]
    cases += [
        case(
            number,
            Outcome.FAILED,
            drift="0.1.0" if number < 15 else "0.2.2",
            diagnosis=diagnosis("whitespace", "<user\n Hi>", "<user\nHi>"),
        )
        for number in range(10, 17)
    ]
    cases.append(case(17, Outcome.FAILED, diagnosis=diagnosis("missing-bos", "<a", "a"), level="should"))
    return cases


def mixed() -> list[CaseFinished]:
    """Every outcome."""
    return [
        *conforming(),
        case(50, Outcome.FAILED, diagnosis=diagnosis("missing-newline", "<user\nHi>", "<userHi>")),
        case(51, Outcome.FAILED, drift="0.1.0"),
        case(
            52,
            Outcome.FAILED,
            operation="renderer.parse_response",
            diagnosis=Diagnosis(
                "whitespace",
                "message.content differs",
                "message.content",
                path="message.content",
                expected_value='"  two spaces before, and then a text that goes on and on, until it does not fit: one"',
                got_value='"  two spaces before, and then a text that goes on and on, until it does not fit: two"',
            ),
        ),
        case(53, Outcome.KNOWN, reason="issue 12: tool calls are merged"),
        case(54, Outcome.KNOWN, reason="issue 12: tool calls are merged"),
        case(55, Outcome.UNSUPPORTED, reason="the renderer kimi_k2 is not declared"),
        case(56, Outcome.FAULTED, reason="crashed: exit status 1"),
        case(57, Outcome.NOT_RUN),
    ]


def hostile() -> list[CaseFinished]:
    """Every text that comes from outside is an attack."""
    bad = HOSTILE
    token = Token(7, bad, 0.5)
    found = Diagnosis(
        bad,
        bad,
        bad,
        path=bad,
        index=1,
        expected=Window(0, (Token(1, "\u0301"), token), 3),
        got=Window(0, (Token(1, ""), Token(8, "\n\n")), 2),
        expected_value=bad + "a",
        got_value=bad + "b",
    )
    texts: dict[str, Any] = {"operation": bad, "tier": bad, "renderer": bad, "tokenizer": bad, "flags": (bad,)}
    return [
        case(1, Outcome.FAILED, id=f"1{bad}", reason=bad, diagnosis=found, **texts),
        case(2, Outcome.FAILED, id=f"2{bad}", drift=bad, **texts),
        case(3, Outcome.FAULTED, id=f"3{bad}", reason=bad, **texts),
        case(4, Outcome.KNOWN, id=f"4{bad}", reason=bad, **texts),
        case(5, Outcome.UNSUPPORTED, id=f"5{bad}", reason=bad, **texts),
        case(6, id=f"6{bad}", **texts),
    ]


def hostile_run() -> Iterator[Event]:
    bad = HOSTILE
    return run(
        hostile(),
        planned=9,
        stderr=(bad, "second line"),
        suite=bad,
        command=(bad, "$(reboot)"),
        implementation=bad,
        language=bad,
        upstream=bad,
        engine=bad,
        tiers=(TierCount(bad, True, 9),),
        undeclared_renderers=(bad,),
        warnings=(bad,),
    )
