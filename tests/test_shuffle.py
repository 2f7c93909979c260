"""golden/shuffle.md and cookbook/shuffle.py: the text, written down as code from itself alone, gives numpy's orders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.golden_path import golden_dir
from cookbook import shuffle
from cookbook.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = (golden_dir() / "shuffle.md").read_text(encoding="ascii")

seeds = st.one_of(st.integers(0, 1000), st.integers(0, 2**300))


# The text as code. Nothing here but what the text says; the sections have its numbers.


def wrap(bits: int, value: int) -> int:
    return value % (1 << bits)


class Hashing:
    """Section 1: the number that changes at every hash."""

    def __init__(self) -> None:
        self.h = 0x43B0D7E5

    def __call__(self, v: int) -> int:
        v ^= self.h
        self.h = wrap(32, self.h * 0x931E8875)
        v = wrap(32, v * self.h)
        return v ^ (v >> 16)


def mixed(x: int, y: int) -> int:
    x = wrap(32, 0xCA01F9DD * x - 0x4973F715 * y)
    return x ^ (x >> 16)


def words_of(seed: int) -> list[int]:
    words = [wrap(32, seed)]
    while seed := seed >> 32:
        words.append(wrap(32, seed))
    return words


def pool_of(seed: int) -> list[int]:
    words, hashed = words_of(seed), Hashing()
    pool = [hashed(words[i] if i < len(words) else 0) for i in range(4)]
    for s in range(4):
        for d in range(4):
            if d != s:
                pool[d] = mixed(pool[d], hashed(pool[s]))
    for word in words[4:]:
        for d in range(4):
            pool[d] = mixed(pool[d], hashed(word))
    return pool


def numbers_of(pool: list[int]) -> list[int]:
    """Section 2."""
    g, w = 0x8B51F9DD, []
    for i in range(8):
        v = pool[i % 4] ^ g
        g = wrap(32, g * 0x58F38DED)
        v = wrap(32, v * g)
        w.append(v ^ (v >> 16))
    return [w[2 * j] + w[2 * j + 1] * 2**32 for j in range(4)]


class Generator:
    """Section 3."""

    def __init__(self, seed: int) -> None:
        words = numbers_of(pool_of(seed))
        start = words[0] * 2**64 + words[1]
        self.inc = wrap(128, (words[2] * 2**64 + words[3]) * 2 + 1)
        self.state = wrap(128, self.inc + start)
        self._step()
        self._kept: int | None = None

    def _step(self) -> None:
        self.state = wrap(128, self.state * 0x2360ED051FC65DA44385DF649FCCF645 + self.inc)

    def of_64_bits(self) -> int:
        self._step()
        x = (self.state >> 64) ^ wrap(64, self.state)
        r = self.state >> 122
        return (x >> r) + wrap(64, x << (64 - r))

    def of_32_bits(self) -> int:
        if self._kept is not None:
            number, self._kept = self._kept, None
            return number
        drawn = self.of_64_bits()
        self._kept = drawn >> 32
        return wrap(32, drawn)


def drawn_of(seed: int, n: int) -> Iterator[tuple[int, int]]:
    """Section 4: each place, and the number drawn for it."""
    generator = Generator(seed)
    for place in range(n - 1, 0, -1):
        bits = len(f"{place:b}")
        number = wrap(bits, generator.of_32_bits())
        while number > place:
            number = wrap(bits, generator.of_32_bits())
        yield place, number


def order_of(seed: int, n: int) -> list[int]:
    order = list(range(n))
    for place, number in drawn_of(seed, n):
        order[place], order[number] = order[number], order[place]
    return order


# The proof.


@given(seed=seeds)
@example(0)
@example(2**32)
@example(2**128)
@example(2**160 + 3)
def test_the_text_seeds_as_numpy_does(seed: int) -> None:
    sequence = np.random.SeedSequence(seed)
    assert pool_of(seed) == sequence.pool.tolist()
    assert numbers_of(pool_of(seed)) == sequence.generate_state(4, np.uint64).tolist()
    generator, state = Generator(seed), np.random.PCG64(seed).state["state"]
    assert (generator.state, generator.inc) == (state["state"], state["inc"])


@given(seed=seeds)
def test_the_text_generates_as_numpy_does(seed: int) -> None:
    generator = Generator(seed)
    assert [generator.of_64_bits() for _ in range(20)] == np.random.PCG64(seed).random_raw(20).tolist()


@given(seed=seeds, n=st.integers(0, 300))
@example(0, 10)
def test_the_text_shuffles_as_numpy_does(seed: int, n: int) -> None:
    assert order_of(seed, n) == np.random.default_rng(seed).permutation(n).tolist()


def test_many_seeds_and_lengths() -> None:
    for seed in range(60):
        for n in range(0, 70, 3):
            assert order_of(seed, n) == np.random.default_rng(seed).permutation(n).tolist()
    assert order_of(5, 5000) == np.random.default_rng(5).permutation(5000).tolist()


def test_the_example_in_the_text_is_right() -> None:
    rows = dict(re.findall(r"^\| (.+?) \| (.+?) \|$", TEXT, re.M))
    pool = pool_of(0)
    generator = Generator(0)
    assert rows["pool"] == ", ".join(f"`0x{word:08X}`" for word in pool)
    assert [rows[f"words[{j}]"] for j in range(4)] == [f"`{number}`" for number in numbers_of(pool)]
    assert (rows["state"], rows["inc"]) == (f"`{generator.state}`", f"`{generator.inc}`")
    first = generator.of_64_bits()
    assert rows["first number of 64 bits"] == f"`{first}`, which is `0x{first:016X}`"
    again = Generator(0)
    halves = [again.of_32_bits() for _ in range(3)]
    assert rows["first two numbers of 32 bits"] == f"`0x{halves[0]:08X}`, then `0x{halves[1]:08X}`"
    assert [half % 16 for half in halves] == [15, 15, 1]
    assert rows["all draws"] == f"`{', '.join(str(number) for _, number in drawn_of(0, 10))}`"
    assert rows["order"] == f"`{', '.join(map(str, order_of(0, 10)))}`"


def test_every_number_of_the_text_is_in_the_code_above() -> None:
    written = {int(digits, 16) for digits in re.findall(r"0x([0-9A-F]+)", TEXT.partition("## An example")[0])}
    assert written == {
        0x43B0D7E5,
        0x931E8875,
        0xCA01F9DD,
        0x4973F715,
        0x8B51F9DD,
        0x58F38DED,
        0x2360ED051FC65DA44385DF649FCCF645,
    }


# The module, which has numpy for it.


@given(seed=seeds, n=st.integers(0, 80))
def test_the_module_shows_what_the_text_describes(seed: int, n: int) -> None:
    found, generator = shuffle.seed_state(seed), Generator(seed)
    assert (list(found.pool), list(found.words)) == (pool_of(seed), numbers_of(pool_of(seed)))
    assert (found.state, found.inc) == (generator.state, generator.inc)
    assert shuffle.raw(seed, 5) == [generator.of_64_bits() for _ in range(5)]
    assert shuffle.draws(seed, n) == [number for _, number in drawn_of(seed, n)]
    assert shuffle.permutation(seed, n) == order_of(seed, n)


def test_known_orders() -> None:
    assert shuffle.permutation(0, 10) == [4, 6, 2, 7, 3, 5, 9, 0, 8, 1]
    assert shuffle.permutation(1, 10) == [8, 4, 7, 0, 1, 2, 5, 9, 6, 3]
    assert shuffle.permutation(0, 5) == [2, 4, 3, 0, 1]


def test_what_is_negative_is_refused() -> None:
    for call in (lambda: shuffle.seed_state(-1), lambda: shuffle.raw(-1, 1), lambda: shuffle.permutation(-1, 1)):
        with pytest.raises(InvalidInputError, match="the seed -1 is negative"):
            call()
    for call in (lambda: shuffle.permutation(0, -1), lambda: shuffle.draws(0, -1)):
        with pytest.raises(InvalidInputError, match="nothing has -1 elements"):
            call()
