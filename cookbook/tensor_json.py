"""Tensors to JSON text and back, a million elements in the time of a few passes over an array.

The text is plain JSON, of the form of `TensorData.to_json`. Two kinds of tensors are written in columns of a fixed
width, padded with the white space that JSON allows, so that numpy can write and read all elements at once: float32,
bfloat16 and float16 that are finite (nine digits, which single out a float32), and integers from 0 up to seven
digits, such as tokens. Every other tensor, and every text that somebody else wrote, takes the way of Python's own
JSON.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from cookbook.dtypes import convert, dtype_named
from cookbook.errors import InvalidTensorError
from cookbook.tensors import TensorData

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

HEAD = b'{"data":['
INTEGER_BOUND = 10_000_000
"""Seven digits and a comma make eight bytes."""

BLOCK = 8192

NIBBLES = 0x0F0F0F0F0F0F0F0F
ZEROS = 0x3030303030303030
SIXES = 0x0606060606060606
HIGH = 0xF0F0F0F0F0F0F0F0
BLANK_BITS = 0x0010101010101010
"""The bit in which a digit differs from a space, in the seven bytes before the comma."""
SEVEN = 0x00FFFFFFFFFFFFFF


def dumps(tensor: TensorData) -> bytes:
    """The tensor as JSON text."""
    columns = _columns(tensor)
    if columns is None:
        return json.dumps(tensor.to_json(), separators=(",", ":"), allow_nan=False).encode("ascii")
    # The last comma is not written.
    return b"".join((HEAD, columns.data.cast("B")[:-1], _tail(tensor)))


def loads(text: bytes) -> TensorData:
    """The tensor of a JSON text. Raises InvalidTensorError as `TensorData.from_json`, and for what is no JSON."""
    end = text.rfind(b"]", 0, max(text.rfind(b'"dtype"'), 0))
    if text.startswith(HEAD) and end > len(HEAD):
        tensor = _from_columns(text, end)
        if tensor is not None:
            return tensor
    try:
        return TensorData.from_json(json.loads(text))
    except (ValueError, AttributeError, TypeError) as error:
        if isinstance(error, InvalidTensorError):
            raise
        raise InvalidTensorError(f"the text is no tensor in JSON: {error}") from error


def _tail(tensor: TensorData) -> bytes:
    return f'],"dtype":"{tensor.dtype}","shape":{json.dumps(list(tensor.shape), separators=(",", ":"))}}}'.encode()


def _columns(tensor: TensorData) -> NDArray[np.uint64] | None:
    """The elements as text of a fixed width, each with a comma; None if they do not have one."""
    kind = dtype_named(tensor.dtype)
    if not tensor.data.size:
        return None
    if kind.kind == "float" and 8 < kind.bits <= 32:
        if not np.isfinite(tensor.data).all():
            return None
        columns: NDArray[np.uint64] = np.empty((tensor.data.size, 2), dtype="<u8")
        for block in _blocks(tensor.data.size):
            columns[block] = _float_columns(tensor.data[block].astype(np.float64))
        return columns
    if kind.kind == "integer" and kind.bits > 8 and tensor.data.min() >= 0 and tensor.data.max() < INTEGER_BOUND:
        columns = np.empty(tensor.data.size, dtype="<u8")
        for block in _blocks(tensor.data.size):
            columns[block] = _integer_columns(tensor.data[block].astype(np.uint32))
        return columns
    return None


def _blocks(size: int) -> Iterator[slice]:
    """Parts small enough that what is made on the way stays in a processor's cache."""
    return (slice(start, min(start + BLOCK, size)) for start in range(0, size, BLOCK))


def _from_columns(text: bytes, end: int) -> TensorData | None:
    """A tensor that `_columns` wrote; None for any other text."""
    try:
        rest = json.loads(b"{" + text[end + 2 :])
        kind = dtype_named(rest["dtype"])
    except (ValueError, KeyError, TypeError):
        return None
    width = 16 if kind.kind == "float" else 8
    count, left = divmod(end + 1 - len(HEAD), width)
    if left or rest.keys() != {"dtype", "shape"} or kind.bits < 16:
        return None
    words = np.frombuffer(text, dtype="<u8", offset=len(HEAD), count=count * width // 8)
    read = _floats if width == 16 else _integers
    rows = words.reshape(count, width // 8)
    elements = np.empty(count, dtype=kind.numpy)
    for block in _blocks(count):
        last = block.stop == count
        values = read(rows[block].astype(np.uint64), last)
        if values is None:
            return None
        elements[block] = convert(values, kind)
    return TensorData(elements, kind.name, (count,)).reshape(rest["shape"])


# Floats: " 1.23456789e+00," in two words of eight bytes.


def _table(texts: list[str], place: int) -> NDArray[np.uint64]:
    """Texts as words, each beginning at the byte `place`."""
    return np.array([int.from_bytes(text.encode(), "little") << (8 * place) for text in texts], dtype=np.uint64)


LEAST, MOST = -46, 39
"""Decimal exponents of float32, with one to spare at either end."""
POWERS = np.array([float(f"1e{power}") for power in range(-70, 71)])
THREE = [f"{number:03}" for number in range(1000)]
FRONT = _table([f"{digits[0]}.{digits[1:]}" for digits in THREE], 1)
MIDDLE = _table(THREE, 5)
BACK = _table(THREE, 0)
EXPONENT = _table([f"e{power:+03}," for power in range(LEAST, MOST + 1)], 3)
SIGN = _table([" ", "-"], 0)


def _power(exponents: NDArray[np.intp]) -> NDArray[np.float64]:
    return POWERS.take(exponents + 70)


def _float_columns(values: NDArray[np.float64]) -> NDArray[np.uint64]:
    positive = np.abs(values)
    # From the binary exponent the decimal one follows but for one, which a look at the next power of ten decides.
    exponents = np.floor((np.frexp(positive)[1] - 1) * 0.30102999566398120).astype(np.intp)
    np.clip(exponents, LEAST, MOST - 1, out=exponents)
    exponents += positive >= _power(exponents + 1)
    digits = np.rint(positive * _power(8 - exponents)).astype(np.int64)
    # Nine nines and a half round up to ten digits.
    carried = digits >= 1_000_000_000
    digits[carried] //= 10
    exponents += carried
    exponents[digits == 0] = 0
    above, low = np.divmod(digits, 1000)
    high, middle = np.divmod(above, 1000)
    columns = np.empty((values.size, 2), dtype=np.uint64)
    columns[:, 0] = FRONT.take(high) | MIDDLE.take(middle) | SIGN.take(np.signbit(values).astype(np.intp))
    columns[:, 1] = BACK.take(low) | EXPONENT.take(exponents - LEAST)
    return columns


def _floats(columns: NDArray[np.uint64], last: bool) -> NDArray[np.float64] | None:
    """The numbers of some columns; None if they are not of this form. The `last` ends in a bracket."""
    first, second = np.ascontiguousarray(columns[:, 0]), np.ascontiguousarray(columns[:, 1])
    sign, lead = first & 0xFF, ((first >> 8) & 0xFF) - 0x30
    eight = (first >> 24) | (second << 40)
    tens, ones = ((second >> 40) & 0xFF) - 0x30, ((second >> 48) & 0xFF) - 0x30
    down = (second >> 32) & 0xFF
    comma = second >> 56
    if last:
        comma[-1] = ord(",")
    if not (
        ((sign == ord(" ")) | (sign == ord("-"))).all()
        and (((first >> 16) & 0xFF) == ord(".")).all()
        and (((second >> 24) & 0xFF) == ord("e")).all()
        and ((down == ord("+")) | (down == ord("-"))).all()
        and (comma == ord(",")).all()
        and (lead < 10).all()
        and (tens < 10).all()
        and (ones < 10).all()
        and _are_digits(eight)
    ):
        return None
    digits = lead * 100_000_000 + _eight_digits(eight)
    exponents = (tens * 10 + ones).astype(np.intp)
    np.negative(exponents, out=exponents, where=down == ord("-"))
    if not ((exponents >= LEAST) & (exponents <= MOST)).all():
        return None
    values: NDArray[np.float64] = digits.astype(np.float64) * _power(exponents - 8)
    np.negative(values, out=values, where=sign == ord("-"))
    return values


# Integers: "    123," in one word.

FOUR = _table([f"{number or '':>4}" for number in range(10_000)], 0)
THREE_AFTER = _table([f"{digits}," for digits in THREE], 4)
THREE_ALONE = _table([f"{number:3}," for number in range(1000)], 4)


def _integer_columns(values: NDArray[Any]) -> NDArray[np.uint64]:
    above, low = np.divmod(values, np.uint32(1000))
    columns: NDArray[np.uint64] = FOUR.take(above) | np.where(above > 0, THREE_AFTER.take(low), THREE_ALONE.take(low))
    return columns


def _integers(columns: NDArray[np.uint64], last: bool) -> NDArray[np.int64] | None:
    """The same for integers."""
    words = columns[:, 0]
    comma = words >> 56
    if last:
        comma[-1] = ord(",")
    seven = words & SEVEN
    filled = seven | BLANK_BITS
    digits = seven & BLANK_BITS
    # What is no digit is a space, of which the lower half is 0, and does not follow a digit; the last is a digit.
    blanks = digits ^ BLANK_BITS
    others = seven & (blanks - (blanks >> 4))
    gaps = (digits << 8) & blanks
    eight = (filled << 8) | 0x30
    if (comma != ord(",")).any() or (gaps | others).any() or not (digits >> 52).all() or not _are_digits(eight):
        return None
    return _eight_digits(eight).astype(np.int64)


def _are_digits(words: NDArray[Any]) -> bool:
    """Whether each of the eight bytes is a digit: of the right half, and so even when six is added."""
    return bool((((words & HIGH) == ZEROS) & (((words + SIXES) & HIGH) == ZEROS)).all())


def _eight_digits(words: NDArray[Any]) -> NDArray[Any]:
    """The numbers that eight digits write, the first in the lowest byte: pairs, then fours, then all."""
    pairs = ((words & NIBBLES) * 2561) >> 8
    fours = ((pairs & 0x00FF00FF00FF00FF) * 6553601) >> 16
    return ((fours & 0x0000FFFF0000FFFF) * 42949672960001) >> 32
