"""cookbook/sigmoid.py: stable at both ends."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cookbook.sigmoid import log_sigmoid, sigmoid

singles = st.floats(width=32, allow_nan=False)
moderate = st.floats(-80, 80, width=32)


def one(function: object, value: float) -> float:
    return float(function(np.array([value], dtype=np.float32))[0])  # type: ignore[operator]


@given(value=moderate)
def test_they_are_what_their_names_say(value: float) -> None:
    assert math.isclose(one(sigmoid, value), 1 / (1 + math.exp(-value)), rel_tol=1e-6)
    assert math.isclose(one(log_sigmoid, value), -math.log1p(math.exp(-value)), rel_tol=1e-6, abs_tol=1e-38)


@given(value=singles)
def test_nothing_overflows(value: float) -> None:
    assert 0 <= one(sigmoid, value) <= 1
    assert min(value, 0) - 1 <= one(log_sigmoid, value) <= 0


@given(value=moderate)
def test_the_sigmoid_is_even_around_a_half(value: float) -> None:
    assert math.isclose(one(sigmoid, value) + one(sigmoid, -value), 1, rel_tol=1e-6)


def test_far_out_the_logarithm_is_the_value() -> None:
    assert one(log_sigmoid, -20000) == -20000
    assert one(log_sigmoid, 20000) == 0
