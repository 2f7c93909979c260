"""Whether two answers are the same, field by field, under the rules of golden/README.md.

There are three verdicts: exact, within the tolerance of the case (and how far), or different (and where).

- Weights, and the data of a float32 tensor, are compared after rounding both sides to float32.
- Floats are equal, or within the tolerance that the case states.
- `0.0` equals `-0.0` unless the case says that the sign of zero matters.
- Integers beyond 2^53 may be written as a number or as a decimal string.
- Of the error text of an unparsed tool call, what stands before the first `: ` is compared.
- Absent, null, empty list and empty string are four different things.
"""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.distance import Farthest, allowed

if TYPE_CHECKING:
    from conformance.cases import Case, Tolerance
    from conformance.events import Distance
    from conformance.result_path import ResultPath

EXACT_INTEGER_LIMIT = 2**53
"""Beyond this, a JSON reader that knows only doubles loses integers."""

ABSENT = object()
"""Stands for a value that one side does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """The first place, in the order of keys and indices, where two results differ.

    `expected` and `got` are the values there (`ABSENT` where a side has none), `path` leads to them, e.g.
    `examples[1].weights[7]`. The whole results are kept for the diagnosis.
    """

    path: ResultPath
    expected: Any
    got: Any
    expected_result: Any
    got_result: Any


def compare(case: Case, raw: bytes) -> Mismatch | Distance | None:
    """None when `raw`, the JSON text of an answer's result, is exactly what the case expects.

    The case must expect a result. `raw` must be valid JSON.
    """
    expected_raw = case.expect.result
    assert isinstance(expected_raw, msgspec.Raw), "a case that expects a rejection has no result to compare"
    if raw == bytes(expected_raw):
        return None
    return compare_results(
        msgspec.json.decode(expected_raw),
        msgspec.json.decode(raw),
        tolerance=case.tolerance,
        signed_zero=case.signed_zero,
    )


def compare_results(
    expected: Any, got: Any, *, tolerance: Tolerance | None = None, signed_zero: bool = False
) -> Mismatch | Distance | None:
    """None when two decoded results are the same; else how far they are apart, or the first difference."""
    farthest = Farthest()
    found = _Comparison(tolerance, signed_zero, farthest).difference(expected, got, (), rounded=False)
    if found is None:
        return farthest.distance
    path, left, right = found
    return Mismatch(path=path, expected=left, got=right, expected_result=expected, got_result=got)


def float32(value: float) -> float:
    """`value` rounded to the nearest float32, ties to even; beyond the largest it is infinite."""
    try:
        return ctypes.c_float(value).value
    except OverflowError:  # an integer beyond the range of doubles
        return math.inf if value > 0 else -math.inf


_Difference = tuple["ResultPath", Any, Any]


@dataclass(frozen=True, slots=True)
class _Comparison:
    tolerance: Tolerance | None
    signed_zero: bool
    farthest: Farthest

    def difference(self, expected: Any, got: Any, path: ResultPath, *, rounded: bool) -> _Difference | None:
        plain = type(expected) is type(got) and type(expected) in _PLAIN
        if plain and expected == got and (expected or not self.signed_zero):
            return None  # Nearly everything is the very same, and this is asked of every number.
        if isinstance(expected, dict) and isinstance(got, dict):
            return self._objects(expected, got, path)
        if isinstance(expected, list) and isinstance(got, list):
            return self._lists(expected, got, path, rounded=rounded)
        same = (
            self._numbers(expected, got, path, rounded=rounded)
            if _is_number(expected) or _is_number(got)
            else _error_class(expected) == _error_class(got)
            if path[-1:] == ("error",)
            else type(expected) is type(got) and expected == got
        )
        return None if same else (path, expected, got)

    def _objects(self, expected: dict[str, Any], got: dict[str, Any], path: ResultPath) -> _Difference | None:
        if expected.keys() != got.keys():
            for key in sorted(expected.keys() | got.keys()):
                if key not in got or key not in expected:
                    return (*path, key), expected.get(key, ABSENT), got.get(key, ABSENT)
        for key, value in expected.items():
            rounded = key == "weights" or (key == "data" and expected.get("dtype") == "float32")
            found = self.difference(value, got[key], (*path, key), rounded=rounded)
            if found is not None:
                return found
        return None

    def _lists(self, expected: list[Any], got: list[Any], path: ResultPath, *, rounded: bool) -> _Difference | None:
        if not self.signed_zero and expected == got and _all_integers(expected) and _all_integers(got):
            return None
        for index in range(max(len(expected), len(got))):
            if index >= len(got):
                return (*path, index), expected[index], ABSENT
            if index >= len(expected):
                return (*path, index), ABSENT, got[index]
            found = self.difference(expected[index], got[index], (*path, index), rounded=rounded)
            if found is not None:
                return found
        return None

    def _numbers(self, expected: Any, got: Any, path: ResultPath, *, rounded: bool) -> bool:
        expected, got = _big_integer(expected), _big_integer(got)
        if not (_is_number(expected) and _is_number(got)):
            return False
        if rounded:
            expected, got = float32(expected), float32(got)
        if expected != got:
            # Tokens and other integers are never nearly right.
            floats = isinstance(expected, float) or isinstance(got, float)
            return floats and self._tolerated(expected, got, path, rounded=rounded)
        if self.signed_zero and expected == 0:
            return math.copysign(1, expected) == math.copysign(1, got)
        return True

    def _tolerated(self, expected: float, got: float, path: ResultPath, *, rounded: bool) -> bool:
        if self.tolerance is None:
            return False
        try:
            limit = allowed(expected, self.tolerance)
            if not abs(expected - got) <= limit < math.inf:  # near infinity nothing is
                return False
        except OverflowError:  # an integer beyond the range of doubles
            return False
        self.farthest.add(path, expected, got, limit, "float32" if rounded else self.tolerance.precision)
        return True


_PLAIN = frozenset({bool, float, int, str, type(None)})


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _all_integers(items: list[Any]) -> bool:
    return all(type(item) is int for item in items)


def _big_integer(value: Any) -> Any:
    """A decimal string that stands for an integer beyond 2^53, as that integer; anything else as it is."""
    if isinstance(value, str) and value.removeprefix("-").isdecimal() and value.isascii() and len(value) <= 40:
        number = int(value)
        return number if abs(number) > EXACT_INTEGER_LIMIT else value
    return value


def _error_class(value: Any) -> Any:
    return value.partition(": ")[0] if isinstance(value, str) else value
