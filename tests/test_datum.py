"""Facts of the tinker SDK's `ModelInput` (0.38)."""

from __future__ import annotations

import dataclasses

import pytest

from cookbook.datum import EncodedTextChunk, ModelInput

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
