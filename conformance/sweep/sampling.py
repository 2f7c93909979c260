"""Which rows of a data set are asked, where not all are."""

from __future__ import annotations

import random


def sample(count: int, *, of: int, seed: int) -> list[int]:
    """`count` different numbers below `of`, in ascending order; each choice of them is as likely as any other.

    It depends on the arguments alone: Floyd's algorithm on `random.Random(seed).random()`, whose sequence Python
    guarantees, as it does not for `random.sample`.
    """
    draw = random.Random(seed).random
    chosen: set[int] = set()
    for last in range(max(of - count, 0), of):
        number = int(draw() * (last + 1))
        chosen.add(last if number in chosen else number)
    return sorted(chosen)
