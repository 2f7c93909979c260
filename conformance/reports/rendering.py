"""Draw a sequence of tokens as text: by chunk, every token with its id, and the weights that each row gives.

A chunk is cut where a weight changes, so that weights stand once at the head of each stretch, however long it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rendering import equal_rows, stretches
from conformance.reports.escape import token as shown_token
from conformance.reports.page import cut, pad, width
from conformance.reports.tokens import weight_text
from conformance.verdict import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.events import Token
    from conformance.rendering import Rendering, Stretch, Weights
    from conformance.reports.page import Page, Piece, Style

CELL = 40
"""How wide one token may be drawn."""
FOLDED = 24
"""How many tokens at the beginning and at the end of a folded sequence are shown."""


def draw(page: Page, rendering: Rendering, *, since: int = 0, fold: bool = False) -> None:
    """Draw it on a page: its name and size, its rows, and its tokens from `since` on.

    Args:
        fold: Leave the middle of a long sequence out.
    """
    size = f"{counted(rendering.length, 'token')} in {counted(len(rendering.chunks), 'chunk')}"
    page.line((rendering.name, "title"), f": {size}")
    groups = equal_rows(rendering.given)
    for number, group in enumerate(groups, 1):
        names = ", ".join(row.mode for row in group)
        page.wrap(f"{names}: {trained(group[0])}", first=f"[{number}] ", indent=2)
    for row in rendering.rows:
        if row.refused:
            page.wrap(row.refused, first=f"[-] {row.mode}: ", style="warn", indent=2, limit=3)
    if since:
        page.line((f"the first {counted(since, 'token')} as above", "dim"), indent=2)
    hidden = range(FOLDED, rendering.length - FOLDED) if fold else range(0)
    told = False
    for piece in stretches(rendering):
        shown = [at for at in range(max(piece.start, since), piece.stop) if at not in hidden]
        if shown or (piece.start == piece.stop and piece.start not in hidden and not since):
            _stretch(page, rendering, piece, shown, [group[0] for group in groups])
        if piece.stop > hidden.start and hidden and not told:
            told = True
            page.blank()
            page.line((f"... {len(hidden)} more: {hidden.start} to {hidden.stop - 1}", "dim"))


def trained(row: Weights) -> str:
    """How much a row trains."""
    other = sum(weight not in (0, 1) for weight in row.weights)
    note = f", {other} of them not 1" if other else ""
    return f"{row.trained} of {counted(len(row.weights), 'token')} trained{note}"


def _stretch(page: Page, rendering: Rendering, piece: Stretch, shown: Sequence[int], rows: Sequence[Weights]) -> None:
    """The tokens of a stretch that are `shown`, under a line that says where they stand."""
    place = rendering.chunks[piece.chunk].place
    page.blank()
    known = len(rendering.chunks) > 1 or place
    head: list[Piece] = [(f"chunk {piece.chunk + 1}", "title"), ", "] if known else []
    page.line(*head, _range(piece.start, piece.stop), f", {place}" if place else "")
    weights = [row.weights[piece.start] for row in rows] if piece.tokens else []
    if weights:
        told: list[Piece] = [("weight", "dim")]
        for number, weight in enumerate(weights, 1):
            told += [f"  [{number}] " if len(weights) > 1 else " ", (weight_text(weight), "good" if weight else "dim")]
        page.line(*told, indent=4)
    full = [bool(weight) for weight in weights]
    style: Style = "" if not any(full) else "good" if all(full) else "warn"
    _cells(page, [piece.tokens[at - piece.start] for at in shown], style=style)


def _cells(page: Page, tokens: Sequence[Token], *, style: Style) -> None:
    """Texts above ids, in as many lines as they need."""
    room = page.width - 4
    texts: list[str] = []
    ids: list[str] = []
    used = 0

    def flush() -> None:
        page.line((" ".join(texts), style), indent=4)
        page.line((" ".join(ids), "dim"), indent=4)

    for token in tokens:
        text = cut(page.safe(shown_token(token.text)), CELL)
        column = max(width(text), len(str(token.id)))
        if texts and used + column + 1 > room:
            flush()
            texts, ids, used = [], [], 0
        texts.append(pad(text, column))
        ids.append(pad(str(token.id), column))
        used += column + 1
    if texts:
        flush()


def _range(start: int, stop: int) -> str:
    if start == stop:
        return "empty"
    return f"token {start}" if stop == start + 1 else f"tokens {start} to {stop - 1}"
