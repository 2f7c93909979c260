"""What the live API's own client makes of its inputs: float32 and int64, and nothing else.

Behaviour: tinker SDK 0.38, `TensorData`, `Datum` and the conversion of requests to protocol buffers. The client is more
lenient than `cookbook.tensors`: it drops fractions, reads numbers in strings and rounds to float32 without a word. It
refuses unsigned integers and booleans, which is where most surprises come from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from cookbook.errors import (
    InvalidInputError,
    InvalidTensorError,
    RaggedTensorError,
    TensorShapeError,
    TensorValueError,
    UnknownDtypeError,
)
from cookbook.sparse import SparseTensorData, compressed
from cookbook.tensors import TensorData

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

WIRE_DTYPES = ("float32", "int64")

DTYPE_OF_KEY: Mapping[str, str] = MappingProxyType(
    {
        "target_tokens": "int64",
        "weights": "float32",
        "advantages": "float32",
        "logprobs": "float32",
        "clip_low_threshold": "float32",
        "clip_high_threshold": "float32",
        "sequence_ratio_mask": "float32",
    }
)
"""The dtype that a bare list gets under the name of a loss function's input."""

COMPRESSED_KEYS = frozenset({"target_tokens", "weights"})
"""The inputs of which a torch matrix is sent as compressed rows where that is shorter."""

INT64_MIN = -(2**63)


def wire_dtype(dtype: object) -> str:
    """`dtype` itself. Raises UnknownDtypeError for another than float32 and int64."""
    if dtype not in WIRE_DTYPES:
        raise UnknownDtypeError(f"unsupported dtype {dtype!r}: the wire has float32 and int64")
    return str(dtype)


def from_numpy(array: NDArray[Any]) -> TensorData:
    """A float array as float32, an array of signed integers as int64: `TensorData.from_numpy` and `from_torch`.

    Raises UnknownDtypeError for booleans, unsigned integers, float8, int4 and everything else.
    """
    name = array.dtype.name
    kind = "f" if name == "bfloat16" else array.dtype.kind
    # ml_dtypes registers one of the two float8 types as a kind of float; torch has no numpy form of either.
    if kind not in ("f", "i") or name.startswith(("float8", "int4")):
        raise UnknownDtypeError(f"an array of {name} has no dtype on the wire (float32, int64): convert it first")
    with np.errstate(over="ignore"):
        return TensorData.from_numpy(array.astype("float32" if kind == "f" else "int64", copy=False))


def from_list(data: Any, dtype: str | None, shape: Sequence[int] | None = None) -> TensorData:
    """A number, nested lists or an array as `dtype`: the constructor `TensorData(data, dtype, shape)`.

    Lists are coerced: 1.9 becomes 1 in int64, "1.5" is read, None is NaN in float32; None for all the data is no data.
    In an array, what int64 cannot hold becomes the lowest int64. Without a shape the nesting of the data counts.

    Raises UnknownDtypeError for a dtype other than float32 and int64; TensorValueError for what cannot be coerced;
    RaggedTensorError; TensorShapeError if the elements do not fill the shape.
    """
    return _shaped(_coerced([] if data is None else data, wire_dtype(dtype)), shape)


def loss_fn_input(key: str, value: Any) -> TensorData | SparseTensorData:
    """What `Datum` makes of the value of a loss function's input.

    A tensor of float32 or int64 stays. An array goes by its own dtype, not by its key's. A list goes by its key.

    Raises InvalidTensorError for a list under an unknown key, a tuple, and what `from_numpy` and `from_list` refuse.
    """
    if isinstance(value, TensorData | SparseTensorData):
        wire_dtype(value.dtype)
        return value
    if isinstance(value, np.ndarray):
        return from_numpy(value)
    if not isinstance(value, list):
        raise InvalidTensorError(f"{key} is a {type(value).__name__}: give a list, an array or a tensor")
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise RaggedTensorError(f"{key} is not rectangular: give every row the same depth and length") from error
    if array.dtype.kind in "fiu":
        return TensorData.from_numpy(_cast(array, _dtype_of_key(key)))
    if any(isinstance(item, list) for item in value):
        raise InvalidTensorError(f"{key} holds nested lists of something other than numbers")
    return from_list(value, _dtype_of_key(key), [len(value)])


def torch_input(key: str, array: NDArray[Any]) -> TensorData | SparseTensorData:
    """What `Datum` makes of a torch tensor with these values: a matrix of weights or targets may be compressed."""
    found = compressed(array) if key in COMPRESSED_KEYS and array.ndim == 2 else None
    return from_numpy(array) if found is None else found


def tokens(values: Any) -> list[int]:
    """What `EncodedTextChunk` makes of its tokens: 1.0, "3", " +1_000.0 " and True are integers, 1.5 is none, nor is
    text a list.

    Raises InvalidInputError.
    """
    if not isinstance(values, list | tuple):
        raise InvalidInputError(f"tokens are {values!r}: give a list of integers")
    return [_token(value) for value in values]


def token_bytes(values: Sequence[int]) -> bytes:
    """Tokens as a request carries them: 32 bits each, little-endian. Raises InvalidInputError for one of more bits."""
    for value in values:
        if not -(2**31) <= value < 2**31:
            raise InvalidInputError(f"token {value} has more than 32 bits: a request cannot carry it")
    return np.asarray(values, dtype="<i4").tobytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class WireTensor:
    """A tensor as a request carries it: `dense`, or all of the other three; little-endian, in row-major order.

    `dtype` is 1 for float32 and 2 for int64. An absent shape and a scalar's are the same: empty.
    """

    dtype: int
    shape: tuple[int, ...]
    dense: bytes | None = None
    values: bytes | None = None
    crow_indices: bytes | None = None
    col_indices: bytes | None = None


def wire_tensor(tensor: TensorData | SparseTensorData) -> WireTensor:
    """Raises UnknownDtypeError for a tensor of any other dtype than float32 and int64; TensorShapeError for an index
    beyond int64.
    """
    code = WIRE_DTYPES.index(wire_dtype(tensor.dtype)) + 1
    elements = tensor.data.astype(tensor.data.dtype.newbyteorder("<"), copy=False).tobytes()
    if isinstance(tensor, TensorData):
        return WireTensor(dtype=code, shape=tensor.shape, dense=elements)
    return WireTensor(
        dtype=code,
        shape=tensor.shape,
        values=elements,
        crow_indices=tensor.row_starts.astype("<i8").tobytes(),
        col_indices=tensor.columns.astype("<i8").tobytes(),
    )


def _dtype_of_key(key: str) -> str:
    try:
        return DTYPE_OF_KEY[key]
    except KeyError as error:
        known = ", ".join(DTYPE_OF_KEY)
        raise InvalidTensorError(
            f"a bare list has no dtype under the key {key!r}: give an array, or use {known}"
        ) from error


def _coerced(data: Any, dtype: str) -> NDArray[Any]:
    if isinstance(data, np.ndarray):
        return _cast(data, dtype)
    try:
        with np.errstate(over="ignore"):
            return np.asarray(data, dtype=dtype)
    except (TypeError, ValueError, OverflowError) as error:
        kind = RaggedTensorError if "inhomogeneous" in str(error) or "sequence" in str(error) else TensorValueError
        raise kind(f"the data cannot be a tensor of {dtype}: {error}") from error


def _cast(array: NDArray[Any], dtype: str) -> NDArray[Any]:
    """As a machine word is cast in C on x86-64, spelt out because other machines cast what does not fit otherwise."""
    if dtype == "float32" or array.dtype.kind != "f":
        with np.errstate(over="ignore"):
            return array.astype(dtype)
    whole = np.trunc(array.astype(np.float64))
    fits = (whole >= float(INT64_MIN)) & (whole < -float(INT64_MIN))
    return np.where(fits, np.where(fits, whole, 0).astype(np.int64), np.int64(INT64_MIN))


def _shaped(array: NDArray[Any], shape: Sequence[int] | None) -> TensorData:
    if shape is not None and list(array.shape) != list(shape):
        try:
            array = array.reshape(tuple(shape))
        except (TypeError, ValueError) as error:
            raise TensorShapeError(f"{array.size} elements cannot have the shape {list(shape)}") from error
    return TensorData.from_numpy(array)


_INTEGER_TEXT = re.compile(r"\s*([+-]?)([0-9]+(?:_[0-9]+)*)(?:\.0+)?\s*")
_MOST_DIGITS = 4300


def _token(value: Any) -> int:
    if isinstance(value, str) and (text := _INTEGER_TEXT.fullmatch(value)):
        # Neither zeros before the number nor what keeps its digits apart counts.
        digits = text[2].replace("_", "").lstrip("0") or "0"
        if len(digits) <= _MOST_DIGITS:
            return int(text[1] + digits)
    # A float is an integer if it is whole and an int64; an integer may have any size.
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer() and abs(value) < 2**63):
        return int(value)
    raise InvalidInputError(f"token {value!r} is no integer")
