"""conformance/adapters/wire_numbers.py: what JSON cannot write, there and back."""

from __future__ import annotations

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from conformance.adapters.wire_numbers import floats, numbers, written

plain = st.one_of(st.integers(), st.floats(allow_nan=False), st.booleans(), st.none())
nested = st.recursive(plain, lambda inner: st.lists(inner, max_size=4), max_leaves=12)


@given(value=nested)
def test_numbers_come_back(value: object) -> None:
    text = json.dumps(written(value), allow_nan=False)
    assert numbers(json.loads(text)) == value


def test_what_json_has_no_number_for() -> None:
    assert written([math.nan, [math.inf], {"a": -math.inf}]) == ["NaN", ["Infinity"], {"a": "-Infinity"}]
    assert math.isnan(numbers("NaN"))
    assert numbers(["Infinity", "-12", "18446744073709551616", "1.5", "x", ""]) == [
        math.inf,
        -12,
        2**64,
        "1.5",
        "x",
        "",
    ]


def test_floats_are_floats_however_they_are_written() -> None:
    assert floats([1, "-Infinity", None, [0.5, "3"]]) == [1.0, -math.inf, None, [0.5, 3.0]]
    assert isinstance(floats(1), float)
