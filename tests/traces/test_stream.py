"""The canonical stream: strict decoding, encoding that is the same for the same, helpers for whoever records one."""

from __future__ import annotations

import json
import math

import pytest

from conformance.traces import stream
from traces.streams import MODEL, SUPERVISED, adam, backward, datum, decoded


def test_what_is_encoded_is_decoded_again() -> None:
    made = decoded(SUPERVISED)
    assert stream.decode(stream.encode(made)) == made
    assert stream.encode(stream.decode(stream.encode(made))) == stream.encode(made)


def test_an_operation_stands_on_a_line_of_its_own() -> None:
    lines = stream.encode(decoded(SUPERVISED)).splitlines()
    assert len(lines) == len(SUPERVISED) + 2
    assert json.loads(lines[1].rstrip(b",")) == MODEL
    assert stream.decode(stream.encode(())) == ()


def test_the_defaults_of_the_api_are_filled_in() -> None:
    (step,) = stream.decode(b'[{"op":"optim_step","model":"m0","adam":{}}]')
    assert step == stream.OptimStep(model="m0", adam=stream.Adam(learning_rate=1e-4, beta2=0.95, eps=1e-12))
    (sample,) = stream.decode(b'[{"op":"sample","sampler":{"base_model":"b"},"prompt":[1]}]')
    assert isinstance(sample, stream.Sample)
    assert (sample.num_samples, sample.params.temperature, sample.params.top_k) == (1, 1.0, -1)


def test_the_defaults_of_an_optimizer_are_written_all_the_same() -> None:
    """A reader sees what a port left out."""
    assert b'"eps":1e-12' in stream.encode((stream.OptimStep(model="m0", adam=stream.Adam()),))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{}", "expected a JSON array of operations"),
        ("[", "expected a JSON array of operations"),
        ("[1]", "operation 0 is none"),
        ("[" * 9999, "expected a JSON array of operations"),
        ('[{"op":"create_session"},{"op":"optimise"}]', "operation 1 (optimise) is none: Invalid value 'optimise'"),
        ('[{"op":"optim_step","model":"m","adam":{"lr":1}}]', "unknown field `lr` - at `$.adam`"),
        ('[{"op":"optim_step","adam":{}}]', "missing required field `model`"),
        ('[{"op":"save_weights","model":"m"}]', "missing required field `name`"),
        ('[{"op":"save_weights","model":"m","name":""}]', "length >= 1"),
        ('[{"op":"sample","sampler":{},"prompt":[]}]', "a sampler is `model` and `version`, or `path`"),
        ('[{"op":"sample","sampler":{"model":"m"},"prompt":[]}]', "a sampler is `model` and `version`, or `path`"),
        (
            '[{"op":"sample","sampler":{"path":"p","base_model":"b"},"prompt":[]}]',
            "a sampler is `model` and `version`, or `path`",
        ),
        ('[{"op":"sample","sampler":{"path":"p"},"prompt":[{"image":"x"}]}]', "at `$.prompt[0].image`"),
        ('[{"op":"sample","sampler":{"path":"p"},"prompt":[2147483648]}]', "at `$.prompt[0]`"),
    ],
)
def test_what_is_no_stream_is_refused_with_its_place(text: str, says: str) -> None:
    with pytest.raises(stream.StreamError) as refused:
        stream.decode(text)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("tensor", "says"),
    [
        ({"dtype": "float32", "shape": [2], "data": [1.0]}, "shape [2] does not hold 1 elements"),
        ({"dtype": "int64", "shape": [1], "data": [1.5]}, "int64 data must be whole numbers"),
        ({"dtype": "int64", "shape": [1], "data": [2**63]}, "int64 data must be whole numbers"),
        ({"dtype": "int64", "shape": [1], "data": ["NaN"]}, "int64 data must be whole numbers"),
        ({"dtype": "float32", "shape": [1], "data": ["nan"]}, "Invalid enum value 'nan'"),
        ({"dtype": "float64", "shape": [1], "data": [1]}, "Invalid enum value 'float64'"),
        ({"dtype": "float32", "shape": [-1], "data": []}, "Expected `int` >= 0"),
        ({"dtype": "float32", "shape": [1], "data": [10**400]}, "too large for any float"),
    ],
)
def test_a_tensor_that_does_not_hold_together_is_refused(tensor: dict[str, object], says: str) -> None:
    broken = {"tokens": [1], "inputs": {"weights": tensor}}
    with pytest.raises(stream.StreamError) as refused:
        decoded([backward(broken)])
    assert says in str(refused.value)


def test_chunks_are_joined() -> None:
    image = stream.Image(image="a" * 64)
    assert stream.join_chunks([[1, 2], image, [], [3]]) == (1, 2, image, 3)


def test_compressed_rows_are_written_out() -> None:
    dense = stream.dense("float32", [2, 3], [5.0, 7.0], [0, 1, 2], [2, 0])
    assert dense == stream.Tensor(dtype="float32", shape=(2, 3), data=(0, 0, 5.0, 7.0, 0, 0))


@pytest.mark.parametrize(
    ("shape", "values", "rows", "columns"),
    [
        ([3], [1.0], [0, 1], [0]),
        ([2, 3], [1.0], [0, 1], [0]),
        ([2, 3], [1.0], [0, 1, 2], [0]),
        ([2, 3], [1.0], [1, 1, 1], [0]),
        ([2, 3], [1.0], [0, 1, 1], [3]),
        ([2, 3], [1.0], [0, 1, 1], [-1]),
        ([2, 3], [1.0, 2.0], [0, 3, 2], [0, 1]),
    ],
)
def test_compressed_rows_that_do_not_fit_are_refused(
    shape: list[int], values: list[float], rows: list[int], columns: list[int]
) -> None:
    with pytest.raises(ValueError, match=r"compressed rows"):
        stream.dense("float32", shape, values, rows, columns)


def test_what_is_not_finite_is_written_in_words() -> None:
    tensor = stream.tensor_of("float32", None, [math.nan, math.inf, -math.inf, 1])
    assert tensor.data == ("NaN", "Infinity", "-Infinity", 1.0)
    assert [stream.value_of(item) for item in tensor.data[1:]] == [math.inf, -math.inf, 1.0]
    assert math.isnan(stream.value_of(tensor.data[0]))
    assert decoded([backward(datum(1, weights=["NaN"]))]) == decoded([backward(datum(1, weights=["NaN"]))])  # type: ignore[list-item]


def test_a_learning_rate_may_be_nan() -> None:
    (step,) = decoded([adam("NaN")])  # type: ignore[arg-type]
    assert isinstance(step, stream.OptimStep)
    assert step.adam.learning_rate == "NaN"


def test_equal_streams_have_equal_bytes_however_they_were_made() -> None:
    """A default that is written, a default that is left out, and 1 for 1.0."""
    left_out = {"op": "sample", "sampler": {"base_model": "b"}, "prompt": [1]}
    written = {**left_out, "num_samples": 1, "prompt_logprobs": False}
    written["params"] = {"temperature": 1, "top_p": 1.0, "top_k": -1, "stop": None}
    one, two = (
        decoded([left_out, backward(datum(1, weights=[1]))]),
        decoded([written, backward(datum(1, weights=[1.0]))]),
    )
    made = stream.Sample(sampler=stream.Sampler(base_model="b"), prompt=(1,))
    assert one == two
    assert stream.encode(one) == stream.encode(two)
    assert stream.encode((made,)) == stream.encode(one[:1])
