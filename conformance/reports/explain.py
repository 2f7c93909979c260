"""One case in full: what is asked and why, who vouches for the answer, and the answers side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TextIO

from conformance.rendering import Weights, cut
from conformance.reports import rendering, side_by_side
from conformance.reports.nearness import described
from conformance.reports.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.causes import Cause
    from conformance.events import Diagnosis, Distance, Token
    from conformance.rendering import Chunk, Rendering
    from conformance.reports.page import Page, Piece


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenRow:
    """One sequence of tokens in an answer.

    `label` says where in the answer it is (`examples[1]`), and is empty where the answer is one sequence. Weights are
    float32 values, because they are compared as such. `chunks` are the reference's, where it gives these tokens.
    """

    tokens: tuple[Token, ...]
    label: str = ""
    chunks: tuple[Chunk, ...] = ()

    def rendering(self, name: str) -> Rendering:
        """The sequence under a name, as `conformance show` draws it."""
        weights = tuple(nan if token.weight is None else token.weight for token in self.tokens)
        weighted = any(token.weight is not None for token in self.tokens)
        rows = (Weights(mode="weights", weights=weights),) if weighted else ()
        return cut(f"{name} {self.label}".strip(), self.tokens, self.chunks, rows)


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """What one answerer says.

    An answer made of tokens has `rows`; every other answer has `value`, its JSON text: a parsed message, a rejection
    with its kind and message, or the text of a fault.
    """

    name: str
    """Who answers: `golden`, `reference`, the name of a port."""
    kind: Literal["result", "rejection", "not supported", "fault"] = "result"
    value: str = ""
    rows: tuple[TokenRow, ...] = ()
    diagnosis: Diagnosis | None = None
    """Why it differs from golden. None for golden itself, and where it does not differ."""
    distance: Distance | None = None
    """How far it is from golden, where it is within the tolerance and not exact."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """A witness that answered otherwise: `ruling` names whose answer is golden, `why` the reason."""

    witness: str
    ruling: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Everything there is to say about one case. Flags and traps are names with their notes."""

    id: str
    operation: str
    golden: Side
    wire: str
    """The question as the line that is sent to an adapter."""
    others: tuple[Side, ...] = ()
    level: str = "must"
    since: str = ""
    flags: Mapping[str, str] = field(default_factory=dict)
    traps: Mapping[str, str] = field(default_factory=dict)
    notes: str = ""
    witnesses: tuple[str, ...] = ()
    dissent: tuple[Ruling, ...] = ()
    text: str = ""
    """The golden tokens as text, for people."""
    tolerance: str = ""
    """How far an answer may be, and why; empty where it must be exact."""


def explain(
    explanation: Explanation,
    stream: TextIO | None = None,
    *,
    causes: Mapping[str, Cause] = MappingProxyType({}),
    unfold: bool = False,
    terminal: bool | None = None,
    width: int | None = None,
) -> None:
    """Write an explanation.

    Args:
        explanation: What to write.
        stream: Where to; default is stdout.
        causes: What `Diagnosis.cause` means.
        unfold: Show every row, also where the answers agree for long.
        terminal: Whether the stream is a terminal; default is to ask it. Elsewhere the text is plain.
        width: The width of the page; default is that of the terminal, or 100.
    """
    screen = Screen(stream, terminal=terminal, width=width)
    page = screen.page()
    draw(page, explanation, causes=causes, unfold=unfold)
    screen.show(page)


def draw(page: Page, explanation: Explanation, *, causes: Mapping[str, Cause], unfold: bool = False) -> None:
    """Draw an explanation on a page."""
    _case(page, explanation)
    page.blank()
    page.line(("The question as it is sent (--lines: with the handshake)", "title"))
    page.line(explanation.wire)
    if explanation.text:
        page.blank()
        page.line(("The golden answer as text", "title"))
        for line in explanation.text.split("\n"):
            page.line(("| ", "dim"), line, indent=2)
    golden = explanation.golden
    grouped: dict[str, list[Side]] = {}
    for other in explanation.others:
        grouped.setdefault(_answer(other), []).append(other)
    if not grouped:
        page.blank()
        _told(page, golden, golden.name, unfold=unfold)
    for alike in grouped.values():
        _compared(page, golden, alike, causes, alone=len(grouped) == 1, unfold=unfold)


def _case(page: Page, explanation: Explanation) -> None:
    page.line((explanation.id, "title"))
    page.fields(
        [
            ("operation", explanation.operation),
            ("level", explanation.level),
            ("since", explanation.since),
            ("witnesses", ", ".join(explanation.witnesses) or "none"),
            ("tolerance", explanation.tolerance),
            ("notes", explanation.notes),
        ],
        indent=2,
    )
    for heading, items in (("Flags", explanation.flags), ("Traps", explanation.traps)):
        if items:
            page.blank()
            page.line((heading, "title"))
        for name, note in items.items():
            page.wrap(note, first=f"{name}: " if note else name, indent=2)
    if explanation.dissent:
        page.blank()
        page.line(("Dissent", "title"))
    for ruling in explanation.dissent:
        page.wrap(f"{ruling.why} (golden follows {ruling.ruling})", first=f"{ruling.witness}: ", indent=2)


def _compared(
    page: Page, golden: Side, alike: list[Side], causes: Mapping[str, Cause], *, alone: bool, unfold: bool
) -> None:
    """Draw golden and the answer that all of `alike` gave. `alone` says that there is no other answer."""
    other = alike[0]
    names = (golden.name, ", ".join(side.name for side in alike))
    page.blank()
    if same(golden, other):
        page.line((f"{names[1]}: ", "title"), (f"the same as {names[0]}", "good"), f" ({_described(golden)})")
        if alone:
            page.blank()
            _told(page, golden, golden.name, unfold=unfold)
        return
    # A rejection may say it in other words, and a number may be written otherwise.
    agrees = other.diagnosis is None and other.kind == golden.kind and not (golden.rows or other.rows)
    verdict: Piece = (
        (f"within tolerance of {names[0]}", "good")
        if other.distance is not None
        else (f"agrees with {names[0]}, not to the letter", "good")
        if agrees
        else (f"differs from {names[0]}", "bad")
    )
    kinds = f": {other.kind} where it has a {golden.kind}" if other.kind != golden.kind else ""
    page.line((f"{names[1]}: ", "title"), verdict, kinds)
    if other.distance is not None:
        apart = other.distance
        inexact = "1 number is not exact" if apart.numbers == 1 else f"{apart.numbers} numbers are not exact"
        where = f"farthest {described(apart)}, {apart.absolute:.2g} of {apart.allowed:.2g}, at {apart.path}"
        page.wrap(f"{inexact}, {where}", indent=2)
    if other.diagnosis is not None:
        cause = causes.get(other.diagnosis.cause)
        page.wrap(other.diagnosis.summary, indent=2)
        title = f"{cause.title}  [{other.diagnosis.cause}]" if cause else other.diagnosis.cause
        page.wrap(title, first="cause: ", indent=2)
        if cause and cause.hint:
            page.wrap(cause.hint, first="hint: ", indent=2)
    page.blank()
    if golden.rows and other.rows:
        _rows(page, names, golden, other, unfold=unfold)
    elif golden.rows or other.rows or other.kind != golden.kind:
        for side, name in ((golden, names[0]), (other, names[1])):
            page.blank()
            _told(page, side, name, unfold=unfold)
    else:
        side_by_side.texts(page, names, (golden.value, other.value), unfold=unfold)


def _rows(page: Page, names: tuple[str, str], golden: Side, other: Side, *, unfold: bool) -> None:
    """Draw the sequences of both answers, those with the same label beside each other."""
    left, right = ({row.label: row for row in side.rows} for side in (golden, other))
    for label in dict.fromkeys([*left, *right]):
        first, second = left.get(label), right.get(label)
        if label:
            page.blank()
            page.line((label, "title"))
        if first is None or second is None:
            only = names[1] if first is None else names[0]
            row = first or second
            assert row is not None
            page.line((f"only {only} has this: {_count(row)}", "bad"), indent=side_by_side.MARGIN)
        elif repr(first) == repr(second):
            page.line((f"the same: {_count(first)}", "good"), indent=side_by_side.MARGIN)
        else:
            headings = (f"{names[0]}: {_count(first)}", f"{names[1]}: {_count(second)}")
            chunks = _chunk_starts(first)
            side_by_side.tokens(page, headings, (first.tokens, second.tokens), chunks=chunks, unfold=unfold)


def _told(page: Page, side: Side, name: str, *, unfold: bool) -> None:
    """Draw one answer by itself."""
    if not side.rows:
        page.line((f"{name}: {_described(side)}", "title"))
        side_by_side.text_alone(page, side.value)
    for at, row in enumerate(side.rows):
        if at:
            page.blank()
        rendering.draw(page, row.rendering(name), fold=not unfold)


def _chunk_starts(row: TokenRow) -> dict[int, str]:
    """At which token each chunk begins that is not empty, and what it is; nothing where only one is known."""
    starts: dict[int, str] = {}
    start = 0
    for number, chunk in enumerate(row.chunks, 1):
        if chunk.tokens:
            starts[start] = f"chunk {number}: {chunk.place}" if chunk.place else f"chunk {number}"
        start += len(chunk.tokens)
    return starts


def same(one: Side, other: Side) -> bool:
    """Whether two sides say the same, to the letter."""
    return _answer(one) == _answer(other)


def _answer(side: Side) -> str:
    """What a side says, in a form that compares: as a value, a weight that is not a number differs from itself."""
    return repr((side.kind, side.value, [(row.label, row.tokens) for row in side.rows]))


def _described(side: Side) -> str:
    if side.kind != "result" or not side.rows:
        return side.kind
    return ", ".join(f"{row.label}: {_count(row)}" if row.label else _count(row) for row in side.rows)


def _count(row: TokenRow) -> str:
    return f"{len(row.tokens)} token" if len(row.tokens) == 1 else f"{len(row.tokens)} tokens"
