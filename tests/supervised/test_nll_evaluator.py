"""cookbook/supervised/nll_evaluator.py: facts of tinker-cookbook 0.5.8, `supervised.nll_evaluator`."""

from __future__ import annotations

import asyncio
import math

import pytest

from conformance.traces.recorder import Recorder
from conformance.traces.stream import Sample
from cookbook.supervised.nll_evaluator import SamplerNLLEvaluator
from tests.training import BYTES, batches, datum


def evaluated(evaluator: SamplerNLLEvaluator) -> tuple[dict[str, float], Recorder]:
    recorder = Recorder()

    async def run() -> dict[str, float]:
        return await evaluator(await recorder.create_sampling_client_async(base_model="base"))

    return asyncio.run(run()), recorder


def test_every_datum_is_asked_for_whole() -> None:
    metrics, recorder = evaluated(SamplerNLLEvaluator.from_dataset(batches(2), name="held"))
    assert set(metrics) == {"held/nll"}
    asked = [operation for operation in recorder.operations if isinstance(operation, Sample)]
    assert [len(operation.prompt) for operation in asked] == [4] * 4
    assert asked[0].prompt == (65, 70, 66, 80)


def test_with_a_tokenizer_bits_are_told_too() -> None:
    metrics, _ = evaluated(SamplerNLLEvaluator([datum(65, 66, 67)], tokenizer=BYTES))
    # Two tokens of one byte each.
    assert metrics["test/bpb"] == pytest.approx(metrics["test/nll"] / math.log(2))


def test_weights_choose_what_counts(caplog: pytest.LogCaptureFixture) -> None:
    assert math.isnan(evaluated(SamplerNLLEvaluator([datum(65, 66, weight=0.0)]))[0]["test/nll"])
    assert "no weight is left" in caplog.text
