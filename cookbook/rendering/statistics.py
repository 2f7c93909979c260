"""How many examples and tokens there are, and how long examples are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from cookbook.rendering.unit import Rendered


class Bin(NamedTuple):
    """`examples` of `low` to `high` tokens, both included."""

    low: int
    high: int
    examples: int


@dataclass
class Statistics:
    """`tokens` and `trained` (tokens whose weight is not 0) are what is kept. `longest` and `lengths` (how many
    examples there are of each length) are before anything was cut; `truncated` examples lost `cut` tokens in all.
    """

    rows: int = 0
    left_out: int = 0
    examples: int = 0
    tokens: int = 0
    trained: int = 0
    truncated: int = 0
    cut: int = 0
    longest: int = 0
    lengths: Counter[int] = field(default_factory=Counter)

    def add(self, rendered: Rendered, rows: int) -> None:
        """Add a stretch of so many rows."""
        import numpy as np

        self.rows += rows
        self.left_out += len(rendered.left_out)
        self.examples += len(rendered.rows)
        self.tokens += len(rendered.tokens)
        self.trained += int(np.count_nonzero(rendered.weights))
        self.truncated += int(np.count_nonzero(rendered.whole > rendered.lengths))
        self.cut += int((rendered.whole - rendered.lengths).sum())
        self.longest = max(self.longest, int(rendered.whole.max(initial=0)))
        self.lengths.update(rendered.whole.tolist())

    def quantile(self, part: float) -> int:
        """The shortest length that this part of all examples does not exceed."""
        seen = 0
        for length in sorted(self.lengths):
            seen += self.lengths[length]
            if seen >= part * self.examples:
                return length
        return 0

    def bins(self) -> list[Bin]:
        """Examples by length, each bin reaching twice as far as the one before it."""
        found = []
        low, high = 0, 31
        while low <= self.longest and self.lengths:
            found.append(Bin(low, high, sum(many for length, many in self.lengths.items() if low <= length <= high)))
            low, high = high + 1, high * 2 + 1
        while found and not found[0].examples:
            del found[0]
        return found

    def described(self) -> dict[str, Any]:
        """The numbers, as the metadata of the file has them."""
        return {
            "rows": self.rows,
            "left_out": self.left_out,
            "examples": self.examples,
            "tokens": self.tokens,
            "trained": self.trained,
            "truncated": self.truncated,
            "cut": self.cut,
            "longest": self.longest,
            "median": self.quantile(0.5),
        }
