"""conformance/oracles/torch_tensors.py: what it knows without torch, which is all but the rounding of floats."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.adapters.serve import Rejected
from conformance.oracles.torch_tensors import (
    INTEGER_BITS,
    cast,
    from_memory,
    from_nested,
    nested,
    shape_of,
    to_memory,
    to_nested,
)


def rejected(operation: Any, **params: Any) -> str:
    with pytest.raises(Rejected) as caught:
        operation(None, **params)
    return caught.value.kind


@given(array=st.integers(0, 3).flatmap(lambda ndim: st.lists(st.integers(0, 3), min_size=ndim, max_size=ndim)))
def test_lists_are_nested_as_numpys(array: list[int]) -> None:
    made = np.arange(int(np.prod(array))).reshape(array)
    if made.size or not made.ndim:
        assert nested(made.reshape(-1).tolist(), list(made.shape)) == made.tolist()
        assert shape_of(made.tolist()) == list(made.shape)


@pytest.mark.parametrize("dtype", sorted(INTEGER_BITS))
@given(value=st.integers(-(2**66), 2**66))
def test_integers_have_the_range_of_their_bits(dtype: str, value: int) -> None:
    bits = INTEGER_BITS[dtype]
    low = 0 if dtype.startswith("u") else -(2 ** (bits - 1))
    if low <= value < low + 2**bits:
        answer = from_nested(None, data=[value], dtype=dtype)
        assert answer == {"data": [value], "dtype": dtype, "shape": [1]}
        memory = to_memory(None, data=[value], dtype=dtype)["memory"]
        back = from_memory(None, memory=memory, dtype=dtype, shape=[1])
        assert back["data"] == [value]
        if bits >= 8:
            assert (
                base64.b64decode(memory)
                == np.array([value], dtype=dtype).astype(f"<{np.dtype(dtype).str[1:]}").tobytes()
            )
    else:
        assert rejected(from_nested, data=[value], dtype=dtype) == "value"


def test_kinds() -> None:
    assert rejected(from_nested, data=[1], dtype="int2") == "unknown_dtype"
    assert rejected(from_nested, data=[[1], [1, 2]], dtype="int8") == "ragged"
    assert rejected(from_nested, data=[None], dtype="int8") == "value"
    assert rejected(from_nested, data=["NaN"], dtype="int8") == "value"
    assert rejected(to_nested, data=[1, 2], dtype="int8", shape=[3]) == "shape"
    assert rejected(to_nested, data=[[1]], dtype="int8", shape=[1]) == "shape"
    assert rejected(from_memory, memory="AA==", dtype="int8", shape=[2]) == "shape"
    assert rejected(from_memory, memory="AA==", dtype="int8", shape=[1], strides=[1, 1]) == "shape"


def test_fractions_are_dropped_and_truth_is_kept() -> None:
    assert from_nested(None, data=[1.9, -1.9, True], dtype="int4")["data"] == [1, -1, 1]
    assert cast(None, data=[0, 2, -1], dtype="int8", to="bool")["data"] == [False, True, True]
    assert cast(None, data=[True, False], dtype="bool", to="uint4")["data"] == [1, 0]


def test_memory_is_read_by_strides() -> None:
    memory = base64.b64encode(bytes(range(6))).decode()
    answer = from_memory(None, memory=memory, dtype="uint8", shape=[3, 2], strides=[1, 3])
    assert answer["data"] == [0, 3, 1, 4, 2, 5]
    big = from_memory(None, memory=memory, dtype="uint16", shape=[3], byte_order="big")
    assert big["data"] == [1, 2 * 256 + 3, 4 * 256 + 5]
