"""Lay two sequences beside each other, so that what is equal stands in one row and what is missing leaves a gap."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

CONTEXT = 3
"""How many equal rows are shown around a difference."""
EXACT = 1_000_000
"""Up to which product of the two lengths the best alignment is sought; beyond, a fast one."""


class Row(NamedTuple):
    """One row: an index into the left and into the right sequence, or None where that side has nothing."""

    left: int | None
    right: int | None


class Stretch(NamedTuple):
    """Rows `start` to `stop`, to be shown or folded into one line."""

    start: int
    stop: int
    folded: bool


def align(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[Row]:
    """Rows that hold every element of both sides once and in order, equal elements in one row where possible."""
    head = 0
    while head < min(len(left), len(right)) and left[head] == right[head]:
        head += 1
    tail = 0
    while tail < min(len(left), len(right)) - head and left[-1 - tail] == right[-1 - tail]:
        tail += 1
    rows = [Row(i, i) for i in range(head)]
    a, b = left[head : len(left) - tail], right[head : len(right) - tail]
    matcher = SequenceMatcher(None, a, b, autojunk=len(a) * len(b) > EXACT)
    for _, a0, a1, b0, b1 in matcher.get_opcodes():
        paired = min(a1 - a0, b1 - b0)
        rows += [Row(head + a0 + i, head + b0 + i) for i in range(paired)]
        rows += [Row(head + i, None) for i in range(a0 + paired, a1)]
        rows += [Row(None, head + i) for i in range(b0 + paired, b1)]
    rows += [Row(len(left) - i, len(right) - i) for i in range(tail, 0, -1)]
    return rows


def stretches(equal: Sequence[bool], *, unfold: bool = False) -> Iterator[Stretch]:
    """The rows in order, long runs of equal ones folded. A single row is never folded: its fold takes a line too."""
    keep = [unfold] * len(equal)
    for i, same in enumerate(equal):
        if not same:
            keep[max(0, i - CONTEXT) : i + CONTEXT + 1] = [True] * (
                min(len(equal), i + CONTEXT + 1) - max(0, i - CONTEXT)
            )
    start = 0
    while start < len(keep):
        stop = start
        while stop < len(keep) and keep[stop] == keep[start]:
            stop += 1
        yield Stretch(start, stop, not keep[start] and stop - start > 1)
        start = stop
