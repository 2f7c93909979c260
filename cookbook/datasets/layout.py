"""How a file of a data set divides into stretches of rows that can be read apart, and what reading a row gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

STRETCH_ROWS = 500
"""Rows of a stretch at most. Work is handed out, counted and repeated by stretches: about a second of it."""
STRETCH_BYTES = 4 << 20
"""Bytes after which a stretch ends earlier, and of the columns that are decoded at once."""


class Stretch(NamedTuple):
    """`rows` consecutive rows of a file, the first of which has the number `first`.

    `place` and `skip` say where they begin: a byte offset (of the unpacked text) and 0 for JSON Lines, a row group and
    a row in it for Parquet, 0 and a row for Arrow.
    """

    place: int
    skip: int
    first: int
    rows: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """What a file holds, found in one pass over it.

    `sha256` is over its bytes. `missing` says why none of its rows can be read, though they can be counted: the column
    is not there. `problem` says why there is no getting beyond some row, so that what is behind it is not in `rows`.
    Both are empty where all is well.
    """

    size: int
    sha256: str
    rows: int
    stretches: tuple[Stretch, ...]
    missing: str = ""
    problem: str = ""


class Row(NamedTuple):
    """A row: its number in its file (lines of JSON Lines and rows of a table, from 1), and its messages as JSON has
    them, of which nothing is known but that they are a list."""

    number: int
    messages: list[Any]


class Unreadable(NamedTuple):
    """A row that cannot be read, and why, in one line."""

    number: int
    reason: str
