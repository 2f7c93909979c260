"""Facts of the tinker SDK's `ModelInput`, its chunks and its `Datum` (0.38)."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest

from cookbook.datum import (
    Datum,
    EncodedTextChunk,
    ImageAssetPointerChunk,
    ImageChunk,
    ModelInput,
    chunk_from_json,
)
from cookbook.errors import InvalidInputError, InvalidTensorError
from cookbook.tensors import TensorData
from cookbook.wire import torch_input

TWO = ModelInput((EncodedTextChunk((1, 2)), EncodedTextChunk((3,))))
TWO_FLOATS = TensorData.from_nested([0.5, -1.0], "float32")


def test_chunks_flatten_in_order() -> None:
    assert TWO.to_ints() == [1, 2, 3]
    assert TWO.length == 3
    assert (ModelInput().to_ints(), ModelInput().length) == ([], 0)


def test_ints_become_one_chunk() -> None:
    assert ModelInput.from_ints([1, 2]) == ModelInput((EncodedTextChunk((1, 2)),))


def test_an_appended_token_is_a_chunk_of_its_own() -> None:
    longer = TWO.append_int(9)
    assert [chunk.tokens for chunk in longer.chunks] == [(1, 2), (3,), (9,)]
    assert TWO.length == 3, "the first input was changed"


def test_inputs_are_values() -> None:
    assert {TWO, TWO.append_int(9)} == {TWO.append_int(9), TWO}
    with pytest.raises(dataclasses.FrozenInstanceError):
        TWO.chunks = ()


IMAGE = ImageChunk(b"png bytes", "png", 3)
POINTER = ImageAssetPointerChunk("s3://bucket/picture", "jpeg", 2)
PICTURED = ModelInput((EncodedTextChunk((1, 2)), IMAGE, EncodedTextChunk((3,)), EncodedTextChunk((4,)), POINTER))


def test_images_take_positions() -> None:
    assert PICTURED.length == 4 + 3 + 2
    assert PICTURED.flat() == [1, 2, IMAGE, 3, 4, POINTER]
    with pytest.raises(InvalidInputError, match="no list of token ids"):
        PICTURED.to_ints()


def test_an_image_of_unknown_length_has_none() -> None:
    unknown = ModelInput((EncodedTextChunk((1,)), ImageChunk(b"", "png")))
    with pytest.raises(InvalidInputError, match="set expected_tokens"):
        _ = unknown.length


def test_json_brings_back_every_chunk() -> None:
    unknown = PICTURED.append(ImageChunk(b"\x00\xff", "jpeg"))
    assert ModelInput.from_json(json.loads(json.dumps(unknown.to_json()))) == unknown
    assert "expected_tokens" not in unknown.to_json()["chunks"][-1]


@pytest.mark.parametrize(
    "chunk",
    [
        {"type": "audio"},
        {},
        {"type": "image", "data": "?", "format": "png"},
        {"type": "image", "data": "aGk=", "format": "gif"},
        {"type": "image_asset_pointer", "location": "x", "format": "webp"},
    ],
)
def test_other_chunks_are_refused(chunk: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        chunk_from_json(chunk)


def test_a_datum_coerces_what_it_is_given() -> None:
    given: Any = {"weights": [0, 1], "target_tokens": np.array([5, 6], np.int32), "logprobs": TWO_FLOATS}
    datum = Datum(TWO, given)
    assert {key: datum.tensor(key).dtype for key in given} == {
        "weights": "float32",
        "target_tokens": "int64",
        "logprobs": "float32",
    }
    assert datum.loss_fn_inputs["logprobs"] is TWO_FLOATS
    with pytest.raises(InvalidTensorError, match="mask"):
        Datum(TWO, {"mask": [1.0]})  # type: ignore[dict-item]


def test_a_missing_tensor_is_named() -> None:
    with pytest.raises(InvalidInputError, match="no 'mask': it has logprobs"):
        Datum(TWO, {"logprobs": TWO_FLOATS}).tensor("mask")
    with pytest.raises(InvalidInputError, match="it has nothing"):
        Datum(TWO).tensor("mask")


def test_compressed_rows_are_filled_in_when_they_are_read() -> None:
    rows = torch_input("weights", np.eye(9, dtype=np.float32))
    assert Datum(TWO, {"weights": rows}).tensor("weights").to_nested() == np.eye(9).tolist()


def test_a_datum_is_read_from_json() -> None:
    form = {"model_input": TWO.to_json(), "loss_fn_inputs": {"logprobs": TWO_FLOATS.to_json()}}
    datum = Datum.from_json(form)
    assert (datum.model_input, datum.tensor("logprobs").to_nested()) == (TWO, [0.5, -1.0])
