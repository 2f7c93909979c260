"""The order in which a dataset is read: a permutation drawn from a seed.

Behaviour: datasets 5.2, `Dataset.shuffle(seed=...)`, which is numpy's `default_rng(seed).permutation(n)`. Here numpy
does it; golden/shuffle.md describes the same for a language that has no numpy, and the functions below give the
values that a port can check itself against on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cookbook.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class SeedState:
    """What a seed becomes before the first number is drawn.

    `pool` holds four words of 32 bits, `words` four of 64 bits made from them; `state` and `inc` are the generator's
    two numbers of 128 bits.
    """

    pool: tuple[int, ...]
    words: tuple[int, ...]
    state: int
    inc: int


def seed_state(seed: int) -> SeedState:
    """The pool of the seed and the generator that it starts. Raises InvalidInputError for a negative seed."""
    sequence = np.random.SeedSequence(_checked(seed))
    state = np.random.PCG64(sequence).state["state"]
    return SeedState(
        pool=tuple(sequence.pool.tolist()),
        words=tuple(sequence.generate_state(4, np.uint64).tolist()),
        state=state["state"],
        inc=state["inc"],
    )


def raw(seed: int, count: int) -> list[int]:
    """The first `count` numbers of 64 bits that the generator gives.

    Raises InvalidInputError for a negative seed or count.
    """
    drawn: list[int] = np.random.PCG64(_checked(seed)).random_raw(_checked_length(count)).tolist()
    return drawn


def draws(seed: int, length: int) -> list[int]:
    """What a shuffle of `length` elements draws: for each place from the last to the second, the place it swaps with.

    numpy does not show these, so they are made here from what its generator gives: numbers of 32 bits, the lower half
    of each number first, of which as many bits are kept as the place has, and which are thrown away while they are
    above it.

    Raises InvalidInputError for a negative seed or length.
    """
    halves = _halves(np.random.PCG64(_checked(seed)))
    return [_up_to(place, halves) for place in range(_checked_length(length) - 1, 0, -1)]


def permutation(seed: int, length: int) -> list[int]:
    """The numbers below `length` in the order that the seed gives them.

    Raises InvalidInputError for a negative seed or length.
    """
    order: list[int] = np.random.default_rng(_checked(seed)).permutation(_checked_length(length)).tolist()
    return order


def _checked(seed: int) -> int:
    if seed < 0:
        raise InvalidInputError(f"the seed {seed} is negative: use 0 or more")
    return seed


def _checked_length(length: int) -> int:
    if length < 0:
        raise InvalidInputError(f"nothing has {length} elements")
    return length


def _halves(generator: np.random.PCG64) -> Iterator[int]:
    while True:
        number = int(generator.random_raw())
        yield number & 0xFFFFFFFF
        yield number >> 32


def _up_to(largest: int, halves: Iterator[int]) -> int:
    mask = (1 << largest.bit_length()) - 1
    return next(number for half in halves if (number := half & mask) <= largest)
