"""Questions for tensors in memory: strides, offsets, orders of bytes."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from conformance.corpus.numbers.asking import ask, tensor
from conformance.corpus.numbers.types import DTYPES, FLOATS, INTEGERS, bits_of, largest, smallest, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question

FLOAT_BYTES = {
    "float8_e4m3fn": 1,
    "float8_e5m2": 1,
    "float16": 2,
    "bfloat16": 2,
    "float32": 4,
    "float64": 8,
}
ONE: dict[str, bytes] = {
    "float8_e4m3fn": b"\x38",
    "float8_e5m2": b"\x3c",
    "float16": b"\x00\x3c",
    "bfloat16": b"\x80\x3f",
    "float32": b"\x00\x00\x80\x3f",
    "float64": b"\x00\x00\x00\x00\x00\x00\xf0\x3f",
}
"""The number 1, little-endian."""


def width(dtype: str) -> int:
    """Bytes of an element."""
    return FLOAT_BYTES.get(dtype) or (1 if dtype == "bool" else max(bits_of(dtype) // 8, 1))


def word(number: int, dtype: str) -> bytes:
    """The element with the place `number`: small, and different from its neighbours."""
    if dtype in FLOAT_BYTES:
        one = bytearray(ONE[dtype])
        one[0 if len(one) == 1 else -2] ^= number % 4
        return bytes(one)
    return bytes([number % 2 if dtype == "bool" else number % 8]) + bytes(width(dtype) - 1)


def words(count: int, dtype: str, *, big: bool = False) -> str:
    """That many elements in a row."""
    return _base64(b"".join(word(place, dtype)[:: -1 if big else 1] for place in range(count)))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def questions() -> Iterator[Question]:
    """Reading for every dtype, then writing, then what lies outside."""
    for dtype in DTYPES:
        step = width(dtype)
        for slug, count, shape, more, flags in (
            ("row", 4, [4], {}, ("byte_order",)),
            ("big-endian", 4, [4], {"byte_order": "big"}, ("byte_order",)),
            ("transposed", 6, [3, 2], {"strides": [step, 3 * step]}, ("layout",)),
            ("every-other", 6, [3], {"strides": [2 * step]}, ("layout",)),
            ("backwards", 4, [4], {"strides": [-step], "offset": 3 * step}, ("layout",)),
            ("repeated", 2, [2, 3], {"strides": [step, 0]}, ("layout",)),
            ("column", 6, [2], {"strides": [3 * step], "offset": step}, ("layout",)),
            ("scalar", 3, [], {"offset": 2 * step}, ("shape", "layout")),
            ("empty", 1, [0], {}, ("shape",)),
            ("nothing-beyond-the-end", 1, [0], {"strides": [step], "offset": 100}, ("shape", "layout")),
            ("outside", 3, [4], {}, ("layout", "malformed")),
            ("before", 3, [2], {"strides": [-step]}, ("layout", "malformed")),
        ):
            memory = words(count, dtype, big=slug == "big-endian")
            params = {"memory": memory, "dtype": dtype, "shape": shape, **more}
            yield ask("tensor.from_memory", f"{dtype}/{slug}", params, flags)
        yield from _special(dtype)
        yield from _written(dtype)
    for slug, dtype, shape, memory in (
        ("unknown-dtype", "int2", [1], "AA=="),
        ("negative-size", "int8", [-1], "AA=="),
        ("too-many-strides", "int8", [1], "AAAA"),
        ("too-many-strides-of-nothing", "int8", [0], "AAAA"),
        ("negative-offset", "int8", [1], "AAAA"),
    ):
        params = {"memory": memory, "dtype": dtype, "shape": shape}
        if slug.startswith("too-many-strides"):
            params["strides"] = [1, 1]
        if slug == "negative-offset":
            params["offset"] = -1
        flags = ("unknown_name" if slug == "unknown-dtype" else "layout", "malformed")
        yield ask("tensor.from_memory", f"refused/{slug}", params, flags)


def _special(dtype: str) -> Iterator[Question]:
    if dtype in INTEGERS:
        values = {"all-ones": b"\xff" * width(dtype), "highest-bit": b"\0" * (width(dtype) - 1) + b"\x80"}
    elif dtype == "bool":
        values = {"other-than-one": b"\x02\x00\xff"}
    else:
        values = _special_floats(dtype)
    for slug, data in values.items():
        count = len(data) // width(dtype)
        params = {"memory": _base64(data), "dtype": dtype, "shape": [count]}
        flags: tuple[str, ...] = ("dtype_bounds", "four_bits") if dtype.endswith("int4") else ("dtype_bounds",)
        if slug == "negative-zero":
            flags = ("signed_zero",)
        elif slug in ("infinity", "nan"):
            flags = ("non_finite",)
        yield ask("tensor.from_memory", f"{dtype}/{slug}", params, flags, signed_zero=slug == "negative-zero")


def _special_floats(dtype: str) -> dict[str, bytes]:
    size = width(dtype)
    kind = next(one for one in FLOATS if one.name == dtype)
    mantissa, bits = kind.precision - 1, size * 8
    top = (1 << (bits - 1)) - 1
    found = {
        "negative-zero": 1 << (bits - 1),
        "least-subnormal": 1,
        "least-normal": 1 << mantissa,
        "nan": top,
    }
    infinity = ((1 << (bits - 1 - mantissa)) - 1) << mantissa
    if dtype == "float8_e4m3fn":
        found["largest"] = top - 1
    else:
        found["infinity"] = infinity
        found["largest"] = infinity - 1
    return {slug: pattern.to_bytes(size, "little") for slug, pattern in found.items()}


def _written(dtype: str) -> Iterator[Question]:
    values: list[Any] = [1, 0, 1]
    if dtype in INTEGERS:
        values = [whole(smallest(dtype)), whole(largest(dtype)), 1]
    elif dtype in FLOAT_BYTES:
        kind = next(one for one in FLOATS if one.name == dtype)
        values = [1.5, -2.0, kind.largest, kind.smallest_subnormal]
    yield ask("tensor.to_memory", f"{dtype}/row", tensor(values, dtype), ("byte_order", "dtype_bounds"))
    big = {**tensor(values, dtype), "byte_order": "big"}
    yield ask("tensor.to_memory", f"{dtype}/big-endian", big, ("byte_order",))
    yield ask("tensor.to_memory", f"{dtype}/matrix", tensor([1, 0, 0, 1], dtype, [2, 2]), ("byte_order", "shape"))
    if dtype in FLOAT_BYTES:
        params = tensor([-0.0, 0.0], dtype)
        yield ask("tensor.to_memory", f"{dtype}/zeros", params, ("signed_zero", "byte_order"), signed_zero=True)
