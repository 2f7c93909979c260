"""Tensors, model input, datums and trajectories, as they are written on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

# The forms that every area of the protocol shares.
from conformance.forms import (
    NUMBER_TEXT,
    Elements,
    Float,
    Message,
    Nested,
    Number,
    Operation,
    RendererParams,
    TokenId,
    Tokens,
    not_nested,
)

__all__ = ["NUMBER_TEXT", "Float", "Message", "Nested", "Number", "Operation", "RendererParams", "TokenId", "Tokens"]

DtypeName = Literal[
    "bool",
    "int4",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint4",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float8_e4m3fn",
    "float8_e5m2",
    "float16",
    "bfloat16",
    "float32",
    "float64",
]
WireDtype = Literal["float32", "int64"]
Size = Annotated[int, Meta(ge=0)]
Length = Annotated[int, Meta(le=1_000_000)]
"""How many elements there are; none are less than none. Longer answers would fill a pipe and prove nothing more."""
Element = bool | Number
"""A JSON number, the name of a value that JSON has no number for, a large integer as text, true or false."""
Base64 = Annotated[str, Meta(pattern="^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$")]
Bits = Annotated[str, Meta(pattern="^[0-9]+$", description="An unsigned integer in decimal digits.")]


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Params."""


class Answer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A result."""


# Tensors.


class AnyTensor(Asked, frozen=True, kw_only=True):
    """A tensor in a question: flat data in row-major order. It may be malformed, which is then what is asked about."""

    data: Any
    dtype: str
    shape: list[Length] | UnsetType = UNSET


class Tensor(Answer, frozen=True, kw_only=True):
    """A tensor of any dtype. The shape of a scalar is []."""

    data: list[Element]
    dtype: DtypeName
    shape: list[Size]


class WireTensor(Answer, frozen=True, kw_only=True):
    """A tensor of the live API: dense, or with the two lists of indices compressed rows."""

    data: list[Number]
    dtype: WireDtype
    shape: list[Size]
    sparse_crow_indices: list[Size] | UnsetType = UNSET
    sparse_col_indices: list[Size] | UnsetType = UNSET


class NestedElements(Answer, frozen=True, kw_only=True):
    """Elements, nested as the shape says; true and false only in a tensor of booleans."""

    data: Elements

    def misfit(self, path: str) -> str | None:
        """Why the data is not nested elements, None if it is."""
        return _no_elements(self.data, f"{path}.data")


def _no_elements(data: object, path: str) -> str | None:
    if isinstance(data, list):
        reasons = (_no_elements(item, f"{path}[{at}]") for at, item in enumerate(data))
        return next((reason for reason in reasons if reason), None)
    return None if isinstance(data, bool) else not_nested(data, path)


# Model input and datums.


class TextChunk(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="encoded_text"):
    tokens: list[TokenId]


class Image(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="image", omit_defaults=True):
    data: Base64
    format: Literal["png", "jpeg"]
    expected_tokens: Size | UnsetType = UNSET


class ImagePointer(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="image_asset_pointer", omit_defaults=True
):
    location: str
    format: Literal["png", "jpeg"]
    expected_tokens: Size | UnsetType = UNSET


Chunk = TextChunk | Image | ImagePointer
FlatToken = TokenId | Image | ImagePointer
"""A token id, or an image in its place: chunks of text without the boundaries between them."""


class ModelInput(Struct, frozen=True, forbid_unknown_fields=True):
    chunks: list[Chunk]


class Chunks(Answer, frozen=True, kw_only=True):
    """Where one chunk ends and the next begins: a property of its own, which no model sees."""

    chunks: list[Chunk]


class Datum(Asked, frozen=True, kw_only=True):
    model_input: ModelInput
    loss_fn_inputs: dict[str, AnyTensor]


class FlatDatum(Answer, frozen=True, kw_only=True):
    """A datum without the boundaries between its chunks of text."""

    tokens: list[FlatToken]
    loss_fn_inputs: dict[str, WireTensor]


class FlatData(Answer, frozen=True, kw_only=True):
    data: list[FlatDatum]


# Trajectories.


class Action(Asked, frozen=True, kw_only=True):
    """Sampled tokens. `logprobs` is null when they are not known."""

    tokens: list[TokenId]
    logprobs: list[Float] | None


class Transition(Asked, frozen=True, kw_only=True):
    ob: ModelInput
    ac: Action
    reward: Float = 0.0
    metrics: dict[str, Float] = {}


class Trajectory(Asked, frozen=True, kw_only=True):
    transitions: list[Transition]


class TrajectoryGroup(Asked, frozen=True, kw_only=True):
    trajectories: list[Trajectory]
    final_rewards: list[Float]
    metrics: list[dict[str, Float]] = []


class Metrics(Answer, frozen=True, kw_only=True):
    metrics: dict[str, Float]
