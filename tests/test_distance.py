"""conformance/distance.py: units in the last place, and the greatest share of a tolerance."""

from __future__ import annotations

import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cases import Tolerance
from conformance.distance import Farthest, allowed, ulp

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(finite)
def test_a_unit_of_float64_is_what_python_says(value: float) -> None:
    assert ulp(value, "float64") == math.ulp(value)


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_unit_of_float32_is_the_step_to_the_next_magnitude(value: float) -> None:
    bits = struct.unpack("I", struct.pack("f", abs(value)))[0]
    following = struct.unpack("f", struct.pack("I", bits + 1))[0]
    if math.isfinite(following):
        assert ulp(value, "float32") == following - abs(value)


def test_a_double_has_the_unit_of_the_float32_below_it() -> None:
    assert ulp(1.9999999999, "float32") == 2.0**-23
    assert ulp(0.1, "float32") == 2.0**-27


def test_what_is_allowed() -> None:
    assert allowed(-8, Tolerance(why="test", abs=0.5, rel=0.25)) == 2.5
    with pytest.raises(OverflowError):
        allowed(10**400, Tolerance(why="test", rel=0.25))


def found(*numbers: tuple[float, float, float]) -> Any:
    farthest = Farthest()
    for at, (expected, got, limit) in enumerate(numbers):
        farthest.add(("data", at), expected, got, limit, "float32")
    return farthest.distance


def test_the_greatest_share_of_what_is_allowed_is_kept() -> None:
    distance = found((1.0, 1.5, 1.0), (1.0, 1.25, 0.25), (1.0, 0.75, 0.25))
    assert (distance.path, distance.numbers) == ("data[1]", 3)
    assert (distance.absolute, distance.allowed) == (0.25, 0.25)
    assert (distance.ulp, distance.allowed_ulp, distance.precision) == (2.0**21, 2.0**21, "float32")


def test_around_zero_nothing_is_counted() -> None:
    distance = found((0.0, 1e-7, 1e-6))
    assert (distance.absolute, distance.ulp, distance.allowed_ulp) == (1e-7, None, None)


def test_without_numbers_there_is_no_distance() -> None:
    assert found() is None
