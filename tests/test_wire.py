"""cookbook/wire.py: facts of tinker SDK 0.38 about what it takes and what it makes of it."""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from cookbook import wire
from cookbook.dtypes import DTYPES
from cookbook.errors import (
    InvalidInputError,
    InvalidTensorError,
    RaggedTensorError,
    TensorShapeError,
    TensorValueError,
    UnknownDtypeError,
)
from cookbook.sparse import SparseTensorData
from cookbook.tensors import TensorData

shapes = npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


@given(array=npst.arrays(st.sampled_from([np.float16, np.float32, np.float64]), shapes))
def test_floats_become_float32(array: np.ndarray[Any, Any]) -> None:
    made = wire.from_numpy(array)
    with np.errstate(over="ignore"):
        expected = array.astype(np.float32)
    assert (made.dtype, made.shape) == ("float32", array.shape)
    assert np.array_equal(made.to_numpy(), expected, equal_nan=True)
    assert np.array_equal(np.signbit(made.to_numpy()), np.signbit(expected))


@given(array=npst.arrays(st.sampled_from([np.int8, np.int16, np.int32, np.int64]), shapes))
def test_signed_integers_become_int64(array: np.ndarray[Any, Any]) -> None:
    made = wire.from_numpy(array)
    assert (made.dtype, made.shape, made.to_nested()) == ("int64", array.shape, array.tolist())


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint64", "complex64", "datetime64[s]", "object", "U3"])
def test_others_are_refused(dtype: str) -> None:
    with pytest.raises(UnknownDtypeError, match="convert it first"):
        wire.from_numpy(np.zeros(2, dtype=dtype))


@pytest.mark.parametrize("name", ["float8_e5m2", "float8_e4m3fn", "int4", "uint4"])
def test_what_torch_has_no_array_of_is_refused(name: str) -> None:
    with pytest.raises(UnknownDtypeError):
        wire.from_numpy(np.zeros(2, dtype=DTYPES[name].numpy))


def test_bfloat16_is_widened() -> None:
    made = wire.from_numpy(np.array([1.5, 0.1]).astype(DTYPES["bfloat16"].numpy))
    assert (made.dtype, made.to_nested()) == ("float32", [1.5, 0.10009765625])


@pytest.mark.parametrize(
    ("data", "dtype", "shape", "expected"),
    [
        ([1.9, -2.7], "int64", None, [1, -2]),
        ([True, False], "float32", None, [1.0, 0.0]),
        (["1.5"], "float32", None, [1.5]),
        ([1, 2, 3, 4], "int64", [2, -1], [[1, 2], [3, 4]]),
        ([[1, 2], [3, 4]], "float32", None, [[1.0, 2.0], [3.0, 4.0]]),
        ([[1, 2], [3, 4]], "float32", [4], [1.0, 2.0, 3.0, 4.0]),
        (7, "int64", None, 7),
        (np.array([1, 2], np.int32), "float32", None, [1.0, 2.0]),
    ],
)
def test_lists_are_coerced(data: Any, dtype: str, shape: list[int] | None, expected: Any) -> None:
    assert wire.from_list(data, dtype, shape).to_nested() == expected


def test_nothing_is_not_a_number() -> None:
    assert math.isnan(wire.from_list([None], "float32").to_nested()[0])
    assert wire.from_list(None, "float32").to_nested() == wire.from_list(None, "int64").to_nested() == []
    with pytest.raises(TensorValueError):
        wire.from_list([None], "int64")


def test_what_does_not_fit_an_array_becomes_the_lowest_integer() -> None:
    made = wire.from_list(np.array([np.nan, np.inf, 1e30, 2.0**63, 2.5, -(2.0**63)]), "int64")
    assert made.to_nested() == [-(2**63)] * 4 + [2, -(2**63)]


@pytest.mark.parametrize(
    ("data", "dtype", "error"),
    [
        ([math.nan], "int64", TensorValueError),
        ([math.inf], "int64", TensorValueError),
        ([2**63], "int64", TensorValueError),
        (["one"], "float32", TensorValueError),
        ({"a": 1}, "float32", TensorValueError),
        ([[1], [2, 3]], "float32", RaggedTensorError),
        ([1], "int32", UnknownDtypeError),
        ([1], None, UnknownDtypeError),
    ],
)
def test_what_cannot_be_coerced_is_refused(data: Any, dtype: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        wire.from_list(data, dtype)


@pytest.mark.parametrize("shape", [[2, 2], [2], [], [-1, -1]])
def test_a_shape_that_is_not_filled_is_refused(shape: list[int]) -> None:
    with pytest.raises(TensorShapeError):
        wire.from_list([1, 2, 3], "float32", shape)


@given(values=st.lists(st.integers(-(2**31), 2**31), max_size=9), key=st.sampled_from(sorted(wire.DTYPE_OF_KEY)))
def test_a_list_goes_by_its_key(values: list[int], key: str) -> None:
    made = wire.loss_fn_input(key, values)
    assert isinstance(made, TensorData)
    assert (made.dtype, made.shape) == ("int64" if key == "target_tokens" else "float32", (len(values),))
    assert made.to_nested() == np.array(values, dtype=made.dtype).tolist()


def test_an_array_goes_by_its_own_dtype() -> None:
    assert wire.loss_fn_input("weights", np.array([1, 0])).dtype == "int64"
    assert wire.loss_fn_input("target_tokens", np.array([1.0])).dtype == "float32"


def test_a_tensor_stays() -> None:
    tensor = TensorData.from_nested([1], "int64")
    assert wire.loss_fn_input("weights", tensor) is tensor


@pytest.mark.parametrize(
    ("key", "value"),
    [("mask", [1.0]), ("mask", []), ("weights", (1.0,)), ("weights", "1"), ("weights", None), ("weights", [["a"]])],
)
def test_other_values_are_refused(key: str, value: Any) -> None:
    with pytest.raises(InvalidTensorError):
        wire.loss_fn_input(key, value)


def test_ragged_inputs_are_named() -> None:
    with pytest.raises(RaggedTensorError, match="weights is not rectangular"):
        wire.loss_fn_input("weights", [[1], [2, 3]])


def test_integers_beyond_the_wire_wrap_in_targets() -> None:
    assert wire.loss_fn_input("target_tokens", [2**63]).to_numpy().tolist() == [-(2**63)]


def test_matrices_of_torch_may_be_compressed() -> None:
    matrix = np.eye(9, dtype=np.float32)
    assert isinstance(wire.torch_input("weights", matrix), SparseTensorData)
    assert isinstance(wire.torch_input("logprobs", matrix), TensorData)
    assert isinstance(wire.torch_input("weights", np.ones((3, 3))), TensorData)
    assert isinstance(wire.loss_fn_input("weights", matrix), TensorData)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([1.0, "3", True], [1, 3, 1]),
        ((5, -1), [5, -1]),
        ([], []),
        ([" +1_000.00\n", "-07", "9" * 30, 2.0**62, 2**70], [1000, -7, 10**30 - 1, 2**62, 2**70]),
        (["0" * 4301 + "7", "-" + "0_" * 4301 + "8", " " * 4301 + "9", "0" * 4301], [7, -8, 9, 0]),
        (["9" * 4300, "-" + "9" * 4300, "_".join(["99"] * 2150)], [10**4300 - 1, 1 - 10**4300, 10**4300 - 1]),
    ],
)
def test_tokens_are_coerced(given: Any, expected: list[int]) -> None:
    assert wire.tokens(given) == expected


@pytest.mark.parametrize(
    "given",
    [
        *("123", 7, None, [1.5], ["x"], [None], [[1]], {"a": 1}, [math.inf]),
        *(["1e1"], ["1."], ["1.5"], ["1__0"], ["_1"], [""], ["\u0663"], ["1" * 4301], [2.0**63], [-(2.0**63)]),
    ],
)
def test_what_is_no_token_is_refused(given: Any) -> None:
    with pytest.raises(InvalidInputError):
        wire.tokens(given)


@given(tokens=st.lists(st.integers(-(2**31), 2**31 - 1), max_size=20))
def test_tokens_have_32_bits(tokens: list[int]) -> None:
    assert wire.token_bytes(tokens) == struct.pack(f"<{len(tokens)}i", *tokens)


@pytest.mark.parametrize("token", [2**31, -(2**31) - 1, 2**70])
def test_longer_tokens_are_refused(token: int) -> None:
    with pytest.raises(InvalidInputError, match="more than 32 bits"):
        wire.token_bytes([1, token])


def test_tensors_in_a_request() -> None:
    dense = wire.wire_tensor(wire.from_list([[1.0, -0.0]], "float32"))
    assert (dense.dtype, dense.shape, dense.dense) == (1, (1, 2), struct.pack("<2f", 1.0, -0.0))
    rows = wire.wire_tensor(SparseTensorData(np.array([7]), "int64", (2, 3), (0, 1, 1), (2,)))
    assert (rows.dtype, rows.dense, rows.values) == (2, None, struct.pack("<q", 7))
    assert (rows.crow_indices, rows.col_indices) == (struct.pack("<3q", 0, 1, 1), struct.pack("<q", 2))
    with pytest.raises(UnknownDtypeError):
        wire.wire_tensor(TensorData.from_nested([1], "int8"))
