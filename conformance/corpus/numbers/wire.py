"""Questions for what the live API's client makes of lists, tensors and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.corpus.numbers.asking import ask, tensor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question

PLATFORM = "What a float that does not fit becomes is the machine's own, on which the original relies: see x86-64."

# slug, data, dtype, shape (False for none), flags
LISTS: tuple[tuple[str, Any, Any, Any, tuple[str, ...]], ...] = (
    ("integers", [1, 2, 3], "int64", False, ("coercion",)),
    ("integers-as-floats", [1, 2, 3], "float32", False, ("coercion",)),
    ("floats-as-integers", [1.5, -2.7, 0.99], "int64", False, ("lenient", "fraction")),
    ("tenth", [0.1, 0.7], "float32", False, ("float32",)),
    ("booleans", [True, False], "int64", False, ("lenient", "boolean")),
    ("booleans-as-floats", [True, False], "float32", False, ("lenient", "boolean")),
    ("text-as-floats", ["1.5", "2", "-3e2"], "float32", False, ("lenient",)),
    ("text-as-integers", ["1", "-2"], "int64", False, ("lenient",)),
    ("text-with-fraction", ["1.5"], "int64", False, ("lenient", "malformed")),
    ("words", ["one"], "float32", False, ("not_a_number", "malformed")),
    ("null-as-float", [None, 1.0], "float32", False, ("lenient", "non_finite")),
    ("null-as-integer", [None], "int64", False, ("not_a_number", "malformed")),
    ("nan", ["NaN", 1.0], "float32", False, ("non_finite",)),
    ("infinities", ["Infinity", "-Infinity"], "float32", False, ("non_finite",)),
    ("nan-as-integer", ["NaN"], "int64", False, ("non_finite", "malformed")),
    ("infinity-as-integer", ["Infinity"], "int64", False, ("non_finite", "malformed")),
    ("too-large", [9223372036854775808], "int64", False, ("overflow", "malformed")),
    ("float-too-large", [1e30], "int64", False, ("overflow", "malformed")),
    ("beyond-float32", [1e39], "float32", False, ("overflow", "non_finite")),
    ("largest", ["9223372036854775807", "-9223372036854775808"], "int64", False, ("int64",)),
    ("beyond-2-53", ["9007199254740993"], "int64", False, ("int64",)),
    ("beyond-2-53-as-float", ["9007199254740993"], "float32", False, ("int64", "rounding")),
    ("zeros", [-0.0, 0.0], "float32", False, ("signed_zero",)),
    ("empty", [], "float32", False, ("shape",)),
    ("empty-integers", [], "int64", False, ("shape",)),
    ("scalar", 1.5, "float32", False, ("shape",)),
    ("scalar-in-list", [1.5], "float32", [], ("shape",)),
    ("matrix", [[1, 2], [3, 4]], "int64", False, ("shape",)),
    ("matrix-with-its-shape", [[1, 2], [3, 4]], "float32", [2, 2], ("shape",)),
    ("matrix-flattened", [[1, 2], [3, 4]], "float32", [4], ("shape",)),
    ("in-a-shape", [1, 2, 3, 4, 5, 6], "float32", [2, 3], ("shape",)),
    ("upright", [1, 2, 3, 4, 5, 6], "int64", [3, 2], ("shape",)),
    ("one-open-size", [1, 2, 3, 4], "int64", [2, -1], ("shape", "lenient")),
    ("open-by-another-number", [1, 2, 3, 4], "int64", [2, -2], ("shape", "malformed")),
    ("two-open-sizes", [1, 2, 3, 4], "int64", [-1, -1], ("shape", "malformed")),
    ("too-few", [1, 2, 3], "float32", [2, 2], ("shape", "malformed")),
    ("too-many", [1, 2, 3], "float32", [2], ("shape", "malformed")),
    ("scalar-of-two", [1, 2], "float32", [], ("shape", "malformed")),
    ("rows-of-nothing", [], "float32", [2, 0], ("shape",)),
    ("ragged", [[1, 2], [3]], "float32", False, ("ragged", "malformed")),
    ("ragged-depth", [1, [2]], "int64", False, ("ragged", "malformed")),
    ("object", {"a": 1}, "float32", False, ("not_a_number", "malformed")),
    ("int32", [1], "int32", False, ("unknown_name", "wire_dtype", "malformed")),
    ("float64", [1.0], "float64", False, ("unknown_name", "wire_dtype", "malformed")),
    ("bfloat16", [1.0], "bfloat16", False, ("unknown_name", "wire_dtype", "malformed")),
    ("no-dtype", [1.0], None, False, ("unknown_name", "malformed")),
)

NESTED: tuple[tuple[str, list[Any], str, list[int], tuple[str, ...]], ...] = (
    ("matrix", [1, 2, 3, 4, 5, 6], "float32", [2, 3], ("shape",)),
    ("matrix-of-integers", [1, 2, 3, 4], "int64", [2, 2], ("shape",)),
    ("cube", [1, 2, 3, 4], "float32", [2, 1, 2], ("shape",)),
    ("scalar", [0.1], "float32", [], ("shape", "float32")),
    ("empty", [], "int64", [0], ("shape",)),
    ("rows-of-nothing", [], "float32", [2, 0], ("shape",)),
    ("not-finite", ["NaN", "Infinity", "-Infinity"], "float32", [3], ("non_finite",)),
    ("bounds", ["9223372036854775807", "-9223372036854775808"], "int64", [2], ("int64",)),
    ("int32", [1], "int32", [1], ("unknown_name", "malformed")),
    ("size", [1, 2], "int64", [3], ("shape", "malformed")),
)

# slug, name of the input, what is given, flags, level
INPUTS: tuple[tuple[str, str, dict[str, Any], tuple[str, ...], bool], ...] = (
    ("targets-from-fractions", "target_tokens", {"list": [1.5, 2.7]}, ("coercion", "lenient", "fraction"), False),
    ("targets-from-text", "target_tokens", {"list": ["1"]}, ("coercion", "lenient"), False),
    ("targets-wrap", "target_tokens", {"list": [9223372036854775808]}, ("coercion", "lenient", "int64"), True),
    ("targets-from-nan", "target_tokens", {"list": ["NaN", 1.0]}, ("coercion", "lenient", "non_finite"), True),
    (
        "targets-from-infinity",
        "target_tokens",
        {"list": ["Infinity", 1.0]},
        ("coercion", "lenient", "non_finite"),
        True,
    ),
    (
        "targets-too-large",
        "target_tokens",
        {"list": ["18446744073709551616"]},
        ("coercion", "overflow", "malformed"),
        False,
    ),
    ("targets-from-null", "target_tokens", {"list": [None]}, ("coercion", "not_a_number", "malformed"), False),
    ("weights-from-null", "weights", {"list": [None]}, ("coercion", "lenient", "non_finite"), False),
    ("weights-from-text", "weights", {"list": ["0.5", "1"]}, ("coercion", "lenient"), False),
    ("weights-from-words", "weights", {"list": ["one"]}, ("not_a_number", "malformed"), False),
    ("array-of-integers-as-weights", "weights", {"array": tensor([1, 0], "int64")}, ("coercion",), False),
    ("array-of-floats-as-targets", "target_tokens", {"array": tensor([1.0, 2.0], "float32")}, ("coercion",), False),
    ("array-under-any-name", "custom", {"array": tensor([1, 2], "int32")}, ("coercion",), False),
    ("unsigned-array", "weights", {"array": tensor([1, 2], "uint8")}, ("unsigned", "malformed"), False),
    ("array-of-booleans", "mask", {"array": tensor([True], "bool")}, ("unsigned", "malformed"), False),
    ("matrix-of-numpy", "weights", {"array": tensor([0] * 15 + [1], "float32", [4, 4])}, ("coercion", "sparse"), False),
    ("matrix-of-torch", "weights", {"torch": tensor([0] * 15 + [1], "float32", [4, 4])}, ("sparse",), False),
    ("targets-of-torch", "target_tokens", {"torch": tensor([0] * 14 + [7, 9], "int64", [4, 4])}, ("sparse",), False),
    ("dense-matrix-of-torch", "weights", {"torch": tensor([1] * 16, "float32", [4, 4])}, ("sparse",), False),
    ("other-matrix-of-torch", "logprobs", {"torch": tensor([0] * 15 + [1], "float32", [4, 4])}, ("sparse",), False),
    ("cube-of-torch", "weights", {"torch": tensor([0] * 7 + [1], "float32", [2, 2, 2])}, ("sparse", "shape"), False),
    ("torch-bfloat16", "weights", {"torch": tensor([1.5, 0.1], "bfloat16")}, ("coercion", "wire_dtype"), False),
    ("torch-unsigned", "weights", {"torch": tensor([1], "uint8")}, ("unsigned", "malformed"), False),
    ("tensor-stays", "weights", {"tensor": tensor([1, 0], "int64", [2])}, ("coercion",), False),
    ("tensor-under-any-name", "custom", {"tensor": tensor([0.5], "float32", [1])}, ("coercion",), False),
    ("tuple", "weights", {"tuple": [1.0, 0.0]}, ("coercion", "malformed"), False),
    ("nested-list", "weights", {"list": [[1, 0], [0, 1]]}, ("coercion", "shape"), False),
    ("nested-targets", "target_tokens", {"list": [[1, 2], [3, 4]]}, ("coercion", "shape"), False),
    ("ragged-list", "weights", {"list": [[1], [0, 1]]}, ("ragged", "malformed"), False),
    ("nested-words", "weights", {"list": [["a"]]}, ("not_a_number", "malformed"), False),
    ("nested-booleans", "weights", {"list": [[True, False]]}, ("coercion", "boolean", "malformed"), False),
    ("nested-boolean", "weights", {"list": [[True]]}, ("coercion", "boolean", "malformed"), False),
    ("empty-list", "weights", {"list": []}, ("coercion", "shape"), False),
    ("empty-targets", "target_tokens", {"list": []}, ("coercion", "shape"), False),
    ("unknown-name", "mask", {"list": [1.0]}, ("coercion", "malformed"), False),
    ("empty-unknown-name", "mask", {"list": []}, ("coercion", "malformed"), False),
)

NAMES = (
    "target_tokens",
    "weights",
    "advantages",
    "logprobs",
    "clip_low_threshold",
    "clip_high_threshold",
    "sequence_ratio_mask",
)

TOKENS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("integers", [1, 2, 3], ("coercion",)),
    ("whole-floats", [1.0, 2.0], ("lenient",)),
    ("digits", ["3", "12"], ("lenient",)),
    ("spelt", [" 3", "4 ", "+5", "06", "1_000", "7.0", "-8.00"], ("lenient",)),
    ("digits-beyond-64-bits", ["123456789012345678901234567890"], ("lenient", "int64")),
    ("behind-many-zeros", ["0" * 4301 + "7", "-" + "0_" * 4301 + "8", " " * 4301 + "9", "0" * 4301], ("lenient",)),
    ("whole-float-of-62-bits", [4611686018427387904.0], ("lenient", "int64")),
    ("whole-float-beyond-64-bits", [1e19], ("not_a_number", "malformed")),
    ("whole-float-below-64-bits", [-1e19], ("not_a_number", "malformed")),
    ("whole-float-of-64-bits", [9223372036854775808.0], ("not_a_number", "malformed")),
    ("exponent", ["1e1"], ("not_a_number", "malformed")),
    ("fraction-spelt", ["1.5"], ("fraction", "malformed")),
    ("booleans", [True, False], ("lenient", "boolean")),
    ("negative", [-1], ("lenient",)),
    ("empty", [], ("coercion",)),
    ("beyond-32-bits", [2147483648], ("token_range",)),
    ("fraction", [1.5], ("fraction", "malformed")),
    ("words", ["one"], ("not_a_number", "malformed")),
    ("text", "123", ("not_a_number", "malformed")),
    ("null", None, ("not_a_number", "malformed")),
    ("null-inside", [1, None], ("not_a_number", "malformed")),
    ("nested", [[1]], ("ragged", "malformed")),
    ("number", 7, ("not_a_number", "malformed")),
    ("object", {"tokens": [1]}, ("not_a_number", "malformed")),
)

TOO_LONG = "The original reads text of 4300 digits at most, as many as its language reads; a port may read more."

SENT: tuple[tuple[str, list[int], tuple[str, ...]], ...] = (
    ("some", [1, 256, 65536, 151645], ("bytes_on_the_wire",)),
    ("none", [], ("bytes_on_the_wire",)),
    ("largest", [2147483647], ("token_range",)),
    ("negative", [-1], ("token_range", "lenient")),
    ("lowest", [-2147483648], ("token_range", "lenient")),
    ("too-large", [2147483648], ("token_range", "malformed")),
    ("too-low", [-2147483649], ("token_range", "malformed")),
    ("one-too-large", [1, 2, 4294967296], ("token_range", "malformed")),
)


def questions() -> Iterator[Question]:
    """Lists, nested answers, inputs of a loss function, tokens, bytes."""
    for slug, data, dtype, shape, flags in LISTS:
        params = {"data": data, "dtype": dtype} if shape is False else {"data": data, "dtype": dtype, "shape": shape}
        signed = "signed_zero" in flags
        yield ask("wire.tensor_data", slug, params, flags, traps=("T264", "T266"), signed_zero=signed)
    for slug, flat, dtype, shape, flags in NESTED:
        yield ask("wire.tolist", slug, tensor(flat, dtype, shape), flags)
    for name in NAMES:
        for slug, values in (("integers", [1, 0, 2]), ("floats", [0.5, 0.1, 2.0]), ("booleans", [True, False])):
            params = {"loss_fn_inputs": {name: {"list": values}}}
            yield ask("wire.datum", f"{name}/{slug}", params, ("coercion",), traps=("T268",))
    for slug, name, given, flags, accident in INPUTS:
        params = {"loss_fn_inputs": {name: given}}
        traps = ("T267", "T268")
        yield ask(
            "wire.datum",
            f"one/{slug}",
            params,
            flags,
            traps=traps,
            level="should" if accident else "must",
            notes=PLATFORM if accident else "",
        )
    yield ask("wire.datum", "none", {"loss_fn_inputs": {}}, ("coercion",))
    several = {
        "target_tokens": {"list": [1, 2]},
        "weights": {"list": [0, 1]},
        "advantages": {"array": tensor([0.5, -0.5], "float64")},
    }
    yield ask("wire.datum", "several", {"loss_fn_inputs": several}, ("coercion",))
    for slug, values, flags in TOKENS:
        yield ask("wire.tokens", slug, {"values": values}, flags)
    flags = ("overflow", "malformed")
    yield ask("wire.tokens", "too-long", {"values": ["1" * 4301]}, flags, level="should", notes=TOO_LONG)
    for slug, tokens, flags in SENT:
        yield ask("wire.token_bytes", slug, {"tokens": tokens}, flags)
    yield from _bytes()


def _bytes() -> Iterator[Question]:
    for slug, data, dtype, shape, flags in (
        ("floats", [1.0, -2.5], "float32", [2], ()),
        ("integers", [1, -1, 256], "int64", [3], ()),
        ("not-finite", ["NaN", "Infinity", "-Infinity"], "float32", [3], ("non_finite",)),
        ("zeros", [-0.0, 0.0], "float32", [2], ("signed_zero",)),
        ("bounds", ["9223372036854775807", "-9223372036854775808"], "int64", [2], ("int64",)),
        ("subnormal", [1e-45], "float32", [1], ("subnormal",)),
        ("matrix", [1.0, 2.0, 3.0, 4.0], "float32", [2, 2], ("shape",)),
        ("no-shape", [1.0], "float32", None, ("shape",)),
        ("scalar", [1.0], "float32", [], ("shape",)),
        ("empty", [], "int64", [0], ("shape",)),
    ):
        yield ask("wire.tensor_bytes", slug, tensor(data, dtype, shape), ("bytes_on_the_wire", *flags))
    rows = tensor([5.0, 7.0], "float32", [3, 4])
    indices = {"sparse_crow_indices": [0, 1, 1, 2], "sparse_col_indices": [2, 0]}
    yield ask("wire.tensor_bytes", "compressed", {**rows, **indices}, ("bytes_on_the_wire", "sparse"))
    half = {**rows, "sparse_crow_indices": [0, 1, 1, 2]}
    yield ask("wire.tensor_bytes", "rows-without-columns", half, ("sparse", "malformed"))
    yield ask("wire.tensor_bytes", "int32", tensor([1], "int32", [1]), ("unknown_name", "malformed"))
