"""Questions for the tensor bridge: nested lists and flat data, for every dtype."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.corpus.numbers.types import (
    DTYPES,
    FLOATS,
    INTEGERS,
    SIGNED,
    FloatType,
    bits_of,
    largest,
    smallest,
    whole,
)
from conformance.corpus.question import Question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Level

Row = tuple[str, Any, tuple[str, ...]]
"""slug, nested data, flags"""

FLOAT32_AND_INT64: tuple[tuple[str, Any, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("flat", [1.0, 2.5, -3.25], "float32", ("float32",), ()),
    ("tenth", [0.1], "float32", ("float32",), ("T263",)),
    ("thirds", [0.3333333333333333, 0.6666666666666666], "float32", ("float32",), ("T263",)),
    ("integers-as-floats", [1, 2, 3], "float32", ("float32",), ()),
    ("beyond-24-bits", [16777217, 33554433], "float32", ("float32",), ("T263",)),
    ("two-to-53", [9007199254740993], "float32", ("float32",), ()),
    ("halfway-up", [1.00000017881393432617], "float32", ("rounding",), ()),
    ("halfway-even", [1.00000005960464477539], "float32", ("rounding",), ()),
    ("largest", [3.4028234663852886e38], "float32", ("dtype_bounds",), ()),
    ("above-largest", [3.4028235677973366e38, 1e39, -1e300], "float32", ("overflow", "non_finite"), ()),
    ("smallest-normal", [1.1754943508222875e-38], "float32", ("dtype_bounds",), ()),
    ("subnormal", [1e-45, 1.4e-45, 1e-40], "float32", ("subnormal",), ()),
    ("underflow", [7e-46, -7e-46], "float32", ("subnormal", "signed_zero"), ()),
    ("not-finite-among-others", [[0.5, "NaN"], ["-Infinity", 2]], "float32", ("non_finite",), ("T483",)),
    ("flat", [0, 1, -1], "int64", ("int64",), ()),
    ("two-to-53", [9007199254740991, 9007199254740992, 9007199254740993], "int64", ("int64",), ()),
    ("as-text", ["9007199254740993", "-5"], "int64", ("int64",), ()),
    ("beyond-2-53-beside-fractions", [["-9007199254740993", -0.5], [0.5, -3]], "int64", ("int64", "fraction"), ()),
    ("by-way-of-a-double", ["1152921573326323713"], "float32", ("rounding", "int64"), ("T263",)),
    ("beyond-64-bits", [["123456789012345678901234567890", 0.5], [1, -2]], "float64", ("int64", "rounding"), ()),
    ("beyond-64-bits", [["123456789012345678901234567890", 0]], "bool", ("boolean", "int64"), ()),
    ("too-large", [9223372036854775808], "int64", ("overflow", "malformed"), ()),
)

EVERY_DTYPE: tuple[tuple[str, Any, tuple[str, ...], tuple[str, ...]], ...] = (
    ("ones-and-zeros", [1, 0, 1, 1], ("cast",), ()),
    ("matrix", [[1, 0, 1], [0, 1, 1]], ("shape",), ("T265",)),
    ("cube", [[[1], [0]], [[0], [1]], [[1], [1]]], ("shape",), ("T265",)),
    ("scalar", 1, ("shape",), ("T266",)),
    ("empty", [], ("shape",), ("T266",)),
    ("two-empty-rows", [[], []], ("shape",), ("T266",)),
    ("booleans", [True, False], ("boolean",), ()),
    ("ragged", [[1, 0], [1]], ("ragged", "malformed"), ()),
    ("ragged-depth", [1, [0]], ("ragged", "malformed"), ()),
    ("text", ["one"], ("not_a_number", "malformed"), ()),
    ("null", [1, None], ("not_a_number", "malformed"), ()),
    ("object", [{"data": 1}], ("not_a_number", "malformed"), ()),
)

UNKNOWN = ("number", "int2", "float", "float128", "complex64", "Float32", "")

NARROW_NOTE = "Rounded by way of float32, as the original's library does; rounding at once gives the neighbour."


def _integer_rows(dtype: str) -> Iterator[Row]:
    low, high = smallest(dtype), largest(dtype)
    yield "bounds", [whole(low), whole(high)], ("dtype_bounds", "four_bits" if bits_of(dtype) == 4 else "dtype_bounds")
    yield "above", [whole(high + 1)], ("overflow", "malformed")
    yield "below", [whole(low - 1)], ("overflow", "malformed")
    yield "fraction", [1.9, 0.5, 2.999], ("fraction",)
    yield "fraction-below-zero", [-0.5, -0.999], ("fraction",)
    yield "float-above", [float(high + 1) if bits_of(dtype) > 8 else high + 1.5], ("overflow", "malformed")
    yield "float-just-fits", [high + 0.5] if bits_of(dtype) < 53 else [float(2**53)], ("fraction", "dtype_bounds")
    yield "not-finite", ["NaN"], ("non_finite", "malformed")
    yield "infinity", ["Infinity"], ("non_finite", "malformed")
    yield "as-digits", ["1", "0", "7"], ("int64",)
    if dtype in SIGNED:
        yield "negative-fraction", [-1.9, -1.0, -2.5], ("fraction",)
        yield "minus-one", [[-1, -2], [0, 3]], ("dtype_bounds",)
    if bits_of(dtype) == 64:
        yield "large-beside-fraction", ["9007199254740993", 0.5], ("int64", "fraction")
        yield "largest-beside-smallest", [whole(high), whole(low), 0], ("int64", "dtype_bounds")


def _float_rows(kind: FloatType) -> Iterator[Row]:
    yield "simple", [0.5, 1.0, -1.5, 2.0], ("cast",)
    yield "largest-and-lowest", [kind.largest, -kind.largest], ("dtype_bounds",)
    yield "least-normal", [kind.smallest_normal, -kind.smallest_normal], ("dtype_bounds",)
    yield "least-subnormal", [kind.smallest_subnormal, 3 * kind.smallest_subnormal], ("subnormal",)
    yield "negative-zero", [-0.0, 0.0], ("signed_zero",)
    yield "whole-numbers", [3, 100, -7], ("cast",)
    yield "decimals", [0.1, 0.7, 1.1, -2.3, 12.3], ("rounding",)
    yield "nan", ["NaN", 1.0], ("non_finite",)
    if kind.name == "float8_e4m3fn":
        yield "infinity", ["Infinity"], ("overflow", "non_finite", "malformed")
        yield "far-above", [1000.0], ("overflow", "malformed")
    else:
        yield "not-finite", ["NaN", "Infinity", "-Infinity"], ("non_finite",)
    if kind.name == "float64":
        yield "all-digits", [0.1, 1 / 3, 2 / 3, 5e-324, 1.7976931348623157e308], ("dtype_bounds",)
        yield "large-integer", ["9007199254740993"], ("rounding", "int64")
        return
    half, up = kind.step / 2, 1 + kind.step
    yield "tie-to-even-below", [1 + half, -1 - half], ("rounding",)
    yield "tie-to-even-above", [up + half, -up - half], ("rounding",)
    yield "just-above-a-tie", [1 + half + kind.step / 8], ("rounding",)
    yield "just-below-a-tie", [up + half - kind.step / 8], ("rounding",)
    yield "tie-of-subnormals", [kind.smallest_subnormal * 1.5, kind.smallest_subnormal * 2.5], ("rounding", "subnormal")
    yield "half-the-least", [kind.smallest_subnormal / 2], ("rounding", "subnormal")
    yield "half-the-least-negative", [-kind.smallest_subnormal / 2], ("rounding", "subnormal", "signed_zero")
    yield "three-quarters-of-the-least", [kind.smallest_subnormal * 0.75], ("rounding", "subnormal")
    yield "rounds-to-normal", [kind.smallest_normal - kind.smallest_subnormal / 4], ("rounding", "subnormal")
    yield "rounds-to-largest", [kind.largest + kind.last_step / 4], ("rounding", "dtype_bounds")
    edge = kind.largest + kind.last_step / 2
    if kind.name == "float8_e4m3fn":
        yield "tie-above-largest", [edge, -edge], ("rounding", "dtype_bounds")
        yield "beyond-the-tie", [edge + 1], ("overflow", "malformed")
    else:
        yield "tie-above-largest", [edge, -edge], ("overflow", "non_finite")
        yield "far-above", [kind.largest * 4 if kind.largest < 1e38 else 1e39], ("overflow", "non_finite")


FLAT: tuple[tuple[str, list[Any], list[int] | None, tuple[str, ...], tuple[str, ...]], ...] = (
    ("matrix", [1, 0, 1, 1, 0, 0], [2, 3], ("shape",), ("T265",)),
    ("matrix-upright", [1, 0, 1, 1, 0, 0], [3, 2], ("shape",), ("T265",)),
    ("cube", [1, 0, 1, 1], [2, 1, 2], ("shape",), ("T265",)),
    ("scalar", [1], [], ("shape",), ("T266",)),
    ("empty", [], [0], ("shape",), ("T266",)),
    ("rows-of-nothing", [], [2, 0], ("shape",), ("T266",)),
    ("no-rows", [], [0, 2], ("shape",), ("T266",)),
    ("too-few", [1, 0, 1], [2, 2], ("shape", "malformed"), ("T266",)),
    ("too-many", [1, 0, 1], [2], ("shape", "malformed"), ("T266",)),
    ("scalar-of-two", [1, 0], [], ("shape", "malformed"), ("T266",)),
    ("negative-size", [1, 0], [-2], ("shape", "malformed"), ()),
)

FLAT_VALUES: tuple[tuple[str, list[Any], str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("flat", [1.0, 2.5], "float32", ("float32",), ()),
    ("tenth", [0.1], "float32", ("float32",), ("T263",)),
    ("not-finite", ["NaN", "Infinity", "-Infinity"], "float32", ("non_finite",), ("T483",)),
    ("negative-zero", [-0.0, 0.0], "float32", ("signed_zero",), ()),
    ("subnormal", [1e-45, 7e-46], "float32", ("subnormal",), ()),
    ("largest", [9223372036854775807, -9223372036854775808], "int64", ("int64",), ()),
    ("two-to-53", [9007199254740993], "int64", ("int64",), ()),
    ("largest", ["18446744073709551615"], "uint64", ("int64",), ()),
    ("true-and-false", [True, False], "bool", ("boolean",), ()),
    ("bounds", [-8, 7], "int4", ("four_bits",), ()),
    ("not-finite", ["NaN", "Infinity", "-Infinity"], "bfloat16", ("non_finite",), ()),
    ("tenth", [0.1], "float16", ("rounding",), ()),
)


def _question(
    operation: str,
    dtype: str,
    slug: str,
    params: dict[str, Any],
    flags: tuple[str, ...],
    traps: tuple[str, ...] = (),
    *,
    level: Level = "must",
    notes: str = "",
) -> Question:
    return Question(
        id=f"tensor/{dtype.lower() or 'none'}/{slug}/{operation.replace('_', '-')}@bytes",
        operation=f"tensor.{operation}",
        params=params,
        flags=tuple(dict.fromkeys(flags)),
        traps=traps,
        level=level,
        notes=notes,
        signed_zero="signed_zero" in flags,
    )


def _nested(dtype: str, slug: str, data: Any, flags: tuple[str, ...], traps: tuple[str, ...] = ()) -> Question:
    return _question("from_nested", dtype, slug, {"data": data, "dtype": dtype}, flags, traps)


def questions() -> Iterator[Question]:
    """Tensors need no tokenizer: these belong to the tier that needs no download."""
    for slug, data, dtype, flags, traps in FLOAT32_AND_INT64:
        yield _nested(dtype, slug, data, flags, traps)
    for dtype in DTYPES:
        for slug, data, flags, traps in EVERY_DTYPE:
            yield _nested(dtype, slug, data, flags, traps)
    for dtype in INTEGERS:
        for slug, data, flags in _integer_rows(dtype):
            yield _nested(dtype, slug, data, flags)
    yield _nested("bool", "numbers", [0, 1, 2, -1, 0.5, -0.0], ("boolean",))
    yield _nested("bool", "nan", ["NaN", "Infinity"], ("boolean", "non_finite"))
    for kind in FLOATS:
        for slug, data, flags in _float_rows(kind):
            yield _nested(kind.name, slug, data, flags)
        if kind.precision < 24:
            twice = [1 + kind.step / 2 + 2.0**-40, -1 - kind.step / 2 - 2.0**-40]
            params = {"data": twice, "dtype": kind.name}
            yield _question(
                "from_nested", kind.name, "rounded-twice", params, ("rounding",), level="should", notes=NARROW_NOTE
            )
    for number, name in enumerate(UNKNOWN):
        params = {"data": [1], "dtype": name}
        yield _question("from_nested", "unknown", f"dtype-{number}", params, ("unknown_name", "malformed"), ("T264",))
    yield from _flat()


def _flat() -> Iterator[Question]:
    for dtype in DTYPES:
        for slug, flat, shape, flags, traps in FLAT:
            params = {"data": flat, "dtype": dtype, "shape": shape}
            yield _question("to_nested", dtype, slug, params, flags, traps)
        rows: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
            ("no-shape", {"data": [1, 0, 1]}, ("shape",)),
            ("shape", {"data": [1, 0, 1, 1], "shape": [2, 2]}, ("shape",)),
            ("nested", {"data": [[1, 0], [1, 1]]}, ("shape", "malformed")),
            ("text", {"data": ["yes"]}, ("not_a_number", "malformed")),
            ("size", {"data": [1, 0], "shape": [3]}, ("shape", "malformed")),
        ]
        for slug, given, flags in rows:
            yield _question("from_json", dtype, slug, {**given, "dtype": dtype}, flags)
    for slug, odd in (("number", 1), ("digits-of-another-script", ["\u0663"])):
        given = {"data": odd, "dtype": "int64"}
        yield _question("from_json", "int64", slug, given, ("not_a_number", "malformed"))
    for slug, flat, dtype, flags, traps in FLAT_VALUES:
        params = {"data": flat, "dtype": dtype, "shape": [len(flat)]}
        yield _question("to_nested", dtype, slug, params, flags, traps)
        yield _question("from_json", dtype, slug, {"data": flat, "dtype": dtype}, flags, traps)
    # A size that is to be found out, and sizes that make the right number by their signs.
    for slug, negative in (
        ("size-to-infer", [-1]),
        ("size-to-infer-inside", [1, -1]),
        ("two-negative-sizes", [-1, -2]),
    ):
        params = {"data": [1, 0], "dtype": "float32", "shape": negative}
        for operation in ("from_json", "to_nested"):
            yield _question(operation, "float32", slug, params, ("shape", "malformed"), ("T266",))
    for number, name in enumerate(UNKNOWN[:3]):
        params = {"data": [1], "dtype": name, "shape": [1]}
        yield _question("to_nested", "unknown", f"dtype-{number}", params, ("unknown_name", "malformed"), ("T264",))
