"""The tensor bridge as torch and the definitions of the types have it.

Run as `python -m conformance.oracles.torch_tensors` where torch is. Rounding is torch's. Integers need no library:
their range is that of two's complement, and what is out of it is refused. Two rules are this project's own, and torch
does otherwise: nothing wraps around, and float8_e4m3fn, which has no infinity, refuses what it would have to
saturate.
"""

from __future__ import annotations

import base64
import itertools
import math
from typing import TYPE_CHECKING, Any

from conformance.adapters.serve import NotSupported, Rejected, serve
from conformance.adapters.wire_numbers import numbers, written

if TYPE_CHECKING:
    from collections.abc import Callable

INTEGER_BITS = {f"{sign}{bits}": bits for sign in ("int", "uint") for bits in (4, 8, 16, 32, 64)}
FLOAT_BYTES = {
    "float8_e4m3fn": 1,
    "float8_e5m2": 1,
    "float16": 2,
    "bfloat16": 2,
    "float32": 4,
    "float64": 8,
}
E4M3_ROUNDS_TO_LARGEST = 464.0
"""Half-way between 448, the largest, and what would be the next value: a tie, and 448 is the even one."""


def kind_of(dtype: Any) -> str:
    """`bool`, `integer` or `float`."""
    if dtype == "bool":
        return "bool"
    for kind, names in (("integer", INTEGER_BITS), ("float", FLOAT_BYTES)):
        if dtype in names:
            return kind
    raise Rejected("unknown_dtype", f"no dtype {dtype!r}")


def elements(values: list[Any], dtype: str) -> list[Any]:
    """Flat numbers as a dtype has them."""
    kind = kind_of(dtype)
    for value in values:
        if not isinstance(value, int | float):
            raise Rejected("value", f"{value!r} is no number")
    if kind == "bool":
        return [value != 0 for value in values]
    if kind == "integer":
        return [_integer(value, dtype) for value in values]
    try:
        return rounded([float(value) for value in values], dtype)
    except OverflowError as error:
        raise Rejected("value", str(error)) from error


def rounded(values: list[float], dtype: str) -> list[float]:
    """Doubles as torch rounds them to a float type."""
    import torch

    made = torch.tensor(values, dtype=torch.float64).to(getattr(torch, dtype))
    if dtype == "float8_e4m3fn":
        for value in torch.tensor(values, dtype=torch.float64).to(torch.float32).tolist():
            if abs(value) > E4M3_ROUNDS_TO_LARGEST:
                raise Rejected("value", f"{value} is beyond float8_e4m3fn")
    found: list[float] = made.to(torch.float64).tolist()
    return found


def _integer(value: float, dtype: str) -> int:
    if isinstance(value, float) and not math.isfinite(value):
        raise Rejected("value", f"{value} is no integer")
    whole, bits = int(value), INTEGER_BITS[dtype]
    smallest = 0 if dtype.startswith("u") else -(1 << (bits - 1))
    if not smallest <= whole < smallest + (1 << bits):
        raise Rejected("value", f"{value} is beyond {dtype}")
    return whole


def shape_of(data: Any) -> list[int]:
    """The shape of nested lists, which must be rectangular."""
    if not isinstance(data, list):
        return []
    shapes = [shape_of(item) for item in data]
    if any(shape != shapes[0] for shape in shapes):
        raise Rejected("ragged", "the lists are not rectangular")
    return [len(data), *(shapes[0] if shapes else [])]


def _flat(data: Any) -> list[Any]:
    return [value for item in data for value in _flat(item)] if isinstance(data, list) else [data]


def read(data: Any, dtype: str, shape: list[int] | None = None) -> tuple[list[Any], list[int]]:
    """The elements and the shape of a tensor as it is on the wire."""
    kind_of(dtype)
    if len(shape_of(data)) != 1:
        raise Rejected("shape", "the data is not one flat list")
    found = elements(numbers(data), dtype)
    sizes = [len(found)] if shape is None else shape
    if any(size < 0 for size in sizes) or math.prod(sizes) != len(found):
        raise Rejected("shape", f"{len(found)} elements do not fill {shape}")
    return found, sizes


def nested(values: list[Any], shape: list[int]) -> Any:
    """Flat elements as nested lists."""
    if not shape:
        return values[0]
    width = math.prod(shape[1:])
    return [nested(values[place * width : (place + 1) * width], shape[1:]) for place in range(shape[0])]


def tensor(values: list[Any], dtype: str, shape: list[int]) -> dict[str, Any]:
    """A tensor as it goes over the wire."""
    return {"data": written(values), "dtype": dtype, "shape": shape}


# The operations.


def from_nested(_: Any, *, data: Any, dtype: Any) -> Any:
    kind_of(dtype)
    shape = shape_of(data)
    return tensor(elements(numbers(_flat(data)), dtype), dtype, shape)


def to_nested(_: Any, *, data: Any, dtype: Any, shape: list[int] | None = None) -> Any:
    values, sizes = read(data, dtype, shape)
    return {"data": written(nested(values, sizes))}


def from_json(_: Any, *, data: Any, dtype: Any, shape: list[int] | None = None) -> Any:
    values, sizes = read(data, dtype, shape)
    return tensor(values, dtype, sizes)


def cast(_: Any, *, data: Any, dtype: Any, to: Any, shape: list[int] | None = None) -> Any:
    values, sizes = read(data, dtype, shape)
    if kind_of(dtype) == "integer" and kind_of(to) == "float":
        import torch

        # Straight from the integer, not by way of a double.
        source = torch.uint64 if dtype == "uint64" else torch.int64
        wanted = torch.tensor(values, dtype=source).to(torch.float64 if to == "float64" else torch.float32)
        values = wanted.to(torch.float64).tolist()
    return tensor(elements(values, to), to, sizes)


def from_memory(
    _: Any,
    *,
    memory: str,
    dtype: Any,
    shape: list[int],
    strides: list[int] | None = None,
    offset: int = 0,
    byte_order: str = "little",
) -> Any:
    kind_of(dtype)
    raw = base64.b64decode(memory)
    width = _width(dtype)
    if any(size < 0 for size in shape) or (strides is not None and len(strides) != len(shape)):
        raise Rejected("shape", "a negative size, or not one stride a dimension")
    steps = strides if strides is not None else [math.prod(shape[at + 1 :]) * width for at in range(len(shape))]
    values = []
    for place in itertools.product(*map(range, shape)):
        start = offset + sum(index * step for index, step in zip(place, steps, strict=True))
        if not 0 <= start <= len(raw) - width:
            raise Rejected("shape", f"an element at {start} of {len(raw)} bytes")
        word = raw[start : start + width]
        values.append(_decoded(word if byte_order == "little" else word[::-1], dtype))
    return tensor(values, dtype, shape)


def to_memory(_: Any, *, data: Any, dtype: Any, shape: list[int] | None = None, byte_order: str = "little") -> Any:
    values, _sizes = read(data, dtype, shape)
    words = [_encoded(value, dtype) for value in values]
    joined = b"".join(word if byte_order == "little" else word[::-1] for word in words)
    return {"memory": base64.b64encode(joined).decode("ascii")}


def _width(dtype: str) -> int:
    return FLOAT_BYTES.get(dtype) or max(INTEGER_BITS.get(dtype, 8) // 8, 1)


def _decoded(word: bytes, dtype: str) -> Any:
    if dtype == "bool":
        return word != b"\0"
    if dtype in INTEGER_BITS:
        bits = INTEGER_BITS[dtype]
        value = int.from_bytes(word, "little") % (1 << bits)
        return value - (1 << bits) if not dtype.startswith("u") and value >> (bits - 1) else value
    import torch

    return torch.frombuffer(bytearray(word), dtype=getattr(torch, dtype)).to(torch.float64).item()


def _encoded(value: Any, dtype: str) -> bytes:
    if dtype in INTEGER_BITS:
        whole: int = value % (1 << INTEGER_BITS[dtype])
        return whole.to_bytes(_width(dtype), "little")
    if dtype == "bool":
        return bytes([value])
    import torch

    made = torch.tensor([value], dtype=torch.float64).to(getattr(torch, dtype))
    word: list[int] = made.view(torch.uint8).tolist()
    return bytes(word)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "tensor.from_nested": from_nested,
    "tensor.to_nested": to_nested,
    "tensor.from_json": from_json,
    "tensor.cast": cast,
    "tensor.from_memory": from_memory,
    "tensor.to_memory": to_memory,
}


def _initialize(_: dict[str, Any]) -> dict[str, Any]:
    import torch

    version = torch.__version__.partition("+")[0]
    implementation = {"name": "torch", "version": version, "language": "python", "upstream": None}
    return {"protocol": 1, "implementation": implementation, "operations": list(OPERATIONS)}


def _answer(method: str, params: dict[str, Any]) -> Any:
    if method not in OPERATIONS:
        raise NotSupported(f"no operation {method!r}")
    return OPERATIONS[method](None, **params)


if __name__ == "__main__":
    serve(initialize=_initialize, answer=_answer)
