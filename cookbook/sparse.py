"""Two-dimensional tensors of which most entries are the same: compressed sparse rows.

Behaviour: tinker SDK 0.38, `TensorData.from_torch_sparse`, `TensorData.to_numpy` and `TensorData.to_torch`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cookbook.dtypes import dtype_of
from cookbook.errors import TensorShapeError, TensorValueError, UnknownDtypeError

if TYPE_CHECKING:
    from numpy.typing import NDArray


LISTED_DTYPES = frozenset(
    ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"),
)
"""The dtypes of which the SDK can list entries: torch finds them for these, and numpy has them."""


@dataclass(frozen=True, slots=True, eq=False)
class SparseTensorData:
    """The listed entries of a matrix of `shape` (rows, columns); every other entry is the pad value.

    `data` (float32 or int64, as `dtype` says) and `sparse_col_indices` hold an element for each listed entry, row after
    row; row `i` has those from `sparse_crow_indices[i]` up to `sparse_crow_indices[i + 1]`.
    """

    data: NDArray[Any]
    dtype: str
    shape: tuple[int, int]
    sparse_crow_indices: tuple[int, ...]
    sparse_col_indices: tuple[int, ...]

    @property
    def row_starts(self) -> NDArray[np.int64]:
        """`sparse_crow_indices` as an array. Raises TensorShapeError for one beyond int64."""
        return _indices(self.sparse_crow_indices)

    @property
    def columns(self) -> NDArray[np.int64]:
        """`sparse_col_indices` as an array. Raises TensorShapeError for one beyond int64."""
        return _indices(self.sparse_col_indices)

    def to_numpy(self, pad_value: int = 0) -> NDArray[Any]:
        """The whole matrix.

        Raises TensorShapeError if the indices do not describe one: each row's columns must rise and lie within it.
        Where there is no row, nobody looks at what the starts say.
        """
        if len(self.shape) != 2:
            raise TensorShapeError(f"compressed rows are a matrix, which has two sizes, not the shape {self.shape}")
        rows, columns = self.shape
        starts, places = self.row_starts, self.columns
        lengths = np.diff(starts)
        if (
            starts.shape != (rows + 1,)
            or len(places) != self.data.size
            or (rows and (starts[0] != 0 or starts[-1] != len(places)))
            or (lengths < 0).any()
            or ((places < 0) | (places >= columns)).any()
        ):
            raise TensorShapeError(
                f"the indices do not list {self.data.size} entries of {rows} rows and {columns} columns"
            )
        pad = checked_pad_value(pad_value)
        if not rows:
            return np.empty((0, columns), dtype=self.data.dtype)
        row_of = np.repeat(np.arange(rows), lengths)
        if not (np.diff(row_of * columns + places) > 0).all():
            raise TensorShapeError("the columns of a row must rise, each listed once")
        # Shifting there and back is what the SDK does: with a pad of 0 it is exact, with another it may round floats.
        dense: NDArray[Any] = np.zeros((rows, columns), dtype=self.data.dtype)
        dense[row_of, places] = self.data - self.data.dtype.type(pad)
        dense += self.data.dtype.type(pad)
        return dense


def compressed(array: NDArray[Any], pad_value: int = 0) -> SparseTensorData | None:
    """A matrix without the entries that equal `pad_value`; None where that saves nothing, or `array` is no matrix.

    It saves something when the entries left, their columns and the rows' starts are fewer numbers than the matrix has.
    Raises TensorValueError if `pad_value` is no integer; UnknownDtypeError for a dtype that the SDK cannot list.
    """
    pad = checked_pad_value(pad_value)
    if array.ndim != 2:
        return None
    kind = dtype_of(array)
    shifted = array - array.dtype.type(pad) if pad else array
    rows, columns = array.shape
    listed = shifted != 0
    count = int(listed.sum())
    if rows + 1 + 2 * count >= rows * columns:
        return None
    if kind.name not in LISTED_DTYPES:
        raise UnknownDtypeError(f"a matrix of {kind.name} cannot be sent compressed: convert it to float32 first")
    values = shifted[listed] + array.dtype.type(pad) if pad else shifted[listed]
    dtype = "float32" if kind.kind == "float" else "int64"
    return SparseTensorData(
        data=values.astype(dtype),
        dtype=dtype,
        shape=(rows, columns),
        sparse_crow_indices=(0, *np.cumsum(listed.sum(axis=1)).tolist()),
        sparse_col_indices=tuple(np.nonzero(listed)[1].tolist()),
    )


def _indices(values: tuple[int, ...]) -> NDArray[np.int64]:
    try:
        return np.asarray(values, dtype=np.int64)
    except OverflowError as error:
        raise TensorShapeError("an index of compressed rows is beyond int64") from error


def checked_pad_value(pad_value: object) -> int:
    """`pad_value`, which must be an integer: shifting by it is then exact for integers. Raises TensorValueError."""
    if isinstance(pad_value, bool) or not isinstance(pad_value, int | np.integer):
        raise TensorValueError(f"the pad value {pad_value!r} is no integer: use one, so that integers stay exact")
    try:
        return int(np.int64(pad_value))
    except OverflowError as error:
        raise TensorValueError(f"the pad value {pad_value} is beyond int64, in which entries are sent") from error
