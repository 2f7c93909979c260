"""conformance/compare.py: when two answers are the same."""

from __future__ import annotations

import copy
import json
import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from private_cases import EXAMPLE, expecting

from conformance.cases import Tolerance
from conformance.compare import ABSENT, EXACT_INTEGER_LIMIT, Mismatch, compare, compare_results, float32
from conformance.events import Distance

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", "weights", "error"]), inner, max_size=3)
    ),
    max_leaves=12,
)


def same(expected: Any, got: Any, **rules: Any) -> bool:
    return not isinstance(compare_results(expected, got, **rules), Mismatch)


@given(JSON)
def test_everything_equals_itself(value: Any) -> None:
    assert same(value, copy.deepcopy(value))
    assert same(value, json.loads(json.dumps(value)), signed_zero=True)


@given(JSON, JSON)
def test_neither_side_is_privileged(one: Any, other: Any) -> None:
    assert same(one, other) == same(other, one)


@given(JSON, JSON)
def test_what_is_found_is_at_its_path_on_both_sides(one: Any, other: Any) -> None:
    found = compare_results({"x": [one]}, {"x": [other]})
    if found is None:
        return
    assert found.path[:2] == ("x", 0)
    for side, value in ((found.expected_result, found.expected), (found.got_result, found.got)):
        for key in found.path[:-1]:
            side = side[key]
        last = found.path[-1]
        there = last in side if isinstance(side, dict) else last < len(side)
        assert value is (side[last] if there else ABSENT)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ({}, {"a": None}),
        ({"a": None}, {"a": []}),
        ({"a": None}, {"a": ""}),
        ({"a": None}, {"a": 0}),
        ({"a": None}, {"a": False}),
        ({"a": []}, {"a": ""}),
        ({"a": []}, {"a": {}}),
        ({"a": ""}, {}),
        ({"a": []}, {}),
        ({"a": [None]}, {"a": []}),
    ],
)
def test_absent_null_and_empty_are_different_things(expected: Any, got: Any) -> None:
    for one, other in ((expected, got), (got, expected)):
        found = compare_results(one, other)
        assert found is not None
        assert found.path[0] == "a"


def test_a_missing_value_is_marked_as_absent() -> None:
    found = compare_results({"a": [1, 2]}, {"a": [1]})
    assert found is not None
    assert (found.path, found.expected, found.got) == (("a", 1), 2, ABSENT)
    found = compare_results({"a": [1]}, {"a": [1, 2]})
    assert found is not None
    assert (found.path, found.expected, found.got) == (("a", 1), ABSENT, 2)


@pytest.mark.parametrize(("expected", "got"), [(1, True), (0, False), ([1, 0], [True, False]), ([True], [1])])
def test_a_boolean_is_no_number(expected: Any, got: Any) -> None:
    assert not same(expected, got)
    assert not same(got, expected)


def test_a_number_is_its_value() -> None:
    assert same(1, 1.0)
    assert same({"tokens": [1, 2]}, {"tokens": [1.0, 2.0]})
    assert not same(1, 1.0000001)
    assert not same(1, "1")


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_float32_stays_what_it_is(value: float) -> None:
    assert math.copysign(1, float32(value)) == math.copysign(1, value)
    assert float32(value) == value


@given(st.floats(-3e38, 3e38))
def test_weights_are_compared_as_float32(value: float) -> None:
    rounded = struct.unpack("f", struct.pack("f", value))[0]
    assert same({"weights": [value]}, {"weights": [rounded]})
    assert same({"data": [value], "dtype": "float32"}, {"data": [rounded], "dtype": "float32"})
    assert same({"data": [value], "dtype": "int64"}, {"data": [rounded], "dtype": "int64"}) == (value == rounded)
    assert same({"other": [value]}, {"other": [rounded]}) == (value == rounded)


def test_weights_that_are_other_float32_numbers_differ() -> None:
    neighbour = struct.unpack("f", struct.pack("I", struct.unpack("I", struct.pack("f", 0.1))[0] + 1))[0]
    assert same({"weights": [0.1]}, {"weights": [float32(0.1)]})
    assert not same({"weights": [0.1]}, {"weights": [neighbour]})
    assert not same({"weights": [1]}, {"weights": ["NaN"]})
    assert same({"weights": ["NaN"]}, {"weights": ["NaN"]})


def test_a_weight_beyond_float32_is_infinite_and_beyond_double_too() -> None:
    assert float32(1e39) == math.inf
    assert float32(-(10**400)) == -math.inf
    assert same({"weights": [1e39]}, {"weights": [1e40]})
    assert not same({"weights": [1e39]}, {"weights": [-1e39]})


def test_nested_weights_are_found_too() -> None:
    expected = {"examples": [{"tokens": [1], "weights": [0.1]}]}
    assert same(expected, {"examples": [{"tokens": [1], "weights": [float32(0.1)]}]})
    found = compare_results(expected, {"examples": [{"tokens": [1], "weights": [0.2]}]})
    assert found is not None
    assert found.path == ("examples", 0, "weights", 0)


@pytest.mark.parametrize("key", ["weights", "other"])
def test_the_sign_of_zero_matters_only_where_the_case_says_so(key: str) -> None:
    assert same({key: [0.0]}, {key: [-0.0]})
    assert same({key: [0]}, {key: [-0.0]})
    assert not same({key: [0.0]}, {key: [-0.0]}, signed_zero=True)
    assert not same({key: [-0.0]}, {key: [0]}, signed_zero=True)
    assert same({key: [-0.0, 1, 0]}, {key: [-0.0, 1, 0.0]}, signed_zero=True)


def test_a_tiny_number_that_float32_rounds_to_zero_keeps_its_sign() -> None:
    assert same({"weights": [-0.0]}, {"weights": [-1e-60]}, signed_zero=True)
    assert not same({"weights": [0.0]}, {"weights": [-1e-60]}, signed_zero=True)


@given(st.integers(-(2**90), 2**90))
def test_big_integers_may_be_strings(value: int) -> None:
    beyond = abs(value) > EXACT_INTEGER_LIMIT
    assert same(value, str(value)) == beyond
    assert same(str(value), value) == beyond
    assert not same(value, str(value + 1))
    assert same([value], [str(value)]) == beyond


@pytest.mark.parametrize(
    "text", ["9007199254740993.0", " 9007199254740993", "9_007_199_254_740_993", "٩" * 18, "1" * 41]
)
def test_other_strings_are_no_big_integers(text: str) -> None:
    assert not same(9007199254740993, text)
    assert same(text, text)


def test_big_integers_are_exact() -> None:
    assert not same(2**53 + 1, 2**53)
    assert not same(2**53 + 1, float(2**53))
    assert same(float(2**60), 2**60)


TOLERANT = Tolerance(why="test", abs=0.25, rel=0.5)


def test_floats_are_compared_with_the_tolerance_of_the_case() -> None:
    assert same({"loss": 1.0}, {"loss": 1.75}, tolerance=TOLERANT)
    assert same({"loss": 1.0}, {"loss": 0.25}, tolerance=TOLERANT)
    assert not same({"loss": 1.0}, {"loss": 1.7500001}, tolerance=TOLERANT)
    assert not same({"loss": 1.0}, {"loss": 1.75})
    # Relative to the expected value, not to the one that came.
    assert not same({"loss": 1.0}, {"loss": 2.0}, tolerance=TOLERANT)
    assert same({"loss": 2.0}, {"loss": 1.0}, tolerance=TOLERANT)
    assert same({"loss": 1}, {"loss": 1.2}, tolerance=TOLERANT)


def test_a_verdict_within_tolerance_says_how_far() -> None:
    expected = {"loss": 4.0, "more": [1.0, {"weights": [1.0]}], "tokens": [1]}
    tolerance = Tolerance(why="test", abs=2.0**-50, precision="float64")
    assert compare_results(expected, copy.deepcopy(expected), tolerance=tolerance) is None
    near = {"loss": 4.0 + 2.0**-50, "more": [1.0 - 2.0**-52, {"weights": [1.0]}], "tokens": [1]}
    assert compare_results(expected, near, tolerance=tolerance) == Distance(
        path="loss", absolute=2.0**-50, allowed=2.0**-50, ulp=1.0, allowed_ulp=1.0, precision="float64", numbers=2
    )
    differing = {**near, "tokens": [2]}
    assert isinstance(compare_results(expected, differing, tolerance=tolerance), Mismatch)


def test_weights_count_in_float32_whatever_the_tolerance_says() -> None:
    tolerance = Tolerance(why="test", rel=1e-6)
    neighbour = 1 + 2.0**-23
    for near in ({"weights": [neighbour]}, {"data": [neighbour], "dtype": "float32"}):
        expected = {**near, ("weights" if "weights" in near else "data"): [1.0]}
        found = compare_results(expected, near, tolerance=tolerance)
        assert isinstance(found, Distance)
        assert (found.ulp, found.precision) == (1.0, "float32")
    # What is the same float32 is exact.
    assert compare_results({"weights": [0.1]}, {"weights": [0.1 + 1e-12]}, tolerance=tolerance) is None


def test_nothing_is_near_infinity() -> None:
    assert not same({"weights": [1e39]}, {"weights": [1.0]}, tolerance=TOLERANT)
    assert not same({"weights": [1.0]}, {"weights": [1e39]}, tolerance=TOLERANT)


def test_tolerance_is_for_floats() -> None:
    assert not same({"tokens": [100]}, {"tokens": [101]}, tolerance=TOLERANT)
    assert same({"weights": [1.0]}, {"weights": [1.1]}, tolerance=TOLERANT)
    assert not same({"weights": [1.0]}, {"weights": [9.1]}, tolerance=TOLERANT)
    assert not same(10**400, 1.0, tolerance=TOLERANT)
    assert not same(1.0, "1.0", tolerance=TOLERANT)


def test_of_an_error_the_class_is_compared() -> None:
    call = {"unparsed_tool_calls": [{"raw_text": "x", "error": "Invalid JSON: Expecting value: line 1"}]}
    other = {"unparsed_tool_calls": [{"raw_text": "x", "error": "Invalid JSON: unexpected end"}]}
    assert same(call, other)
    assert not same(call, {"unparsed_tool_calls": [{"raw_text": "x", "error": "Invalid XML: Expecting value"}]})
    assert not same(call, {"unparsed_tool_calls": [{"raw_text": "y", "error": "Invalid JSON: Expecting value"}]})
    assert not same({"error": "a"}, {"error": None})
    assert not same({"text": "a: b"}, {"text": "a: c"})


def test_strings_are_equal_code_point_by_code_point() -> None:
    assert not same("\u00e9", "e\u0301")
    assert not same("a", "A")
    assert not same("a\r\n", "a\n")


def test_a_case_compares_its_expected_result() -> None:
    planned = expecting({"tokens": [1, 2], "weights": [0, 0.1]}, EXAMPLE)
    assert compare(planned.case, b'{"weights":[0.0,0.10000000149011612], "tokens":[1,2]}') is None
    found = compare(planned.case, b'{"tokens":[1,3],"weights":[0,1]}')
    assert found is not None
    assert (found.path, found.expected, found.got) == (("tokens", 1), 2, 3)
    assert found.got_result == {"tokens": [1, 3], "weights": [0, 1]}


def test_a_case_brings_its_own_rules() -> None:
    strict = expecting({"data": [0.0]}, "tensor.to_nested", signed_zero=True)
    assert compare(strict.case, b'{"data":[-0.0]}') is not None
    loose = expecting({"data": [1.0]}, "tensor.to_nested", tolerance={"why": "sums", "abs": 0.1})
    assert isinstance(compare(loose.case, b'{"data":[1.05]}'), Distance)
    assert isinstance(compare(loose.case, b'{"data":[1.15]}'), Mismatch)
    assert compare(loose.case, b'{"data":[1]}') is None
