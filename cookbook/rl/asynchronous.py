"""Sampling and training at the same time, from weights that may be some steps old.

Behaviour: tinker-cookbook 0.5.8, `rl.train.do_async_training`, without its combination with streamed minibatches. The
run begins with a checkpoint, whose weights sample first. As many groups as a batch has are sampled at the same time;
as soon as a batch of them is there it is trained on. A group that was sampled more than `max_steps_off_policy` steps
ago is sampled again, as long as there are groups left that were never sampled; after that it is dropped. Evaluations
run beside all this, on the newest weights.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cookbook.checkpoints import save_checkpoint_async
from cookbook.completers import TinkerTokenCompleter
from cookbook.progress import progress_bar
from cookbook.rl.data_processing import all_same
from cookbook.rl.metrics import SAMPLING_SECONDS, compute_sampling_client_metrics
from cookbook.rl.rollouts import do_group_rollout
from cookbook.rl.streaming import Sampled
from cookbook.rl.train import SyncRun
from cookbook.rl.training import train_step

if TYPE_CHECKING:
    from collections.abc import Callable

    from cookbook.client import SamplingClient
    from cookbook.rl.envs import EnvGroupBuilder
    from cookbook.rl.train import AsyncConfig

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class AsyncRun(SyncRun):
    """Off policy by some steps."""

    @property
    def asynchronous(self) -> AsyncConfig:
        """How many groups make a batch, and how old they may be."""
        assert self.config.async_config is not None, "the loop is chosen by it"
        return self.config.async_config

    async def train(self, start_batch: int, end_batch: int) -> None:
        """See `SyncRun`. Raises what any of the parts raises, after ending the others."""
        paths = await save_checkpoint_async(
            self.training_client,
            f"{start_batch:06d}",
            self.directory.path,
            {"batch": start_batch},
            "both",
            self.config.ttl_seconds,
        )
        newest = await self.training_client.create_sampling_client_async(paths["sampler_path"])
        flow = _Flow(self, newest, start_batch, end_batch)
        try:
            async with asyncio.TaskGroup() as parts:
                parts.create_task(flow.feed())
                for _ in range(self.asynchronous.groups_per_batch):
                    parts.create_task(flow.sample())
                parts.create_task(flow.train())
                if self.evaluators and self.config.eval_every > 0:
                    parts.create_task(flow.evaluate())
        except BaseExceptionGroup as errors:
            # What went wrong first is what the caller is told, as in the other modes.
            raise errors.exceptions[0] from errors
        finally:
            for task in flow.returning:
                task.cancel()


class _Flow:
    """Groups on their way: fed to the samplers, from them to training, and back if they are too old.

    None in a queue says that nothing comes any more: from the feeder to every sampler, from the last sampler to
    training.
    """

    def __init__(self, run: AsyncRun, newest: SamplingClient, start_batch: int, end_batch: int) -> None:
        self.run = run
        self.start, self.end = start_batch, end_batch
        self.newest, self.newest_step = newest, start_batch
        self.renewed = asyncio.Event()
        self.renewed.set()
        self.trained = False
        self.fed = False
        self.samplers = run.asynchronous.groups_per_batch
        self.waiting: asyncio.Queue[EnvGroupBuilder | None] = asyncio.Queue(maxsize=self.samplers)
        self.arrivals: asyncio.Queue[Sampled | None] = asyncio.Queue()
        self.returning: set[asyncio.Task[None]] = set()

    async def feed(self) -> None:
        for batch in range(self.start, self.end):
            for builder in self.run.dataset.get_batch(batch):
                await self.waiting.put(builder)
        self.fed = True
        for _ in range(self.run.asynchronous.groups_per_batch):
            await self.waiting.put(None)

    async def sample(self) -> None:
        config = self.run.config
        while (builder := await self.waiting.get()) is not None:
            began, step = time.perf_counter(), self.newest_step
            policy = TinkerTokenCompleter(self.newest, config.max_tokens, config.temperature)
            group = await do_group_rollout(builder, policy)
            if not (config.remove_constant_reward_groups and all_same(group.get_total_rewards())):
                spent = {SAMPLING_SECONDS: time.perf_counter() - began}
                self.arrivals.put_nowait(Sampled(group, builder, step, spent))
        self.samplers -= 1
        if not self.samplers:
            self.arrivals.put_nowait(None)

    async def train(self) -> None:
        with progress_bar(self.end, self.start) as advance:
            for batch in range(self.start, self.end):
                groups = await self._batch(batch)
                if groups is None:
                    logger.warning("the groups ran out before batch %d: those left do not fill it", batch)
                    break
                await self._update(batch, groups, advance)
        self.trained = True
        self.renewed.set()

    async def evaluate(self) -> None:
        while not self.trained:
            await self.renewed.wait()
            self.renewed.clear()
            client, step = self.newest, self.newest_step
            if step % self.run.config.eval_every == 0:
                began = time.perf_counter()
                metrics: dict[str, Any] = await self.run.evaluated(client)
                self.run.directory.log_metrics({**metrics, "time/total": time.perf_counter() - began}, step)

    async def _batch(self, batch: int) -> list[Sampled] | None:
        groups: list[Sampled] = []
        while len(groups) < self.run.asynchronous.groups_per_batch:
            group = await self.arrivals.get()
            if group is None:
                return None
            if batch - group.sampling_client_step <= self.run.asynchronous.max_steps_off_policy:
                groups.append(group)
            elif not self.fed:
                task = asyncio.create_task(self.waiting.put(group.env_group_builder))
                self.returning.add(task)
                task.add_done_callback(self.returning.discard)
        return groups

    async def _update(self, batch: int, groups: list[Sampled], advance: Callable[[str], None]) -> None:
        began, run = time.perf_counter(), self.run
        metrics: dict[str, Any] = {
            "training_client/step": batch,
            "optim/lr": run.config.learning_rate,
            "progress/done_frac": (batch + 1) / self.end,
            **compute_sampling_client_metrics(groups),
        }
        data, prepared = await run.prepared(
            [group.env_group_builder for group in groups], [group.trajectory_group for group in groups]
        )
        logprobs, optim_metrics = await train_step(data, run.training_client, run.config.num_substeps, run.loss)
        self.newest, moved = await run.finished(batch, data, logprobs)
        self.newest_step = batch + 1
        self.renewed.set()
        await run.checkpoints.maybe_save_rolling_async(batch + 1, {"batch": batch + 1})
        metrics |= prepared | dict(optim_metrics) | moved
        metrics["time/total"] = time.perf_counter() - began
        run.directory.log_metrics(metrics, batch)
        advance(f"reward {metrics['env/all/reward/total']:.3f}")
