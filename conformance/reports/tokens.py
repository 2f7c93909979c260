"""Draw where two answers part: a window of tokens, or of text, with the first difference marked without colour too."""

from __future__ import annotations

from conformance.events import Diagnosis, Token, Window
from conformance.reports.escape import token as shown_token
from conformance.reports.page import Page, Piece, Style, cut, pad, shared, width

CELL = 12
DIFFERING_CELL = 24
"""How wide the text of a token may be: of a neighbour, and of the one that differs."""
END = "(end)"
LABELS = ("expected", "  id", "  weight", "got", "  id", "  weight")


def difference(page: Page, diagnosis: Diagnosis, *, indent: int = 0) -> None:
    """Draw both sides of a diagnosis: the token windows where it has them, else the values."""
    if diagnosis.expected or diagnosis.got:
        windows(page, diagnosis.expected, diagnosis.got, diagnosis.index, indent=indent)
    if diagnosis.expected_value or diagnosis.got_value:
        values(page, diagnosis.expected_value, diagnosis.got_value, indent=indent)


def windows(page: Page, expected: Window | None, got: Window | None, index: int | None, *, indent: int = 0) -> None:
    """Draw two windows under one row of indices: text, id and weight of each side, and a mark under `index`.

    As many neighbours are shown as fit the page, nearest first. Where a side has no token any more, it says "(end)".
    """
    sides = [side or Window(start=0, tokens=(), length=0) for side in (expected, got)]
    # Not a range: a window that was read from a file may claim to be anywhere.
    places = {side.start + i for side in sides for i in range(len(side.tokens))} | (
        {index} if index is not None else set()
    )
    weighted = any(token.weight is not None for side in sides for token in side.tokens)
    columns = {at: _column(page, sides, at, differs=at == index) for at in sorted(places)}
    label = max(map(width, LABELS)) + 2
    room = page.width - indent - label
    picked = _nearest({at: _width(cells) for at, cells in columns.items()}, index, room)

    rows: list[tuple[str, int, Style]] = [("", 0, "dim")]
    for side, name in enumerate(("expected", "got")):
        rows += [(name, 1 + 3 * side, "good" if side == 0 else "bad"), ("  id", 2 + 3 * side, "dim")]
        if weighted:
            rows.append(("  weight", 3 + 3 * side, "dim"))
    for name, row, style in rows:
        pieces: list[Piece] = [pad(name, label)]
        for at in picked:
            cell = pad(columns[at][row], _width(columns[at]), right=True)
            pieces += [(cell, style if at == index or row in (0, 2, 3, 5, 6) else ""), "  "]
        page.line(*pieces, indent=indent)
    if index is not None and index in picked:
        before = label + sum(_width(columns[at]) + 2 for at in picked if at < index)
        page.line(" " * before, ("^" * _width(columns[index]), "bad"), indent=indent)


def values(page: Page, expected: str, got: str, *, indent: int = 0) -> None:
    """Draw two texts one above the other, cut to the neighbourhood of the first character that differs."""
    texts = [page.safe(text) for text in (expected, got)]
    label = max(map(width, LABELS)) + 2
    room = page.width - indent - label
    at = shared(*texts)
    start = 0 if max(map(width, texts)) <= room else max(0, at - room // 3)
    lead = "..." if start else ""
    for name, text, style in zip(("expected", "got"), texts, ("good", "bad"), strict=True):
        shown = cut(lead + text[start:], room) if text else "(nothing)"
        page.line(pad(name, label), (shown, "good" if style == "good" else "bad"), indent=indent)
    if texts[0] != texts[1]:
        before = width(lead + texts[0][start:at])
        page.line(" " * (label + before), ("^", "bad"), indent=indent)


def weight_text(weight: float | None, other: float | None = None) -> str:
    """A weight in as few digits as tell it from the other side's."""
    if weight is None:
        return ""
    short = f"{weight:g}"
    return f"{weight:.9g}" if other is not None and other != weight and f"{other:g}" == short else short


def _column(page: Page, sides: list[Window], at: int, *, differs: bool) -> list[str]:
    """The seven cells of one column: index, then text, id and weight of both sides."""
    tokens = [_token(side, at) for side in sides]
    weights = [token.weight if token else None for token in tokens]
    cells = [str(at)]
    for side, token, weight, other in zip(sides, tokens, weights, weights[::-1], strict=True):
        if token is None:
            cells += [END if at == side.length else "", "", ""]
        else:
            text = cut(page.safe(shown_token(token.text)), DIFFERING_CELL if differs else CELL)
            cells += [text, str(token.id), weight_text(weight, other)]
    return cells


def _token(side: Window, at: int) -> Token | None:
    return side.tokens[at - side.start] if side.start <= at < side.start + len(side.tokens) else None


def _width(cells: list[str]) -> int:
    return max(map(width, cells))


def _nearest(widths: dict[int, int], index: int | None, room: int) -> list[int]:
    """The columns to show, in order: from `index` outwards on both sides, until one does not fit any more."""
    centre = min(widths, default=0) if index is None else index
    picked: list[int] = []
    for at in sorted(widths, key=lambda at: (abs(at - centre), at)):
        room -= widths[at] + 2
        if picked and room < 0:
            break
        picked.append(at)
    return sorted(picked)
