"""What the reference makes of drawn tensors, datums and tokens is what the SDK makes of them: area `wire`.

Questions have the form of the operations' params, so that both sides are asked as adapters are. What the SDK does with
torch is in tests/sdk_torch/.
"""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.adapters.reference import Reference
from conformance.adapters.serve import InvalidParams, Rejected
from conformance.compare import compare_results
from conformance.operations import invalid_params
from conformance.oracles import sdk_wire
from conformance.protocol import ascii_json

FLOATS = ("float16", "float32", "float64")
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("bool", "uint8", "uint16", "uint32", "uint64")
KEYS = ("target_tokens", "weights", "advantages", "logprobs", "clip_low_threshold", "sequence_ratio_mask", "mask", "")
NAMES = ("NaN", "Infinity", "-Infinity")

thorough = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


def asked(side: Any, operation: str, params: Any) -> Any:
    """The answer as JSON, None for a rejection."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return json.loads(ascii_json(side(operation, json.loads(json.dumps(params)))))
        except Rejected:
            return None


def check(operation: str, params: Any) -> None:
    try:
        ours = asked(Reference().answer, operation, params)
    except InvalidParams:
        assert invalid_params(operation, ascii_json(params)) is not None
        return
    theirs = asked(sdk_wire.answer, operation, params)
    assert (ours is None) == (theirs is None), (ours, theirs)
    if ours is not None:
        assert compare_results(theirs, ours, signed_zero=True) is None, (ours, theirs)


def spelt(value: Any) -> Any:
    """A number as a question writes it."""
    if isinstance(value, float) and not np.isfinite(value):
        return "NaN" if np.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return str(value) if type(value) is int and abs(value) > 2**53 else value


@st.composite
def arrays(draw: st.DrawFn, dtypes: tuple[str, ...] = FLOATS + SIGNED + UNSIGNED) -> dict[str, Any]:
    """An array of any bits, few dimensions, some of them empty."""
    dtype = np.dtype(draw(st.sampled_from(dtypes)))
    shape = draw(st.lists(st.integers(0, 3), max_size=3))
    size = int(np.prod(shape, dtype=int))
    if dtype.kind == "b":
        values: list[Any] = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    else:
        count = size * dtype.itemsize
        values = np.frombuffer(draw(st.binary(min_size=count, max_size=count)), dtype).tolist()
    return {"data": [spelt(value) for value in values], "dtype": dtype.name, "shape": shape}


integers = st.integers(-5, 300) | st.integers(-(2**64) - 2, 2**64 + 2) | st.integers(-(2**31) - 2, 2**31 + 2)
numbers = st.one_of(integers, st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(NAMES)).map(spelt)
scalars = numbers | st.booleans() | st.none() | st.sampled_from(["1.5", "x", "", "7", "-3", "1e3"])
nested = st.recursive(scalars | st.lists(numbers, max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=8)
flat = st.lists(numbers, max_size=6)
dtypes = st.sampled_from(["float32", "int64"]) | st.sampled_from(["int32", "float64", "bool", "", None])
shapes = st.none() | st.lists(st.integers(-1, 4), max_size=3)


@thorough
@given(array=arrays())
def test_arrays(array: dict[str, Any]) -> None:
    check("wire.from_numpy", {"array": array})


@thorough
@given(data=nested | flat, dtype=dtypes, shape=shapes)
def test_the_constructor(data: Any, dtype: Any, shape: Any) -> None:
    params = {"data": data, "dtype": dtype, "shape": shape}
    check("wire.tensor_data", params)


@thorough
@given(data=flat, dtype=st.sampled_from(["float32", "int64"]), dimensions=st.integers(0, 2))
def test_bytes_and_lists(data: list[Any], dtype: str, dimensions: int) -> None:
    shape = {0: {}, 1: {"shape": [len(data)]}, 2: {"shape": [1, len(data)]}}[dimensions]
    check("wire.tensor_bytes", {"data": data, "dtype": dtype, **shape})
    check("wire.tolist", {"data": data, "dtype": dtype, **shape})


given_values = st.one_of(
    st.fixed_dictionaries({"list": nested | flat}),
    st.fixed_dictionaries({"tuple": flat}),
    st.fixed_dictionaries({"array": arrays(FLOATS + SIGNED + ("bool", "uint8"))}),
    st.fixed_dictionaries(
        {"tensor": st.fixed_dictionaries({"data": flat, "dtype": st.sampled_from(["float32", "int64"])})}
    ),
)


@thorough
@given(inputs=st.dictionaries(st.sampled_from(KEYS), given_values, max_size=2))
def test_datums(inputs: dict[str, Any]) -> None:
    check("wire.datum", {"loss_fn_inputs": inputs})


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """Compressed rows, most of them well-formed."""
    height, width = draw(st.integers(0, 3)), draw(st.integers(0, 5))
    columns = [sorted(draw(st.sets(st.integers(0, max(width - 1, 0)), max_size=width))) for _ in range(height)]
    places = [place for row in columns for place in row]
    starts = [sum(map(len, columns[:at])) for at in range(height + 1)]
    data = draw(st.lists(st.integers(-9, 9).map(float), min_size=len(places), max_size=len(places)))
    made = {
        "data": data,
        "dtype": draw(st.sampled_from(["float32", "int64"])),
        "shape": [height, width],
        "sparse_crow_indices": starts,
        "sparse_col_indices": places,
    }
    if draw(st.integers(0, 3)) == 0:
        spoilt = draw(st.sampled_from(["sparse_crow_indices", "sparse_col_indices"]))
        made[spoilt] = draw(st.lists(st.integers(-2, 6), max_size=5))
    return made


@thorough
@given(params=rows())
def test_compressed_rows_in_a_request(params: dict[str, Any]) -> None:
    check("wire.tensor_bytes", params)


tokens = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**60), 2**60).map(float),
    st.booleans(),
    st.none(),
    # Zeros before a minus are an accident of the SDK's parser.
    st.text(" +-_.123e\n", max_size=6),
)


@thorough
@given(values=st.lists(tokens, max_size=3) | tokens)
def test_tokens(values: Any) -> None:
    check("wire.tokens", {"values": values})


@thorough
@given(given_tokens=st.lists(st.integers(-(2**33), 2**33) | st.integers(0, 200_000), max_size=5))
def test_tokens_in_a_request(given_tokens: list[int]) -> None:
    check("wire.token_bytes", {"tokens": given_tokens})
