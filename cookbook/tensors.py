"""Tensors as they travel: flat data in row-major order, a dtype, and a shape.

`TensorData` bridges numpy arrays of any layout, nested lists, JSON and memory, for every dtype of `cookbook.dtypes`.
The name and the three members are those of tinker SDK 0.38, `TensorData`, which has two of the dtypes; what that client
makes of its inputs is in `cookbook.wire`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cookbook.dtypes import Dtype, convert, dtype_named, dtype_of, wide
from cookbook.errors import InvalidTensorError, RaggedTensorError, TensorShapeError, TensorValueError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

ByteOrder = Literal["little", "big"]

EXACT_INTEGER_LIMIT = 2**53
"""Beyond this, a JSON reader that knows only doubles loses integers: there they are written as decimal strings."""


@dataclass(frozen=True, slots=True, eq=False)
class TensorData:
    """A dense tensor. Build it with one of the `from_` methods.

    `data` is one-dimensional, contiguous, in native byte order, and holds the elements in row-major order; it may share
    memory with the array that it was made from. `dtype` names a type of `cookbook.dtypes`. `shape` says how the
    elements are nested, `()` being a scalar.
    """

    data: NDArray[Any]
    dtype: str
    shape: tuple[int, ...]

    @classmethod
    def from_numpy(cls, array: NDArray[Any]) -> TensorData:
        """An array of any layout and byte order, its values as they are.

        Raises UnknownDtypeError, e.g. for complex numbers, text and objects.
        """
        dtype = dtype_of(array)
        # A read-only array is only ever read; a foreign byte order or layout costs a copy.
        return cls(np.ascontiguousarray(array, dtype=dtype.numpy).reshape(-1), dtype.name, array.shape)

    @classmethod
    def from_nested(cls, data: Any, dtype: str) -> TensorData:
        """A number, or lists of numbers nested to the same depth and length everywhere, converted as `dtypes` says.

        Raises UnknownDtypeError; RaggedTensorError; TensorValueError for what is no number or does not fit `dtype`.
        """
        wanted = dtype_named(dtype)
        return cls.from_numpy(convert(_numbers(data, wanted), wanted))

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> TensorData:
        """Read `{"data": flat, "dtype": ..., "shape"?: [...]}`; without a shape the tensor has one dimension.

        "NaN", "Infinity" and "-Infinity" are floats, and an integer may be a decimal string. Raises as `from_nested`
        and `reshape` do, and InvalidTensorError if a member is missing or `data` is nested.
        """
        try:
            data, dtype = obj["data"], obj["dtype"]
        except KeyError as error:
            raise InvalidTensorError(
                f"the tensor has no {error}: it needs data and dtype, and may have shape"
            ) from error
        flat = cls.from_nested([_spelt_out(item) for item in data] if _has_text(data) else data, dtype)
        if len(flat.shape) != 1:
            raise TensorShapeError("the data of a tensor is one flat list: its shape says how it is nested")
        shape = obj.get("shape")
        if shape is not None and any(size < 0 for size in shape):
            raise TensorShapeError(f"no tensor has the shape {shape!r}")
        return flat if shape is None else flat.reshape(shape)

    @classmethod
    def from_memory(
        cls,
        memory: bytes | bytearray | memoryview,
        dtype: str,
        shape: Sequence[int],
        *,
        strides: Sequence[int] | None = None,
        offset: int = 0,
        byte_order: ByteOrder = "little",
    ) -> TensorData:
        """Elements that lie in memory, each at `offset` plus the sum of its indices times `strides`, all in bytes.

        Without strides the elements follow one another in row-major order. Strides may be negative or zero. A value of
        four bits is the lower half of a byte; a byte other than zero is true.

        Raises UnknownDtypeError; TensorShapeError if an element would lie outside of the memory.
        """
        wanted = dtype_named(dtype)
        width = wanted.numpy.itemsize
        if offset < 0 or any(size < 0 for size in shape):
            raise TensorShapeError(f"no tensor of shape {list(shape)!r} begins at byte {offset}")
        if 0 in shape and (strides is None or len(strides) == len(shape)):
            return cls(np.empty(0, wanted.numpy), wanted.name, tuple(shape))
        try:
            words = np.ndarray(
                tuple(shape),
                dtype=np.dtype(f"u{width}").newbyteorder("<" if byte_order == "little" else ">"),
                buffer=memory,
                offset=offset,
                strides=None if strides is None else tuple(strides),
            )
        except (TypeError, ValueError, OverflowError) as error:
            raise TensorShapeError(
                f"shape {list(shape)!r} of {dtype} with strides {strides!r} from byte {offset} does not lie within the "
                f"{len(memoryview(memory).cast('B'))} bytes that were given ({error})"
            ) from error
        native = np.ascontiguousarray(words, dtype=f"u{width}").reshape(words.shape)
        if wanted.bits == 4:
            native = native & np.uint8(0x0F)
        return cls.from_numpy(native != 0 if wanted.kind == "bool" else native.view(wanted.numpy))

    def to_memory(self, *, byte_order: ByteOrder = "little") -> bytes:
        """The elements one after the other in row-major order; a value of four bits takes the lower half of a byte."""
        info = dtype_named(self.dtype)
        words = self.data.view(f"u{info.numpy.itemsize}")
        return words.astype(words.dtype.newbyteorder("<" if byte_order == "little" else ">"), copy=False).tobytes()

    def astype(self, dtype: str) -> TensorData:
        """The same values as another dtype, by the rules of `cookbook.dtypes`.

        Raises UnknownDtypeError; TensorValueError for a value that `dtype` cannot hold.
        """
        return TensorData(convert(self.data, dtype_named(dtype)), dtype, self.shape)

    def reshape(self, shape: Sequence[int]) -> TensorData:
        """The same elements under another shape, in which one -1 stands for what is left.

        Raises TensorShapeError if their number does not fit.
        """
        try:
            if any(size < -1 for size in shape):
                raise ValueError("to numpy any negative size is an open one")
            array = self.data.reshape(tuple(shape))
        except (TypeError, ValueError, OverflowError) as error:
            raise TensorShapeError(
                f"{self.data.size} elements cannot have the shape {shape!r}: the product of the shape must be "
                f"{self.data.size}"
            ) from error
        return TensorData(self.data, self.dtype, array.shape)

    def to_numpy(self) -> NDArray[Any]:
        """An array of `shape`, which shares its memory with this tensor."""
        return self.data.reshape(self.shape)

    def to_nested(self) -> Any:
        """Python numbers and booleans, nested as `shape` says; a scalar for the shape `()`."""
        return self.to_numpy().tolist()

    def to_json(self) -> dict[str, Any]:
        """The wire form, from which `from_json` makes the same tensor, bit for bit (one NaN stands for all of them).

        Booleans are true and false. What JSON cannot write as a number is "NaN", "Infinity" or "-Infinity", and an
        integer beyond 2^53 is a decimal string, so that readers which know only doubles lose nothing.
        """
        return {"data": jsonable(self.data, dtype_named(self.dtype)), "dtype": self.dtype, "shape": list(self.shape)}


def jsonable(array: NDArray[Any], dtype: Dtype) -> Any:
    """Python values, nested as the array is, that a JSON writer can write. See `TensorData.to_json`."""
    values = array.tolist()
    plain = wide(array)
    match dtype.kind:
        case "float" if not np.isfinite(plain).all():
            return _each(values, _float_text)
        case "integer" if dtype.bits == 64 and plain.size:
            if int(plain.max()) > EXACT_INTEGER_LIMIT or int(plain.min()) < -EXACT_INTEGER_LIMIT:
                return _each(values, lambda value: str(value) if abs(value) > EXACT_INTEGER_LIMIT else value)
    return values


def _each(values: Any, written: Any) -> Any:
    return [_each(value, written) for value in values] if isinstance(values, list) else written(values)


def _float_text(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


_SPELT = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _has_text(data: Any) -> bool:
    return isinstance(data, list) and any(type(item) is str for item in data)


def _spelt_out(item: Any) -> Any:
    """The number that a string stands for; what stands for none is left, to be refused as what it is."""
    if not isinstance(item, str):
        return item
    if item in _SPELT:
        return _SPELT[item]
    return int(item) if item.isascii() and item.removeprefix("-").isdecimal() else item


def _numbers(data: Any, dtype: Dtype) -> NDArray[Any]:
    """`data` as an array of numbers that has lost nothing which `dtype` could hold."""
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise RaggedTensorError(
            "the lists are not rectangular: nest to the same depth and length everywhere"
        ) from error
    if array.dtype.kind in "biu" or (array.dtype.kind == "f" and (dtype.kind != "integer" or _small(array))):
        # An integer becomes a float by way of a double, as it does in every reader of JSON that knows only doubles.
        return array.astype(np.float64) if dtype.kind == "float" else array
    return _one_by_one(np.asarray(data, dtype=object), dtype)


def _small(array: NDArray[Any]) -> bool:
    """Whether no float can be an integer that numpy rounded when it found integers and floats side by side."""
    return bool((np.abs(array) < EXACT_INTEGER_LIMIT).all())


def _one_by_one(items: NDArray[np.object_], dtype: Dtype) -> NDArray[Any]:
    """The slow way, for integers beyond 64 bits or beside floats, and for finding what is no number."""
    found: list[Any] = []
    for item in items.flat:
        if not isinstance(item, int | float | np.number | np.bool_):
            raise TensorValueError(f"{item!r} is no number: a tensor holds numbers and booleans only")
        try:
            found.append(_exact(item, dtype))
        except (OverflowError, ValueError) as error:
            raise TensorValueError(f"{item!r} is beyond what {dtype.name} can hold ({error})") from error
    # By now every item is a float, or an integer in range.
    number = {"bool": np.bool_, "integer": np.uint64 if dtype.largest >= 2**63 else np.int64, "float": np.float64}
    return np.array(found, dtype=number[dtype.kind]).reshape(items.shape)


def _exact(item: Any, dtype: Dtype) -> int | float | bool:
    if dtype.kind == "float":
        return float(item)
    if dtype.kind == "bool":
        return bool(item)
    value = int(item)
    if not dtype.smallest <= value <= dtype.largest:
        raise OverflowError("out of range")
    return value
