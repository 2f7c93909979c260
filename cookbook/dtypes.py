"""The element types that a tensor can have, and what turning one into another does to a value.

Seventeen of them. numpy lacks bfloat16, the two float8 and the two int4 types, which ml_dtypes supplies. The Tinker API
carries only float32 and int64: what its client makes of the others is in `cookbook.wire`.

Rules of conversion, which hold wherever a value gets a dtype:

- A float is rounded to the nearest, ties to even. A type narrower than float32 is reached through float32, as in torch
  2.13. What is beyond the largest becomes infinite; float8_e4m3fn has no infinity, so there it is refused.
- A float becomes an integer by dropping its fraction. An integer that is out of range, and a float that is not finite,
  are refused: nothing wraps around.
- Anything but zero is true; true is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import ml_dtypes
import numpy as np

from cookbook.errors import TensorValueError, UnknownDtypeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

Kind = Literal["bool", "integer", "float"]


@dataclass(frozen=True, slots=True)
class Dtype:
    """An element type. `smallest` and `largest` are the bounds of an integer type, both inclusive.

    `bits` is the width of a value; in memory an element takes whole bytes, so a value of four bits takes the lower half
    of one.
    """

    name: str
    numpy: np.dtype[Any]
    kind: Kind
    bits: int

    @property
    def smallest(self) -> int:
        """Of an integer type, the lowest value."""
        return -(1 << (self.bits - 1)) if self.name.startswith("int") else 0

    @property
    def largest(self) -> int:
        """Of an integer type, the highest value."""
        return (1 << (self.bits - self.name.startswith("int"))) - 1


def _table() -> dict[str, Dtype]:
    integers = [(f"{sign}{bits}", bits) for sign in ("int", "uint") for bits in (4, 8, 16, 32, 64)]
    floats = [
        ("float8_e4m3fn", 8),
        ("float8_e5m2", 8),
        ("float16", 16),
        ("bfloat16", 16),
        ("float32", 32),
        ("float64", 64),
    ]
    names: list[tuple[str, Kind, int]] = [
        ("bool", "bool", 8),
        *((name, "integer", bits) for name, bits in integers),
        *((name, "float", bits) for name, bits in floats),
    ]
    return {name: Dtype(name, np.dtype(getattr(ml_dtypes, name, name)), kind, bits) for name, kind, bits in names}


DTYPES: Mapping[str, Dtype] = MappingProxyType(_table())
"""Every dtype by its name, in the order in which they are listed above."""


_BY_NUMPY = {dtype.numpy: dtype for dtype in DTYPES.values()}
"""numpy takes longer to spell the name of a dtype than for most of what is asked of small arrays."""


def dtype_named(name: object) -> Dtype:
    """Raises UnknownDtypeError."""
    found = DTYPES.get(name) if isinstance(name, str) else None
    if found is None:
        raise UnknownDtypeError(f"unknown dtype {name!r}: use one of {', '.join(DTYPES)}")
    return found


def dtype_of(array: NDArray[Any]) -> Dtype:
    """The dtype of an array, whatever its byte order. Raises UnknownDtypeError, e.g. for complex numbers."""
    return _BY_NUMPY.get(array.dtype) or dtype_named(array.dtype.name)


def convert(array: NDArray[Any], dtype: Dtype) -> NDArray[Any]:
    """`array` with every value turned into `dtype` by the rules above; itself when it has that dtype already.

    Raises TensorValueError for the first value, in row-major order, that `dtype` cannot hold.
    """
    source = dtype_of(array)
    if source.name == dtype.name:
        return array.astype(dtype.numpy, copy=False)
    match dtype.kind:
        case "bool":
            return wide(array).astype(np.bool_)
        case "integer":
            return _to_integers(wide(array), dtype)
        case "float":
            return _to_floats(wide(array), dtype)


def wide(array: NDArray[Any]) -> NDArray[Any]:
    """The same values in a dtype that numpy itself calculates with: floats of eight and sixteen bits as float32.

    Integers of four bits come as int8 and uint8; every other dtype stays.
    """
    dtype = dtype_of(array)
    if dtype.kind == "float" and dtype.bits < 32:
        # A NaN that signals is no occasion for a warning.
        with np.errstate(invalid="ignore"):
            return array.astype(np.float32)
    return array.astype("int8" if dtype.smallest else "uint8") if dtype.bits == 4 else array


def _to_integers(array: NDArray[Any], dtype: Dtype) -> NDArray[Any]:
    if array.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            whole = np.trunc(array.astype(np.float64, copy=False))
            # One above the largest is a power of two, which a double holds even where the largest itself does not.
            fits = (whole >= float(dtype.smallest)) & (whole < float(dtype.largest + 1))
        _refuse(array, fits, dtype)
        # uint64 is the one type whose upper half int64 cannot hold.
        return whole.astype(np.uint64 if dtype.name == "uint64" else np.int64).astype(dtype.numpy)
    if array.dtype.kind != "b":
        _refuse(array, _in_range(array, dtype), dtype)
    return array.astype(dtype.numpy)


def _in_range(array: NDArray[Any], dtype: Dtype) -> NDArray[np.bool_]:
    bounds = np.iinfo(array.dtype)
    # Compared as Python integers where the array's own type cannot hold the bound.
    above = array >= dtype.smallest if bounds.min < dtype.smallest else np.True_
    below = array <= dtype.largest if bounds.max > dtype.largest else np.True_
    return np.broadcast_to(above & below, array.shape)


def _to_floats(array: NDArray[Any], dtype: Dtype) -> NDArray[Any]:
    with np.errstate(over="ignore", invalid="ignore"):
        if dtype.bits >= 32:
            return array.astype(dtype.numpy)
        narrow = array.astype(np.float32).astype(dtype.numpy)
    if dtype.name == "float8_e4m3fn":
        _refuse(array, ~np.isnan(narrow.astype(np.float32)) | np.isnan(array.astype(np.float32)), dtype)
    return narrow


def _refuse(array: NDArray[Any], fits: NDArray[np.bool_], dtype: Dtype) -> None:
    if not fits.all():
        value = array[~fits].flat[0]
        raise TensorValueError(
            f"{value.item()!r} is beyond what {dtype.name} can hold: give other values or a wider dtype"
        )
