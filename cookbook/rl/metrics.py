"""How far the model has moved from the one that sampled, and from the one it began as.

Behaviour: tinker-cookbook 0.5.8, `rl.metrics`, with numpy where torch stood: everything is computed in float32.
Names that end in `_D` have one element a datum, as upstream's have.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from cookbook.errors import InvalidInputError
from cookbook.tensors import TensorData

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from cookbook.datum import Datum, ModelInput


class LogprobClient(Protocol):
    """What is asked of a sampling client here."""

    async def compute_logprobs_async(self, prompt: ModelInput, /) -> Sequence[float | None]:
        """The logprob of each token after those before it; the first has none."""


class SampledGroup(Protocol):
    """A trajectory group that knows how it was sampled."""

    @property
    def sampling_client_step(self) -> int:
        """The training step of the model that sampled."""

    @property
    def metrics(self) -> Mapping[str, Any]:
        """With the seconds that sampling took under `SAMPLING_SECONDS`."""


SAMPLING_SECONDS = "time/trajectory_group_worker_loop/total"


def full_sequence(datum: Datum) -> ModelInput:
    """The input with the last target after it, in a chunk of its own: all tokens that the datum was made from."""
    return datum.model_input.append_int(int(datum.tensor("target_tokens").data[-1]))


def compute_kl_sample_train(
    data_D: Sequence[Datum],  # noqa: N803
    training_logprobs_D: Sequence[ArrayLike],  # noqa: N803
) -> dict[str, float]:
    """How the logprobs of sampling differ from those of training, over all positions whose mask is above zero.

    `optim/kl_sample_train_v1` is the mean difference, `optim/kl_sample_train_v2` half the mean square of it, and
    `optim/entropy` minus the mean logprob of sampling.

    Raises InvalidInputError if the lists do not match, and when no position is left.
    """
    differences: list[NDArray[np.float32]] = []
    sampled: list[NDArray[np.float32]] = []
    _check_lengths(data_D, training_logprobs_D)
    for datum, training_logprobs in zip(data_D, training_logprobs_D, strict=True):
        mask, logprobs = datum.tensor("mask").to_numpy() > 0, datum.tensor("logprobs").to_numpy()
        trained = _same_shape(np.asarray(training_logprobs, dtype=np.float32), logprobs)[mask]
        sampled.append(logprobs[mask])
        differences.append(logprobs[mask] - trained)
    flat = np.concatenate(differences or [np.empty(0, np.float32)])
    if not flat.size:
        raise InvalidInputError("no position has a mask above zero: there is nothing to compare")
    v1, v2 = _moments(flat)
    return {
        "optim/kl_sample_train_v1": v1,
        "optim/kl_sample_train_v2": v2,
        "optim/entropy": -float(np.concatenate(sampled).mean()),
    }


async def compute_post_kl(
    data_D: Sequence[Datum],  # noqa: N803
    post_sampling_client: LogprobClient,
) -> dict[str, float]:
    """How the logprobs of sampling differ from those after the update, over all positions whose mask is above zero.

    `kl_pre_post_v1` is the mean difference, `kl_pre_post_v2` half the mean square of it; both NaN when no position is
    left. Raises InvalidInputError without any datum.
    """
    if not data_D:
        raise InvalidInputError("there is no datum: there is nothing to compare")
    differences = [
        (_logprobs(datum) - new)[datum.tensor("mask").to_numpy() > 0]
        for datum, new in zip(data_D, await _asked(data_D, post_sampling_client), strict=True)
    ]
    v1, v2 = _moments(np.concatenate(differences))
    return {"kl_pre_post_v1": v1, "kl_pre_post_v2": v2}


async def incorporate_kl_penalty(
    data_D: Sequence[Datum],  # noqa: N803
    base_sampling_client: LogprobClient,
    kl_penalty_coef: float,
    kl_discount_factor: float,
) -> dict[str, float]:
    """Change the advantages of the data, in place, so that they pull towards the base model.

    Where the mask is 1, `kl_penalty_coef` times (mean difference - difference) is added, the difference being the
    logprob of sampling less that of the base model, and the mean that over all data. With a discount factor above
    zero the discounted sum of what follows is added instead, and then to every position.

    The result has the mean as `kl_policy_base`; it and the advantages are NaN when no position has a mask.

    Raises InvalidInputError without any datum.
    """
    if not data_D:
        raise InvalidInputError("there is no datum: there is nothing to change")
    masks = [datum.tensor("mask").to_numpy().astype(np.float32) for datum in data_D]
    base = await _asked(data_D, base_sampling_client)
    differences = [
        (_logprobs(datum) - logprobs) * mask for datum, logprobs, mask in zip(data_D, base, masks, strict=True)
    ]
    coefficient = np.float32(kl_penalty_coef)
    with np.errstate(all="ignore"):
        mean = _total(differences) / _total(masks)
        for datum, mask, difference in zip(data_D, masks, differences, strict=True):
            change = coefficient * mask * (mean - difference)
            if kl_discount_factor > 0:
                change = discounted_future_sum_vectorized(change, kl_discount_factor)
            advantages = datum.tensor("advantages").to_numpy().astype(np.float32) + change
            datum.loss_fn_inputs["advantages"] = TensorData.from_numpy(advantages)
    return {"kl_policy_base": float(mean)}


def discounted_future_sum_vectorized(x: NDArray[np.float32], gamma: float) -> NDArray[np.float32]:
    """For each position the sum of the values from there on, each step further weighing `gamma` times as much.

    One pass from the end, rounded to float32 at every step.
    """
    result = np.empty_like(x)
    running, factor = np.float32(0), np.float32(gamma)
    with np.errstate(all="ignore"):
        for position in range(len(x) - 1, -1, -1):
            running = x[position] + factor * running
            result[position] = running
    return result


def compute_sampling_client_metrics(wrapped_trajectory_groups: Sequence[SampledGroup]) -> dict[str, float]:
    """Largest, smallest and mean step and sampling time of the models that sampled; nothing for no group."""
    if not wrapped_trajectory_groups:
        return {}
    steps = [group.sampling_client_step for group in wrapped_trajectory_groups]
    seconds = [group.metrics[SAMPLING_SECONDS] for group in wrapped_trajectory_groups]
    metrics: dict[str, float] = {}
    for name, values in (("sampling_client/step", steps), ("time/sampling_time", seconds)):
        metrics |= {
            f"{name}_max": max(values),
            f"{name}_min": min(values),
            f"{name}_mean": sum(values) / len(values),
        }
    return metrics


async def _asked(data: Sequence[Datum], client: LogprobClient) -> list[NDArray[np.float32]]:
    """What the client says of each datum's targets. All are asked at once, in order."""
    answers = await asyncio.gather(*(client.compute_logprobs_async(full_sequence(datum)) for datum in data))
    return [
        _same_shape(np.array(answer[1:], dtype=np.float32), _logprobs(datum))
        for answer, datum in zip(answers, data, strict=True)
    ]


def _logprobs(datum: Datum) -> NDArray[np.float32]:
    return datum.tensor("logprobs").to_numpy()


def _moments(differences: NDArray[np.float32]) -> tuple[float, float]:
    if not differences.size:
        return float("nan"), float("nan")
    with np.errstate(all="ignore"):
        return float(differences.mean()), 0.5 * float(np.square(differences).mean())


def _total(vectors: Sequence[NDArray[np.float32]]) -> np.float32:
    total = np.float32(0)
    for vector in vectors:
        total += vector.sum()
    return total


def _check_lengths(left: Sequence[Any], right: Sequence[Any]) -> None:
    if len(left) != len(right):
        raise InvalidInputError(f"{len(left)} datums and {len(right)} vectors of logprobs: give one for each")


def _same_shape(found: NDArray[np.float32], wanted: NDArray[Any]) -> NDArray[np.float32]:
    if found.shape != wanted.shape:
        raise InvalidInputError(f"logprobs of shape {found.shape} do not go with targets of shape {wanted.shape}")
    return found
