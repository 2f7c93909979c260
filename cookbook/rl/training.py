"""From trajectories to steps of the optimizer, and to the sampler with the weights after them.

Behaviour: tinker-cookbook 0.5.8, `rl.train`: `prepare_minibatch`, `train_step`,
`save_checkpoint_and_get_sampling_client`, and what ties them together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cookbook.client import AdamParams
from cookbook.rl.data_processing import assemble_training_data, compute_advantages
from cookbook.rl.metric_util import compute_trajectory_metrics
from cookbook.rl.metrics import compute_kl_sample_train, compute_post_kl, incorporate_kl_penalty
from cookbook.rl.substeps import remove_mask, split_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cookbook.checkpoints import CheckpointManager
    from cookbook.client import (
        APIFuture,
        ForwardBackwardOutput,
        OptimStepResponse,
        SamplingClient,
        TrainingClient,
    )
    from cookbook.datum import Datum
    from cookbook.rl.envs import EnvGroupBuilder
    from cookbook.rl.types import TrajectoryGroup

BETA1, BETA2, EPS = 0.9, 0.95, 1e-8
"""Upstream gives no choice of these here, and the learning rate does not change over a run."""


def adam(learning_rate: float) -> AdamParams:
    """A step of the optimizer."""
    return AdamParams(learning_rate=learning_rate, beta1=BETA1, beta2=BETA2, eps=EPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What the service is to compute, and at which learning rate."""

    learning_rate: float
    loss_fn: str
    loss_fn_config: Mapping[str, float | str] | None

    async def submit(self, data: Sequence[Datum], client: TrainingClient) -> APIFuture[ForwardBackwardOutput]:
        """Submit a pass over the data, without their masks."""
        return await client.forward_backward_async(
            [remove_mask(datum) for datum in data], self.loss_fn, self.loss_fn_config
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty:
    """What leaving a reference costs."""

    client: SamplingClient
    coefficient: float
    discount_factor: float


async def prepare_minibatch(
    builders: Sequence[EnvGroupBuilder], groups: Sequence[TrajectoryGroup], penalty: Penalty | None
) -> tuple[list[Datum], dict[str, float]]:
    """The data of groups, with their advantages, and metrics of the groups."""
    metrics = compute_trajectory_metrics(groups, [builder.logging_tags() for builder in builders])
    data, _ = assemble_training_data(groups, compute_advantages(groups))
    if penalty is not None:
        metrics |= await incorporate_kl_penalty(data, penalty.client, penalty.coefficient, penalty.discount_factor)
    return data, metrics


async def train_step(
    data: Sequence[Datum], client: TrainingClient, num_substeps: int, loss: Loss
) -> tuple[list[NDArray[Any]], Mapping[str, float]]:
    """Train on the data in `num_substeps` parts, or in as many as there are data.

    The next part is submitted before the one before it is waited for. Gives the logprobs of training, one vector a
    datum, and the metrics of the last step of the optimizer.

    Raises InvalidInputError without any datum.
    """
    parts = split_list(data, min(num_substeps, len(data)))
    pending = await _submitted(parts[0], client, loss)
    logprobs: list[NDArray[Any]] = []
    metrics: Mapping[str, float] = {}
    for part in [*parts[1:], None]:
        upcoming = None if part is None else await _submitted(part, client, loss)
        logprobs += logprobs_of(await pending[0].result_async())
        metrics = (await pending[1].result_async()).metrics or {}
        if upcoming is not None:
            pending = upcoming
    return logprobs, metrics


async def _submitted(
    part: Sequence[Datum], client: TrainingClient, loss: Loss
) -> tuple[APIFuture[ForwardBackwardOutput], APIFuture[OptimStepResponse]]:
    return await loss.submit(part, client), await client.optim_step_async(adam(loss.learning_rate))


def logprobs_of(output: ForwardBackwardOutput) -> list[NDArray[Any]]:
    """One vector a datum."""
    return [found["logprobs"].to_numpy() for found in output.loss_fn_outputs]


async def saved_sampling_client(
    client: TrainingClient, checkpoints: CheckpointManager, done: int, start: int = 0
) -> SamplingClient:
    """A sampling client with the weights after `done` batches, saved as a checkpoint if one is due.

    No checkpoint is due where the run began, at `start`.
    """
    if done > start and checkpoints.should_save_periodic(done):
        paths = await checkpoints.save_periodic_async(done, {"batch": done})
        return await client.create_sampling_client_async(paths["sampler_path"])
    return await client.save_weights_and_get_sampling_client_async()


async def finish_batch(
    client: TrainingClient,
    checkpoints: CheckpointManager,
    done: int,
    data: Sequence[Datum],
    logprobs: Sequence[NDArray[Any]],
    *,
    do_compute_post_kl: bool,
) -> tuple[SamplingClient, dict[str, float]]:
    """The sampling client after a batch, and how far the model has moved."""
    metrics = compute_kl_sample_train(data, logprobs)
    sampling_client = await saved_sampling_client(client, checkpoints, done)
    if do_compute_post_kl:
        metrics |= await compute_post_kl(data, sampling_client)
    return sampling_client, metrics
