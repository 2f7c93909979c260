"""conformance/number_causes.py: what kind of wrong a number or a row of numbers is."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conformance.causes import CAUSES
from conformance.compare import float32
from conformance.number_causes import NumberDifference, equal, explain_number, explain_numbers, number

NAN, INF = math.nan, math.inf
THIRD = float32(1 / 3)
ROW = [0.5, -1.25, 3.0, 0.0, 2.75]
NUMBERS = st.one_of(
    st.integers(-3, 3), st.integers(), st.floats(), st.sampled_from([0.0, -0.0, 0.5, 1e-45, 1e308, 2**63, 10**400])
)
ROWS = st.lists(NUMBERS, max_size=7)


def cause(expected: list[Any], got: list[Any], **options: Any) -> str:
    found = explain_numbers(expected, got, **options)
    return found.cause if found else "value"


def told(expected: list[Any], got: list[Any], **options: Any) -> NumberDifference:
    found = explain_numbers(expected, got, **options)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1),
        (0.5, 0.5),
        ("Infinity", INF),
        ("-Infinity", -INF),
        ("18446744073709551615", 2**64 - 1),
        ("-9223372036854775808", -(2**63)),
        ("12", None),
        ("inf", None),
        ("9" * 100, None),
        (True, None),
        (None, None),
        ([1], None),
    ],
)
def test_what_stands_for_a_number(value: Any, expected: Any) -> None:
    assert number(value) == expected


def test_nan_is_itself() -> None:
    found = number("NaN")
    assert found is not None
    assert equal(found, NAN)
    assert not equal(found, 0.0)


@pytest.mark.parametrize(
    ("expected", "got", "wanted"),
    [
        (2, 3, "numbers-count-off-by-one"),
        (2, 1, "numbers-count-off-by-one"),
        (2, 3.0, "numbers-count-off-by-one"),
        (2, 4, "value"),
        (2.0, 3.0, "value"),
        (0.25, 1.25, "value"),
        (0.25, -0.25, "numbers-sign"),
        (3, -3, "numbers-sign"),
        (0.25, 0.5, "value"),
        (0.25, 25.0, "value"),
        (NAN, 0.0, "not-finite"),
        (0.0, NAN, "not-finite"),
        (2000.0, INF, "not-finite"),
        (INF, NAN, "not-finite"),
        (INF, -INF, "numbers-sign"),
        (0.1, float32(0.1), "numbers-precision"),
        (float32(0.1), 0.1, "numbers-precision"),
        (0.0, 1e-8, "numbers-precision"),
        (1e-8, 0.0, "value"),
        (0.1, 0.1001, "value"),
        (0.3, 0.30078125, "value"),
        (2**64 - 1, 2**64, "numbers-count-off-by-one"),
        (2**63 + 3, 2**63, "numbers-precision"),
        (2**53 + 5, 2**53, "value"),
        (1.7312340492667562, 1.2, "numbers-scaled"),
        (1.2, 1.7312340492667562, "numbers-scaled"),
        (1 / math.log(2), 1.0, "value"),
    ],
)
def test_a_single_number(expected: Any, got: Any, wanted: str) -> None:
    found = explain_number(expected, got)
    assert (found.cause if found else "value") == wanted


def test_an_integer_of_a_row_is_no_count() -> None:
    assert cause([1, 2], [1, 3]) == "value"
    assert cause([7], [8]) == "value"


# Rows: which fault was planted must be told.


@pytest.mark.parametrize(
    ("got", "way"), [([7, *ROW[:-1]], "late"), ([*ROW[1:], 7], "early"), ([ROW[-1], *ROW[:-1]], "late")]
)
def test_a_shift(got: list[Any], way: str) -> None:
    found = told(ROW, got)
    assert (found.cause, found.detail) == ("numbers-shifted", way)
    assert f"one place too {way}" in found.told


def test_no_shift_where_nothing_shows_it() -> None:
    assert cause([1, 1, 1, 1], [7, 1, 1, 1]) == "value"
    assert cause([1, 2, 1, 2], [2, 1, 2, 1]) == "numbers-order"
    assert cause([1.0, 2.0], [5.0, 1.0]) == "value"


def test_tokens_one_after_the_other_are_shifted_sooner_than_offset() -> None:
    assert cause([2, 3, 4], [1, 2, 3], of_tokens=True) == "numbers-shifted"
    assert cause([2, 3, 4], [1, 2, 3]) == "numbers-offset"


@pytest.mark.parametrize(
    ("expected", "got", "options", "detail"),
    [
        (ROW, ROW[::-1], {}, "reversed"),
        ([0, 1, 2, 3, 4, 5], [0, 3, 1, 4, 2, 5], {"shape": [2, 3]}, "transposed"),
        ([0, 3, 1, 4, 2, 5], [0, 1, 2, 3, 4, 5], {"shape": [3, 2]}, "transposed"),
        ([2, 0, 3, 1], [0, 1, 2, 3], {}, "sorted"),
        ([0, 1, 2, 3], [2, 0, 3, 1], {}, ""),
        ([0, 1, 2, 3, 4, 5], [0, 3, 1, 4, 2, 5], {}, ""),
        ([0, 1, 2, 3, 4, 5], [0, 3, 1, 4, 2, 5], {"shape": [7, 3]}, ""),
        ([INF, 0.0], [0.0, INF], {}, "reversed"),
    ],
)
def test_another_order(expected: list[Any], got: list[Any], options: Any, detail: str) -> None:
    found = told(expected, got, **options)
    assert (found.cause, found.detail) == ("numbers-order", detail)


def test_every_sign_or_none() -> None:
    assert told(ROW, [-value for value in ROW]).told == "every sign is reversed"
    assert cause(ROW, [-0.5, *ROW[1:]]) == "value"
    assert told([-0.5, 0.5], [0.5, -0.5]).told == "every sign is reversed, or the order"


@pytest.mark.parametrize(
    ("factor", "name"),
    [(2, "2"), (0.5, "1/2"), (5, "n"), (0.2, "1/n"), (0.25, "1/k, of those that are not 0"), (3, "")],
)
def test_a_factor_is_named(factor: float, name: str) -> None:
    found = told(ROW, [value * factor for value in ROW])
    assert found.cause == "numbers-scaled"
    assert f"multiplied by {factor:g}" in found.told
    assert (name or f"{factor:g}") == found.detail


@pytest.mark.parametrize(
    ("expected", "got", "name"),
    [
        ([0, 0.25, 0.75], [0, 0.5, 1.5], "not divided by their sum"),
        ([0, 0.5, 1.5], [0, 0.25, 0.75], "divided by their sum"),
        ([0, 0.5, 0.5], [0, 1 / 3, 1 / 3], "k/n, of those that are not 0"),
        ([1.0, 2.0, 5.0], [1 / math.log(2), 2 / math.log(2), 5 / math.log(2)], "1/ln 2"),
        ([-2.0, -1.0, 3.0], [value / math.sqrt(14 / 3) for value in (-2, -1, 3)], "1/std"),
        ([-2.0, -1.0, 3.0], [value / (math.sqrt(14 / 2) + 1e-8) for value in (-2, -1, 3)], "1/std of a sample"),
    ],
)
def test_a_factor_that_the_numbers_give(expected: list[Any], got: list[Any], name: str) -> None:
    found = told(expected, got)
    assert (found.cause, found.detail) == ("numbers-scaled", name)
    assert name in found.told


def test_a_factor_must_hold_everywhere_and_say_something() -> None:
    assert cause(ROW, [1.0, -2.5, 6.0, 0.0, 5.6]) == "value"
    assert cause(ROW, [1.0, -2.5, 6.0, 1.0, 5.5]) == "value"
    assert cause([0, 0, 9], [0, 0, 4.5]) == "value"
    assert cause([0, 0.3, 0.3], [0, 0.51, 0.51]) == "value"


def test_an_offset() -> None:
    found = told([-0.5, 0.25, 0.25], [0.0, 0.75, 0.75])
    assert found.cause == "numbers-offset"
    assert found.told == "every number is +0.5 from the expected one: their mean is not subtracted"
    assert told([0, 2, 3], [1, 3, 4]).told == "every number is +1 from the expected one"
    assert cause([0, 2, 3], [1, 3, 5]) == "value"


@pytest.mark.parametrize(
    ("expected", "got", "detail"),
    [
        ([0.1, 0.7, 1.0], [float32(0.1), float32(0.7), 1.0], "float32"),
        ([float32(0.1), float32(0.7), 1.0], [0.1, 0.7, 1.0], "no float32"),
        ([0.1, 0.7, 1.0], [0.0999755859375, 0.7001953125, 1.0], "float16"),
        ([0.1, 0.7, 1.0], [0.10009765625, 0.69921875, 1.0], "bfloat16"),
        ([0.10009765625, 0.69921875, 1.0], [0.1, 0.7, 1.0], "no bfloat16"),
        ([1.5, 70000.0], [1.5, INF], "float16"),
        ([0.1, 0.7], [0.1000001, 0.7000001], "nearly"),
        ([0.0, 3.5], [1e-7, 3.5], "nearly"),
        ([2**63 + 3, 1], [2**63, 1], "2^53"),
    ],
)
def test_precision(expected: list[Any], got: list[Any], detail: str) -> None:
    found = told(expected, got)
    assert (found.cause, found.detail) == ("numbers-precision", detail)


def test_integers_are_never_nearly_right() -> None:
    assert cause([100001, 5], [100002, 5]) == "value"
    assert cause([100001.0, 5.0], [100002.0, 5.0]) == "value"
    assert cause([258.0, 3.0], [257.0, 3.0]) == "value"


@pytest.mark.parametrize(
    ("got", "phrase"),
    [
        (ROW[:-1], "the last number is missing, 5 are expected"),
        (ROW[:-2], "the last 2 numbers are missing"),
        (ROW[1:], "the first number is missing"),
        ([*ROW, 9], "the last number is too many, 6 are there"),
        ([9, 9, *ROW], "the first 2 numbers are too many"),
        ([], "all of 5 numbers are missing"),
    ],
)
def test_another_length(got: list[Any], phrase: str) -> None:
    found = told(ROW, got)
    assert found.cause == "numbers-length"
    assert phrase in found.told


def test_another_length_is_no_cause_where_other_numbers_differ() -> None:
    assert cause(ROW, [9, *ROW[1:-1]]) == "value"
    assert cause(ROW, [*ROW[:2], *ROW[3:]]) == "value"


@pytest.mark.parametrize(
    ("expected", "got", "detail"),
    [
        ([0.0, 0.5, -0.5], [0.0, 0.0, -0.5], "lost"),
        ([0.0, 0.5, -0.5], [0.25, 0.5, -0.5], "filled"),
        ([0.5, 0.0, -0.5, 3], [0.0, 0.25, -0.5, 3], "moved"),
        ([0, 1, 1, 0], [0, 1, 1, 1], "filled"),
        ([0.0, 0.5, -0.5], [0.0, 0.0, 0.0], "lost"),
    ],
)
def test_zeros(expected: list[Any], got: list[Any], detail: str) -> None:
    found = told(expected, got)
    assert (found.cause, found.detail) == ("numbers-zeros", detail)


def test_an_index_that_is_0_is_no_mask() -> None:
    assert cause([3, 1, 5, 4], [3, 0, 5, 4]) == "value"


@pytest.mark.parametrize(
    ("expected", "got", "detail"),
    [
        ([1.0, 2.0, 3.0], [1.0, NAN, 3.0], "became"),
        ([1.0, NAN, 3.0], [1.0, 0.0, 3.0], "lost"),
        ([INF, NAN, 3.0], [NAN, NAN, 3.0], "mixed"),
        ([0.0, 0.0], [NAN, NAN], "became"),
    ],
)
def test_not_finite(expected: list[Any], got: list[Any], detail: str) -> None:
    found = told(expected, got)
    assert (found.cause, found.detail) == ("not-finite", detail)


def test_not_finite_explains_nothing_else() -> None:
    assert cause([1.0, 2.0, 3.0], [1.0, NAN, 7.0]) == "value"


@given(ROWS, ROWS, st.none() | st.lists(st.integers(0, 4), max_size=3), st.booleans())
def test_any_rows_can_be_explained(expected: Any, got: Any, shape: Any, of_tokens: bool) -> None:
    found = explain_numbers(expected, got, shape=shape, of_tokens=of_tokens)
    same = len(expected) == len(got) and all(map(equal, expected, got))
    assert found is None or (not same and found.cause in CAUSES and found.told)


@given(NUMBERS, NUMBERS)
def test_any_numbers_can_be_explained(expected: Any, got: Any) -> None:
    assume(not equal(expected, got))
    found = explain_number(expected, got)
    assert found is None or found.cause in CAUSES


VALUES = st.integers(-100, 100).map(lambda eighths: eighths / 8)


@given(st.lists(VALUES, min_size=2, max_size=6))
def test_reversed_signs_are_always_found(row: list[float]) -> None:
    assume(any(row))
    assert cause(row, [-value for value in row]) == "numbers-sign"


@given(st.lists(VALUES, min_size=1, max_size=6), st.integers(1, 3), st.booleans())
def test_a_cut_is_always_found(row: list[float], cut: int, behead: bool) -> None:
    got = row[cut:] if behead else row[:-cut]
    assert cause(row, got) == "numbers-length"
    assert cause(got, row) == "numbers-length"


@given(st.permutations([0.5, 1.5, -2.5, 4.5, 8.25]))
def test_another_order_is_always_found(got: list[float]) -> None:
    row = [0.5, 1.5, -2.5, 4.5, 8.25]
    assume(got != row)
    assert cause(row, got) in ("numbers-order", "numbers-shifted")
