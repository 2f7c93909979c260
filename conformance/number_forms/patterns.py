"""Area `patterns`: what a port computes again and again, and the tensor operations under it."""

from __future__ import annotations

from typing import Literal

from conformance.number_forms.shared import Answer, AnyTensor, Asked, Element, Length, Operation, TokenId, WireTensor


class Rewards(Asked, frozen=True, kw_only=True):
    rewards: AnyTensor


class Result(Answer, frozen=True, kw_only=True):
    tensor: WireTensor


class WeightedLogprob(Asked, frozen=True, kw_only=True):
    logprobs: AnyTensor
    weights: AnyTensor


class TrainingDatum(Asked, frozen=True, kw_only=True):
    sequence: AnyTensor
    weights: AnyTensor


class DatumTensors(Answer, frozen=True, kw_only=True):
    input_tokens: WireTensor
    target_tokens: WireTensor
    weights: WireTensor


class DpoLoss(Asked, frozen=True, kw_only=True):
    """Log ratios, one a pair."""

    chosen: AnyTensor
    rejected: AnyTensor
    beta: float


class ChunksOfTokens(Asked, frozen=True, kw_only=True):
    chunks: list[list[TokenId]]


class Full(Asked, frozen=True, kw_only=True):
    shape: list[Length]
    value: Element
    dtype: str


class OneTensor(Asked, frozen=True, kw_only=True):
    tensor: AnyTensor


class Joined(Asked, frozen=True, kw_only=True):
    tensors: list[AnyTensor]
    axis: int = 0


class Arithmetic(Asked, frozen=True, kw_only=True):
    op: Literal["add", "subtract", "multiply", "divide"]
    left: AnyTensor
    right: AnyTensor


class Reduce(OneTensor, frozen=True, kw_only=True):
    """All elements, or those along an axis."""

    op: Literal["sum", "mean", "max", "min"]
    axis: int | None = None


class Map(OneTensor, frozen=True, kw_only=True):
    op: Literal["exp", "log", "sigmoid", "log_sigmoid", "negative", "abs"]


class Reshape(OneTensor, frozen=True, kw_only=True):
    shape: list[Length]


class Slice(OneTensor, frozen=True, kw_only=True):
    """A start and an end for each of the first dimensions; null and negative as in Python."""

    parts: list[tuple[int | None, int | None]]


OPERATIONS = (
    Operation(
        name="patterns.advantages",
        params=Rewards,
        result=Result,
        summary="Rewards less their mean.",
    ),
    Operation(
        name="patterns.weighted_logprob",
        params=WeightedLogprob,
        result=Result,
        summary="The dot product of logprobs and weights.",
    ),
    Operation(
        name="patterns.training_datum",
        params=TrainingDatum,
        result=DatumTensors,
        summary="Inputs, targets and weights of the prediction of each next token.",
    ),
    Operation(
        name="patterns.dpo_loss",
        params=DpoLoss,
        result=Result,
        summary="The mean of -log sigmoid(beta * (chosen - rejected)).",
    ),
    Operation(
        name="patterns.concatenated_chunks",
        params=ChunksOfTokens,
        result=Result,
        summary="The tokens of all chunks in one vector.",
    ),
    Operation(name="patterns.full", params=Full, result=Result, summary="A tensor of one value."),
    Operation(name="patterns.ones_like", params=OneTensor, result=Result, summary="Ones of the same shape and dtype."),
    Operation(name="patterns.concatenate", params=Joined, result=Result, summary="Tensors along an axis they have."),
    Operation(name="patterns.stack", params=Joined, result=Result, summary="Tensors along a new axis."),
    Operation(
        name="patterns.arithmetic",
        params=Arithmetic,
        result=Result,
        summary="Element by element, with shapes that are broadcast and dtypes that are promoted.",
    ),
    Operation(name="patterns.reduce", params=Reduce, result=Result, summary="A sum, a mean, a largest, a smallest."),
    Operation(name="patterns.map", params=Map, result=Result, summary="A function of each element."),
    Operation(name="patterns.reshape", params=Reshape, result=Result, summary="The same elements in another shape."),
    Operation(name="patterns.slice", params=Slice, result=Result, summary="Part of a tensor."),
)
