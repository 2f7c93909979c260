"""cookbook/sparse.py: compressed rows, there and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from cookbook.dtypes import DTYPES
from cookbook.errors import TensorShapeError, TensorValueError, UnknownDtypeError
from cookbook.sparse import SparseTensorData, compressed

if TYPE_CHECKING:
    from numpy.typing import NDArray

sizes = st.tuples(st.integers(0, 6), st.integers(0, 8))


@st.composite
def mostly(draw: st.DrawFn, dtype: Any, pad: int) -> NDArray[Any]:
    """A matrix of `pad`, but for a few entries."""
    rows, columns = draw(sizes)
    array: NDArray[Any] = np.full((rows, columns), pad, dtype=dtype)
    entries = st.tuples(st.integers(0, max(rows - 1, 0)), st.integers(0, max(columns - 1, 0)), st.integers(-9, 9))
    for row, column, value in draw(st.lists(entries, max_size=4)) if rows and columns else ():
        array[row, column] = value
    return array


@given(data=st.data(), dtype=st.sampled_from(["float32", "int64"]), pad=st.integers(-3, 3))
def test_a_matrix_comes_back(data: st.DataObject, dtype: str, pad: int) -> None:
    array = data.draw(mostly(dtype, pad))
    found = compressed(array, pad)
    if found is not None:
        assert np.array_equal(found.to_numpy(pad), array)
        assert found.dtype == dtype


@given(data=st.data())
def test_it_is_compressed_where_that_is_shorter(data: st.DataObject) -> None:
    array = data.draw(npst.arrays(np.int64, sizes, elements=st.sampled_from([0, 0, 0, 1])))
    found = compressed(array)
    listed = int((array != 0).sum())
    assert (found is not None) == (array.shape[0] + 1 + 2 * listed < array.size)
    if found is not None:
        written = len(found.sparse_crow_indices) + len(found.sparse_col_indices) + found.data.size
        assert written == array.shape[0] + 1 + 2 * listed


@given(data=st.data())
def test_scipy_would_agree(data: st.DataObject) -> None:
    """The indices by their definition: row after row, the columns of what is not zero."""
    array = data.draw(mostly("float32", 0))
    found = compressed(array)
    if found is not None:
        columns = [np.flatnonzero(row).tolist() for row in array]
        assert list(found.sparse_col_indices) == [column for row in columns for column in row]
        assert list(found.sparse_crow_indices) == [sum(map(len, columns[:at])) for at in range(len(columns) + 1)]


@pytest.mark.parametrize("array", [np.zeros(10), np.zeros((2, 2, 9)), np.float32(1.0), np.ones((3, 3))])
def test_others_stay_dense(array: NDArray[Any]) -> None:
    assert compressed(np.asarray(array)) is None


def test_other_types_become_those_of_the_wire() -> None:
    array = np.zeros((3, 6))
    array[1, 2] = 0.1
    found = compressed(array)
    assert found is not None
    assert (found.dtype, found.data.tolist()) == ("float32", [0.10000000149011612])
    eight = compressed(array.astype(np.int8) + (array != 0).astype(np.int8))
    assert eight is not None
    assert (eight.dtype, eight.data.tolist()) == ("int64", [1])
    for name in ("bfloat16", "uint16", "uint32", "uint64", "int4", "uint4", "float8_e4m3fn", "float8_e5m2"):
        with pytest.raises(UnknownDtypeError, match=name):
            compressed(array.astype(DTYPES[name].numpy))


@pytest.mark.parametrize("pad", [True, 0.5, "0", None])
def test_a_pad_value_is_an_integer(pad: Any) -> None:
    with pytest.raises(TensorValueError, match="is no integer"):
        compressed(np.zeros((3, 9)), pad)
    with pytest.raises(TensorValueError, match="beyond int64"):
        compressed(np.zeros((3, 9)), 2**63)


@pytest.mark.parametrize("pad", [-(2**63), 2**63 - 1])
def test_a_pad_value_may_be_any_entry(pad: int) -> None:
    array = np.full((3, 9), pad)
    array[1, 2] = 5
    found = compressed(array, pad)
    assert found is not None
    assert found.data.tolist() == [5]
    assert np.array_equal(found.to_numpy(pad), array)


@pytest.mark.parametrize(
    ("crow", "col"),
    [
        ([0, 1, 2], [3, 0]),
        ([0, 1, 2], [-1, 0]),
        ([0, 2, 2], [1, 0]),
        ([0, 2, 2], [1, 1]),
        ([0, 2, 1], [0, 1]),
        ([1, 1, 2], [0, 1]),
        ([0, 1], [0, 1]),
        ([0, 1, 3], [0, 1]),
        ([0, 1, 2], [0]),
    ],
)
def test_indices_that_describe_nothing_are_refused(crow: list[int], col: list[int]) -> None:
    with pytest.raises(TensorShapeError):
        SparseTensorData(np.ones(2, np.float32), "float32", (2, 3), tuple(crow), tuple(col)).to_numpy()


def test_without_rows_the_indices_say_nothing() -> None:
    none = np.empty(0, np.float32)
    for starts in (0, 5):
        rows = SparseTensorData(
            data=none, dtype="float32", shape=(0, 3), sparse_crow_indices=(starts,), sparse_col_indices=()
        )
        assert rows.to_numpy().shape == (0, 3)
