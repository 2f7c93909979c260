"""Rows of a batch as datums of the SDK: what `conversation_to_datum` makes of each conversation."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cookbook import tinker_datums
from cookbook.errors import DataValidationError
from cookbook.renderers import get_renderer
from cookbook.supervised.data import conversation_to_datum
from cookbook.tokenizer import AddedToken, ByteTokenizer

MARKERS = ("<|begin_of_text|>", "<|eot_id|>")
RENDERER = get_renderer(
    "llama3", ByteTokenizer(added=[AddedToken(text, 256 + at, special=True) for at, text in enumerate(MARKERS)])
)
CONVERSATIONS = [
    [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}],
    [{"role": "user", "content": "nobody is trained"}],
    [{"role": "user", "content": "q" * 30}, {"role": "assistant", "content": "a" * 30}],
]


@pytest.fixture(autouse=True)
def _fake_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = SimpleNamespace
    fake = SimpleNamespace(
        EncodedTextChunk=SimpleNamespace(model_construct=fields),
        ModelInput=SimpleNamespace(model_construct=fields),
        TensorData=lambda data, dtype, shape: fields(data=data, dtype=dtype, shape=shape),
        Datum=fields,
    )
    monkeypatch.setattr(tinker_datums, "sdk", lambda: fake)


@pytest.mark.parametrize("max_length", [None, 2, 50, 1000])
@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_each_row_is_the_datum_of_its_conversation(max_length: int | None, reduction: Any) -> None:
    batch = RENDERER.build_supervised_example_batch(CONVERSATIONS)
    made = tinker_datums.sdk_datums(batch, max_length=max_length, reduction=reduction)
    for datum, conversation in zip(made, CONVERSATIONS, strict=True):
        expected = conversation_to_datum(conversation, RENDERER, max_length, "last_assistant_message", reduction)
        (chunk,) = datum.model_input.chunks
        assert (chunk.type, chunk.tokens) == ("encoded_text", expected.model_input.to_ints())
        assert {*datum.loss_fn_inputs} == {*expected.loss_fn_inputs}
        for name, tensor in datum.loss_fn_inputs.items():
            np.testing.assert_array_equal(tensor.data, expected.tensor(name).to_numpy())
            assert (tensor.dtype, tensor.shape) == (expected.tensor(name).dtype, list(expected.tensor(name).shape))
            assert tensor.data.dtype == tensor.dtype


def test_a_row_that_is_too_short_is_named() -> None:
    batch = RENDERER.build_supervised_example_batch([CONVERSATIONS[0], []])
    with pytest.raises(DataValidationError, match="at least two tokens") as raised:
        tinker_datums.sdk_datums(batch)
    assert raised.value.__notes__ == ["row 1 of the batch"]
