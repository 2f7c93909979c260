"""Training data: model input, and what a loss function is given beside it.

Behaviour: tinker SDK 0.38, `Datum`. What `cookbook.model_input` defines can be had from here too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cookbook.errors import InvalidInputError
from cookbook.model_input import (
    EncodedTextChunk,
    ImageAssetPointerChunk,
    ImageChunk,
    ModelInput,
    ModelInputChunk,
    chunk_from_json,
)
from cookbook.tensors import TensorData
from cookbook.wire import WIRE_DTYPES, loss_fn_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cookbook.sparse import SparseTensorData

__all__ = [
    "Datum",
    "EncodedTextChunk",
    "ImageAssetPointerChunk",
    "ImageChunk",
    "ModelInput",
    "ModelInputChunk",
    "chunk_from_json",
]


@dataclass(frozen=True, slots=True)
class Datum:
    """One example of a batch: the input, and what the loss function is given, by name.

    Arrays and lists among the values become tensors of the wire, as `cookbook.wire.loss_fn_input` says; it raises what
    that raises.
    """

    model_input: ModelInput
    loss_fn_inputs: dict[str, TensorData | SparseTensorData] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for value in self.loss_fn_inputs.values():
            if type(value) is not TensorData or value.dtype not in WIRE_DTYPES:
                inputs = {key: loss_fn_input(key, value) for key, value in self.loss_fn_inputs.items()}
                object.__setattr__(self, "loss_fn_inputs", inputs)
                break

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> Datum:
        """Read `{"model_input": {"chunks": [...]}, "loss_fn_inputs": {name: tensor}}`."""
        inputs: dict[str, Any] = {key: TensorData.from_json(value) for key, value in obj["loss_fn_inputs"].items()}
        return cls(ModelInput.from_json(obj["model_input"]), inputs)

    def tensor(self, key: str) -> TensorData:
        """The dense tensor under `key`. Raises InvalidInputError if there is none."""
        found = self.loss_fn_inputs.get(key)
        if isinstance(found, TensorData):
            return found
        if found is not None:
            return TensorData.from_numpy(found.to_numpy())
        raise InvalidInputError(f"the datum has no {key!r}: it has {', '.join(self.loss_fn_inputs) or 'nothing'}")
