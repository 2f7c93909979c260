"""A page of text under construction: lines of styled pieces, drawn with colours on a terminal and without elsewhere.

The page decides where lines break, so that a terminal and a file show the same page. Everything that enters a page is
escaped on the way in: what draws a page cannot forget to.
"""

from __future__ import annotations

import shlex
import unicodedata
from typing import TYPE_CHECKING, Literal

from conformance.reports.escape import narrow, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.text import Text

Style = Literal["", "title", "good", "bad", "warn", "dim", "name", "mark"]
Piece = str | tuple[str, Style]

RICH_STYLES: dict[Style, str] = {
    "": "",
    "title": "bold",
    "good": "green",
    "bad": "red",
    "warn": "yellow",
    "dim": "dim",
    "name": "cyan",
    "mark": "bold reverse",
}

WIDTH = 100
"""How wide a page is where no terminal says otherwise."""
FIELD_LINES = 12
"""How many lines the value of a field may take."""


class Page:
    """Lines for a reader.

    Args:
        width: The column at which `wrap` breaks lines. `line` never breaks them.
        encoding: What the stream that the page is for can say.
    """

    def __init__(self, *, width: int = WIDTH, encoding: str = "utf-8") -> None:
        self.width = max(width, 40)
        self.encoding = encoding
        self._narrow = not encoding.lower().replace("_", "-").startswith("utf")
        self._lines: list[list[tuple[str, Style]]] = []

    def safe(self, text: str) -> str:
        """`text` as the page will show it: measure this, not the text, where something has to be aligned."""
        shown = visible(text)
        return narrow(shown, self.encoding) if self._narrow else shown

    def line(self, *pieces: Piece, indent: int = 0) -> None:
        """One line, however long: for what a reader copies, or what is laid out already."""
        line: list[tuple[str, Style]] = [(" " * indent, "")] if indent else []
        for piece in pieces:
            if isinstance(piece, str):
                line.append((self.safe(piece), ""))
            else:
                line.append((self.safe(piece[0]), piece[1]))
        self._lines.append(line)

    def blank(self) -> None:
        """An empty line, but never two in a row and none at the top."""
        if self._lines and self._lines[-1]:
            self._lines.append([])

    def wrap(self, text: str, *, first: str = "", style: Style = "", indent: int = 0, limit: int = 0) -> None:
        """A paragraph, broken at spaces to fit the width. Lines after the first are indented to stand under its text.

        Args:
            first: What stands before the first line, without style.
            limit: The most lines to show, 0 for all. What is left out is shown as "...".
        """
        hang = indent + width(self.safe(first))
        lines = fold(self.safe(text), max(self.width - hang, 20))
        if limit and len(lines) > limit:
            lines = [*lines[: limit - 1], cut(" ".join(lines[limit - 1 :]), max(self.width - hang, 20))]
        for number, part in enumerate(lines):
            lead = " " * indent + first if number == 0 else " " * hang
            self.line(lead, (part, style))

    def fields(self, rows: Iterable[tuple[str, str]], *, indent: int = 0) -> None:
        """Names and their values in two columns; a row without a value is left out."""
        kept = [(name, value) for name, value in rows if value]
        column = max((width(name) for name, _ in kept), default=0)
        for name, value in kept:
            self.wrap(value, first=f"{name:{column}}  ", indent=indent, limit=FIELD_LINES)

    def extend(self, other: Page) -> None:
        """Append the lines of another page."""
        self._lines.extend(other._lines)

    def plain(self) -> str:
        """The page without colours. Every line ends in a newline."""
        return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in self._lines)

    def rich(self) -> Text:
        """The page for `rich.console.Console.print(..., soft_wrap=True)`."""
        from rich.text import Text  # 70 ms, paid only on a terminal

        page = Text(end="")
        for line in self._lines:
            for text, style in line:
                page.append(text, RICH_STYLES[style] or None)
            page.append("\n")
        return page


def command_line(command: Sequence[str]) -> str:
    """The command as it is typed in a shell."""
    return shlex.join(command)


def width(text: str) -> int:
    """How many columns a terminal gives to the text, which holds no control characters."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """The text with spaces up to the width of a column."""
    space = " " * (columns - width(text))
    return space + text if right else text + space


def cut(text: str, columns: int) -> str:
    """The text, or its beginning and "..." where it is wider than `columns`."""
    if width(text) <= columns:
        return text
    kept, used = [], 3
    for c in text:
        used += _columns(c)
        if used > columns:
            break
        kept.append(c)
    return "".join(kept) + "..."


def fold(text: str, columns: int) -> list[str]:
    """The text in lines no wider than `columns`, broken at spaces, or inside a word that is wider than a line."""
    lines: list[str] = []
    line: str | None = None
    used = 0
    for word in text.split(" "):
        size = width(word)
        if line is not None and used + 1 + size <= columns:
            line, used = f"{line} {word}", used + 1 + size
            continue
        if line is not None:
            lines.append(line)
        *full, line = chop(word, columns) if size > columns else [word]
        lines.extend(full)
        used = width(line)
    return lines if line is None else [*lines, line]


def shared(a: str, b: str) -> int:
    """How many characters both texts begin with."""
    return next((i for i, (c, d) in enumerate(zip(a, b, strict=False)) if c != d), min(len(a), len(b)))


def chop(word: str, columns: int) -> list[str]:
    """The text in lines no wider than `columns`, broken anywhere. Nothing is lost: joined, they are the text."""
    parts, start, used = [], 0, 0
    for i, c in enumerate(word):
        size = _columns(c)
        if used + size > columns:
            parts.append(word[start:i])
            start, used = i, 0
        used += size
    return [*parts, word[start:]]


def _columns(c: str) -> int:
    if c.isascii():
        return 1
    if unicodedata.category(c) in ("Mn", "Me") or "\u1160" <= c <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1
