"""Questions for casts: every dtype into every other, and what does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.corpus.numbers.asking import ask, tensor
from conformance.corpus.numbers.types import DTYPES, FLOATS, INTEGERS, SIGNED, bits_of, largest, smallest, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question

NARROW_FLOATS = tuple(kind for kind in FLOATS if kind.precision < 53)


def _values(dtype: str) -> list[Any]:
    """Values that every dtype can hold, as different as they can be."""
    if dtype == "bool":
        return [True, False, True]
    if dtype in INTEGERS:
        return [0, 1, 7]
    return [0.0, 1.0, 2.5, 7.0]


def questions() -> Iterator[Question]:
    """All pairs, then the edges."""
    for source in DTYPES:
        for target in DTYPES:
            fraction = source not in ("bool", *INTEGERS) and target in INTEGERS
            yield ask(
                "tensor.cast",
                f"{source}/to-{target}",
                {**tensor(_values(source), source), "to": target},
                ("cast", "fraction") if fraction else ("cast", "boolean") if target == "bool" else ("cast",),
            )
    yield from _integers()
    yield from _floats()
    for target in ("int2", "", "float"):
        params = {**tensor([1], "int8"), "to": target}
        yield ask("tensor.cast", f"unknown/{target or 'none'}", params, ("unknown_name", "malformed"))


def _integers() -> Iterator[Question]:
    for source in INTEGERS:
        for target in INTEGERS:
            for slug, value in (("largest", largest(source)), ("smallest", smallest(source))):
                if not value or source == target:
                    continue
                fits = smallest(target) <= value <= largest(target)
                flags = ("cast", "dtype_bounds") if fits else ("cast", "overflow", "malformed")
                params = {**tensor([whole(value)], source), "to": target}
                yield ask("tensor.cast", f"{source}/{slug}-to-{target}", params, flags)
        for kind in FLOATS:
            if kind.name == "float8_e4m3fn" and bits_of(source) > 8:
                continue
            values = [whole(largest(source)), whole(smallest(source))]
            params = {**tensor(values, source), "to": kind.name}
            yield ask("tensor.cast", f"{source}/bounds-to-{kind.name}", params, ("cast", "rounding"))
    for source in ("int64", "uint64"):
        # Once by way of a double would round twice.
        value = 2**60 + 2**36 + 1
        params = {**tensor([whole(value)], source), "to": "float32"}
        yield ask("tensor.cast", f"{source}/straight-to-float32", params, ("cast", "rounding"))


def _floats() -> Iterator[Question]:
    for target in INTEGERS:
        params = {**tensor(["NaN"], "float32"), "to": target}
        yield ask("tensor.cast", f"float32/nan-to-{target}", params, ("cast", "non_finite", "malformed"))
        params = {**tensor([0.99, -0.99, 3.5], "float64"), "to": target}
        yield ask("tensor.cast", f"float64/fractions-to-{target}", params, ("cast", "fraction"))
        above = float(2 ** (bits_of(target) - (target in SIGNED)))
        params = {**tensor([above], "float64"), "to": target}
        yield ask("tensor.cast", f"float64/above-{target}", params, ("cast", "overflow", "malformed"))
    wide: tuple[tuple[str, list[float], str, tuple[str, ...]], ...] = (
        ("beyond-24-bits", [16777217.0, -9007199254740991.0], "int64", ("int64",)),
        ("upper-half", [1e19, 18446744073709549568.0], "uint64", ("int64", "dtype_bounds")),
        ("tiny", [1e-300, -5e-324, 0.0], "bool", ("boolean",)),
    )
    for slug, numbers, target, more in wide:
        params = {**tensor(numbers, "float64"), "to": target}
        yield ask("tensor.cast", f"float64/{slug}-to-{target}", params, ("cast", *more))
    for kind in NARROW_FLOATS:
        half = kind.step / 2
        values = [1 + half, 1 + 3 * half, kind.smallest_subnormal / 2, kind.smallest_subnormal * 1.5, 0.1]
        params = {**tensor(values, "float64"), "to": kind.name}
        yield ask("tensor.cast", f"float64/ties-to-{kind.name}", params, ("cast", "rounding", "subnormal"))
        beyond = {**tensor([kind.largest + kind.last_step], "float64"), "to": kind.name}
        refused = kind.name == "float8_e4m3fn"
        flags = ("cast", "overflow", "malformed") if refused else ("cast", "overflow", "non_finite")
        yield ask("tensor.cast", f"float64/beyond-{kind.name}", beyond, flags)
        zero = {**tensor([-0.0, 0.0], kind.name), "to": "float64"}
        yield ask("tensor.cast", f"{kind.name}/zero-to-float64", zero, ("cast", "signed_zero"), signed_zero=True)
    for source, target in (("float16", "bfloat16"), ("bfloat16", "float16"), ("float8_e5m2", "float16")):
        params = {**tensor(["NaN", "Infinity", "-Infinity"], source), "to": target}
        yield ask("tensor.cast", f"{source}/not-finite-to-{target}", params, ("cast", "non_finite"))
    params = {**tensor(["Infinity"], "float16"), "to": "float8_e4m3fn"}
    yield ask("tensor.cast", "float16/infinity-to-float8_e4m3fn", params, ("cast", "overflow", "malformed"))
    params = {**tensor([0.0, -0.0, 0.25, "NaN"], "float32"), "to": "bool"}
    yield ask("tensor.cast", "float32/truth", params, ("cast", "boolean", "non_finite"))
