"""Supervised fine-tuning: the loop that keeps the service busy by submitting steps ahead of those it waits for.

Behaviour: tinker-cookbook 0.5.8, `supervised.train`. For a step the order is: batch, evaluations if they are due (so
that they see the weights before the step, and after every step that was submitted), forward_backward, optim_step.
Neither is waited for until `submit_ahead` more steps are submitted. Then a checkpoint that is due comes first, so that
it also holds the steps that were submitted ahead; it says the batch of its own step, which is trained again when the
run is resumed from it.

`python -m cookbook.supervised.train --help` says how to run it.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cookbook.checkpoints import TWO_HOURS, WEEK, CheckpointManager, get_last_checkpoint, resume_point
from cookbook.client import AdamParams
from cookbook.errors import ConfigurationError
from cookbook.eval.evaluators import run_evals
from cookbook.progress import progress_bar
from cookbook.run_directory import RunDirectory
from cookbook.schedules import compute_schedule_lr_multiplier
from cookbook.starting import start_training_client
from cookbook.supervised.common import compute_bpb, compute_mean_nll
from cookbook.supervised.nll_evaluator import SamplerNLLEvaluator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cookbook.client import APIFuture, ForwardBackwardOutput, OptimStepResponse, ServiceClient, TrainingClient
    from cookbook.datum import Datum
    from cookbook.eval.evaluators import Evaluator, EvaluatorBuilder
    from cookbook.parity import ParityDirectory
    from cookbook.schedules import LRSchedule
    from cookbook.supervised.types import SupervisedDataset, SupervisedDatasetBuilder
    from cookbook.tokenizer import Tokenizer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Config:
    """A run. Names and defaults are upstream's; a cadence (`..._every`) of 0 is none.

    `max_steps` ends a run early and is what the schedule of the learning rate then counts on. `submit_ahead` is how
    many steps are submitted ahead of the one that is waited for. Periodic checkpoints expire after `ttl_seconds`.
    """

    log_path: str
    model_name: str
    dataset_builder: SupervisedDatasetBuilder
    recipe_name: str = "supervised"
    load_checkpoint_path: str | None = None
    renderer_name: str | None = None
    learning_rate: float = 1e-4
    lr_schedule: LRSchedule = "linear"
    num_epochs: int = 1
    lora_rank: int = 32
    base_url: str | None = None
    evaluator_builders: Sequence[EvaluatorBuilder] = ()
    infrequent_evaluator_builders: Sequence[EvaluatorBuilder] = ()
    save_every: int = 20
    save_every_tokens: int = 0
    save_every_seconds: float = 0.0
    eval_every: int = 10
    infrequent_eval_every: int = 100
    ttl_seconds: int | None = WEEK
    rolling_save_every: int = 0
    rolling_ttl_seconds: int = TWO_HOURS
    async_periodic_saves: bool = False
    adam_beta1: float = 0.9
    adam_beta2: float = 0.95
    adam_eps: float = 1e-8
    session_name: str | None = None
    max_steps: int | None = None
    submit_ahead: int = 1

    def __post_init__(self) -> None:
        # An unknown schedule is refused before anything is asked of the service.
        compute_schedule_lr_multiplier(self.lr_schedule, 0, 1)
        if self.submit_ahead < 0:
            raise ConfigurationError(f"submit_ahead is {self.submit_ahead}: 0 waits for every step, 1 or more do not")


async def main(
    config: Config,
    *,
    service_client: ServiceClient,
    tokenizer: Tokenizer,
    parity: ParityDirectory | None = None,
) -> None:
    """Train, from the last checkpoint in `log_path` if there is one, and save a final checkpoint.

    Nothing is saved if the run was complete before. `tokenizer` is for the metrics in bits per byte.

    Raises ConfigurationError, RunDirectoryError before anything is asked of the service if `log_path` cannot be
    written, and what the clients raise.
    """
    resumed = get_last_checkpoint(config.log_path)
    start_epoch, start_batch = resume_point(resumed)
    with RunDirectory(config.log_path, config) as directory:
        training_client = await start_training_client(config, service_client, resumed)
        elapsed_tokens = 0 if resumed is None else int(resumed.get("elapsed_tokens", 0))
        checkpoints = CheckpointManager(
            training_client,
            service_client,
            directory.path,
            save_every=config.save_every,
            save_every_tokens=config.save_every_tokens,
            save_every_seconds=config.save_every_seconds,
            ttl_seconds=config.ttl_seconds,
            rolling_save_every=config.rolling_save_every,
            rolling_ttl_seconds=config.rolling_ttl_seconds,
            async_periodic_saves=config.async_periodic_saves,
            elapsed_tokens=elapsed_tokens,
        )
        dataset, test_dataset = config.dataset_builder()
        evaluators = [build() for build in config.evaluator_builders]
        if test_dataset is not None:
            evaluators.append(SamplerNLLEvaluator.from_dataset(test_dataset, tokenizer=tokenizer))
        run = _Run(
            config=config,
            training_client=training_client,
            checkpoints=checkpoints,
            directory=directory,
            dataset=dataset,
            evaluators=evaluators,
            infrequent_evaluators=[build() for build in config.infrequent_evaluator_builders],
            tokenizer=tokenizer,
            parity=parity,
            total_steps=total_steps(len(dataset), config.num_epochs, config.max_steps),
            elapsed_tokens=elapsed_tokens,
        )
        await run.train(start_epoch, start_batch)
        start_step = start_epoch * len(dataset) + start_batch
        if already_complete(config.num_epochs, config.max_steps, start_epoch, start_step):
            logger.info("the run was complete before: nothing is left to do")
            await checkpoints.finalize_async()
        else:
            await checkpoints.save_final_async(
                {"epoch": config.num_epochs, "batch": 0, "elapsed_tokens": run.elapsed_tokens}
            )
        if parity is not None:
            parity.finish(directory.path)


def total_steps(n_batches: int, num_epochs: int, max_steps: int | None) -> int:
    """Steps of a run from its beginning, whether or not it is resumed."""
    return n_batches * num_epochs if max_steps is None else min(n_batches * num_epochs, max_steps)


def already_complete(num_epochs: int, max_steps: int | None, start_epoch: int, start_step: int) -> bool:
    """Whether a run that would begin here has nothing left to train."""
    return start_epoch >= num_epochs or (max_steps is not None and start_step >= max_steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Submitted:
    """A step that the service has, and what was known of it then."""

    step: int
    epoch: int
    batch: int
    data: Sequence[Datum]
    num_tokens: int
    metrics: dict[str, Any]
    eval_metrics: dict[str, float]
    forward_backward: APIFuture[ForwardBackwardOutput]
    optim_step: APIFuture[OptimStepResponse]
    began: float


@dataclass(kw_only=True)
class _Run:
    config: Config
    training_client: TrainingClient
    checkpoints: CheckpointManager
    directory: RunDirectory
    dataset: SupervisedDataset
    evaluators: Sequence[Evaluator]
    infrequent_evaluators: Sequence[Evaluator]
    tokenizer: Tokenizer
    parity: ParityDirectory | None
    total_steps: int
    elapsed_tokens: int
    pending: deque[_Submitted] = field(default_factory=deque)

    async def train(self, start_epoch: int, start_batch: int) -> None:
        n_batches = len(self.dataset)
        with progress_bar(self.total_steps, start_epoch * n_batches + start_batch) as advance:
            for epoch in range(start_epoch, self.config.num_epochs):
                self.dataset.set_epoch(seed=epoch)
                for batch in range(start_batch if epoch == start_epoch else 0, n_batches):
                    step = epoch * n_batches + batch
                    if self.config.max_steps is not None and step >= self.config.max_steps:
                        break
                    self.pending.append(await self.submit(step, epoch, batch))
                    if len(self.pending) > self.config.submit_ahead:
                        advance(await self.finish(self.pending.popleft()))
                else:
                    continue
                break
            while self.pending:
                advance(await self.finish(self.pending.popleft()))

    async def submit(self, step: int, epoch: int, batch: int) -> _Submitted:
        began = time.perf_counter()
        config = self.config
        multiplier = compute_schedule_lr_multiplier(config.lr_schedule, step, self.total_steps)
        learning_rate = config.learning_rate * multiplier
        adam_params = AdamParams(
            learning_rate=learning_rate, beta1=config.adam_beta1, beta2=config.adam_beta2, eps=config.adam_eps
        )
        data = self.dataset.get_batch(batch)
        if self.parity is not None:
            self.parity.batch("cross_entropy", data)
        eval_metrics: dict[str, float] = {}
        for evaluators, every in (
            (self.evaluators, config.eval_every),
            (self.infrequent_evaluators, config.infrequent_eval_every),
        ):
            if evaluators and every > 0 and step % every == 0:
                eval_metrics |= await run_evals(evaluators, self.training_client)
        # Neither is waited for: both then run in one cycle of the service.
        forward_backward = await self.training_client.forward_backward_async(data, "cross_entropy")
        optim_step = await self.training_client.optim_step_async(adam_params)
        return _Submitted(
            step=step,
            epoch=epoch,
            batch=batch,
            data=data,
            num_tokens=sum(datum.model_input.length for datum in data),
            metrics={
                "epoch": epoch,
                "progress": min((step + 1) / self.total_steps, 1.0),
                "learning_rate": learning_rate,
            },
            eval_metrics=eval_metrics,
            forward_backward=forward_backward,
            optim_step=optim_step,
            began=began,
        )

    async def finish(self, submitted: _Submitted) -> str:
        self.elapsed_tokens += submitted.num_tokens
        await self.checkpoints.maybe_save_async(
            submitted.step,
            {"epoch": submitted.epoch, "batch": submitted.batch, "elapsed_tokens": self.elapsed_tokens},
            elapsed_tokens=self.elapsed_tokens,
        )
        waited = time.perf_counter()
        trained = await submitted.forward_backward.result_async()
        optimized = await submitted.optim_step.result_async()
        answered = time.perf_counter()
        metrics = submitted.metrics | dict(optimized.metrics or {})
        metrics |= _training_metrics(submitted, trained, self.tokenizer)
        metrics |= submitted.eval_metrics
        metrics["time/step"] = answered - waited
        metrics["time/total"] = time.perf_counter() - submitted.began
        self.directory.log_metrics(metrics, submitted.step)
        return f"nll {metrics['train_mean_nll']:.4f}"


def _training_metrics(
    submitted: _Submitted, trained: ForwardBackwardOutput, tokenizer: Tokenizer
) -> dict[str, int | float]:
    data = submitted.data
    logprobs = [output["logprobs"] for output in trained.loss_fn_outputs]
    weights = [datum.tensor("weights") for datum in data]
    metrics: dict[str, int | float] = {
        "num_sequences": len(data),
        "num_tokens": submitted.num_tokens,
        "num_loss_tokens": sum(_sum(factors.data) for factors in weights),
        "train_mean_nll": compute_mean_nll(logprobs, weights),
    }
    if data and "target_tokens" in data[0].loss_fn_inputs:
        targets = [datum.tensor("target_tokens") for datum in data]
        metrics["train_mean_bpb"] = compute_bpb(logprobs, weights, targets, tokenizer)
    return metrics


def _sum(values: Any) -> float:
    """Added one after the other in double precision, as Python adds a list, whose last digit the metrics then share."""
    return float(np.cumsum(values, dtype=np.float64)[-1]) if values.size else 0.0


if __name__ == "__main__":
    from cookbook.command import supervised

    supervised()
