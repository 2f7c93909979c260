"""Steps of float64 for parameters, of float32 for inputs, scaled for what cancels."""

from __future__ import annotations

import math

import pytest

from conformance.traces.closeness import Close, close
from conformance.traces.rules import EXACT, Tolerance

FOUR = Tolerance(field="f", why="", ulp=4)
TWO = Tolerance(field="f", why="", ulp=2)
SCALED = Tolerance(field="f", why="", scaled=4 * 2**-24)


def steps(value: float, count: int) -> float:
    for _ in range(count):
        value = math.nextafter(value, math.inf)
    return value


@pytest.mark.parametrize(
    ("count", "expected"), [(0, Close.EXACT), (1, Close.WITHIN), (4, Close.WITHIN), (5, Close.DIFFERS)]
)
def test_parameters_may_be_four_steps_of_float64_apart(count: int, expected: Close) -> None:
    assert close(1e-3, steps(1e-3, count), FOUR) is expected


@pytest.mark.parametrize(
    ("got", "expected"), [(0.5, Close.EXACT), (0.5 + 2**-24, Close.WITHIN), (0.5 + 2**-22, Close.DIFFERS)]
)
def test_inputs_are_compared_as_float32(got: float, expected: Close) -> None:
    assert close(0.5, got, TWO, single=True) is expected


def test_what_rounds_to_the_same_float32_is_exact() -> None:
    assert close(0.1, 0.10000000149011612, EXACT, single=True) is Close.EXACT
    assert close(0.1, 0.10000000149011612, EXACT) is Close.DIFFERS


def test_scaled_goes_by_the_largest_value_beside_it() -> None:
    assert close(0.0, 2e-7, SCALED, single=True, largest=1.0) is Close.WITHIN
    assert close(0.0, 2e-7, SCALED, single=True, largest=0.5) is Close.DIFFERS


@pytest.mark.parametrize(
    ("expected", "got", "found"),
    [
        ("NaN", "NaN", Close.EXACT),
        ("NaN", 0.0, Close.DIFFERS),
        ("Infinity", "Infinity", Close.EXACT),
        ("Infinity", "-Infinity", Close.DIFFERS),
        (0.0, -0.0, Close.EXACT),
    ],
)
def test_words_and_zeros(expected: float | str, got: float | str, found: Close) -> None:
    assert close(expected, got, FOUR) is found  # type: ignore[arg-type]
