"""cookbook/tensors.py: the bridge between arrays, nested lists, JSON and memory, for every dtype."""

from __future__ import annotations

import json
import math
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from cookbook.dtypes import DTYPES, Dtype
from cookbook.errors import (
    InvalidTensorError,
    RaggedTensorError,
    TensorShapeError,
    TensorValueError,
    UnknownDtypeError,
)
from cookbook.tensors import TensorData

if TYPE_CHECKING:
    from numpy.typing import NDArray

shapes = npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


@st.composite
def tensors(draw: st.DrawFn) -> TensorData:
    """Any tensor of any dtype, made from bits, so that every value of the dtype can occur; one NaN for all."""
    dtype: Dtype = draw(st.sampled_from(sorted(DTYPES.values(), key=lambda one: one.name)))
    shape = draw(shapes)
    size = math.prod(shape) * dtype.numpy.itemsize
    made = TensorData.from_memory(draw(st.binary(min_size=size, max_size=size)), dtype.name, shape)
    if dtype.kind != "float":
        return made
    values = made.data.copy()
    with np.errstate(invalid="ignore"):
        values[np.isnan(values.astype(np.float64))] = np.nan
    return TensorData.from_numpy(values).reshape(shape)


def bits(tensor: TensorData) -> tuple[str, tuple[int, ...], bytes]:
    return tensor.dtype, tensor.shape, tensor.to_memory()


def doubles_only(text: str) -> Any:
    """As a reader of JSON reads that knows no integers: JavaScript's, for one."""
    return json.loads(text, parse_int=float)


def whole(value: Any) -> Any:
    """What such a reader then takes for integers."""
    if isinstance(value, dict):
        return {key: item if key == "data" else whole(item) for key, item in value.items()}
    return [int(item) for item in value] if isinstance(value, list) else value


@given(tensor=tensors())
def test_json_brings_back_every_bit(tensor: TensorData) -> None:
    assert bits(TensorData.from_json(json.loads(json.dumps(tensor.to_json(), allow_nan=False)))) == bits(tensor)


@given(tensor=tensors())
def test_json_brings_back_every_bit_to_who_knows_only_doubles(tensor: TensorData) -> None:
    obj = whole(doubles_only(json.dumps(tensor.to_json(), allow_nan=False)))
    assert bits(TensorData.from_json(obj)) == bits(tensor)


@given(tensor=tensors())
def test_nested_lists_bring_it_back(tensor: TensorData) -> None:
    back = TensorData.from_nested(tensor.to_nested(), tensor.dtype)
    # Of an empty tensor the lists show the shape as far as its first 0.
    shape = tensor.shape[: tensor.shape.index(0) + 1] if 0 in tensor.shape else tensor.shape
    assert bits(back) == (tensor.dtype, shape, tensor.to_memory())


@pytest.mark.parametrize("order", ["little", "big"])
@given(tensor=tensors())
def test_memory_brings_it_back(order: Any, tensor: TensorData) -> None:
    memory = tensor.to_memory(byte_order=order)
    assert bits(TensorData.from_memory(memory, tensor.dtype, tensor.shape, byte_order=order)) == bits(tensor)


@given(data=st.data(), array=npst.arrays(np.int32, npst.array_shapes(min_dims=1, max_dims=3, max_side=4)))
def test_arrays_of_any_layout_are_read_in_row_order(data: st.DataObject, array: NDArray[np.int32]) -> None:
    axes = data.draw(st.permutations(range(array.ndim)))
    steps = data.draw(st.lists(st.sampled_from([1, -1, 2]), min_size=array.ndim, max_size=array.ndim))
    view = array.transpose(axes)[tuple(slice(None, None, step) for step in steps)]
    made = TensorData.from_numpy(view)
    assert (made.to_nested(), made.shape) == (view.tolist(), view.shape)
    assert made.data.flags.c_contiguous
    swapped = TensorData.from_numpy(view.astype(view.dtype.newbyteorder(">")))
    assert (bits(swapped), swapped.data.dtype.isnative) == (bits(made), True)


@given(data=st.data())
def test_strides_are_numpys(data: st.DataObject) -> None:
    shape = data.draw(npst.array_shapes(min_dims=1, max_dims=3, max_side=3))
    strides = data.draw(st.lists(st.integers(-6, 6), min_size=len(shape), max_size=len(shape)))
    offset = data.draw(st.integers(-2, 30))
    memory = bytes(range(24))
    reached = [
        offset + sum(at * stride for at, stride in zip(place, strides, strict=True)) for place in np.ndindex(*shape)
    ]
    if all(0 <= place < len(memory) for place in reached):
        made = TensorData.from_memory(memory, "uint8", shape, strides=strides, offset=offset)
        assert made.data.tolist() == [memory[place] for place in reached]
    else:
        with pytest.raises(TensorShapeError, match=r"does not lie within the 24 bytes|begins at byte -"):
            TensorData.from_memory(memory, "uint8", shape, strides=strides, offset=offset)


def test_a_read_only_array_is_read() -> None:
    array = np.arange(3.0)
    array.flags.writeable = False
    assert TensorData.from_numpy(array).to_nested() == [0.0, 1.0, 2.0]


def test_memory_of_four_bits_and_of_booleans() -> None:
    assert TensorData.from_memory(b"\xf7\x08\x0f", "int4", [3]).to_nested() == [7, -8, -1]
    assert TensorData.from_memory(b"\xf7\x08", "uint4", [2]).to_nested() == [7, 8]
    assert TensorData.from_memory(b"\x00\x02", "bool", [2]).to_nested() == [False, True]
    assert TensorData.from_nested([-1, 7], "int4").to_memory() == b"\x0f\x07"


def test_memory_is_as_struct_writes_it() -> None:
    values = [1.5, -0.0, 2.0**-140]
    assert TensorData.from_nested(values, "float32").to_memory() == struct.pack("<3f", *values)
    assert TensorData.from_nested(values, "float64").to_memory(byte_order="big") == struct.pack(">3d", *values)


@pytest.mark.parametrize(
    ("shape", "more"),
    [
        ([-1], {}),
        ([2], {"strides": [1, 1]}),
        ([5], {}),
        ([1], {"offset": 4}),
        ([2, 3], {}),
        ([1], {"offset": -1}),
        ([1], {"offset": 2**70}),
    ],
)
def test_memory_that_is_not_there_is_refused(shape: list[int], more: dict[str, Any]) -> None:
    with pytest.raises(TensorShapeError):
        TensorData.from_memory(b"abcd", "int8", shape, **more)


def test_an_empty_tensor_needs_no_memory() -> None:
    assert TensorData.from_memory(b"", "float32", [2, 0], strides=[99, 99], offset=7).shape == (2, 0)


@pytest.mark.parametrize("data", [[[1], [2, 3]], [1, [2]], [[1], 2], [[], [1]]])
def test_ragged_lists_are_named(data: Any) -> None:
    with pytest.raises(RaggedTensorError, match="not rectangular"):
        TensorData.from_nested(data, "float32")


@pytest.mark.parametrize("data", [["1.0"], [None], [{}], "NaN", [[1, "x"]], b"1", [object()]])
def test_what_is_no_number_is_named(data: Any) -> None:
    with pytest.raises(TensorValueError, match="is no number"):
        TensorData.from_nested(data, "float32")


@pytest.mark.parametrize(
    ("data", "dtype"),
    [([256], "uint8"), ([-1], "uint64"), ([2**63], "int64"), ([8], "int4"), ([10**400], "float64"), ([1e30], "int64")],
)
def test_what_does_not_fit_is_named(data: Any, dtype: str) -> None:
    with pytest.raises(TensorValueError, match=f"beyond what {dtype} can hold"):
        TensorData.from_nested(data, dtype)


def test_integers_beside_fractions_lose_nothing() -> None:
    assert TensorData.from_nested([2**53 + 1, 0.5], "int64").to_nested() == [2**53 + 1, 0]
    assert TensorData.from_nested([2**64 - 1, 1.5], "uint64").to_nested() == [2**64 - 1, 1]


def test_an_integer_reaches_a_float_by_way_of_a_double() -> None:
    halfway = 2**53 + 2**29 + 1
    assert TensorData.from_nested([halfway], "float32").to_nested() == [2.0**53]


@pytest.mark.parametrize("shape", [[3], [2, 3], [-2], [1, -1]])
def test_a_shape_that_does_not_fit_is_named(shape: list[int]) -> None:
    with pytest.raises(TensorShapeError):
        TensorData.from_json({"data": [1, 2], "dtype": "int8", "shape": shape})


def test_reshape_fills_in_one_size() -> None:
    tensor = TensorData.from_nested([1, 2, 3, 4], "int8")
    assert tensor.reshape([2, -1]).to_nested() == [[1, 2], [3, 4]]
    for shape in ([-1, -1], [3, -1], [5], ["2"]):
        with pytest.raises(TensorShapeError, match="the product of the shape must be 4"):
            tensor.reshape(shape)  # type: ignore[arg-type]


def test_the_wire_form() -> None:
    assert TensorData.from_nested(0.1, "float32").to_json() == {
        "data": [0.10000000149011612],
        "dtype": "float32",
        "shape": [],
    }
    big = TensorData.from_nested([2**53, 2**53 + 1, -(2**63)], "int64").to_json()
    assert big["data"] == [2**53, "9007199254740993", "-9223372036854775808"]
    odd = TensorData.from_nested([math.nan, math.inf, -math.inf, -0.0], "bfloat16").to_json()
    assert odd["data"] == ["NaN", "Infinity", "-Infinity", -0.0]


@pytest.mark.parametrize("obj", [{"data": [1]}, {"dtype": "int8"}, {}])
def test_a_missing_member_is_named(obj: dict[str, Any]) -> None:
    with pytest.raises(InvalidTensorError, match="the tensor has no"):
        TensorData.from_json(obj)


def test_nested_data_is_not_the_wire_form() -> None:
    with pytest.raises(TensorShapeError, match="one flat list"):
        TensorData.from_json({"data": [[1, 2]], "dtype": "int8"})
    with pytest.raises(TensorShapeError, match="one flat list"):
        TensorData.from_json({"data": 1, "dtype": "int8"})


def test_casting_refuses_and_rounds() -> None:
    tensor = TensorData.from_nested([[0.5, 2.5]], "float64")
    assert tensor.astype("int8").to_json() == {"data": [0, 2], "dtype": "int8", "shape": [1, 2]}
    with pytest.raises(UnknownDtypeError):
        tensor.astype("int3")
    with pytest.raises(TensorValueError):
        TensorData.from_nested([300], "int64").astype("uint8")
