"""cookbook/rl/asynchronous.py: facts of tinker-cookbook 0.5.8, `rl.train.do_async_training`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.traces.stream import Sample
from cookbook.errors import ConfigurationError
from cookbook.rl.train import AsyncConfig, StreamMinibatchConfig
from tests.rl.test_train import Counting, Group, Groups, eighths, groups, passes, train
from tests.training import lines, names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def off_policy(steps: int, size: int = 2) -> AsyncConfig:
    return AsyncConfig(max_steps_off_policy=steps, groups_per_batch=size)


def test_it_begins_with_a_checkpoint_and_samples_from_it(tmp_path: Path) -> None:
    recorder = train(tmp_path, groups(1), async_config=off_policy(1))
    assert names(recorder)[:3] == ["CreateModel", "SaveWeights 000000", "SaveWeightsForSampler 000000"]
    asked = [operation for operation in recorder.operations if isinstance(operation, Sample)]
    assert {operation.sampler.path for operation in asked} == {"tinker://m0/sampler_weights/000000"}
    assert names(recorder)[-5:] == [
        "ForwardBackward",
        "OptimStep",
        "SaveWeightsForSampler",
        "SaveWeights final",
        "SaveWeightsForSampler final",
    ]
    assert lines(tmp_path / "checkpoints.jsonl")[0]["batch"] == 0


def test_every_group_is_trained_on_once_when_none_gets_too_old(tmp_path: Path) -> None:
    recorder = train(tmp_path, groups(4), async_config=off_policy(100), save_every=2)
    assert [len(passed.datums) for passed in passes(recorder)] == [8] * 4
    trained = sorted(one.tokens[:2] for passed in passes(recorder) for one in passed.datums)
    assert trained == sorted((65 + place, 70 + batch) for batch in range(4) for place in range(2) for _ in range(4))
    logged = lines(tmp_path / "metrics.jsonl")
    assert [record["training_client/step"] for record in logged] == [0, 1, 2, 3]
    assert {"sampling_client/step_max", "env/all/reward/total", "optim/entropy"} <= set(logged[0])
    assert [record["name"] for record in lines(tmp_path / "checkpoints.jsonl")] == [
        "000000",
        "000002",
        "000004",
        "final",
    ]


def test_what_is_too_old_is_sampled_again_or_dropped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """All samples come from the weights at the beginning: the second batch may not use them."""
    recorder = train(tmp_path, groups(3), async_config=off_policy(0))
    for passed, record in zip(passes(recorder), lines(tmp_path / "metrics.jsonl"), strict=True):
        assert record["sampling_client/step_min"] == record["training_client/step"]
        assert len(passed.datums) == 8
    assert len(passes(recorder)) < 3
    assert "the groups ran out before batch" in caplog.text
    assert lines(tmp_path / "checkpoints.jsonl")[-1]["name"] == "final"


def test_evaluations_run_on_the_newest_weights(tmp_path: Path) -> None:
    counting = Counting()
    config = off_policy(100)
    train(tmp_path, groups(3), async_config=config, evaluator_builders=[lambda: counting], eval_every=2)
    evaluated = [record["step"] for record in lines(tmp_path / "metrics.jsonl") if "count" in record]
    assert evaluated
    assert all(step % 2 == 0 for step in evaluated)


def test_groups_whose_rewards_are_equal_do_not_count(tmp_path: Path) -> None:
    batch = [Group([65, 66], reward=lambda _: 1.0), Group([67, 68]), Group([69, 70])]
    recorder = train(tmp_path, Groups([batch]), async_config=off_policy(1), remove_constant_reward_groups=True)
    (passed,) = passes(recorder)
    assert {one.tokens[0] for one in passed.datums} == {67, 69}


def test_an_error_anywhere_ends_everything(tmp_path: Path) -> None:
    seen = []

    def fail_late(tokens: Sequence[int]) -> float:
        seen.append(tokens)
        if len(seen) > 6:
            raise LookupError("no reward")
        return eighths(tokens)

    batch = [Group([65 + place, 66], reward=fail_late) for place in range(4)]
    with pytest.raises(LookupError, match="no reward"):
        train(tmp_path, Groups([batch] * 3), async_config=off_policy(1))
    assert all(group.cleaned for group in batch[:2])


def test_sampling_goes_on_while_a_batch_is_trained_on(tmp_path: Path) -> None:
    recorder = train(tmp_path, groups(3), async_config=off_policy(100))
    second = names(recorder).index("OptimStep")
    early = [op for op in recorder.operations[: second + 2] if isinstance(op, Sample)]
    assert len(early) > 8, "more than the batch that is trained on was asked for by then"
    record = lines(tmp_path / "metrics.jsonl")[1]
    assert record["sampling_client/step_min"] < record["training_client/step"]


@pytest.mark.parametrize(
    "given",
    [
        {"async_config": off_policy(-1)},
        {"async_config": off_policy(1, 0)},
        {
            "async_config": off_policy(1),
            "stream_minibatch_config": StreamMinibatchConfig(groups_per_batch=2, num_minibatches=1),
        },
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(tmp_path: Path, given: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        train(tmp_path, groups(1), **given)
