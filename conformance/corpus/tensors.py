"""Questions for tensors: two dtypes, flat data in row order, and the numbers that JSON finds hard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.corpus.question import Question

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDED = ("float32",)
NARROWED = ("int32", "float64")

# slug, nested data, dtype, flags, traps
NESTED: tuple[tuple[str, Any, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("flat", [1.0, 2.5, -3.25], "float32", ROUNDED, ()),
    ("tenth", [0.1], "float32", ROUNDED, ("T263",)),
    ("thirds", [0.3333333333333333, 0.6666666666666666], "float32", ROUNDED, ("T263",)),
    ("integers-as-floats", [1, 2, 3], "float32", ROUNDED, ("T264",)),
    ("beyond-24-bits", [16777217, 33554433], "float32", ROUNDED, ("T263",)),
    ("two-to-53", [9007199254740993], "float32", ROUNDED, ()),
    ("halfway-up", [1.00000017881393432617], "float32", ROUNDED, ()),
    ("halfway-even", [1.00000005960464477539], "float32", ROUNDED, ()),
    ("largest", [3.4028234663852886e38], "float32", ROUNDED, ()),
    ("above-largest", [3.4028235677973366e38, 1e39, -1e300], "float32", ("float32", "non_finite"), ()),
    ("smallest-normal", [1.1754943508222875e-38], "float32", ROUNDED, ()),
    ("subnormal", [1e-45, 1.4e-45, 1e-40], "float32", ROUNDED, ()),
    ("underflow", [7e-46, -7e-46], "float32", ("float32", "signed_zero"), ()),
    ("negative-zero", [-0.0, 0.0], "float32", ("signed_zero",), ()),
    ("not-finite", ["NaN", "Infinity", "-Infinity"], "float32", ("non_finite",), ("T483",)),
    ("not-finite-among-others", [[0.5, "NaN"], ["-Infinity", 2]], "float32", ("non_finite",), ("T483",)),
    ("matrix", [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "float32", ("shape",), ("T265",)),
    ("cube", [[[1], [2]], [[3], [4]], [[5], [6]]], "float32", ("shape",), ("T265",)),
    ("scalar", 0.1, "float32", ("shape",), ("T266",)),
    ("empty", [], "float32", ("shape",), ("T266",)),
    ("two-empty-rows", [[], []], "float32", ("shape",), ("T266",)),
    ("ragged", [[1, 2], [3]], "float32", ("shape", "malformed"), ()),
    ("ragged-depth", [1, [2]], "float32", ("shape", "malformed"), ()),
    ("text", ["1.0"], "float32", ("malformed",), ()),
    ("null", [None], "float32", ("malformed",), ()),
    ("flat", [0, 1, -1], "int64", ("int64",), ()),
    ("matrix", [[0, 1], [2, 3]], "int64", ("shape",), ("T265",)),
    ("two-to-53", [9007199254740991, 9007199254740992, 9007199254740993], "int64", ("int64",), ()),
    ("largest", [9223372036854775807, -9223372036854775808], "int64", ("int64",), ()),
    ("as-text", ["9007199254740993", "-5"], "int64", ("int64",), ()),
    ("too-large", [9223372036854775808], "int64", ("int64", "malformed"), ()),
    ("scalar", 7, "int64", ("shape",), ("T266",)),
    ("empty", [], "int64", ("shape",), ("T266",)),
    ("ragged", [[1], [2, 3]], "int64", ("shape", "malformed"), ()),
    ("not-finite", ["NaN"], "int64", ("non_finite", "malformed"), ()),
    ("flat", [1, -2], "int32", ("int64",), ("T264",)),
    ("flat", [1.0, 0.1], "float64", ROUNDED, ("T264",)),
    ("flat", [1], "uint8", ("unknown_name",), ("T264",)),
    ("flat", [1], "bool", ("unknown_name",), ("T264",)),
    ("flat", [1], "number", ("unknown_name",), ("T264",)),
)

# slug, flat data, dtype, shape, flags, traps
FLAT: tuple[tuple[str, list[Any], str, list[int], tuple[str, ...], tuple[str, ...]], ...] = (
    ("flat", [1.0, 2.5], "float32", [2], ROUNDED, ()),
    ("tenth", [0.1], "float32", [1], ROUNDED, ("T263",)),
    ("matrix", [1, 2, 3, 4, 5, 6], "float32", [2, 3], ("shape",), ("T265",)),
    ("matrix-upright", [1, 2, 3, 4, 5, 6], "float32", [3, 2], ("shape",), ("T265",)),
    ("cube", [1, 2, 3, 4], "float32", [2, 1, 2], ("shape",), ("T265",)),
    ("scalar", [0.1], "float32", [], ("shape",), ("T266",)),
    ("empty", [], "float32", [0], ("shape",), ("T266",)),
    ("rows-of-nothing", [], "float32", [2, 0], ("shape",), ("T266",)),
    ("no-rows", [], "float32", [0, 2], ("shape",), ("T266",)),
    ("not-finite", ["NaN", "Infinity", "-Infinity"], "float32", [3], ("non_finite",), ("T483",)),
    ("negative-zero", [-0.0, 0.0], "float32", [2], ("signed_zero",), ()),
    ("subnormal", [1e-45, 7e-46], "float32", [2], ROUNDED, ()),
    ("too-few", [1, 2, 3], "float32", [2, 2], ("shape", "malformed"), ("T266",)),
    ("too-many", [1, 2, 3], "float32", [2], ("shape", "malformed"), ("T266",)),
    ("scalar-of-two", [1, 2], "float32", [], ("shape", "malformed"), ("T266",)),
    ("matrix", [1, 2, 3, 4], "int64", [2, 2], ("shape",), ()),
    ("largest", [9223372036854775807, -9223372036854775808], "int64", [2], ("int64",), ()),
    ("two-to-53", [9007199254740993], "int64", [1], ("int64",), ()),
    ("scalar", [7], "int64", [], ("shape",), ("T266",)),
    ("empty", [], "int64", [0], ("shape",), ("T266",)),
    ("flat", [1], "int32", [1], ("unknown_name",), ("T264",)),
    ("flat", [1.0], "float64", [1], ("unknown_name",), ("T264",)),
)


def questions() -> Iterator[Question]:
    """Tensors need no tokenizer: these belong to the tier that needs no download."""
    for slug, nested, dtype, flags, traps in NESTED:
        narrowed = dtype in NARROWED
        yield Question(
            id=f"tensor/{dtype}/{slug}/from-nested@bytes",
            operation="tensor.from_nested",
            params={"data": nested, "dtype": dtype},
            flags=flags,
            traps=traps,
            notes="Arrays of this type become the wire's nearest type; a port without such arrays may refuse."
            if narrowed
            else "",
            level="should" if narrowed else "must",
            signed_zero="signed_zero" in flags,
        )
    for slug, flat, dtype, shape, flags, traps in FLAT:
        yield Question(
            id=f"tensor/{dtype}/{slug}/to-nested@bytes",
            operation="tensor.to_nested",
            params={"data": flat, "dtype": dtype, "shape": shape},
            flags=flags,
            traps=traps,
            signed_zero="signed_zero" in flags,
        )
