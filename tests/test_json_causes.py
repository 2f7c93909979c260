"""conformance/json_causes.py: how the same JSON is written otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.causes import CAUSES
from conformance.json_causes import RENAMED, SEVERAL, WAYS, json_difference

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


def test_every_way_has_its_cause() -> None:
    assert {*WAYS.values(), SEVERAL, RENAMED} <= CAUSES.keys()


@pytest.mark.parametrize(
    ("expected", "got", "cause", "summary"),
    [
        ('{"a": 1}', '{"a":1}', "json-spacing", '":" where ": " is expected'),
        ('{"a": 1, "b": 2}', '{"a": 1,"b": 2}', "json-spacing", '"," where ", " is expected'),
        ('{"a": []}', '{"a": [ ]}', "json-spacing", '"[ " where "[" is expected'),
        ('{"a": 1}', '{\n  "a": 1\n}', "json-spacing", '"{\\n  " where "{" is expected'),
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', "json-key-order", '"b", "a" where "a", "b" is expected'),
        ('{"a": {"x": 1, "y": 2}}', '{"a": {"y": 2, "x": 1}}', "json-key-order", '"y", "x" where "x", "y"'),
        ('{"a": 1}', '{"a": 2, "a": 1}', "json-key-order", '"a", "a" where "a" is expected'),
        ('{"a": "\\u00e9"}', '{"a": "é"}', "json-escapes", '"\\xe9" where "\\u00e9" is expected'),
        ('{"a": "<"}', '{"a": "\\u003c"}', "json-escapes", '"\\u003c" where "<" is expected'),
        ('{"a": "/"}', '{"a": "\\/"}', "json-escapes", '"\\/" where "/" is expected'),
        ('{"a": 1.0}', '{"a": 1}', "json-numbers", "1 where 1.0 is expected"),
        ('{"a": -0.0}', '{"a": 0}', "json-numbers", "0 where -0.0 is expected"),
        ('{"a": 1e-07}', '{"a": 1e-7}', "json-numbers", "1e-7 where 1e-07 is expected"),
        ('{"a": 1}', '{"b": 1}', "json-keys", '"b" where "a" is expected'),
        ('{"x": {"a": [1]}}', '{"x": {"b": [1]}}', "json-keys", '"b" where "a" is expected'),
        ('[{"x": [{"a": 1}]}]', '[{"x": [{"b": 1}]}]', "json-keys", '"b" where "a" is expected'),
        ('{"a": 1} {"c": 1}', '{"a": 1} {"d": 1}', "json-keys", '"d" where "c" is expected'),
        ('{"a": 9007199254740993}', '{"a": 9007199254740992}', "json-numbers", "9007199254740992 where"),
    ],
)
def test_one_way(expected: str, got: str, cause: str, summary: str) -> None:
    found = json_difference(f"before {expected} after", f"before {got} after")
    assert found is not None
    assert found.cause == cause
    assert summary in found.summary
    assert found.summary.isascii()


def test_several_ways_are_named_each_with_an_example() -> None:
    found = json_difference(
        '{"name": "f", "arguments": {"q": "<é", "n": 1.0}}', '{"arguments":{"n":1,"q":"\\u003cé"},"name":"f"}'
    )
    assert found is not None
    assert found.cause == "json-text"
    assert found.summary == (
        'JSON written otherwise in 4 ways: spaces: ":" where ": " is expected; '
        'key order: "arguments", "name" where "name", "arguments" is expected; '
        'escapes: "\\u003c\\xe9" where "<\\xe9" is expected; numbers: 1 where 1.0 is expected'
    )


def test_two_values_may_be_written_in_different_ways() -> None:
    found = json_difference('{"a": 1} and {"b": 1.0}', '{"a":1} and {"b": 1}')
    assert found is not None
    assert found.cause == "json-text"


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("no JSON", "no json"),
        ('{"a": 1}', '{"a": 1}'),
        ('{"a": 1}', '{"a": 2}'),
        ('{"a": 1, "b": 2}', '{"a": 1, "c": 3}'),
        ('{"a": 1, "b": 2}', '{"c": 1}'),
        ('{"a": {"b": 1}}', '{"a": {"c": 1}, "d": 2}'),
        ('{"a": 1}', '{"A": 1}'),
        ('{"\u00e9": 1}', '{"e": 1}'),
        ('{"a": 1}', '{"a": true}'),
        ('{"a": 1}', '{"a": "1"}'),
        ('{"a": [1, 2]}', '{"a": [2, 1]}'),
        ('x {"a": 1}', 'y {"a":1}'),
        ('{"a": 1} {"a": 1}', '{"a":1}'),
        ('{"a": 1', '{"a":1'),
        ("{" * 100_000, "{ " * 100_000),
    ],
)
def test_what_differs_in_more_than_writing(expected: str, got: str) -> None:
    assert json_difference(expected, got) is None


@given(JSON)
def test_whatever_an_encoder_does_has_its_cause(value: Any) -> None:
    python = json.dumps({"value": value})
    other = json.dumps({"value": value}, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    found = json_difference(python, other)
    assert found is not None
    assert found.cause in CAUSES
    assert found.summary.isprintable()
