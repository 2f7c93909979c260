"""Batches of examples as datums of the tinker SDK, without a Python object of ours in between.

Needs the SDK: `pip install "cookbook-conformance[tinker]"`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cookbook.errors import DataValidationError
from cookbook.supervised.common import _reduced
from cookbook.tinker_client import sdk

if TYPE_CHECKING:
    from cookbook.renderers import Batch
    from cookbook.supervised.common import Reduction


def sdk_datums(batch: Batch, *, max_length: int | None = None, reduction: Reduction = "mean") -> list[Any]:
    """A `tinker.Datum` for each row: what `datum_from_model_input_weights` makes of it, the input in one chunk.

    Rows are cut to `max_length` tokens. Raises DataValidationError for a row of fewer than two tokens, with a note that
    says its index; ConfigurationError if the SDK is not installed. Behaviour: tinker-cookbook 0.5.8,
    `conversation_to_datum`.
    """
    tinker = sdk()
    chunk, model_input, tensor = (
        tinker.EncodedTextChunk.model_construct,
        tinker.ModelInput.model_construct,
        tinker.TensorData,
    )
    targets = batch.tokens.astype(np.int64)
    offsets = batch.offsets.tolist()
    datums = []
    for row in range(len(batch)):
        start, end = offsets[row], offsets[row + 1]
        if max_length is not None:
            end = min(end, start + max_length)
        if end - start < 2:
            error = DataValidationError("an example needs at least two tokens: one to read and one to predict")
            error.add_note(f"row {row} of the batch")
            raise error
        shape = [end - start - 1]
        datums.append(
            tinker.Datum(
                model_input=model_input(
                    chunks=[chunk(tokens=batch.tokens[start : end - 1].tolist(), type="encoded_text")]
                ),
                loss_fn_inputs={
                    "weights": tensor(_reduced(batch.weights[start + 1 : end], reduction), "float32", shape),
                    "target_tokens": tensor(targets[start + 1 : end], "int64", shape),
                },
            )
        )
    return datums
