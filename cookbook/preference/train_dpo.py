"""Direct preference optimization: the loop that moves a model away from its reference, towards the chosen answers.

Behaviour: tinker-cookbook 0.5.8, `preference.train_dpo`, and tinker SDK 0.38, `forward_backward_custom`. The reference
is the model as it is when the loop begins; after a resumption that is the resumed model. For a step the order is:
checkpoint if it is due, evaluations if they are (at the last step, too), batch, the reference's logprobs of every
datum, a pass forward, and a pass backward with the gradient that the loss has then. Each is waited for before the next:
the gradient cannot be known sooner, and the optimizer's step is not submitted before it either.

`python -m cookbook.preference.train_dpo --help` says how to run it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cookbook.checkpoints import TWO_HOURS, WEEK, CheckpointManager, get_last_checkpoint, resume_point
from cookbook.client import AdamParams
from cookbook.datum import Datum
from cookbook.eval.evaluators import run_evals
from cookbook.preference.dpo import dpo_loss_of_batch, full_sequence, paired
from cookbook.progress import progress_bar
from cookbook.run_directory import RunDirectory
from cookbook.schedules import compute_schedule_lr_multiplier
from cookbook.starting import start_training_client
from cookbook.supervised.nll_evaluator import SamplerNLLEvaluator
from cookbook.supervised.train import already_complete, total_steps
from cookbook.tensors import TensorData

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cookbook.client import SamplingClient, ServiceClient, TrainingClient
    from cookbook.eval.evaluators import Evaluator, EvaluatorBuilder
    from cookbook.parity import ParityDirectory
    from cookbook.schedules import LRSchedule
    from cookbook.supervised.types import SupervisedDataset, SupervisedDatasetBuilder
    from cookbook.tokenizer import Tokenizer

logger = logging.getLogger(__name__)

SUM = "loss:sum"
SURROGATE_SUM = "surrogate_loss:sum"


@dataclass(frozen=True, kw_only=True)
class Config:
    """A run. Names and defaults are upstream's; a cadence (`..._every`) of 0 is none.

    The batches of `dataset_builder` are chosen and rejected datums in turn, whose weights are not reduced.
    """

    log_path: str
    model_name: str
    dataset_builder: SupervisedDatasetBuilder
    recipe_name: str = "preference"
    load_checkpoint_path: str | None = None
    renderer_name: str | None = None
    learning_rate: float = 1e-5
    lr_schedule: LRSchedule = "linear"
    num_epochs: int = 1
    dpo_beta: float = 0.1
    lora_rank: int = 32
    base_url: str | None = None
    evaluator_builders: Sequence[EvaluatorBuilder] = ()
    infrequent_evaluator_builders: Sequence[EvaluatorBuilder] = ()
    save_every: int = 20
    eval_every: int = 10
    infrequent_eval_every: int = 100
    ttl_seconds: int | None = WEEK
    rolling_save_every: int = 0
    rolling_ttl_seconds: int = TWO_HOURS
    adam_beta1: float = 0.9
    adam_beta2: float = 0.95
    adam_eps: float = 1e-8
    max_steps: int | None = None

    def __post_init__(self) -> None:
        # An unknown schedule is refused before anything is asked of the service.
        compute_schedule_lr_multiplier(self.lr_schedule, 0, 1)


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
    written, and what the clients raise.
    """
    resumed = get_last_checkpoint(config.log_path)
    start_epoch, start_batch = resume_point(resumed)
    with RunDirectory(config.log_path, config) as directory:
        training_client = await start_training_client(config, service_client, resumed)
        reference_client = await training_client.save_weights_and_get_sampling_client_async()
        checkpoints = CheckpointManager(
            training_client,
            service_client,
            directory.path,
            save_every=config.save_every,
            ttl_seconds=config.ttl_seconds,
            rolling_save_every=config.rolling_save_every,
            rolling_ttl_seconds=config.rolling_ttl_seconds,
        )
        dataset, test_dataset = config.dataset_builder()
        evaluators = [build() for build in config.evaluator_builders]
        if test_dataset is not None:
            evaluators.append(SamplerNLLEvaluator.from_dataset(test_dataset))
        run = _Run(
            config=config,
            training_client=training_client,
            reference_client=reference_client,
            checkpoints=checkpoints,
            directory=directory,
            dataset=dataset,
            evaluators=evaluators,
            infrequent_evaluators=[build() for build in config.infrequent_evaluator_builders],
            parity=parity,
            total_steps=total_steps(len(dataset), config.num_epochs, config.max_steps),
        )
        await run.train(start_epoch, start_batch)
        start_step = start_epoch * len(dataset) + start_batch
        if already_complete(config.num_epochs, config.max_steps, start_epoch, start_step):
            logger.info("the run was complete before: nothing is left to do")
            await checkpoints.finalize_async()
        else:
            await checkpoints.save_final_async({"epoch": config.num_epochs, "batch": 0})
        if parity is not None:
            parity.finish(directory.path)


async def forward_backward_dpo(
    training_client: TrainingClient,
    data: Sequence[Datum],
    ref_logprobs: Sequence[Sequence[float | None]],
    dpo_beta: float,
) -> dict[str, float]:
    """Add the gradient of the DPO loss to what the service has, and give its metrics.

    The service has no such loss. So it computes the logprobs, the gradient by them follows here in closed form, and the
    service is given a cross entropy whose weights are minus that gradient: it has the same one by the parameters.

    `ref_logprobs` are those of the `full_sequence` of each datum. Besides the metrics of `compute_dpo_loss` and the
    service's own there are `loss:sum`, the loss, and `surrogate_loss:sum`, the cross entropy that stood in for it.
    """
    plain = [_cross_entropy(datum, datum.tensor("weights")) for datum in data]
    forward = await (await training_client.forward_async(plain, "cross_entropy")).result_async()
    logprobs = [output["logprobs"].to_numpy() for output in forward.loss_fn_outputs]
    dpo = dpo_loss_of_batch(data, logprobs, ref_logprobs, dpo_beta)
    weighted = [
        _cross_entropy(datum, TensorData.from_numpy(weights)) for datum, weights in zip(data, dpo.weights, strict=True)
    ]
    backward = await (await training_client.forward_backward_async(weighted, "cross_entropy")).result_async()
    metrics = {key: value for key, value in backward.metrics.items() if key != SUM} | dpo.metrics | {SUM: dpo.loss}
    if SUM in backward.metrics:
        metrics[SURROGATE_SUM] = backward.metrics[SUM]
    return metrics


@dataclass(frozen=True, kw_only=True)
class _Run:
    config: Config
    training_client: TrainingClient
    reference_client: SamplingClient
    checkpoints: CheckpointManager
    directory: RunDirectory
    dataset: SupervisedDataset
    evaluators: Sequence[Evaluator]
    infrequent_evaluators: Sequence[Evaluator]
    parity: ParityDirectory | None
    total_steps: int

    async def train(self, start_epoch: int, start_batch: int) -> None:
        n_batches = len(self.dataset)
        with progress_bar(self.total_steps, start_epoch * n_batches + start_batch) as advance:
            for epoch in range(start_epoch, self.config.num_epochs):
                self.dataset.set_epoch(seed=epoch)
                for batch in range(start_batch if epoch == start_epoch else 0, n_batches):
                    step = epoch * n_batches + batch
                    if self.config.max_steps is not None and step >= self.config.max_steps:
                        return
                    advance(await self.update(step, epoch, batch))

    async def update(self, step: int, epoch: int, batch: int) -> str:
        began = time.perf_counter()
        config = self.config
        metrics: dict[str, Any] = {"epoch": epoch}
        saved = await self.checkpoints.maybe_save_async(step, {"epoch": epoch, "batch": batch})
        # A rolling checkpoint is not left in the background here: the step begins when it is saved.
        await self.checkpoints.rolling_done()
        if saved is not None:
            metrics["state_path"] = saved["state_path"]
        multiplier = compute_schedule_lr_multiplier(config.lr_schedule, step, self.total_steps)
        learning_rate = config.learning_rate * multiplier
        adam_params = AdamParams(
            learning_rate=learning_rate, beta1=config.adam_beta1, beta2=config.adam_beta2, eps=config.adam_eps
        )
        last = step == self.total_steps - 1
        if config.eval_every > 0 and (step % config.eval_every == 0 or last):
            metrics |= await run_evals(self.evaluators, self.training_client)
        if config.infrequent_eval_every > 0 and step % config.infrequent_eval_every == 0:
            metrics |= await run_evals(self.infrequent_evaluators, self.training_client)
        data = paired(self.dataset.get_batch(batch))
        if self.parity is not None:
            self.parity.batch("dpo", data)
        ref_logprobs = await asyncio.gather(
            *(self.reference_client.compute_logprobs_async(full_sequence(datum)) for datum in data)
        )
        dpo_metrics = await forward_backward_dpo(self.training_client, data, ref_logprobs, config.dpo_beta)
        await (await self.training_client.optim_step_async(adam_params)).result_async()
        metrics |= {
            "num_pairs": len(data) // 2,
            "num_tokens": sum(datum.model_input.length for datum in data),
            "learning_rate": learning_rate,
            "progress": step / self.total_steps,
            **dpo_metrics,
            "time/total": time.perf_counter() - began,
        }
        self.directory.log_metrics(metrics, step)
        return f"loss {dpo_metrics['dpo_loss']:.4f}, accuracy {dpo_metrics['accuracy']:.2f}"


def _cross_entropy(datum: Datum, weights: TensorData) -> Datum:
    return Datum(datum.model_input, {"target_tokens": datum.tensor("target_tokens"), "weights": weights})


if __name__ == "__main__":
    from cookbook.command import preference

    preference()
