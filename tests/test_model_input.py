"""Facts of the tinker SDK's `ModelInput` and its chunks (0.38)."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from cookbook import datum
from cookbook.errors import InvalidInputError
from cookbook.model_input import EncodedTextChunk, ImageAssetPointerChunk, ImageChunk, ModelInput, chunk_from_json

TWO = ModelInput((EncodedTextChunk((1, 2)), EncodedTextChunk((3,))))


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


def test_a_datum_module_has_them_too() -> None:
    assert datum.ModelInput is ModelInput
    assert datum.chunk_from_json is chunk_from_json
