"""conformance/sweep/sampling.py: a sample depends on its arguments alone, and prefers nothing."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from conformance.sweep.sampling import sample


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 2**31))
def test_it_is_a_choice(count: int, of: int, seed: int) -> None:
    chosen = sample(count, of=of, seed=seed)
    assert chosen == sorted(set(chosen)) == sample(count, of=of, seed=seed)
    assert len(chosen) == min(count, of)
    assert set(chosen) <= set(range(of))


def test_it_stays_what_it_is() -> None:
    assert sample(5, of=1000, seed=1) == [133, 254, 495, 762, 844]


def test_every_number_is_as_likely_as_any_other() -> None:
    drawn = Counter(number for seed in range(3000) for number in sample(3, of=10, seed=seed))
    assert len(drawn) == 10
    assert all(800 < count < 1000 for count in drawn.values())
