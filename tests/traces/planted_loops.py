"""Faults to be planted in copies of the reference's loops, and what the report must say of each.

A fault is a text of a source file and what stands there instead. The copy runs in a process of its own, so that nothing
of it is left behind.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import cookbook
from conformance.traces.judging import judge_stream
from conformance.traces.scenario import load_scenario
from conformance.traces.stream import decode

if TYPE_CHECKING:
    from conformance.traces.causes.view import Told

SL = "supervised/train.py"
DPO = "preference/train_dpo.py"
CHECKPOINTS = "checkpoints.py"
STARTING = "starting.py"


class Edit(NamedTuple):
    """A text of a file of the package, and what is to stand there."""

    file: str
    old: str
    new: str


class Planted(NamedTuple):
    """A fault. `says` is what the first sentence of the report begins with, `cause` what it recognises."""

    name: str
    scenario: str
    edits: tuple[Edit, ...]
    says: str
    cause: str

    def __str__(self) -> str:
        return self.name


ANSWER = """
import json, sys, logging
logging.disable(logging.CRITICAL)
from conformance.adapters.reference_loops import answer
question = json.load(sys.stdin)
print(json.dumps(answer(question["operation"], question["params"])))
"""


def run_copy(fault: Planted, directory: Path, script: str = ANSWER) -> dict[str, Any]:
    """What a copy of the reference with the fault answers to the scenario, or what another script prints of it."""
    copy = directory / "cookbook"
    shutil.copytree(Path(cookbook.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for edit in fault.edits:
        path = copy / edit.file
        source = path.read_text(encoding="utf-8")
        assert source.count(edit.old) == 1, f"{fault.name}: {source.count(edit.old)} places in {edit.file}: {edit.old}"
        path.write_text(source.replace(edit.old, edit.new), encoding="utf-8")
    package = Path(cookbook.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=load_scenario(fault.scenario).question(),
        cwd=directory,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(directory), str(package)])},
    )
    assert done.returncode == 0, done.stderr.decode()
    answered: dict[str, Any] = json.loads(done.stdout)
    return answered


def report(fault: Planted, directory: Path) -> list[Told]:
    """What is told of the copy."""
    told, _ = judge_stream(load_scenario(fault.scenario), decode(json.dumps(run_copy(fault, directory)["stream"])))
    return told


ADAM = "learning_rate=learning_rate, beta1=config.adam_beta1, beta2=config.adam_beta2, eps=config.adam_eps"
MULTIPLIER = "compute_schedule_lr_multiplier(config.lr_schedule, step, self.total_steps)"
EVALS = """            if evaluators and every > 0 and step % every == 0:
                eval_metrics |= await run_evals(evaluators, self.training_client)
        # Neither is waited for: both then run in one cycle of the service.
        forward_backward = await self.training_client.forward_backward_async(data, "cross_entropy")
        optim_step = await self.training_client.optim_step_async(adam_params)
"""
EVALS_AFTER = """            pass
        forward_backward = await self.training_client.forward_backward_async(data, "cross_entropy")
        optim_step = await self.training_client.optim_step_async(adam_params)
        if self.evaluators and config.eval_every > 0 and step % config.eval_every == 0:
            eval_metrics |= await run_evals(self.evaluators, self.training_client)
"""
FINAL = 'await save_checkpoint_async(self._training_client, "final", self._log_path, loop_state, "both", None)'
DPO_STEP = """        ref_logprobs = await asyncio.gather(
            *(self.reference_client.compute_logprobs_async(full_sequence(datum)) for datum in data)
        )
        dpo_metrics = await forward_backward_dpo(self.training_client, data, ref_logprobs, config.dpo_beta)
"""
SFT_STEP = """        await (await self.training_client.forward_backward_async(data, "cross_entropy")).result_async()
        dpo_metrics = {"dpo_loss": 0.0, "accuracy": 0.0}
"""
TRAINED = "logprobs, optim_metrics = await train_step("

KEPT = "(lambda every: [one.tensor('weights').to_numpy() for one in every[len(dpo.weights) :]])"
STEP = "optim_step = await self.training_client.optim_step_async(adam(self.loss.learning_rate))\n"

FAULTS = (
    # Supervised.
    Planted(
        "betas dropped",
        "sl",
        (Edit(SL, ADAM, "learning_rate=learning_rate"),),
        "every step: optim_step has eps 1e-12, upstream 1e-08: left at the API's default",
        "adam default",
    ),
    Planted(
        "betas of PyTorch",
        "sl",
        (Edit(SL, "beta2=config.adam_beta2", "beta2=0.999"),),
        "every step: optim_step has beta2 0.999, upstream 0.95: PyTorch's default",
        "adam default",
    ),
    Planted(
        "schedule off by one",
        "sl",
        (Edit(SL, MULTIPLIER, MULTIPLIER.replace("step,", "step + 1,")),),
        "every step: learning rate 0.0006666666666666668, upstream 0.001: the learning rate is that of step 1: "
        "the schedule is off by one",
        "schedule off by one",
    ),
    Planted(
        "no schedule",
        "sl",
        (Edit(SL, "learning_rate = config.learning_rate * multiplier", "learning_rate = config.learning_rate"),),
        "steps 1 and 2: learning rate 0.001, upstream 0.0006666666666666668: it stays the same",
        "no schedule",
    ),
    Planted(
        "schedule of one epoch",
        "sl-two-epochs",
        (Edit(SL, MULTIPLIER, "compute_schedule_lr_multiplier(config.lr_schedule, batch, len(self.dataset))"),),
        "steps 1 to 5: learning rate 0.0006666666666666668, upstream 0.0008333333333333334: "
        "it starts anew every 3 steps",
        "schedule of one epoch",
    ),
    Planted(
        "schedule not capped",
        "sl-cosine-max-steps",
        (
            Edit(
                SL,
                "return n_batches * num_epochs if max_steps is None else min(n_batches * num_epochs, max_steps)",
                "return n_batches * num_epochs",
            ),
        ),
        "steps 1 to 3: learning rate 0.0009330127018922195, upstream 0.0008535533905932737",
        "",
    ),
    Planted(
        "evaluation after the step",
        "sl",
        (Edit(SL, EVALS, EVALS_AFTER),),
        "evaluations of step 0 read the weights after the step, upstream's those before it",
        "read after the step",
    ),
    Planted(
        "evaluation without the last target",
        "sl",
        (
            Edit(
                "supervised/nll_evaluator.py",
                'datum.model_input.append_int(int(datum.tensor("target_tokens").data[-1]))',
                "datum.model_input",
            ),
            Edit("supervised/nll_evaluator.py", "np.array(logprobs[1:]", "np.array([0.0, *logprobs[1:]]"),
        ),
        "evaluations read prompts without their last token",
        "last target missing",
    ),
    Planted(
        "no final save",
        "sl",
        (Edit(CHECKPOINTS, FINAL, "{}"),),
        "no final save: upstream saves 'final' at the end",
        "no final save",
    ),
    Planted(
        "final save expires",
        "sl",
        (Edit(CHECKPOINTS, FINAL, FINAL.replace("None)", "self._ttl_seconds)")),),
        "checkpoint 'final' expires after 604800 s, upstream's is kept for ever",
        "checkpoint kept otherwise",
    ),
    Planted(
        "saves a step late",
        "sl-submit-ahead-1",
        (
            Edit(
                SL,
                "await self.checkpoints.maybe_save_async(\n            submitted.step,",
                "await self.checkpoints.maybe_save_async(\n            submitted.step + 1,",
            ),
        ),
        "checkpoint '000001' holds 2 steps, upstream's 3 steps",
        "checkpoint holds other steps",
    ),
    Planted(
        "submits no batch ahead",
        "sl-submit-ahead-2",
        (Edit(SL, "if len(self.pending) > self.config.submit_ahead:", "if self.pending:"),),
        "checkpoint '000001' holds 2 steps, upstream's 3 steps",
        "checkpoint holds other steps",
    ),
    Planted(
        "rolling checkpoint kept",
        "sl-rolling",
        (
            Edit(
                CHECKPOINTS,
                "        await self._drop_rolling()\n        self._rolling_path",
                "        self._rolling_path",
            ),
        ),
        "'weights/000001', 'weights/000003' is not deleted",
        "checkpoint not deleted",
    ),
    Planted(
        "rolling checkpoint for a week",
        "sl-rolling",
        (Edit(CHECKPOINTS, "self._rolling_ttl_seconds,\n        )", "self._ttl_seconds,\n        )"),),
        "checkpoint '000001' expires after 604800 s, upstream's expires after 7200 s",
        "checkpoint kept otherwise",
    ),
    Planted(
        "resume without optimizer",
        "sl-resume",
        (
            Edit(
                STARTING,
                "create_training_client_from_state_with_optimizer_async(path",
                "create_training_client_from_state_async(path",
            ),
        ),
        "resumed without the optimizer's state: load_weights has optimizer false, upstream true",
        "resume without optimizer",
    ),
    Planted(
        "resume from the base model",
        "sl-resume",
        (Edit(STARTING, "path = resumed.state_path if resumed is not None else", "path ="),),
        "the loop begins with a new model, upstream loads 'tinker://earlier/weights/000002'",
        "checkpoint not loaded",
    ),
    Planted(
        "resume without replay",
        "sl-resume",
        (Edit(SL, "await run.train(start_epoch, start_batch)", "await run.train(start_epoch, start_batch + 1)"),),
        "the step of the checkpoint is not replayed: 3 steps, upstream 4",
        "no replay",
    ),
    Planted(
        "optimizer loaded with weights",
        "sl-load-weights",
        (
            Edit(
                STARTING,
                "return await service_client.create_training_client_from_state_async(",
                "return await service_client.create_training_client_from_state_with_optimizer_async(",
            ),
        ),
        "the optimizer's state of an earlier run is loaded, upstream loads the weights alone",
        "optimizer loaded",
    ),
    Planted(
        "same order each epoch",
        "sl-two-epochs",
        (Edit(SL, "self.dataset.set_epoch(seed=epoch)", "self.dataset.set_epoch(seed=0)"),),
        "steps 3 to 5: the data are those of upstream's step 0 once more: the order of the first epoch is repeated",
        "data order",
    ),
    Planted(
        "datums in reverse",
        "sl",
        (Edit(SL, "data = self.dataset.get_batch(batch)", "data = self.dataset.get_batch(batch)[::-1]"),),
        "every step: datum order 1, 0, upstream 0 to 1",
        "datum order",
    ),
    Planted(
        "weights not reduced",
        "sl",
        (
            Edit("supervised/common.py", 'if reduction == "mean":', 'if reduction == "never":'),
            Edit("supervised/common.py", 'elif reduction != "none":', 'elif reduction == "":'),
        ),
        "every step: weights are 0/1, upstream divides by the count",
        "weights not reduced",
    ),
    Planted(
        "rank not passed on",
        "sl",
        (Edit(STARTING, "config.model_name, config.lora_rank, user", "config.model_name, user"),),
        "the model is made with rank 32, upstream 8",
        "",
    ),
    # Preference.
    Planted(
        "DPO is SFT twice",
        "dpo",
        (Edit(DPO, DPO_STEP, SFT_STEP),),
        "every step: DPO trains on both chosen and rejected with cross_entropy, as supervised training does: "
        "no forward pass for the loss, no logprobs of a reference",
        "dpo is supervised training",
    ),
    Planted(
        "reference refreshed each step",
        "dpo",
        (
            Edit(
                DPO,
                "        ref_logprobs = await asyncio.gather(\n            *(self.reference_client.compute",
                "        reference = await self.training_client.save_weights_and_get_sampling_client_async()\n"
                "        ref_logprobs = await asyncio.gather(\n            *(reference.compute",
            ),
        ),
        "the reference is refreshed: it reads the weights after steps 0, 1, upstream's stays the model after 0",
        "reference refreshed",
    ),
    Planted(
        "odd datum kept",
        "dpo-odd-batch",
        (
            Edit("preference/dpo.py", "return list(data[: len(data) // 2 * 2])", "return list(data)"),
            Edit(
                DPO,
                "dpo = dpo_loss_of_batch(data, logprobs,",
                "dpo = dpo_loss_of_batch(data[: len(data) // 2 * 2], logprobs[: len(data) // 2 * 2],",
            ),
            Edit(
                DPO,
                "ref_logprobs, dpo_beta)\n    weighted",
                "ref_logprobs[: len(data) // 2 * 2], dpo_beta)\n    weighted",
            ),
            Edit(
                DPO,
                "zip(data, dpo.weights, strict=True)",
                "zip(data, [*dpo.weights, *KEPT(data)], strict=True)".replace("KEPT", KEPT),
            ),
        ),
        "step 0: 3 datums, upstream 2: the odd one has no partner and is dropped",
        "odd datum",
    ),
    Planted(
        "gradient of DPO with the wrong sign",
        "dpo",
        (Edit(DPO, "TensorData.from_numpy(weights)", "TensorData.from_numpy(-weights)"),),
        "every step: weights have the opposite sign of upstream's",
        "weights negated",
    ),
    Planted(
        "no gradient of DPO",
        "dpo",
        (Edit(DPO, "TensorData.from_numpy(weights)", 'datum.tensor("weights")'),),
        "every step: weights are 0/1, upstream sends the gradient of the loss of DPO",
        "no gradient of dpo",
    ),
    Planted(
        "reference asked without the last target",
        "dpo",
        (
            Edit(
                "preference/dpo.py",
                "return datum.model_input.append_int(int(targets[-1])) if targets.size else datum.model_input",
                "return datum.model_input",
            ),
            Edit(
                DPO,
                "dpo = dpo_loss_of_batch(data, logprobs, ref_logprobs,",
                "dpo = dpo_loss_of_batch(data, logprobs, [[*one, -1.0] for one in ref_logprobs],",
            ),
        ),
        "reference logprobs read prompts without their last token",
        "last target missing",
    ),
    # Reinforcement learning.
    Planted(
        "mask left in",
        "rl",
        (Edit("rl/substeps.py", ' if key != "mask"}', "}"),),
        "every step: mask left in the inputs",
        "mask left in",
    ),
    Planted(
        "advantages over std",
        "rl",
        (
            Edit(
                "rl/data_processing.py",
                "return values - (values.mean() if values.size else np.float32(0))",
                "return (values - values.mean()) / (values.std() + np.float32(1e-8))",
            ),
        ),
        "every step: advantages are divided by the standard deviation, upstream only subtracts the mean",
        "divided by std",
    ),
    Planted(
        "mean not subtracted",
        "rl",
        (
            Edit(
                "rl/data_processing.py",
                "return values - (values.mean() if values.size else np.float32(0))",
                "return values",
            ),
        ),
        "every step: advantages are the rewards themselves, upstream subtracts the mean of the group",
        "mean not subtracted",
    ),
    Planted(
        "sampler never refreshed",
        "rl",
        (Edit("rl/train.py", "sampling_client, moved = await self.finished", "_, moved = await self.finished"),),
        "rollouts always read the weights before the first step: the sampler is never refreshed",
        "sampler never refreshed",
    ),
    Planted(
        "sampler taken before the update",
        "rl",
        (
            Edit(
                "rl/train.py",
                TRAINED,
                f"stale = await self.training_client.save_weights_and_get_sampling_client_async()\n        {TRAINED}",
            ),
            Edit("rl/train.py", "return sampling_client, metrics | moved", "return stale, metrics | moved"),
        ),
        "rollouts read weights that are 1 step older than upstream's: the sampler is taken before the update",
        "sampler before the update",
    ),
    Planted(
        "checkpoints numbered from 0",
        "rl",
        (
            Edit(
                "rl/training.py",
                'await checkpoints.save_periodic_async(done, {"batch": done})',
                'await checkpoints.save_periodic_async(done - 1, {"batch": done - 1})',
            ),
        ),
        "no checkpoint '000002'",
        "checkpoint missing",
    ),
    Planted(
        "loss not passed on",
        "rl-substeps",
        (Edit("rl/training.py", "self.loss_fn, self.loss_fn_config\n", '"importance_sampling"\n'),),
        "every step: forward_backward has loss_fn 'importance_sampling', upstream 'ppo'",
        "another loss",
    ),
    Planted(
        "substeps ignored",
        "rl-substeps",
        (Edit("rl/training.py", "split_list(data, min(num_substeps, len(data)))", "split_list(data, 1)"),),
        "steps 0 and 1: 8 datums, those of 2 of upstream's steps: the batch is not split into substeps",
        "substeps ignored",
    ),
    Planted(
        "temperature not passed on",
        "rl-kl",
        (Edit("rl/train.py", "self.config.max_tokens, self.config.temperature)", "self.config.max_tokens)"),),
        "rollouts ask with temperature 1.0, upstream 0.5",
        "asked otherwise",
    ),
    Planted(
        "reference of the penalty is the policy",
        "rl-kl",
        (
            Edit(
                "rl/train.py",
                "    client = await service_client.create_sampling_client_async(\n"
                "        base_model=reference.base_model, model_path=reference.load_checkpoint_path\n    )\n",
                "    client = await training_client.save_weights_and_get_sampling_client_async()\n",
            ),
            Edit(
                "rl/train.py",
                "async def _penalty(config: Config, ",
                "async def _penalty(training_client, config: Config, ",
            ),
            Edit("rl/train.py", "await _penalty(config, ", "await _penalty(training_client, config, "),
        ),
        "requests for logprobs read the model that is trained, upstream's read the base model Qwen/Qwen3-8B",
        "reference is the policy",
    ),
    Planted(
        "no penalty",
        "rl-kl",
        (Edit("rl/training.py", "if penalty is not None:", "if False:"),),
        "no requests for logprobs read the base model Qwen/Qwen3-8B",
        "nothing read",
    ),
    Planted(
        "a step for each minibatch",
        "rl-streamed",
        (
            Edit(
                "rl/streaming.py",
                "                data += minibatch\n",
                f"                data += minibatch\n                {STEP}",
            ),
            Edit(
                "rl/streaming.py",
                f"            {STEP}            for future",
                "            for future",
            ),
        ),
        "every step: 1 pass before the optim_step, upstream 2",
        "passes missing",
    ),
    Planted(
        "stop sequences not passed on",
        "rl",
        (Edit("completers.py", "SamplingParams(stop=stop, ", "SamplingParams("),),
        "rollouts ask with stop None, upstream (258,)",
        "asked otherwise",
    ),
)
