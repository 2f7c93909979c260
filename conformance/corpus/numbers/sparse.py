"""Questions for compressed rows, both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.corpus.numbers.asking import ask, tensor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question


def _only(rows: int, columns: int, entries: dict[tuple[int, int], Any], pad: Any = 0) -> list[Any]:
    """A flat matrix of `pad` but for some entries."""
    return [entries.get((row, column), pad) for row in range(rows) for column in range(columns)]


MATRICES: tuple[tuple[str, list[Any], str, list[int], Any, tuple[str, ...]], ...] = (
    ("one-entry", _only(4, 4, {(3, 3): 1.0}), "float32", [4, 4], 0, ()),
    ("diagonal", _only(5, 5, {(at, at): at + 0.5 for at in range(5)}), "float32", [5, 5], 0, ()),
    ("empty-rows", _only(4, 5, {(0, 0): 1.0, (3, 4): 2.0}), "float32", [4, 5], 0, ()),
    ("all-zero", _only(3, 4, {}), "float32", [3, 4], 0, ()),
    ("integers", _only(3, 6, {(1, 2): 7, (2, 5): -9}), "int64", [3, 6], 0, ()),
    ("int32", _only(3, 6, {(1, 2): 7}), "int32", [3, 6], 0, ("wire_dtype",)),
    ("int16", _only(3, 6, {(1, 2): 7}), "int16", [3, 6], 0, ("wire_dtype",)),
    ("int8", _only(3, 6, {(1, 2): -128}), "int8", [3, 6], 0, ("wire_dtype",)),
    ("float64", _only(3, 6, {(1, 2): 0.1}), "float64", [3, 6], 0, ("wire_dtype", "float32")),
    ("float16", _only(3, 6, {(1, 2): 0.5}), "float16", [3, 6], 0, ("wire_dtype",)),
    ("full", _only(3, 3, {}, 1.0), "float32", [3, 3], 0, ()),
    ("just-saves", _only(3, 4, {(0, 1): 1.0, (1, 1): 2.0, (2, 1): 3.0}), "float32", [3, 4], 0, ()),
    ("just-does-not-save", _only(3, 4, {(at, 1): 1.0 for at in range(3)} | {(0, 2): 1.0}), "float32", [3, 4], 0, ()),
    ("as-long-as-dense", _only(2, 5, {(0, 0): 1.0, (1, 1): 1.0, (0, 4): 2.0}), "float32", [2, 5], 0, ()),
    ("one-shorter", _only(2, 6, {(0, 0): 1.0, (1, 1): 1.0, (0, 4): 2.0, (1, 5): 2.0}), "float32", [2, 6], 0, ()),
    ("negative-zero", _only(3, 4, {(0, 0): -0.0, (1, 1): 1.0}), "float32", [3, 4], 0, ("signed_zero",)),
    ("nan", _only(3, 4, {(0, 0): "NaN"}), "float32", [3, 4], 0, ("non_finite",)),
    ("infinity", _only(3, 4, {(0, 0): "Infinity"}), "float32", [3, 4], 0, ("non_finite",)),
    ("one-row", _only(1, 8, {(0, 6): 2.0}), "float32", [1, 8], 0, ()),
    ("one-column", _only(8, 1, {(6, 0): 2.0}), "float32", [8, 1], 0, ()),
    ("vector", [0.0] * 9 + [1.0], "float32", [10], 0, ("shape",)),
    ("cube", [0.0] * 15 + [1.0], "float32", [2, 2, 4], 0, ("shape",)),
    ("scalar", [1.0], "float32", [], 0, ("shape",)),
    ("no-rows", [], "float32", [0, 4], 0, ("shape",)),
    ("no-columns", [], "float32", [4, 0], 0, ("shape",)),
    ("pad", _only(4, 5, {(1, 1): 3, (2, 4): 0}, -100), "int64", [4, 5], -100, ("pad_value",)),
    ("pad-of-floats", _only(4, 5, {(1, 1): 2.5, (2, 4): 0.0}, -1.0), "float32", [4, 5], -1, ("pad_value",)),
    ("pad-in-zeros", _only(3, 5, {(1, 1): 3}), "int64", [3, 5], -1, ("pad_value",)),
    ("pad-keeps-zero", _only(4, 6, {(0, 0): 0.0, (3, 5): 2.0}, 1.0), "float32", [4, 6], 1, ("pad_value",)),
    ("pad-and-large", _only(4, 5, {(1, 1): "9007199254740993"}, -1), "int64", [4, 5], -1, ("pad_value", "int64")),
    ("pad-of-least", _only(4, 5, {(1, 1): 3}, str(-(2**63))), "int64", [4, 5], -(2**63), ("pad_value", "dtype_bounds")),
    ("bfloat16", _only(3, 6, {(1, 2): 0.5}), "bfloat16", [3, 6], 0, ("wire_dtype", "malformed")),
    ("unsigned", _only(3, 6, {(1, 2): 1}), "uint8", [3, 6], 0, ("unsigned", "lenient")),
    ("boolean", _only(3, 6, {(1, 2): 1}), "bool", [3, 6], 0, ("boolean", "lenient")),
    ("four-bits", _only(3, 6, {(1, 2): 1}), "int4", [3, 6], 0, ("four_bits", "malformed")),
    ("dense-bfloat16", _only(2, 2, {}, 1.0), "bfloat16", [2, 2], 0, ("wire_dtype",)),
    ("pad-of-thousands", _only(4, 5, {(1, 1): 3}, 1000), "int64", [4, 5], 1000, ("pad_value",)),
    ("fractional-pad", _only(3, 4, {(0, 0): 1.0}), "float32", [3, 4], 0.5, ("pad_value", "malformed")),
    ("boolean-pad", _only(3, 4, {(0, 0): 1.0}), "float32", [3, 4], True, ("pad_value", "malformed")),
    ("dense-unsigned", _only(2, 2, {}, 1), "uint8", [2, 2], 0, ("unsigned", "malformed")),
)

ROWS: tuple[tuple[str, list[Any], str, list[int], list[int], list[int], Any, tuple[str, ...]], ...] = (
    ("one-entry", [5.0], "float32", [2, 2], [0, 1, 1], [1], 0, ()),
    ("diagonal", [1.0, 2.0, 3.0], "float32", [3, 3], [0, 1, 2, 3], [0, 1, 2], 0, ()),
    ("empty-rows", [1.0, 2.0], "float32", [4, 3], [0, 0, 2, 2, 2], [0, 2], 0, ()),
    ("nothing-listed", [], "float32", [2, 3], [0, 0, 0], [], 0, ()),
    ("integers", [7, -9], "int64", [2, 4], [0, 1, 2], [3, 0], 0, ()),
    ("large-integers", ["9007199254740993"], "int64", [1, 2], [0, 1], [1], 0, ("int64",)),
    ("nan", ["NaN"], "float32", [1, 2], [0, 1], [0], 0, ("non_finite",)),
    ("no-rows", [], "float32", [0, 3], [0], [], 0, ("shape",)),
    ("pad", [3, 0], "int64", [2, 3], [0, 1, 2], [1, 2], -100, ("pad_value",)),
    ("pad-of-floats", [2.5], "float32", [2, 2], [0, 1, 1], [0], -1, ("pad_value",)),
    ("pad-and-large", ["9007199254740993"], "int64", [1, 2], [0, 1], [1], -1, ("pad_value", "int64")),
    ("listed-zero", [0.0], "float32", [1, 3], [0, 1], [1], 1, ("pad_value",)),
    ("pad-of-least", [3], "int64", [1, 3], [0, 1], [1], -(2**63), ("pad_value", "dtype_bounds")),
    ("pad-of-largest", [3], "int64", [1, 3], [0, 1], [1], 2**63 - 1, ("pad_value", "dtype_bounds")),
    ("column-too-large", [1.0], "float32", [1, 2], [0, 1], [2], 0, ("malformed",)),
    ("negative-column", [1.0], "float32", [1, 2], [0, 1], [-1], 0, ("malformed",)),
    ("columns-fall", [1.0, 2.0], "float32", [1, 3], [0, 2], [2, 0], 0, ("malformed",)),
    ("column-twice", [1.0, 2.0], "float32", [1, 3], [0, 2], [1, 1], 0, ("malformed",)),
    ("rows-fall", [1.0], "float32", [2, 2], [0, 1, 0], [0], 0, ("malformed",)),
    ("first-row-not-zero", [1.0], "float32", [1, 2], [1, 1], [0], 0, ("malformed",)),
    ("too-few-rows", [1.0], "float32", [3, 2], [0, 1], [0], 0, ("malformed",)),
    ("too-many-values", [1.0, 2.0], "float32", [1, 3], [0, 1], [0], 0, ("malformed",)),
    ("last-row-too-large", [1.0], "float32", [1, 3], [0, 2], [0], 0, ("malformed",)),
    ("last-row-too-small", [1.0], "float32", [2, 3], [0, 0, 0], [1], 0, ("malformed",)),
    ("rows-fall-between", [1.0, 2.0], "float32", [3, 2], [0, 2, 1, 2], [0, 1], 0, ("malformed",)),
    ("vector", [1.0], "float32", [4], [0, 1], [2], 0, ("shape", "malformed")),
    ("cube", [1.0], "float32", [1, 2, 2], [0, 1], [1], 0, ("shape", "malformed")),
    ("pad-below-int64", [1], "int64", [1, 2], [0, 1], [1], -(2**63) - 1, ("pad_value", "overflow", "malformed")),
    ("no-rows-begin-late", [], "float32", [0, 3], [5], [], 0, ("shape", "lenient")),
    ("no-rows-but-columns", [1.0], "float32", [0, 3], [0], [7], 0, ("shape", "malformed")),
    ("no-rows-but-a-column", [1.0], "float32", [0, 3], [0], [2], 0, ("shape", "lenient")),
    ("index-beyond-int64", [1.0], "float32", [1, 2], [0, 2**63], [1], 0, ("overflow", "malformed")),
    ("fractional-pad", [1.0], "float32", [1, 3], [0, 1], [0], 0.5, ("pad_value", "malformed")),
)


def questions() -> Iterator[Question]:
    """To compressed rows, and back."""
    for slug, data, dtype, shape, pad, flags in MATRICES:
        params: dict[str, Any] = {"array": tensor(data, dtype, shape)}
        if pad != 0 or isinstance(pad, bool):
            params["pad_value"] = pad
        yield ask("wire.from_torch_sparse", slug, params, ("sparse", *flags), traps=("T267",))
    for slug, data, dtype, shape, crow, col, pad, flags in ROWS:
        params = {**tensor(data, dtype, shape), "sparse_crow_indices": crow, "sparse_col_indices": col}
        if pad != 0:
            params["pad_value"] = pad
        yield ask("wire.to_dense", slug, params, ("sparse", *flags))
