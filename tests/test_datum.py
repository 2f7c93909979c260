"""Facts of the tinker SDK's `Datum` (0.38)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cookbook.datum import Datum, EncodedTextChunk, ModelInput
from cookbook.errors import InvalidInputError, InvalidTensorError
from cookbook.tensors import TensorData
from cookbook.wire import torch_input

TWO = ModelInput((EncodedTextChunk((1, 2)), EncodedTextChunk((3,))))
TWO_FLOATS = TensorData.from_nested([0.5, -1.0], "float32")


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
