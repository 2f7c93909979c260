"""Training on a batch while it is still being sampled.

Behaviour: tinker-cookbook 0.5.8, `rl.train.do_sync_training_with_stream_minibatch`. All groups are sampled with the
weights before the batch. As soon as enough of them for a minibatch are there, it is submitted; when all minibatches of
a step are, so is the step of the optimizer, and then everything is waited for. Evaluations also run before the last
batch.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cookbook.completers import TinkerTokenCompleter
from cookbook.errors import ConfigurationError
from cookbook.rl.data_processing import all_same
from cookbook.rl.metric_util import compute_trajectory_metrics
from cookbook.rl.metrics import SAMPLING_SECONDS, compute_sampling_client_metrics
from cookbook.rl.rollouts import do_group_rollout
from cookbook.rl.train import SyncRun
from cookbook.rl.training import adam, logprobs_of

if TYPE_CHECKING:
    from cookbook.client import SamplingClient
    from cookbook.datum import Datum
    from cookbook.rl.envs import EnvGroupBuilder
    from cookbook.rl.train import StreamMinibatchConfig
    from cookbook.rl.types import TrajectoryGroup


@dataclass(frozen=True, slots=True)
class Sampled:
    """A group that was sampled, how long that took, and the step whose weights sampled it."""

    trajectory_group: TrajectoryGroup
    env_group_builder: EnvGroupBuilder
    sampling_client_step: int
    metrics: dict[str, Any]


@dataclass(kw_only=True)
class StreamedRun(SyncRun):
    """On policy: groups are trained on as they arrive."""

    @property
    def streamed(self) -> StreamMinibatchConfig:
        """How a batch is cut."""
        assert self.config.stream_minibatch_config is not None, "the loop is chosen by it"
        return self.config.stream_minibatch_config

    def evals_are_due(self, batch: int, end_batch: int) -> bool:
        """See `SyncRun`; before the last batch they always are."""
        return super().evals_are_due(batch, end_batch) or batch == end_batch - 1

    async def update(self, batch: int, sampling_client: SamplingClient) -> tuple[SamplingClient, dict[str, Any]]:
        """See `SyncRun`."""
        builders = self.dataset.get_batch(batch)
        if len(builders) < self.streamed.groups_per_batch:
            raise ConfigurationError(
                f"batch {batch} has {len(builders)} groups, groups_per_batch is {self.streamed.groups_per_batch}: the "
                "loop would wait for ever for the others"
            )
        arrivals: asyncio.Queue[Sampled | BaseException | None] = asyncio.Queue()
        sampling = [
            asyncio.create_task(self._sample(builder, sampling_client, batch, arrivals)) for builder in builders
        ]
        try:
            sampling_client, metrics = await self._train_on(arrivals, batch)
        finally:
            for task in sampling:
                task.cancel()
        await self.checkpoints.maybe_save_rolling_async(batch + 1, {"batch": batch + 1})
        return sampling_client, metrics

    async def _sample(
        self,
        builder: EnvGroupBuilder,
        sampling_client: SamplingClient,
        batch: int,
        arrivals: asyncio.Queue[Sampled | BaseException | None],
    ) -> None:
        began = time.perf_counter()
        policy = TinkerTokenCompleter(sampling_client, self.config.max_tokens, self.config.temperature)
        try:
            group = await do_group_rollout(builder, policy)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            # Raised where the group is waited for, which would otherwise wait for ever.
            arrivals.put_nowait(error)
            return
        if self.config.remove_constant_reward_groups and all_same(group.get_total_rewards()):
            # It still counts as one of the groups of its minibatch.
            arrivals.put_nowait(None)
            return
        arrivals.put_nowait(Sampled(group, builder, batch, {SAMPLING_SECONDS: time.perf_counter() - began}))

    async def _train_on(
        self, arrivals: asyncio.Queue[Sampled | BaseException | None], batch: int
    ) -> tuple[SamplingClient, dict[str, Any]]:
        streamed = self.streamed
        size = streamed.groups_per_batch // self.config.num_substeps // streamed.num_minibatches
        metrics: dict[str, Any] = {}
        data: list[Datum] = []
        logprobs: list[Any] = []
        trained: list[Sampled] = []
        for _ in range(self.config.num_substeps):
            futures = []
            for _ in range(streamed.num_minibatches):
                arrived = [await _next(arrivals) for _ in range(size)]
                groups = [group for group in arrived if group is not None]
                if not groups:
                    continue
                minibatch, prepared = await self.prepared(
                    [group.env_group_builder for group in groups], [group.trajectory_group for group in groups]
                )
                metrics |= prepared
                futures.append(await self.loss.submit(minibatch, self.training_client))
                data += minibatch
                trained += groups
            optim_step = await self.training_client.optim_step_async(adam(self.loss.learning_rate))
            for future in futures:
                logprobs += logprobs_of(await future.result_async())
            metrics |= (await optim_step.result_async()).metrics or {}
        metrics |= compute_sampling_client_metrics(trained)
        metrics |= compute_trajectory_metrics(
            [group.trajectory_group for group in trained], [group.env_group_builder.logging_tags() for group in trained]
        )
        sampling_client, moved = await self.finished(batch, data, logprobs)
        return sampling_client, metrics | moved


async def _next(arrivals: asyncio.Queue[Sampled | BaseException | None]) -> Sampled | None:
    arrived = await arrivals.get()
    if isinstance(arrived, BaseException):
        raise arrived
    return arrived
