"""The loss of direct preference optimization, its metrics and its gradient.

Behaviour: tinker-cookbook 0.5.8, `preference.train_dpo`, and tinker SDK 0.38 for what becomes of the gradient. With
numpy where torch stood: everything is computed in float32.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np

from cookbook.errors import InvalidInputError
from cookbook.sigmoid import log_sigmoid, sigmoid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from cookbook.datum import Datum, ModelInput

logger = logging.getLogger(__name__)

T = TypeVar("T")
Logprobs: TypeAlias = "Sequence[float] | Sequence[np.float32]"


@dataclass(frozen=True, slots=True, eq=False)
class DpoResult:
    """The loss of a batch, its metrics, and for each datum the weights that a cross entropy needs to have its gradient.

    Such weights are minus the derivative of the loss by each logprob: positive where a token is to become likelier.
    """

    loss: float
    metrics: dict[str, float]
    weights: tuple[NDArray[np.float32], ...]


def compute_dpo_loss(
    chosen_logprobs: Logprobs,
    rejected_logprobs: Logprobs,
    chosen_ref_logprobs: Logprobs,
    rejected_ref_logprobs: Logprobs,
    dpo_beta: float,
) -> tuple[float, dict[str, float]]:
    """The mean of -log sigmoid(beta * margin) over all pairs, and the metrics.

    Each argument has the logprob of one whole answer a pair; the margin is how much likelier the chosen one became than
    the rejected one, compared with the reference. A reward is beta times the change of an answer's logprob.

    Metrics: `dpo_loss`; `accuracy`, the fraction of pairs whose chosen answer has the higher reward (a tie does not
    count); `margin`, `chosen_reward` and `rejected_reward`, means over all pairs.

    Raises InvalidInputError without any pair, and when the arguments differ in length.
    """
    chosen = _ratios(chosen_logprobs, chosen_ref_logprobs)
    rejected = _ratios(rejected_logprobs, rejected_ref_logprobs)
    if chosen.size != rejected.size or not chosen.size:
        raise InvalidInputError(f"{chosen.size} chosen and {rejected.size} rejected answers: give one pair or more")
    beta = np.float32(dpo_beta)
    with np.errstate(invalid="ignore", over="ignore"):
        loss = float((-log_sigmoid(beta * (chosen - rejected))).mean())
        chosen_rewards, rejected_rewards = beta * chosen, beta * rejected
        metrics = {
            "dpo_loss": loss,
            "accuracy": float((chosen > rejected).astype(np.float32).mean()),
            "margin": float((chosen_rewards - rejected_rewards).mean()),
            "chosen_reward": float(chosen_rewards.mean()),
            "rejected_reward": float(rejected_rewards.mean()),
        }
    return loss, metrics


def paired(data: Sequence[T]) -> list[T]:
    """All elements, without the last one if their number is odd: rows that gave no pair leave such a batch behind."""
    if len(data) % 2:
        logger.warning("%d datums do not make pairs: the last is dropped", len(data))
    return list(data[: len(data) // 2 * 2])


def full_sequence(datum: Datum) -> ModelInput:
    """What the reference is asked about: the input with the last target after it, in a chunk of its own."""
    targets = datum.tensor("target_tokens").data
    return datum.model_input.append_int(int(targets[-1])) if targets.size else datum.model_input


def dpo_loss_of_batch(
    data: Sequence[Datum],
    logprobs: Sequence[ArrayLike],
    ref_logprobs: Sequence[Sequence[float | None]],
    dpo_beta: float,
) -> DpoResult:
    """The loss of data that are chosen and rejected in turn.

    `logprobs` has an element a target; `ref_logprobs` is what the reference says of the `full_sequence`, with an
    element more at the front that is not looked at. Both are summed with the weights as they are, which must not be
    reduced.

    Raises InvalidInputError if the number of data is odd, and if any of the lengths do not match.
    """
    if len(data) % 2 or not len(data) == len(logprobs) == len(ref_logprobs):
        raise InvalidInputError(
            f"{len(data)} datums have {len(logprobs)} and {len(ref_logprobs)} vectors of logprobs: give pairs, one each"
        )
    weights = [datum.tensor("weights").data.astype(np.float32) for datum in data]
    ours = [_summed(values, factors) for values, factors in zip(logprobs, weights, strict=True)]
    theirs = [_summed(values[1:], factors) for values, factors in zip(ref_logprobs, weights, strict=True)]
    loss, metrics = compute_dpo_loss(ours[0::2], ours[1::2], theirs[0::2], theirs[1::2], dpo_beta)
    beta = np.float32(dpo_beta)
    margins = beta * (_ratios(ours[0::2], theirs[0::2]) - _ratios(ours[1::2], theirs[1::2]))
    pulls = beta * sigmoid(-margins) / np.float32(len(margins))
    return DpoResult(
        loss,
        metrics,
        tuple((pulls[place // 2] if place % 2 == 0 else -pulls[place // 2]) * w for place, w in enumerate(weights)),
    )


def _summed(logprobs: Any, weights: NDArray[np.float32]) -> np.float32:
    with np.errstate(over="ignore"):  # Beyond float32 is infinity, as in torch.
        values = np.asarray(logprobs, dtype=np.float32)
    if values.shape != weights.shape:
        raise InvalidInputError(f"logprobs of shape {values.shape} do not go with weights of shape {weights.shape}")
    with np.errstate(invalid="ignore"):
        return np.float32(np.dot(values, weights))


def _ratios(logprobs: Logprobs, ref_logprobs: Logprobs) -> NDArray[np.float32]:
    if len(logprobs) != len(ref_logprobs):
        raise InvalidInputError(f"{len(logprobs)} logprobs and {len(ref_logprobs)} of the reference: give one for each")
    with np.errstate(invalid="ignore"):
        ratios: NDArray[np.float32] = np.array(logprobs, dtype=np.float32)
        ratios -= np.array(ref_logprobs, dtype=np.float32)
        return ratios
