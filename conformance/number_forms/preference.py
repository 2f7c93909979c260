"""Area `preference`: pairs of answers, and the loss that prefers one."""

from __future__ import annotations

from typing import Literal

from conformance.number_forms.shared import (
    Answer,
    Asked,
    Datum,
    FlatData,
    FlatToken,
    Float,
    Message,
    Operation,
    RendererParams,
    WireTensor,
)


class DpoLoss(Asked, frozen=True, kw_only=True):
    """The logprob of a whole answer a pair in each list."""

    chosen_logprobs: list[Float]
    rejected_logprobs: list[Float]
    chosen_ref_logprobs: list[Float]
    rejected_ref_logprobs: list[Float]
    dpo_beta: float


class DpoLossResult(Answer, frozen=True, kw_only=True):
    loss: Float
    metrics: dict[str, Float]


class DpoStep(Asked, frozen=True, kw_only=True):
    """Data that are chosen and rejected in turn.

    `logprobs` are those of the model, one a target; `ref_logprobs` those of the reference for the whole sequence, of
    which the first is null.
    """

    data: list[Datum]
    logprobs: list[list[Float]]
    ref_logprobs: list[list[Float | None]]
    dpo_beta: float


class DpoStepResult(Answer, frozen=True, kw_only=True):
    """`sequences` is what the reference is asked about; `weights` are those of the cross entropy that is sent."""

    metrics: dict[str, Float]
    sequences: list[list[FlatToken]]
    weights: list[WireTensor]


class ComparisonToDatums(RendererParams, frozen=True, kw_only=True):
    prompt_conversation: list[Message]
    completion_A: list[Message]  # noqa: N815 - upstream's name
    completion_B: list[Message]  # noqa: N815
    label: Literal["A", "B", "Tie"]
    max_length: int | None = None


OPERATIONS = (
    Operation(
        name="preference.compute_dpo_loss",
        params=DpoLoss,
        result=DpoLossResult,
        summary="The loss of direct preference optimization, and its metrics.",
    ),
    Operation(
        name="preference.dpo_step",
        params=DpoStep,
        result=DpoStepResult,
        summary="A step of it: pairs, what the reference is asked, the metrics, and the weights that are sent.",
    ),
    Operation(
        name="preference.comparison_to_datums",
        params=ComparisonToDatums,
        result=FlatData,
        summary="The datum of the better conversation, then that of the worse.",
    ),
)
