"""A sequence of tokens as one looks at it: in chunks that say where they come from, with rows of weights.

`conformance show` makes these from a conversation, `conformance explain` from the answers to a case; one drawing for
the terminal (`reports/rendering.py`) and one for the browser (`reports/web/rendering.js`) serve both.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import isnan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.events import Token


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """What is encoded in one piece. `place` says where it stands, and is empty where nobody knows."""

    tokens: tuple[Token, ...]
    place: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """One row of weights, a number a token, under the name of the mode that gives it; or why it is refused."""

    mode: str
    weights: tuple[float, ...] = ()
    refused: str = ""

    @property
    def trained(self) -> int:
        """How many tokens have a weight other than 0."""
        return sum(weight != 0 for weight in self.weights)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendering:
    """One sequence. Every row that is not refused has as many weights as there are tokens."""

    name: str
    chunks: tuple[Chunk, ...]
    rows: tuple[Weights, ...] = ()

    @property
    def length(self) -> int:
        """The number of tokens."""
        return sum(len(chunk.tokens) for chunk in self.chunks)

    @property
    def ids(self) -> tuple[int, ...]:
        """The tokens by themselves, without chunks."""
        return tuple(token.id for chunk in self.chunks for token in chunk.tokens)

    @property
    def given(self) -> tuple[Weights, ...]:
        """The rows that are not refused."""
        return tuple(row for row in self.rows if not row.refused)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """Tokens `start` to `stop` of a sequence, which lie in one chunk and have the same weights in every row."""

    chunk: int
    start: int
    stop: int
    tokens: tuple[Token, ...]


def stretches(rendering: Rendering) -> Iterator[Stretch]:
    """The whole sequence, cut where a chunk ends or a weight changes. An empty chunk is an empty stretch."""
    rows = rendering.given
    start = 0
    for at, chunk in enumerate(rendering.chunks):
        stop = start + len(chunk.tokens)
        breaks = [
            i for i in range(start + 1, stop) if not all(same_weight(r.weights[i - 1], r.weights[i]) for r in rows)
        ]
        for begin, end in pairwise([start, *breaks, stop]):
            yield Stretch(chunk=at, start=begin, stop=end, tokens=chunk.tokens[begin - start : end - start])
        start = stop


def cut(name: str, tokens: Sequence[Token], chunks: Sequence[Chunk] = (), rows: Sequence[Weights] = ()) -> Rendering:
    """The tokens in the chunks of another sequence, if they are the same tokens; else in one chunk of their own."""
    there = [token.id for chunk in chunks for token in chunk.tokens]
    if there != [token.id for token in tokens]:
        chunks = (Chunk(tokens=tuple(tokens)),)
    return Rendering(name=name, chunks=tuple(chunks), rows=tuple(rows))


def equal_rows(rows: Sequence[Weights]) -> list[list[Weights]]:
    """The rows, those with the same weights together, in the order of the first of each."""
    groups: dict[str, list[Weights]] = {}
    for row in rows:
        groups.setdefault(repr(row.weights), []).append(row)  # as text, NaN equals itself
    return list(groups.values())


def same_weight(a: float | None, b: float | None) -> bool:
    """Whether two weights, float32 values both, are the same; NaN is the same as NaN."""
    return a == b or (a is not None and b is not None and isnan(a) and isnan(b))
