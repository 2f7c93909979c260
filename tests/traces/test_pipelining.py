"""Whether a loop sends optim_step before it awaits forward_backward, seen by withholding the result; here in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.traces.scenario import load_scenario, scenario_names
from traces.planted_loops import ANSWER, Edit, Planted, run_copy
from traces.planted_supervised import SL

if TYPE_CHECKING:
    from pathlib import Path

WITHHOLDING = """
import asyncio
from conformance.traces import recorder

sent_ahead = []

class Held:
    def __init__(self, answer):
        self.answer, self.optim_step = answer, asyncio.Event()
    async def result_async(self):
        try:
            await asyncio.wait_for(self.optim_step.wait(), 0.2)
        except TimeoutError:
            sent_ahead.append(False)
        return await self.answer.result_async()

class Trained(recorder.Trained):
    held = []
    async def forward_backward_async(self, *arguments, **options):
        self.held.append(Held(await super().forward_backward_async(*arguments, **options)))
        return self.held[-1]
    async def optim_step_async(self, adam_params):
        for one in self.held:
            one.optim_step.set()
        sent_ahead.extend([True] * bool(self.held))
        self.held.clear()
        return await super().optim_step_async(adam_params)

recorder.Trained = Trained
"""
PIPELINING = WITHHOLDING + ANSWER.replace(
    'print(json.dumps(answer(question["operation"], question["params"])))',
    'answer(question["operation"], question["params"])\nprint(json.dumps({"sent_ahead": all(sent_ahead)}))',
)
SEQUENTIAL = (
    Planted(
        "awaits the pass first",
        "sl",
        (
            Edit(
                SL,
                "        optim_step = await self.training_client.optim_step_async(adam_params)\n",
                "        await forward_backward.result_async()\n"
                "        optim_step = await self.training_client.optim_step_async(adam_params)\n",
            ),
        ),
        "",
        "",
    ),
    Planted(
        "awaits the pass first, in reinforcement learning",
        "rl",
        (
            Edit(
                "rl/training.py",
                "    return await loss.submit(part, client), await client.optim_step_async(adam(loss.learning_rate))\n",
                "    passed = await loss.submit(part, client)\n"
                "    await passed.result_async()\n"
                "    return passed, await client.optim_step_async(adam(loss.learning_rate))\n",
            ),
        ),
        "",
        "",
    ),
)


def trained(name: str) -> bool:
    """Whether upstream trains anything that it could pipeline."""
    expect = load_scenario(name).expect
    return bool(expect and expect.metrics) and not name.startswith("dpo")


@pytest.mark.parametrize("name", [name for name in scenario_names() if trained(name)])
def test_the_reference_is_pipelined_where_upstream_is(name: str, tmp_path: Path) -> None:
    found = run_copy(Planted("none", name, (), "", ""), tmp_path, PIPELINING)
    expect = load_scenario(name).expect
    assert expect
    assert found["sent_ahead"] is expect.pipelined is True


@pytest.mark.parametrize("fault", SEQUENTIAL, ids=str)
def test_sequential_awaits_are_seen(fault: Planted, tmp_path: Path) -> None:
    assert run_copy(fault, tmp_path, PIPELINING)["sent_ahead"] is False
