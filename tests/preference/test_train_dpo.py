"""cookbook/preference/train_dpo.py: facts of tinker-cookbook 0.5.8. Traces compare whole runs with upstream's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from conformance.traces.recorder import Recorder
from conformance.traces.stream import ForwardBackward, OptimStep, Sample
from cookbook.errors import ConfigurationError, RunDirectoryError
from cookbook.eval.evaluators import TrainingClientEvaluator
from cookbook.preference.train_dpo import Config, main
from tests.training import MODEL, Batches, Killed, Mortal, batches, datum, lines, names

if TYPE_CHECKING:
    from pathlib import Path

    from cookbook.client import TrainingClient

NOTHING = {"save_every": 0, "eval_every": 0}
TIE = Batches([[datum(65, 66, 67), datum(65, 66, 67)] * 2])


def train(path: Path, data: Batches, *, service: Recorder | None = None, **given: Any) -> Recorder:
    """Run the loop."""
    recorder = service or Recorder()
    config = Config(log_path=str(path), model_name=MODEL, dataset_builder=lambda: (data, None), **{**NOTHING, **given})
    asyncio.run(main(config, service_client=recorder))
    return recorder


def passes(recorder: Recorder) -> list[ForwardBackward]:
    return [operation for operation in recorder.operations if isinstance(operation, ForwardBackward)]


def test_a_step_asks_the_reference_passes_forward_then_backward_then_updates(tmp_path: Path) -> None:
    recorder = train(tmp_path, batches(1, size=4))
    assert names(recorder) == [
        "CreateModel",
        "SaveWeightsForSampler",
        *["Sample"] * 4,
        "ForwardBackward",
        "ForwardBackward",
        "OptimStep",
        "SaveWeights final",
        "SaveWeightsForSampler final",
    ]
    forward, backward = passes(recorder)
    assert (forward.forward_only, backward.forward_only) == (True, False)
    assert {*forward.datums[0].inputs, *backward.datums[0].inputs} == {"target_tokens", "weights"}


def test_a_tie_pulls_both_answers_alike(tmp_path: Path) -> None:
    """beta 0.1, two pairs: half of beta over the number of pairs, up for the chosen and down for the rejected."""
    backward = passes(train(tmp_path, TIE))[1]
    assert [one.inputs["weights"].data for one in backward.datums] == [
        pytest.approx((pull, pull)) for pull in (0.025, -0.025, 0.025, -0.025)
    ]
    record = lines(tmp_path / "metrics.jsonl")[0]
    assert record["dpo_loss"] == record["loss:sum"] == pytest.approx(0.6931472)
    assert (record["accuracy"], record["margin"], record["num_pairs"], record["progress"]) == (0.0, 0.0, 2, 0.0)


def test_the_reference_stays_as_it_was_and_sees_whole_sequences_in_order(tmp_path: Path) -> None:
    recorder = train(tmp_path, batches(2, size=2))
    asked = [operation for operation in recorder.operations if isinstance(operation, Sample)]
    assert {operation.sampler.version for operation in asked} == {0}
    assert [operation.prompt for operation in asked[:2]] == [
        (*one.model_input.to_ints(), int(one.tensor("target_tokens").data[-1])) for one in batches(2).batches[0]
    ]
    assert all(operation.prompt_logprobs and operation.params.max_tokens == 1 for operation in asked)


def test_a_datum_without_a_partner_is_dropped_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    recorder = train(tmp_path, batches(1, size=3))
    assert [len(one.datums) for one in passes(recorder)] == [2, 2]
    assert "the last is dropped" in caplog.text


class Passing(TrainingClientEvaluator):
    async def __call__(self, training_client: TrainingClient, /) -> dict[str, float]:
        return {"test/passed": 1.0}


def test_evaluators_also_run_at_the_last_step(tmp_path: Path) -> None:
    train(tmp_path, batches(4), evaluator_builders=[Passing], eval_every=2)
    assert ["test/passed" in record for record in lines(tmp_path / "metrics.jsonl")] == [True, False, True, True]


def test_a_checkpoint_comes_before_its_step_and_again_after_resuming(tmp_path: Path) -> None:
    service = Mortal(last=12)
    with pytest.raises(Killed):
        train(tmp_path, batches(3), service=service, save_every=1)
    again = train(tmp_path, batches(3), service=Recorder(saved=service.saved), save_every=1)
    assert names(again)[:4] == [
        "LoadWeights",
        "SaveWeightsForSampler",
        "SaveWeights 000001",
        "SaveWeightsForSampler 000001",
    ]
    logged = lines(tmp_path / "metrics.jsonl")
    assert [record.get("state_path", "")[-6:] for record in logged] == ["", "000001", "000002"]
    records = [record["name"] for record in lines(tmp_path / "checkpoints.jsonl")]
    assert records == ["000001", "000001", "000002", "final"]
    assert sorted({record["step"] for record in lines(tmp_path / "metrics.jsonl")}) == [0, 1, 2]


def test_wherever_it_is_killed_no_step_is_lost(tmp_path: Path) -> None:
    given: dict[str, Any] = {"save_every": 2, "num_epochs": 2}
    whole = train(tmp_path / "whole", batches(2), **given)
    for last in range(len(whole.operations)):
        path, service = tmp_path / str(last), Mortal(last=last)
        with pytest.raises(Killed):
            train(path, batches(2), service=service, **given)
        before = len(lines(path / "metrics.jsonl"))
        records = [record for record in lines(path / "checkpoints.jsonl") if record["name"] != "final"]
        point = records[-1]["epoch"] * 2 + records[-1]["batch"] if records else 0
        again = train(path, batches(2), service=Recorder(saved=service.saved), **given)
        steps = [record["step"] for record in lines(path / "metrics.jsonl")]
        assert steps == [*range(before), *range(point, 4)]
        assert sum(isinstance(operation, OptimStep) for operation in again.operations) == 4 - point
        assert lines(path / "checkpoints.jsonl")[-1]["name"] == "final"


def test_rolling_checkpoints_are_saved_before_their_step(tmp_path: Path) -> None:
    recorder = train(tmp_path, batches(3), rolling_save_every=1)
    short = [name for name in names(recorder) if name.startswith(("SaveWeights ", "Delete", "Optim"))]
    assert short == [
        "OptimStep",
        "SaveWeights 000001",
        "OptimStep",
        "SaveWeights 000002",
        "DeleteCheckpoint",
        "OptimStep",
        "SaveWeights final",
        "DeleteCheckpoint",
    ]


def test_max_steps_ends_the_schedule_and_the_run(tmp_path: Path) -> None:
    recorder = train(tmp_path, batches(4), max_steps=2)
    rates = [operation.adam.learning_rate for operation in recorder.operations if isinstance(operation, OptimStep)]
    assert rates == pytest.approx([1e-5, 5e-6])
    again = train(tmp_path, batches(4), max_steps=2, service=Recorder(saved=recorder.saved))
    assert names(again) == ["LoadWeights", "SaveWeightsForSampler"]


def test_what_cannot_work_is_refused_before_the_service_is_asked(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="unknown schedule"):
        train(tmp_path, TIE, lr_schedule="sometimes")
    (tmp_path / "file").touch()
    service = Recorder()
    with pytest.raises(RunDirectoryError):
        train(tmp_path / "file", TIE, service=service)
    assert not service.operations
