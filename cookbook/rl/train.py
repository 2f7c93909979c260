"""Reinforcement learning: the loop that samples with the newest weights and trains on what it sampled.

Behaviour: tinker-cookbook 0.5.8, `rl.train`, whose tolerance of failing rollouts is not here. A sampling client is made
before the first batch and after each, from the checkpoint if one is due. For a batch the order is: evaluations if they
are due, rollouts of all groups, the KL penalty, forward_backward and optim_step for each part (`cookbook.rl.training`).
In the streaming mode (`cookbook.rl.streaming`) groups are trained on as they arrive; in the asynchronous mode
(`cookbook.rl.asynchronous`) sampling does not wait for training.

`python -m cookbook.rl.train --help` says how to run it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cookbook.checkpoints import TWO_HOURS, WEEK, CheckpointManager, get_last_checkpoint, resume_point
from cookbook.completers import TinkerTokenCompleter
from cookbook.errors import ConfigurationError
from cookbook.progress import progress_bar
from cookbook.rl.data_processing import remove_constant_reward_groups
from cookbook.rl.rollouts import do_group_rollout
from cookbook.rl.test_set_evaluator import RLTestSetEvaluator
from cookbook.rl.training import Loss, Penalty, finish_batch, prepare_minibatch, saved_sampling_client, train_step
from cookbook.run_directory import RunDirectory
from cookbook.starting import start_training_client

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cookbook.client import SamplingClient, ServiceClient, TrainingClient
    from cookbook.eval.evaluators import SamplingClientEvaluator, SamplingClientEvaluatorBuilder
    from cookbook.parity import ParityDirectory
    from cookbook.rl.envs import EnvGroupBuilder, RLDataset, RLDatasetBuilder
    from cookbook.rl.types import TrajectoryGroup
    from cookbook.tokenizer import Tokenizer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class KLReferenceConfig:
    """The model that the KL penalty holds on to: a base model, or weights that were saved."""

    base_model: str
    load_checkpoint_path: str | None = None


@dataclass(frozen=True, kw_only=True)
class StreamMinibatchConfig:
    """How a batch of `groups_per_batch` groups is cut: into `num_minibatches` parts for each step of the optimizer."""

    groups_per_batch: int
    num_minibatches: int


@dataclass(frozen=True, kw_only=True)
class AsyncConfig:
    """How many groups make a batch, and how many steps old the weights may be that sampled them."""

    max_steps_off_policy: int
    groups_per_batch: int


@dataclass(frozen=True, kw_only=True)
class Config:
    """A run. Names and defaults are upstream's; a cadence (`..._every`) of 0 is none."""

    log_path: str
    model_name: str
    learning_rate: float
    max_tokens: int
    dataset_builder: RLDatasetBuilder
    recipe_name: str = "rl"
    eval_every: int = 20
    save_every: int = 20
    evaluator_builders: Sequence[SamplingClientEvaluatorBuilder] = ()
    load_checkpoint_path: str | None = None
    renderer_name: str | None = None
    session_name: str | None = None
    kl_penalty_coef: float = 0.0
    kl_discount_factor: float = 0.0
    kl_reference_config: KLReferenceConfig | None = None
    loss_fn: str = "importance_sampling"
    loss_fn_config: Mapping[str, float | str] | None = None
    num_substeps: int = 1
    lora_rank: int = 32
    temperature: float = 1.0
    compute_post_kl: bool = False
    remove_constant_reward_groups: bool = False
    async_config: AsyncConfig | None = None
    stream_minibatch_config: StreamMinibatchConfig | None = None
    base_url: str | None = None
    ttl_seconds: int | None = WEEK
    rolling_save_every: int = 0
    rolling_ttl_seconds: int = TWO_HOURS
    max_steps: int | None = None

    def __post_init__(self) -> None:
        if self.kl_penalty_coef > 0 and self.kl_reference_config is None:
            raise ConfigurationError("kl_penalty_coef is above zero: say from which model in kl_reference_config")
        if self.num_substeps < 1:
            raise ConfigurationError(f"num_substeps is {self.num_substeps}: a batch takes one step or more")
        streamed, asynchronous = self.stream_minibatch_config, self.async_config
        if streamed is not None and asynchronous is not None:
            raise ConfigurationError("async_config and stream_minibatch_config exclude each other here: give one")
        if asynchronous is not None and (asynchronous.groups_per_batch < 1 or asynchronous.max_steps_off_policy < 0):
            raise ConfigurationError(f"{asynchronous} cannot work: a batch has a group or more, no step is below zero")
        if streamed is not None and streamed.groups_per_batch % (self.num_substeps * streamed.num_minibatches):
            raise ConfigurationError(
                f"{streamed.groups_per_batch} groups cannot be cut into {self.num_substeps} steps of "
                f"{streamed.num_minibatches} minibatches: groups_per_batch must be a multiple of their product"
            )


async def main(
    config: Config,
    *,
    service_client: ServiceClient,
    tokenizer: Tokenizer | None = None,
    parity: ParityDirectory | None = None,
) -> None:
    """Train, from the last checkpoint in `log_path` if there is one, and save a final checkpoint.

    Nothing is saved if the run was complete before. `tokenizer` is not needed; other loops take one.

    Raises ConfigurationError, RunDirectoryError before anything is asked of the service if `log_path` cannot be
    written, and what the clients and the environments raise.
    """
    resumed = get_last_checkpoint(config.log_path)
    _, start_batch = resume_point(resumed)
    with RunDirectory(config.log_path, config) as directory:
        training_client = await start_training_client(config, service_client, resumed)
        dataset, test_dataset = await config.dataset_builder()
        evaluators = [build() for build in config.evaluator_builders]
        if test_dataset is not None:
            evaluators.append(RLTestSetEvaluator(test_dataset, config.max_tokens))
        num_batches = len(dataset)
        end_batch = num_batches if config.max_steps is None else min(config.max_steps, num_batches)
        penalty = await _penalty(config, service_client)
        checkpoints = CheckpointManager(
            training_client,
            service_client,
            directory.path,
            save_every=config.save_every,
            ttl_seconds=config.ttl_seconds,
            rolling_save_every=config.rolling_save_every,
            rolling_ttl_seconds=config.rolling_ttl_seconds,
        )
        run = _run_of(config)(
            config=config,
            training_client=training_client,
            penalty=penalty,
            checkpoints=checkpoints,
            directory=directory,
            dataset=dataset,
            evaluators=evaluators,
            parity=parity,
            loss=Loss(learning_rate=config.learning_rate, loss_fn=config.loss_fn, loss_fn_config=config.loss_fn_config),
        )
        await run.train(start_batch, end_batch)
        if start_batch < end_batch:
            await checkpoints.save_final_async({"batch": end_batch})
        else:
            logger.info("the run was complete before: nothing is left to do")
            await checkpoints.finalize_async()
        if parity is not None:
            parity.finish(directory.path)


async def _penalty(config: Config, service_client: ServiceClient) -> Penalty | None:
    reference = config.kl_reference_config
    if config.kl_penalty_coef <= 0 or reference is None:
        return None
    client = await service_client.create_sampling_client_async(
        base_model=reference.base_model, model_path=reference.load_checkpoint_path
    )
    return Penalty(client=client, coefficient=config.kl_penalty_coef, discount_factor=config.kl_discount_factor)


def _run_of(config: Config) -> type[SyncRun]:
    if config.async_config is not None:
        from cookbook.rl.asynchronous import AsyncRun

        return AsyncRun
    if config.stream_minibatch_config is None:
        return SyncRun
    from cookbook.rl.streaming import StreamedRun

    return StreamedRun


@dataclass(kw_only=True)
class SyncRun:
    """On policy: all groups of a batch are sampled, then trained on."""

    config: Config
    training_client: TrainingClient
    penalty: Penalty | None
    checkpoints: CheckpointManager
    directory: RunDirectory
    dataset: RLDataset
    evaluators: Sequence[SamplingClientEvaluator]
    parity: ParityDirectory | None
    loss: Loss

    async def train(self, start_batch: int, end_batch: int) -> None:
        """Train on the batches from `start_batch` to before `end_batch`."""
        sampling_client = await saved_sampling_client(self.training_client, self.checkpoints, start_batch, start_batch)
        with progress_bar(end_batch, start_batch) as advance:
            for batch in range(start_batch, end_batch):
                began = time.perf_counter()
                metrics: dict[str, Any] = {
                    "progress/batch": batch,
                    "optim/lr": self.config.learning_rate,
                    "progress/done_frac": (batch + 1) / end_batch,
                }
                if self.evals_are_due(batch, end_batch):
                    metrics |= await self.evaluated(sampling_client)
                sampling_client, trained = await self.update(batch, sampling_client)
                metrics |= trained
                metrics["time/total"] = time.perf_counter() - began
                self.directory.log_metrics(metrics, batch)
                advance(f"reward {metrics.get('env/all/reward/total', 0.0):.3f}")

    def evals_are_due(self, batch: int, end_batch: int) -> bool:
        """Whether evaluators are run before this batch."""
        return self.config.eval_every > 0 and batch % self.config.eval_every == 0

    async def evaluated(self, sampling_client: SamplingClient) -> dict[str, float]:
        """The metrics of all evaluators, which run at the same time."""
        metrics: dict[str, float] = {}
        for found in await asyncio.gather(*(evaluator(sampling_client) for evaluator in self.evaluators)):
            metrics |= found
        return metrics

    async def update(self, batch: int, sampling_client: SamplingClient) -> tuple[SamplingClient, dict[str, Any]]:
        """Sample and train on a batch. Gives the sampling client after it, and metrics."""
        builders = self.dataset.get_batch(batch)
        policy = TinkerTokenCompleter(sampling_client, self.config.max_tokens, self.config.temperature)
        groups: list[TrajectoryGroup] = await asyncio.gather(
            *(do_group_rollout(builder, policy) for builder in builders)
        )
        if not groups:
            logger.warning("batch %d has no group: it is passed over", batch)
            return sampling_client, {}
        if self.config.remove_constant_reward_groups:
            groups = remove_constant_reward_groups(groups)
        data, metrics = await self.prepared(builders, groups)
        logprobs, optim_metrics = await train_step(data, self.training_client, self.config.num_substeps, self.loss)
        metrics |= optim_metrics
        sampling_client, moved = await self.finished(batch, data, logprobs)
        await self.checkpoints.maybe_save_rolling_async(batch + 1, {"batch": batch + 1})
        return sampling_client, metrics | moved

    async def prepared(
        self, builders: Sequence[EnvGroupBuilder], groups: Sequence[TrajectoryGroup]
    ) -> tuple[list[Any], dict[str, float]]:
        """The data of groups, and their metrics."""
        data, metrics = await prepare_minibatch(builders, groups, self.penalty)
        if self.parity is not None:
            self.parity.batch(self.loss.loss_fn, data, self.loss.loss_fn_config)
        return data, metrics

    async def finished(
        self, batch: int, data: Sequence[Any], logprobs: Sequence[Any]
    ) -> tuple[SamplingClient, dict[str, float]]:
        """The sampling client after a batch. Checkpoints are numbered by how many batches are done."""
        return await finish_batch(
            self.training_client,
            self.checkpoints,
            batch + 1,
            data,
            logprobs,
            do_compute_post_kl=self.config.compute_post_kl,
        )


if __name__ == "__main__":
    from cookbook.command import rl

    rl()
