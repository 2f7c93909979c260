"""Questions for what the live API's client makes of arrays: which types it takes, and what becomes of their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.corpus.numbers.asking import ask, tensor
from conformance.corpus.numbers.types import SIGNED, UNSIGNED, largest, smallest, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question

INTEGERS = tuple(dtype for dtype in SIGNED if dtype != "int4")
REFUSED = ("bool", *(dtype for dtype in UNSIGNED if dtype != "uint4"))
NUMPY_FLOATS = ("float16", "float32", "float64")
TORCH_FLOATS = ("float16", "bfloat16", "float32", "float64")
FLOAT8 = ("float8_e4m3fn", "float8_e5m2")


def questions() -> Iterator[Question]:
    """numpy, then torch."""
    for source, floats, refused in (
        ("numpy", NUMPY_FLOATS, REFUSED),
        ("torch", TORCH_FLOATS, (*REFUSED, *FLOAT8)),
    ):
        operation = f"wire.from_{source}"
        for dtype in floats:
            for slug, data, shape, flags in _floats(dtype):
                array = {"array": tensor(data, dtype, shape)}
                kinds, signed = ("wire_dtype", *flags), "signed_zero" in flags
                yield ask(operation, f"{dtype}/{slug}", array, kinds, traps=("T264",), signed_zero=signed)
        for dtype in INTEGERS:
            for slug, data, shape, flags in _integers(dtype):
                array = {"array": tensor(data, dtype, shape)}
                yield ask(operation, f"{dtype}/{slug}", array, ("wire_dtype", *flags), traps=("T264",))
        for dtype in refused:
            for slug, data, shape in (("ones", [1, 0], [2]), ("empty", [], [0]), ("scalar", [1], [])):
                array = {"array": tensor(data, dtype, shape)}
                flags = ("unsigned" if dtype not in FLOAT8 else "wire_dtype", "malformed")
                yield ask(operation, f"{dtype}/{slug}", array, flags, traps=("T264",))


def _floats(dtype: str) -> Iterator[tuple[str, list[Any], list[int], tuple[str, ...]]]:
    yield "values", [0.5, -1.25, 2.0], [3], ()
    yield "tenth", [0.1], [1], ("float32",)
    yield "matrix", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3], ("shape",)
    yield "scalar", [1.5], [], ("shape",)
    yield "empty", [], [0], ("shape",)
    yield "rows-of-nothing", [], [2, 0], ("shape",)
    yield "not-finite", ["NaN", "Infinity", "-Infinity"], [3], ("non_finite",)
    yield "zeros", [-0.0, 0.0], [2], ("signed_zero",)
    if dtype == "float64":
        yield "beyond-float32", [1e39, -1e300], [2], ("overflow", "non_finite")
        yield "rounded", [1 + 2.0**-24, 1 + 3 * 2.0**-24, 16777217.0], [3], ("rounding",)
        yield "underflow", [7e-46, 1e-45, 1e-300], [3], ("subnormal",)


def _integers(dtype: str) -> Iterator[tuple[str, list[Any], list[int], tuple[str, ...]]]:
    yield "bounds", [whole(smallest(dtype)), whole(largest(dtype)), 0], [3], ("dtype_bounds",)
    yield "matrix", [1, 2, 3, 4], [2, 2], ("shape",)
    yield "scalar", [7], [], ("shape",)
    yield "empty", [], [0], ("shape",)
