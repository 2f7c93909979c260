"""Area `datum`: model input in chunks, and what is trained on."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from conformance.number_forms.shared import (
    Answer,
    AnyTensor,
    Asked,
    Chunk,
    Chunks,
    FlatDatum,
    FlatToken,
    Message,
    ModelInput,
    Operation,
    RendererParams,
    Size,
    TokenId,
    Tokens,
)


class OfModelInput(Asked, frozen=True, kw_only=True):
    model_input: ModelInput


class Length(Answer, frozen=True, kw_only=True):
    length: Size


class AppendInt(OfModelInput, frozen=True, kw_only=True):
    token: TokenId


class ChunkList(Asked, frozen=True, kw_only=True):
    chunks: list[Chunk]


class Shifted(Answer, frozen=True, kw_only=True):
    tokens: list[FlatToken]
    target_tokens: list[TokenId]


class FromModelInputWeights(OfModelInput, frozen=True, kw_only=True):
    """`weights` is a vector of float32, float64 or int64 with an element for each position."""

    weights: AnyTensor
    max_length: int | None = None
    reduction: str | UnsetType = UNSET


class ConversationToDatum(RendererParams, frozen=True, kw_only=True):
    messages: list[Message]
    max_length: int | None = None
    train_on_what: str | UnsetType = UNSET
    reduction: Literal["none", "mean"] | UnsetType = UNSET


OPERATIONS = (
    Operation(
        name="datum.length",
        params=OfModelInput,
        result=Length,
        summary="The number of positions of a model input.",
    ),
    Operation(
        name="datum.to_ints",
        params=OfModelInput,
        result=Tokens,
        summary="The tokens of a model input; one with an image is refused.",
    ),
    Operation(
        name="datum.append_int",
        params=AppendInt,
        result=Chunks,
        summary="A model input with one token more, in a chunk of its own.",
    ),
    Operation(
        name="datum.create_rightshifted_model_input_and_leftshifted_targets",
        params=ChunkList,
        result=Shifted,
        summary="All but the last token, and all but the first; images have the target 0.",
    ),
    Operation(
        name="datum.datum_from_model_input_weights",
        params=FromModelInputWeights,
        result=FlatDatum,
        summary="A datum from tokens and weights: cut off, shifted, and its weights reduced.",
    ),
    Operation(
        name="datum.chunks",
        params=FromModelInputWeights,
        result=Chunks,
        summary="The chunks of the input of that same datum.",
    ),
    Operation(
        name="datum.conversation_to_datum",
        params=ConversationToDatum,
        result=FlatDatum,
        summary="A datum from a conversation.",
    ),
)
