"""cookbook/eval/evaluators.py: facts of tinker-cookbook 0.5.8, `supervised.train.run_evals`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from conformance.traces.recorder import Recorder
from cookbook.errors import ConfigurationError
from cookbook.eval.evaluators import SamplingClientEvaluator, TrainingClientEvaluator, run_evals
from tests.training import MODEL, names

if TYPE_CHECKING:
    from cookbook.client import SamplingClient, TrainingClient


class Sampling(SamplingClientEvaluator):
    def __init__(self, log: list[str], name: str) -> None:
        self.log, self.name = log, name

    async def __call__(self, sampling_client: SamplingClient, /) -> dict[str, float]:
        self.log.append(f"{self.name} begins")
        await asyncio.sleep(0)
        self.log.append(f"{self.name} ends")
        return {"a": float(len(self.log)), self.name: 1.0}


class Training(TrainingClientEvaluator):
    async def __call__(self, training_client: TrainingClient, /) -> dict[str, float]:
        return {"trained": 1.0}


def evaluated(*evaluators: Any) -> tuple[dict[str, float], Recorder]:
    recorder = Recorder()

    async def run() -> dict[str, float]:
        return await run_evals(evaluators, await recorder.create_lora_training_client_async(MODEL))

    return asyncio.run(run()), recorder


def test_evaluators_run_one_after_the_other_and_later_metrics_win() -> None:
    log: list[str] = []
    metrics, recorder = evaluated(Sampling(log, "one"), Training(), Sampling(log, "two"))
    assert log == ["one begins", "one ends", "two begins", "two ends"]
    assert metrics == {"a": 4.0, "one": 1.0, "trained": 1.0, "two": 1.0}
    assert names(recorder) == ["CreateModel", "SaveWeightsForSampler"]


def test_no_snapshot_without_need_and_no_other_evaluators() -> None:
    assert names(evaluated(Training())[1]) == ["CreateModel"]
    assert evaluated()[0] == {}
    with pytest.raises(ConfigurationError, match="int is no evaluator"):
        evaluated(Training(), 3)
