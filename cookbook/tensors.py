"""Tensors as the Tinker API carries them: two dtypes, flat data in row-major order, and a shape.

Behaviour: tinker SDK 0.38, `TensorData`, of which the dense half is here (its sparse form needs torch).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from cookbook.errors import InvalidTensorError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

TensorDtype = Literal["float32", "int64"]

_NUMPY_DTYPES: dict[str, type[np.float32] | type[np.int64]] = {"float32": np.float32, "int64": np.int64}
_WIRE_DTYPE_OF_KIND: dict[str, TensorDtype] = {"f": "float32", "i": "int64"}


@dataclass(frozen=True, slots=True, eq=False)
class TensorData:
    """A dense tensor, ready for the wire.

    `data` is one-dimensional and holds the elements in row-major order; `shape` says how they are nested, `()`
    being a scalar. Build it with `from_numpy` or `from_nested`.
    """

    data: NDArray[Any]
    dtype: TensorDtype
    shape: tuple[int, ...]

    @classmethod
    def from_numpy(cls, array: NDArray[Any]) -> TensorData:
        """Any float becomes float32, any signed integer becomes int64.

        Raises InvalidTensorError for booleans, unsigned integers and everything else, as the SDK does: a mask
        that was meant as numbers must be converted by its owner.
        """
        dtype = _WIRE_DTYPE_OF_KIND.get(array.dtype.kind)
        if dtype is None:
            raise InvalidTensorError(
                f"an array of dtype {array.dtype} has no dtype on the wire (float32, int64): "
                "convert it with .astype first"
            )
        return cls._flat(array.astype(_NUMPY_DTYPES[dtype], copy=False), dtype)

    @classmethod
    def from_nested(cls, data: Any, dtype: str) -> TensorData:
        """A number or nested lists of numbers, coerced to `dtype` as numpy does: 1.9 becomes 1 in int64.

        Raises InvalidTensorError for ragged nesting, for values that `dtype` cannot hold, and for a dtype other
        than float32 and int64.
        """
        wire_dtype = _checked_dtype(dtype)
        try:
            array = np.asarray(data, dtype=_NUMPY_DTYPES[wire_dtype])
        except (TypeError, ValueError, OverflowError) as error:
            raise InvalidTensorError(
                f"the data cannot be a tensor of {wire_dtype} ({error}): give numbers, nested to the same depth "
                "and length everywhere"
            ) from error
        return cls._flat(array, wire_dtype)

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> TensorData:
        """Read `{"data": flat, "dtype": ..., "shape"?: [...]}`; without a shape the tensor has one dimension."""
        try:
            data, dtype = obj["data"], obj["dtype"]
        except KeyError as error:
            raise InvalidTensorError(
                f"the tensor has no {error}: it needs data and dtype, and may have shape"
            ) from error
        flat = cls.from_nested(data, dtype)
        shape = obj.get("shape")
        return flat if shape is None else flat.reshape(shape)

    @classmethod
    def _flat(cls, array: NDArray[Any], dtype: TensorDtype) -> TensorData:
        return cls(data=array.reshape(-1), dtype=dtype, shape=array.shape)

    def reshape(self, shape: Sequence[int]) -> TensorData:
        """The same elements under another shape. Raises InvalidTensorError if their number does not fit."""
        try:
            array = self.data.reshape(tuple(shape))
        except (TypeError, ValueError) as error:
            raise InvalidTensorError(
                f"{self.data.size} elements cannot have the shape {shape!r}: the product of the shape must be "
                f"{self.data.size}"
            ) from error
        return TensorData(data=self.data, dtype=self.dtype, shape=array.shape)

    def to_numpy(self) -> NDArray[Any]:
        """An array of `shape`, which shares its memory with this tensor where it can."""
        return self.data.reshape(self.shape)

    def to_nested(self) -> Any:
        """Python numbers, nested as `shape` says; a scalar for the shape `()`."""
        return self.to_numpy().tolist()

    def to_json(self) -> dict[str, Any]:
        """The wire form, with "NaN", "Infinity" and "-Infinity" for what JSON cannot write as a number."""
        data: list[Any] = self.data.tolist()
        if self.dtype == "float32" and not np.isfinite(self.data).all():
            data = [_jsonable(value) for value in data]
        return {"data": data, "dtype": self.dtype, "shape": list(self.shape)}


def _checked_dtype(dtype: str) -> TensorDtype:
    for known in get_args(TensorDtype):
        if dtype == known:
            return known  # type: ignore[no-any-return]
    raise InvalidTensorError(f"unsupported dtype {dtype!r}: the wire has float32 and int64")


def _jsonable(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
