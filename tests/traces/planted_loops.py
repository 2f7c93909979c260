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
from conformance.traces.compare import compare_streams
from conformance.traces.scenario import load_scenario
from conformance.traces.stream import decode
from conformance.traces.telling import tell

if TYPE_CHECKING:
    from conformance.traces.causes.view import Told

SL = "supervised/train.py"
DPO = "preference/train_dpo.py"
CHECKPOINTS = "checkpoints.py"
STARTING = "starting.py"
DATA = "supervised/data.py"


class Planted(NamedTuple):
    """A fault. `says` is the beginning of the first sentence of the report."""

    name: str
    scenario: str
    file: str
    old: str
    new: str
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


def run_copy(fault: Planted, directory: Path) -> dict[str, Any]:
    """What a copy of the reference with the fault answers to the scenario."""
    copy = directory / "cookbook"
    shutil.copytree(Path(cookbook.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    path = copy / fault.file
    source = path.read_text(encoding="utf-8")
    assert source.count(fault.old) == 1, f"{fault.name}: {fault.file} has {source.count(fault.old)} places like this"
    path.write_text(source.replace(fault.old, fault.new), encoding="utf-8")
    package = Path(cookbook.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", ANSWER],
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
    scenario = load_scenario(fault.scenario)
    got = decode(json.dumps(run_copy(fault, directory)["stream"]))
    runs = {held.path.split("/")[2] for held in scenario.decoded().held}
    compared = compare_streams(scenario.expect.stream, got, rules=scenario.rules, runs=runs)
    return tell(compared, loop=scenario.loop, first_step=scenario.first_step)


FAULTS = (
    Planted(
        "betas dropped",
        "sl",
        SL,
        "learning_rate=learning_rate, beta1=config.adam_beta1, beta2=config.adam_beta2, eps=config.adam_eps",
        "learning_rate=learning_rate",
        "every step: optim_step has eps 1e-12, upstream 1e-08",
        "adam default",
    ),
    Planted(
        "betas of PyTorch",
        "sl",
        SL,
        "beta2=config.adam_beta2",
        "beta2=0.999",
        "every step: optim_step has beta2 0.999, upstream 0.95: PyTorch's default",
        "adam default",
    ),
    Planted(
        "schedule off by one",
        "sl",
        SL,
        "compute_schedule_lr_multiplier(config.lr_schedule, step, self.total_steps)",
        "compute_schedule_lr_multiplier(config.lr_schedule, step + 1, self.total_steps)",
        "every step: learning rate 0.0006666666666666668, upstream 0.001: the learning rate is that of step 1: "
        "the schedule is off by one",
        "schedule off by one",
    ),
    Planted(
        "no schedule",
        "sl",
        SL,
        "learning_rate = config.learning_rate * multiplier",
        "learning_rate = config.learning_rate",
        "steps 1 and 2: learning rate 0.001, upstream 0.0006666666666666668: it stays the same",
        "no schedule",
    ),
    Planted(
        "schedule over one epoch",
        "sl-two-epochs",
        SL,
        "compute_schedule_lr_multiplier(config.lr_schedule, step, self.total_steps)",
        "compute_schedule_lr_multiplier(config.lr_schedule, batch, len(self.dataset))",
        "steps 1 to 5: learning rate 0.0006666666666666668",
        "",
    ),
    Planted(
        "eval after the step",
        "sl",
        SL,
        "        # Neither is waited for: both then run in one cycle of the service.\n"
        '        forward_backward = await self.training_client.forward_backward_async(data, "cross_entropy")\n'
        "        optim_step = await self.training_client.optim_step_async(adam_params)\n",
        '        forward_backward = await self.training_client.forward_backward_async(data, "cross_entropy")\n'
        "        optim_step = await self.training_client.optim_step_async(adam_params)\n"
        "        if self.evaluators and config.eval_every > 0 and step % config.eval_every == 0:\n"
        "            await run_evals(self.evaluators, self.training_client)\n",
        "evaluations",
        "",
    ),
)
