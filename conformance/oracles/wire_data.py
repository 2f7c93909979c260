"""Tensors, chunks and datums of the tinker SDK, from the form they have on the wire and back."""

from __future__ import annotations

import base64
from typing import Any

from conformance.adapters.serve import Rejected
from conformance.adapters.wire_numbers import numbers, written


def tensor(given: dict[str, Any]) -> Any:
    """A TensorData."""
    import tinker

    return tinker.TensorData(data=numbers(given["data"]), dtype=given["dtype"], shape=given.get("shape"))


def wire_tensor(made: Any) -> dict[str, Any]:
    """Its wire form; the shape is that of what it holds."""
    shape = list(made.to_numpy().shape) if made.shape is None else list(made.shape)
    return {"data": written(list(made.data)), "dtype": made.dtype, "shape": shape}


def torch_vector(values: Any) -> dict[str, Any]:
    """A torch tensor as the wire has it."""
    import tinker

    return wire_tensor(tinker.TensorData.from_torch(values))


def chunk(given: dict[str, Any]) -> Any:
    """A chunk of any type. An image without its base64 is refused as one."""
    import tinker

    fields = {key: value for key, value in given.items() if key != "type"}
    match given["type"]:
        case "encoded_text":
            return tinker.types.EncodedTextChunk(**fields)
        case "image":
            return tinker.types.ImageChunk(**{**fields, "data": base64.b64decode(fields["data"], validate=True)})
        case "image_asset_pointer":
            return tinker.types.ImageAssetPointerChunk(**fields)
        case other:
            raise Rejected("invalid_message", f"no chunk of type {other!r}")


def model_input(given: dict[str, Any]) -> Any:
    """A ModelInput."""
    import tinker

    return tinker.ModelInput(chunks=[chunk(one) for one in given["chunks"]])


def wire_chunks(made: Any) -> list[dict[str, Any]]:
    """The chunks of a ModelInput."""
    return [one.model_dump(mode="json", exclude_none=True) for one in made.chunks]


def flat_tokens(made: Any) -> list[Any]:
    """The tokens of a ModelInput and the images between them, without the boundaries of text."""
    flat: list[Any] = []
    for one in wire_chunks(made):
        flat.extend(one["tokens"] if one["type"] == "encoded_text" else [one])
    return flat


def datum(given: dict[str, Any]) -> Any:
    """A Datum."""
    import tinker

    inputs = {key: tensor(value) for key, value in given["loss_fn_inputs"].items()}
    return tinker.Datum(model_input=model_input(given["model_input"]), loss_fn_inputs=inputs)


def flat_datum(made: Any) -> dict[str, Any]:
    """A Datum without the boundaries between its chunks of text."""
    inputs = {key: wire_tensor(value) for key, value in made.loss_fn_inputs.items()}
    return {"tokens": flat_tokens(made.model_input), "loss_fn_inputs": inputs}
