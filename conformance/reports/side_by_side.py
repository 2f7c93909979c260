"""Two answers in two columns, row by row, with the rows that differ marked in the margin.

The marks are those of a diff: `!` both sides have something and it differs, `-` only the left side has this, `+` only
the right side.
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING

from conformance.rendering import same_weight
from conformance.reports.align import Row, align, stretches
from conformance.reports.escape import token as shown_token
from conformance.reports.page import chop, cut, pad, shared, width
from conformance.reports.tokens import weight_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.events import Token
    from conformance.reports.page import Page, Piece, Style

MARGIN = 3
GAP = "  "
HEADS = ["index", "id", "text", "weight"]
STYLES: dict[str, tuple[Style, Style]] = {" ": ("", ""), "!": ("good", "bad"), "-": ("good", ""), "+": ("", "bad")}


def tokens(
    page: Page,
    names: tuple[str, str],
    sides: tuple[Sequence[Token], Sequence[Token]],
    *,
    chunks: Mapping[int, str] = MappingProxyType({}),
    unfold: bool = False,
) -> None:
    """Draw two token sequences: index, id, text and weight of each side.

    `chunks` says what begins at a token of the left side; it is told above that token, or above the first that is
    drawn of it.
    """
    rows = align([token.id for token in sides[0]], [token.id for token in sides[1]])
    marks = [_token_mark(row, sides) for row in rows]
    cells = [
        [_cells(page, side, row[at], _other_weight(sides, row, at)) for row in rows] for at, side in enumerate(sides)
    ]
    heads = HEADS if any(token.weight is not None for side in sides for token in side) else HEADS[:3]
    room = (page.width - MARGIN - len(GAP)) // 2
    columns = [_columns(heads, side, room) for side in cells]
    widths = [sum(side) + len(GAP) * (len(side) - 1) for side in columns]
    page.line(" " * MARGIN, (pad(cut(page.safe(names[0]), widths[0]), widths[0]), "title"), GAP, (names[1], "title"))
    page.line(" " * MARGIN, (f"{_row(heads, columns[0])}{GAP}{_row(heads, columns[1])}", "dim"))
    for start, stop, folded in stretches([mark == " " for mark in marks], unfold=unfold):
        if folded:
            first, last = rows[start], rows[stop - 1]
            page.line((f"{'':{MARGIN}}... {stop - start} equal: {first.left} to {last.left}", "dim"))
            continue
        told = ""
        for at in range(start, stop):
            index = rows[at].left
            chunk = told if index is None else _chunk(chunks, index)
            if chunk != told:
                told = chunk
                page.line((f"{'':{MARGIN}}-- {chunk}", "name"))
            left, right = (_row(side[at], width) for side, width in zip(cells, columns, strict=True))
            page.line(*_line(marks[at], left, right))


def _chunk(chunks: Mapping[int, str], index: int) -> str:
    start = max((start for start in chunks if start <= index), default=-1)
    return chunks.get(start, "")


def texts(page: Page, names: tuple[str, str], sides: tuple[str, str], *, unfold: bool = False) -> None:
    """Draw two JSON texts, laid out with sorted keys, or as they are where they are no JSON."""
    lines = [_json_lines(text) for text in sides]
    rows = align(*lines)
    used = max(width(page.safe(text)) for side in ([*names[:1], *lines[0]], [*names[1:], *lines[1]]) for text in side)
    # Both columns are equally wide, so that lines with the same beginning break at the same place.
    room = min(max(used, 20), (page.width - MARGIN - len(GAP)) // 2)
    marks = [_mark(row, equal=_picked(lines[0], row.left) == _picked(lines[1], row.right)) for row in rows]
    page.line(" " * MARGIN, (pad(cut(page.safe(names[0]), room), room), "title"), GAP, (names[1], "title"))
    for start, stop, folded in stretches([mark == " " for mark in marks], unfold=unfold):
        if folded:
            page.line((f"{'':{MARGIN}}... {stop - start} equal lines", "dim"))
            continue
        for at in range(start, stop):
            left = _wrapped(page, _picked(lines[0], rows[at].left), room)
            right = _wrapped(page, _picked(lines[1], rows[at].right), room)
            _text_row(page, marks[at], left, right, room)


def _text_row(page: Page, mark: str, left: list[str], right: list[str], room: int) -> None:
    """One row of texts, with a mark under the first character that differs."""
    pointed = mark != "!"
    for i in range(max(len(left), len(right))):
        cells = [side[i] if i < len(side) else "" for side in (left, right)]
        page.line(*_line(mark if i == 0 else " ", pad(cells[0], room), cells[1], mark))
        if not pointed and cells[0] != cells[1]:
            pointed = True
            point = " " * width(cells[0][: shared(*cells)]) + "^"
            page.line((f"{'':{MARGIN}}{pad(point, room)}{GAP}{point}", "bad"))


def text_alone(page: Page, text: str) -> None:
    """Draw one JSON text, laid out with sorted keys."""
    for line in _json_lines(text):
        for part in _wrapped(page, line, page.width - MARGIN):
            page.line(part, indent=MARGIN)


def _token_mark(row: Row, sides: tuple[Sequence[Token], Sequence[Token]]) -> str:
    if row.left is None or row.right is None:
        return _mark(row, equal=False)
    left, right = sides[0][row.left], sides[1][row.right]
    return _mark(row, equal=left.id == right.id and same_weight(left.weight, right.weight))


def _mark(row: Row, *, equal: bool) -> str:
    if row.left is None:
        return "+"
    return "-" if row.right is None else " " if equal else "!"


def _other_weight(sides: tuple[Sequence[Token], Sequence[Token]], row: Row, at: int) -> float | None:
    other = row[1 - at]
    return None if other is None else sides[1 - at][other].weight


def _cells(page: Page, side: Sequence[Token], index: int | None, other: float | None) -> list[str]:
    if index is None:
        return [""] * 4
    token = side[index]
    return [str(index), str(token.id), page.safe(shown_token(token.text)), weight_text(token.weight, other)]


def _columns(heads: list[str], cells: list[list[str]], room: int) -> list[int]:
    """The widths of the columns of one side: as needed, the text as far as there is room."""
    widths = [max(len(head), *(width(row[i]) for row in cells), 0) for i, head in enumerate(heads)]
    others = sum(widths) - widths[2] + len(GAP) * (len(widths) - 1)
    widths[2] = max(min(widths[2], room - others), 4)
    return widths


def _row(cells: Sequence[str], widths: list[int]) -> str:
    return GAP.join(
        pad(cut(cell, columns) if i == 2 else cell, columns, right=i != 2)
        for i, (cell, columns) in enumerate(zip(cells, widths, strict=False))
    )


def _line(mark: str, left: str, right: str, kind: str | None = None) -> list[Piece]:
    styles = STYLES[kind or mark]
    return [f" {mark} ", (left, styles[0]), GAP, (right, styles[1])]


def _picked(lines: Sequence[str], at: int | None) -> str:
    return "" if at is None else lines[at]


def _json_lines(text: str) -> list[str]:
    try:
        return json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False).split("\n")
    except (ValueError, RecursionError):
        return text.split("\n")


def _wrapped(page: Page, line: str, columns: int) -> list[str]:
    """A line in pieces that fit the column; pieces after the first are indented a little deeper."""
    shown = page.safe(line)
    if width(shown) <= columns:
        return [shown]
    indent = " " * min(len(shown) - len(shown.lstrip()) + 4, columns // 2)
    first, *rest = chop(shown, columns)
    return [first, *(indent + part for part in chop("".join(rest), columns - len(indent)))]
