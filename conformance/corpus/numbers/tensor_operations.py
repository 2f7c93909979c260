"""Questions for the tensor operations under the patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.corpus.numbers.asking import Json, ask, floats, ints, tensor
from conformance.corpus.numbers.tolerances import FLOAT32_FUNCTION, FLOAT32_SUM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question

MATRIX = tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "float32", [2, 3])
INTEGERS = tensor([1, 2, 3, 4, 5, 6], "int64", [2, 3])
CUBE = tensor([float(at) for at in range(8)], "float32", [2, 2, 2])
SCALAR = tensor([2.0], "float32", [])
NOTHING = tensor([], "float32", [0])

OPERANDS: tuple[tuple[str, Json, Json, tuple[str, ...]], ...] = (
    ("vectors", floats([1.0, -2.5, 0.5]), floats([2.0, 4.0, -0.25]), ()),
    ("integers", ints([1, -2, 7]), ints([2, 4, -2]), ()),
    ("matrix-and-vector", MATRIX, floats([1.0, 0.5, 2.0]), ("broadcasting",)),
    ("matrix-and-column", MATRIX, tensor([1.0, 0.5], "float32", [2, 1]), ("broadcasting",)),
    ("column-and-row", tensor([1.0, 2.0], "float32", [2, 1]), tensor([1.0, 4.0], "float32", [1, 2]), ("broadcasting",)),
    ("vector-and-scalar", floats([1.0, 2.0]), SCALAR, ("broadcasting",)),
    ("scalars", SCALAR, SCALAR, ()),
    ("integers-and-floats", ints([1, 2]), floats([0.5, 0.25]), ("promotion",)),
    ("floats-and-integer", floats([0.5, 0.25]), tensor([2], "int64", []), ("promotion", "broadcasting")),
    ("large-integers-and-floats", ints([16777217]), floats([1.0]), ("promotion", "float32_arithmetic")),
    ("tenths", floats([0.1, 0.2]), floats([0.3, 0.7]), ("float32_arithmetic",)),
    ("nothing", NOTHING, NOTHING, ()),
    ("nothing-and-scalar", NOTHING, SCALAR, ("broadcasting",)),
    ("zeros", floats([1.0, -1.0, 0.0]), floats([0.0, 0.0, 0.0]), ()),
    ("not-finite", floats(["Infinity", "NaN", "-Infinity"]), floats(["Infinity", 1.0, 0.0]), ("nan_in_data",)),
    ("overflowing", floats([3e38, -3e38]), floats([3e38, 2.0]), ("overflow",)),
)
MISMATCHED = (
    ("lengths", floats([1.0, 2.0]), floats([1.0, 2.0, 3.0])),
    ("shapes", MATRIX, tensor([1.0, 2.0], "float32", [2])),
)


def questions() -> Iterator[Question]:
    """Making, joining, arithmetic, reductions, functions, shapes."""
    yield from _making()
    yield from _joining()
    for op in ("add", "subtract", "multiply", "divide"):
        for slug, left, right, flags in OPERANDS:
            kinds = flags or ("float32_arithmetic",)
            if op == "divide" and "integers" in slug:
                kinds = ("promotion",)
            params = {"op": op, "left": left, "right": right}
            yield ask("patterns.arithmetic", f"{op}/{slug}", params, kinds, traps=("T482",))
        for slug, left, right in MISMATCHED:
            params = {"op": op, "left": left, "right": right}
            yield ask("patterns.arithmetic", f"{op}/refused-{slug}", params, ("broadcasting", "malformed"))
    yield from _reductions()
    yield from _functions()
    yield from _shapes()


def _making() -> Iterator[Question]:
    for slug, shape, value, dtype, flags in (
        ("floats", [3], 1.5, "float32", ("float32",)),
        ("integers", [2, 2], 7, "int64", ("shape",)),
        ("tenth", [2], 0.1, "float32", ("float32",)),
        ("scalar", [], -2.0, "float32", ("shape",)),
        ("nothing", [0], 1.0, "float32", ("shape",)),
        ("rows-of-nothing", [2, 0], 1, "int64", ("shape",)),
        ("nan", [2], "NaN", "float32", ("non_finite",)),
        ("infinity", [1], "-Infinity", "float32", ("non_finite",)),
        ("large", [1], "9007199254740993", "int64", ("int64",)),
        ("fraction-as-integer", [1], 1.5, "int64", ("fraction",)),
    ):
        yield ask("patterns.full", slug, {"shape": shape, "value": value, "dtype": dtype}, flags)
    for slug, params, kinds in (
        ("negative-size", {"shape": [-1], "value": 1, "dtype": "float32"}, ("shape", "malformed")),
        ("other-dtype", {"shape": [1], "value": 1, "dtype": "float64"}, ("unknown_name", "malformed")),
        ("nan-as-integer", {"shape": [1], "value": "NaN", "dtype": "int64"}, ("non_finite", "malformed")),
    ):
        yield ask("patterns.full", f"refused/{slug}", params, kinds)
    for slug, given in (
        ("vector", floats([5.0, 6.0])),
        ("integers", INTEGERS),
        ("scalar", SCALAR),
        ("nothing", NOTHING),
    ):
        yield ask("patterns.ones_like", slug, {"tensor": given}, ("shape",))


def _joining() -> Iterator[Question]:
    pair = [floats([1.0, 2.0]), floats([3.0, 4.0])]
    for operation, rows in (
        (
            "concatenate",
            (
                ("vectors", [floats([1.0]), floats([2.0, 3.0])], 0, ("joining",)),
                ("rows", [MATRIX, MATRIX], 0, ("joining",)),
                ("columns", [MATRIX, tensor([9.0, 8.0], "float32", [2, 1])], 1, ("joining",)),
                ("last-axis", [CUBE, CUBE], -1, ("joining",)),
                ("integers", [ints([1]), ints([2])], 0, ("joining",)),
                ("promoted", [floats([0.5]), ints([2])], 0, ("joining", "promotion")),
                ("with-nothing", [NOTHING, floats([1.0])], 0, ("joining",)),
                ("one", [floats([1.0, 2.0])], 0, ("joining",)),
                ("none", [], 0, ("joining", "malformed")),
                ("scalars", [SCALAR, SCALAR], 0, ("joining", "malformed")),
                ("other-size", [MATRIX, tensor([1.0, 2.0], "float32", [1, 2])], 0, ("joining", "malformed")),
                ("other-dimensions", [MATRIX, floats([1.0])], 0, ("joining", "malformed")),
                ("no-such-axis", pair, 1, ("joining", "malformed")),
            ),
        ),
        (
            "stack",
            (
                ("vectors", pair, 0, ("joining",)),
                ("side-by-side", pair, 1, ("joining",)),
                ("last-axis", pair, -1, ("joining",)),
                ("scalars", [SCALAR, SCALAR, SCALAR], 0, ("joining",)),
                ("matrices", [MATRIX, MATRIX], 1, ("joining",)),
                ("promoted", [floats([0.5]), ints([2])], 0, ("joining", "promotion")),
                ("nothing", [NOTHING, NOTHING], 0, ("joining",)),
                ("one", [floats([1.0])], 0, ("joining",)),
                ("none", [], 0, ("joining", "malformed")),
                ("other-size", [floats([1.0]), floats([1.0, 2.0])], 0, ("joining", "malformed")),
                ("no-such-axis", pair, 2, ("joining", "malformed")),
            ),
        ),
    ):
        for slug, given, axis, flags in rows:
            params: Json = {"tensors": given} if axis == 0 else {"tensors": given, "axis": axis}
            yield ask(f"patterns.{operation}", slug, params, flags)


def _reductions() -> Iterator[Question]:
    long = floats([0.01 * (at % 23) for at in range(200)])
    for op in ("sum", "mean", "max", "min"):
        for slug, given, axis, flags in (
            ("vector", floats([1.0, -2.5, 4.0, 0.5]), None, ()),
            ("matrix", MATRIX, None, ()),
            ("rows", MATRIX, 0, ()),
            ("columns", MATRIX, 1, ()),
            ("from-the-back", CUBE, -1, ()),
            ("middle", CUBE, 1, ()),
            ("first-from-the-back", MATRIX, -2, ()),
            ("scalar", SCALAR, None, ()),
            ("along-a-scalar", SCALAR, 0, ()),
            ("along-a-scalar-from-the-back", SCALAR, -1, ()),
            ("one", floats([3.0]), 0, ()),
            ("nan", floats([1.0, "NaN", 2.0]), None, ("nan_in_data",)),
            ("infinities", floats(["Infinity", "-Infinity"]), None, ("nan_in_data",)),
            ("no-rows", tensor([], "float32", [3, 0]), 0, ("empty_reduction",)),
            ("long", long, None, ("float32_arithmetic",)),
        ):
            tolerance = FLOAT32_SUM if slug == "long" or op == "mean" else None
            params: Json = {"op": op, "tensor": given} if axis is None else {"op": op, "tensor": given, "axis": axis}
            yield ask("patterns.reduce", f"{op}/{slug}", params, ("reduction_axis", *flags), tolerance=tolerance)
        for slug, given, axis in (("integers", INTEGERS, None), ("rows-of-integers", INTEGERS, 0)):
            refused = ("malformed",) if op == "mean" else ()
            params = {"op": op, "tensor": given} if axis is None else {"op": op, "tensor": given, "axis": axis}
            yield ask("patterns.reduce", f"{op}/{slug}", params, ("reduction_axis", "promotion", *refused))
        refused = ("malformed",) if op in ("max", "min") else ()
        params = {"op": op, "tensor": NOTHING}
        yield ask("patterns.reduce", f"{op}/nothing", params, ("empty_reduction", *refused))
        for slug, given, axis in (
            ("axis", MATRIX, 2),
            ("axis-from-the-back", MATRIX, -3),
            ("axis-of-a-vector", floats([1.0, 2.0]), 1),
            ("axis-of-a-vector-from-the-back", floats([1.0, 2.0]), -2),
            ("axis-of-a-scalar", SCALAR, 1),
        ):
            params = {"op": op, "tensor": given, "axis": axis}
            yield ask("patterns.reduce", f"{op}/refused-{slug}", params, ("reduction_axis", "malformed"))


def _functions() -> Iterator[Question]:
    values = [-1000.0, -88.0, -20.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 20.0, 88.0, 1000.0]
    for op in ("exp", "log", "sigmoid", "log_sigmoid", "negative", "abs"):
        exact = op in ("negative", "abs")
        tolerance = None if exact else FLOAT32_FUNCTION
        for slug, given, flags in (
            ("values", floats(values), ()),
            ("positive", floats([0.1, 1.0, 2.718281828, 10.0, 1e-30, 1e30]), ()),
            ("not-finite", floats(["NaN", "Infinity", "-Infinity"]), ("nan_in_data",)),
            ("integers", ints([0, 1, 3]), ("promotion",)),
            ("matrix", MATRIX, ("shape",)),
            ("scalar", SCALAR, ("shape",)),
            ("nothing", NOTHING, ("shape",)),
        ):
            yield ask(
                "patterns.map",
                f"{op}/{slug}",
                {"op": op, "tensor": given},
                ("elementwise", *flags),
                tolerance=tolerance,
            )
    zeros = {"op": "negative", "tensor": floats([0.0, -0.0])}
    yield ask("patterns.map", "negative/zeros", zeros, ("elementwise", "signed_zero"), signed_zero=True)


def _shapes() -> Iterator[Question]:
    six = floats([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    for slug, given, shape, flags in (
        ("to-matrix", six, [2, 3], ()),
        ("upright", MATRIX, [3, 2], ()),
        ("flat", CUBE, [8], ()),
        ("open-size", six, [-1, 2], ()),
        ("open-alone", MATRIX, [-1], ()),
        ("to-scalar", floats([7.0]), [], ()),
        ("from-scalar", SCALAR, [1, 1], ()),
        ("nothing", NOTHING, [0, 3], ()),
        ("too-many", six, [7], ("malformed",)),
        ("two-open", six, [-1, -1], ("malformed",)),
        ("open-by-another-number", six, [-2, 2], ("malformed",)),
        ("does-not-divide", six, [4, -1], ("malformed",)),
    ):
        yield ask("patterns.reshape", slug, {"tensor": given, "shape": shape}, ("shape", *flags))
    parts: tuple[tuple[str, Json, list[list[Any]], tuple[str, ...]], ...] = (
        ("all-but-last", six, [[0, -1]], ()),
        ("all-but-first", six, [[1, None]], ()),
        ("middle", six, [[2, 4]], ()),
        ("last-two", six, [[-2, None]], ()),
        ("beyond", six, [[4, 100]], ()),
        ("before", six, [[-100, 2]], ()),
        ("nothing", six, [[3, 3]], ()),
        ("backwards", six, [[4, 2]], ()),
        ("rows", MATRIX, [[1, 2]], ()),
        ("columns", MATRIX, [[None, None], [0, 2]], ()),
        ("corner", MATRIX, [[1, None], [-1, None]], ()),
        ("whole", MATRIX, [], ()),
        ("integers", INTEGERS, [[0, 1], [1, 3]], ()),
        ("too-many", six, [[0, 1], [0, 1]], ("malformed",)),
        ("of-a-scalar", SCALAR, [[0, 1]], ("malformed",)),
    )
    for slug, given, cut, kinds in parts:
        yield ask("patterns.slice", slug, {"tensor": given, "parts": cut}, ("slicing", *kinds))
