"""The source of chance: a seeded generator with the few throws that drawing needs, each as cheap as can be."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


class Dice(Random):
    """`Random`, whose own `choice` and `randrange` take several times as long. Seeded with a text or a number."""

    def pick(self, items: Sequence[T]) -> T:
        """One of `items`, all alike."""
        return items[int(self.random() * len(items))]

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.random() < probability

    def below(self, end: int) -> int:
        """0 to `end` - 1."""
        return int(self.random() * end)

    def few(self, most: int) -> int:
        """0 to `most`, small numbers more often than large ones."""
        return int(self.random() * self.random() * (most + 1))

    def place(self, length: int) -> int:
        """A place between the items of a list: 0 to `length`, either end more often than the others."""
        thrown = self.random()
        if thrown < 0.2:
            return 0
        return length if thrown > 0.8 else self.below(length + 1)
