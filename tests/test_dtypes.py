"""cookbook/dtypes.py: the rules of conversion, held against exact arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cookbook.dtypes import DTYPES, convert, dtype_named, dtype_of, wide
from cookbook.errors import TensorValueError, UnknownDtypeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

INTEGERS = [dtype for dtype in DTYPES.values() if dtype.kind == "integer"]
NARROW = ("float8_e4m3fn", "float8_e5m2", "float16", "bfloat16")
PRECISION = {"float8_e4m3fn": (4, -6), "float8_e5m2": (3, -14), "float16": (11, -14), "bfloat16": (8, -126)}

singles = st.floats(width=32, allow_nan=False, allow_infinity=False)


def values_of(name: str) -> NDArray[np.float64]:
    """Every finite value of a float type of 8 or 16 bits."""
    dtype = dtype_named(name)
    patterns = np.arange(1 << dtype.bits, dtype=f"u{dtype.bits // 8}").view(dtype.numpy)
    with np.errstate(invalid="ignore"):
        wider = patterns.astype(np.float64)
    return wider[np.isfinite(wider)]


def nearest(value: float, name: str) -> float:
    """The nearest value of the type, ties to even, found without its library; inf when it is beyond the last."""
    precision, least = PRECISION[name]
    if value == 0:
        return value
    exponent = max(math.frexp(value)[1] - 1, least)
    step = Fraction(2) ** (exponent - precision + 1)
    # Python rounds a fraction half to even.
    rounded = float(round(Fraction(value) / step) * step)
    largest = float(values_of(name).max())
    return math.copysign(math.inf if abs(rounded) > largest else abs(rounded), value)


def one(value: Any, name: str, source: Any = np.float64) -> Any:
    return convert(np.array([value], dtype=source), dtype_named(name))[0]


def test_seventeen_dtypes_have_their_widths() -> None:
    assert len(DTYPES) == 17
    assert {name: dtype.numpy.itemsize for name, dtype in DTYPES.items() if dtype.bits < 16} == {
        "bool": 1,
        "int4": 1,
        "int8": 1,
        "uint4": 1,
        "uint8": 1,
        "float8_e4m3fn": 1,
        "float8_e5m2": 1,
    }


@pytest.mark.parametrize(
    ("name", "smallest", "largest"),
    [("int4", -8, 7), ("uint4", 0, 15), ("int8", -128, 127), ("uint64", 0, 2**64 - 1), ("int64", -(2**63), 2**63 - 1)],
)
def test_bounds_of_integers(name: str, smallest: int, largest: int) -> None:
    assert (DTYPES[name].smallest, DTYPES[name].largest) == (smallest, largest)


@pytest.mark.parametrize("name", ["", "int2", "Float32", "complex64", "object", 7, None, ["int8"]])
def test_other_names_are_unknown(name: object) -> None:
    with pytest.raises(UnknownDtypeError, match="use one of"):
        dtype_named(name)


def test_the_byte_order_of_an_array_is_not_its_dtype() -> None:
    assert dtype_of(np.zeros(2, dtype=">f4")).name == "float32"
    with pytest.raises(UnknownDtypeError, match="complex128"):
        dtype_of(np.zeros(1, dtype=complex))


@pytest.mark.parametrize("name", NARROW)
@given(value=singles)
def test_a_float_becomes_the_nearest_one_ties_to_even(name: str, value: float) -> None:
    expected = nearest(value, name)
    if name == "float8_e4m3fn" and math.isinf(expected):
        with pytest.raises(TensorValueError, match="beyond what float8_e4m3fn can hold"):
            one(value, name)
    else:
        got = float(one(value, name))
        assert got == expected
        assert math.copysign(1, got) == math.copysign(1, value)


@pytest.mark.parametrize("name", NARROW)
def test_between_neighbours_the_even_one_wins(name: str) -> None:
    found = np.unique(values_of(name))
    middles = (found[:-1] + found[1:]) / 2
    # A middle of bfloat16 is a float32, so that nothing is rounded twice here.
    expected = [nearest(value, name) for value in middles[::7].tolist()]
    got = [float(one(value, name)) for value in middles[::7].tolist()]
    assert got == expected


@pytest.mark.parametrize("name", NARROW)
def test_every_value_of_a_narrow_type_survives_the_way_over_wider_ones(name: str) -> None:
    found = values_of(name)
    for wider in ("float32", "float64"):
        there = convert(convert(found, dtype_named(name)), dtype_named(wider))
        assert np.array_equal(convert(there, dtype_named(name)).astype(np.float64), found)


@pytest.mark.parametrize("dtype", INTEGERS, ids=lambda dtype: dtype.name)
@given(value=st.integers(-(2**63), 2**63 - 1))
def test_an_integer_fits_or_is_refused(dtype: Any, value: int) -> None:
    if dtype.smallest <= value <= dtype.largest:
        assert int(one(value, dtype.name, np.int64)) == value
    else:
        with pytest.raises(TensorValueError, match=f"^{value} is beyond what {dtype.name} can hold"):
            one(value, dtype.name, np.int64)


@pytest.mark.parametrize("dtype", INTEGERS, ids=lambda dtype: dtype.name)
@given(value=st.one_of(st.floats(), st.integers(-(2**65), 2**65).map(float)))
def test_a_float_becomes_an_integer_by_losing_its_fraction(dtype: Any, value: float) -> None:
    if math.isfinite(value) and dtype.smallest <= math.trunc(value) <= dtype.largest:
        assert int(one(value, dtype.name)) == math.trunc(value)
    else:
        with pytest.raises(TensorValueError):
            one(value, dtype.name)


@given(value=st.integers(0, 2**64 - 1))
def test_unsigned_integers_of_64_bits_keep_their_upper_half(value: int) -> None:
    assert int(one(value, "uint64", np.uint64)) == value
    if value > 2**63 - 1:
        with pytest.raises(TensorValueError):
            one(value, "int64", np.uint64)


@given(value=st.integers(-(2**63), 2**63 - 1))
def test_an_integer_becomes_a_float32_without_a_double_between(value: int) -> None:
    assume(value)
    step = Fraction(2) ** (abs(value).bit_length() - 24)
    expected = value if abs(value) < 2**24 else round(Fraction(value) / step) * step
    assert Fraction(float(one(value, "float32", np.int64))) == expected


@pytest.mark.parametrize("name", sorted(DTYPES))
def test_anything_but_zero_is_true(name: str) -> None:
    array = convert(np.array([0.0, 1.0, 3.0]), DTYPES[name])
    assert convert(array, DTYPES["bool"]).tolist() == [False, True, True]
    assert convert(np.array([True, False]), DTYPES[name]).astype(np.float64).tolist() == [1, 0]


def test_nan_is_true_and_no_integer() -> None:
    assert convert(np.array([np.nan]), DTYPES["bool"]).tolist() == [True]
    assert math.isnan(float(one(math.nan, "float8_e4m3fn")))
    with pytest.raises(TensorValueError):
        one(math.nan, "int64")


def test_infinity_is_kept_where_the_type_has_one() -> None:
    for name in ("float8_e5m2", "float16", "bfloat16", "float32"):
        assert float(one(-math.inf, name)) == -math.inf
    with pytest.raises(TensorValueError):
        one(math.inf, "float8_e4m3fn")


def test_the_same_dtype_costs_no_copy() -> None:
    array = np.arange(3.0)
    assert np.shares_memory(convert(array, DTYPES["float64"]), array)


@pytest.mark.parametrize(("name", "wider"), [("bfloat16", "float32"), ("int4", "int8"), ("uint4", "uint8")])
def test_what_numpy_cannot_calculate_with_is_widened(name: str, wider: str) -> None:
    assert wide(np.zeros(1, dtype=DTYPES[name].numpy)).dtype == wider
