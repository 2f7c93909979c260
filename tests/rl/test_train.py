"""cookbook/rl/train.py, training.py, streaming.py: facts of tinker-cookbook 0.5.8, `rl.train`. Traces compare runs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from conformance.traces.recorder import Recorder
from conformance.traces.stream import ForwardBackward, OptimStep, Sample, SaveWeightsForSampler
from cookbook.datum import ModelInput
from cookbook.errors import ConfigurationError
from cookbook.eval.evaluators import SamplingClientEvaluator
from cookbook.rl.envs import Env, EnvGroupBuilder, StepResult
from cookbook.rl.train import Config, KLReferenceConfig, StreamMinibatchConfig, main
from tests.training import MODEL, Killed, Mortal, lines, names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cookbook.client import SamplingClient, StopCondition
    from cookbook.rl.types import TokensWithLogprobs

NOTHING = {"save_every": 0, "eval_every": 0}
STOP = 200


def eighths(tokens: Sequence[int]) -> float:
    return (sum(tokens) % 8) / 8


@dataclass
class OneTurn(Env):
    prompt: list[int]
    reward: Callable[[Sequence[int]], float]

    async def initial_observation(self) -> tuple[ModelInput, StopCondition]:
        return ModelInput.from_ints(self.prompt), [STOP]

    async def step(self, action: TokensWithLogprobs, /) -> StepResult:
        return StepResult(self.reward(action.tokens), True, ModelInput(), [])


@dataclass
class Group(EnvGroupBuilder):
    prompt: list[int]
    size: int = 4
    reward: Callable[[Sequence[int]], float] = eighths
    cleaned: int = 0

    async def make_envs(self) -> Sequence[Env]:
        return [OneTurn(self.prompt, self.reward) for _ in range(self.size)]

    async def cleanup(self) -> None:
        self.cleaned += 1


@dataclass
class Groups:
    batches: list[list[Group]]

    def __len__(self) -> int:
        return len(self.batches)

    def get_batch(self, index: int) -> list[Group]:
        return self.batches[index]


def groups(count: int, size: int = 2) -> Groups:
    return Groups([[Group([65 + place, 70 + batch]) for place in range(size)] for batch in range(count)])


def train(
    path: Path, data: Groups, *, test: Groups | None = None, service: Recorder | None = None, **given: Any
) -> Recorder:
    """Run the loop."""
    recorder = service or Recorder()

    async def build() -> tuple[Groups, Groups | None]:
        return data, test

    settings: dict[str, Any] = {"learning_rate": 1e-5, "max_tokens": 6, **NOTHING, **given}
    config = Config(log_path=str(path), model_name=MODEL, dataset_builder=build, **settings)
    asyncio.run(main(config, service_client=recorder))
    return recorder


def passes(recorder: Recorder) -> list[ForwardBackward]:
    return [operation for operation in recorder.operations if isinstance(operation, ForwardBackward)]


def without_samples(recorder: Recorder) -> list[str]:
    return [name for name in names(recorder) if name != "Sample"]


def test_a_batch_is_sampled_with_the_newest_weights_and_trained_at_once(tmp_path: Path) -> None:
    recorder = train(tmp_path, groups(2))
    assert names(recorder) == [
        "CreateModel",
        "SaveWeightsForSampler",
        *["Sample"] * 8,
        "ForwardBackward",
        "OptimStep",
        "SaveWeightsForSampler",
        *["Sample"] * 8,
        "ForwardBackward",
        "OptimStep",
        "SaveWeightsForSampler",
        "SaveWeights final",
        "SaveWeightsForSampler final",
    ]
    asked = [operation for operation in recorder.operations if isinstance(operation, Sample)]
    assert [operation.sampler.version for operation in asked] == [0] * 8 + [1] * 8
    assert {(op.params.stop, op.params.max_tokens, op.params.temperature, op.num_samples) for op in asked} == {
        ((STOP,), 6, 1.0, 1)
    }
    assert lines(tmp_path / "checkpoints.jsonl")[-1]["batch"] == 2


def test_masks_are_not_sent_and_the_optimizer_is_upstreams(tmp_path: Path) -> None:
    recorder = train(tmp_path, groups(1))
    (passed,) = passes(recorder)
    assert (passed.loss_fn, passed.loss_fn_config) == ("importance_sampling", None)
    assert all(set(one.inputs) == {"advantages", "logprobs", "target_tokens"} for one in passed.datums)
    (step,) = (operation for operation in recorder.operations if isinstance(operation, OptimStep))
    assert (step.adam.learning_rate, step.adam.beta1, step.adam.beta2, step.adam.eps) == (1e-5, 0.9, 0.95, 1e-8)


def test_the_loss_and_its_settings_are_handed_on(tmp_path: Path) -> None:
    config = {"clip_low_threshold": 0.75}
    (passed,) = passes(train(tmp_path, groups(1), loss_fn="ppo", loss_fn_config=config, temperature=0.5))
    assert (passed.loss_fn, passed.loss_fn_config) == ("ppo", config)


@pytest.mark.parametrize(("substeps", "sizes"), [(1, [8]), (2, [4, 4]), (3, [2, 3, 3]), (20, [1] * 8)])
def test_a_batch_is_cut_into_substeps_of_which_none_is_empty(tmp_path: Path, substeps: int, sizes: list[int]) -> None:
    recorder = train(tmp_path, groups(1), num_substeps=substeps)
    assert [len(passed.datums) for passed in passes(recorder)] == sizes
    trained = [name for name in without_samples(recorder) if name in ("ForwardBackward", "OptimStep")]
    assert trained == ["ForwardBackward", "OptimStep"] * len(sizes)


def test_a_saved_batch_samples_from_its_checkpoint(tmp_path: Path) -> None:
    recorder = train(tmp_path, groups(3), save_every=2)
    assert without_samples(recorder) == [
        "CreateModel",
        "SaveWeightsForSampler",
        "ForwardBackward",
        "OptimStep",
        "SaveWeightsForSampler",
        "ForwardBackward",
        "OptimStep",
        "SaveWeights 000002",
        "SaveWeightsForSampler 000002",
        "ForwardBackward",
        "OptimStep",
        "SaveWeightsForSampler",
        "SaveWeights final",
        "SaveWeightsForSampler final",
    ]
    asked = [operation for operation in recorder.operations if isinstance(operation, Sample)]
    assert asked[-1].sampler.path == "tinker://m0/sampler_weights/000002"


def test_the_penalty_asks_the_base_model_about_every_datum(tmp_path: Path) -> None:
    recorder = train(
        tmp_path, groups(2), kl_penalty_coef=0.5, kl_reference_config=KLReferenceConfig(base_model="base/model")
    )
    asked = [op for op in recorder.operations if isinstance(op, Sample) and op.prompt_logprobs]
    assert [op.sampler.base_model for op in asked] == ["base/model"] * 16
    assert all("kl_policy_base" in record for record in lines(tmp_path / "metrics.jsonl"))
    plain = passes(train(tmp_path / "plain", groups(2)))
    # Before the first update both models are the same.
    changed = [one.datums != other.datums for one, other in zip(passes(recorder), plain, strict=True)]
    assert changed == [False, True]


@dataclass
class Counting(SamplingClientEvaluator):
    clients: list[SamplingClient] = field(default_factory=list)

    async def __call__(self, sampling_client: SamplingClient, /) -> dict[str, float]:
        self.clients.append(sampling_client)
        return {"count": float(len(self.clients))}


def test_evaluations_use_the_sampler_of_the_batch(tmp_path: Path) -> None:
    counting = Counting()
    test = Groups([[Group([90, 91], 1)]])
    recorder = train(tmp_path, groups(3), test=test, evaluator_builders=[lambda: counting], eval_every=2)
    logged = lines(tmp_path / "metrics.jsonl")
    assert [record.get("count") for record in logged] == [1.0, None, 2.0]
    assert ["test/env/all/reward/total" in record for record in logged] == [True, False, True]
    assert sum(isinstance(operation, SaveWeightsForSampler) for operation in recorder.operations) == 5


def test_groups_whose_rewards_are_equal_can_be_left_out(tmp_path: Path) -> None:
    data = Groups([[Group([65, 66], reward=lambda _: 1.0), Group([67, 68])]])
    assert len(passes(train(tmp_path / "kept", data))[0].datums) == 8
    assert len(passes(train(tmp_path / "left", data, remove_constant_reward_groups=True))[0].datums) == 4
    uniform = Groups([[Group([65, 66], reward=lambda _: 1.0)] * 2])
    (passed,) = passes(train(tmp_path / "uniform", uniform, remove_constant_reward_groups=True))
    assert len(passed.datums) == 4
    assert {value for one in passed.datums for value in one.inputs["advantages"].data} == {0.0}


def test_a_batch_without_groups_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    recorder = train(tmp_path, Groups([[], [Group([65, 66])]]))
    assert len(passes(recorder)) == 1
    assert [record["step"] for record in lines(tmp_path / "metrics.jsonl")] == [0, 1]
    assert "batch 0 has no group" in caplog.text


@pytest.mark.parametrize("streamed", [False, True])
def test_an_environment_that_fails_ends_the_run_and_is_cleaned_up(tmp_path: Path, streamed: bool) -> None:
    def fail(_: Sequence[int]) -> float:
        raise LookupError("no reward")

    group = Group([65, 66], reward=fail)
    config = StreamMinibatchConfig(groups_per_batch=1, num_minibatches=1) if streamed else None
    with pytest.raises(LookupError, match="no reward"):
        train(tmp_path, Groups([[group]]), stream_minibatch_config=config)
    assert group.cleaned == 1


@pytest.mark.parametrize("streamed", [False, True])
def test_wherever_it_is_killed_no_batch_is_lost_and_none_is_trained_twice_after_its_record(
    tmp_path: Path, streamed: bool
) -> None:
    given: dict[str, Any] = {"save_every": 1}
    if streamed:
        given["stream_minibatch_config"] = StreamMinibatchConfig(groups_per_batch=1, num_minibatches=1)
    whole = train(tmp_path / "whole", groups(3, 1), **given)
    for last in range(len(whole.operations)):
        path, service = tmp_path / str(last), Mortal(last=last)
        with pytest.raises((Killed, asyncio.CancelledError)):
            train(path, groups(3, 1), service=service, **given)
        before = [record["step"] for record in lines(path / "metrics.jsonl")]
        records = lines(path / "checkpoints.jsonl")
        point = records[-1]["batch"] if records else 0
        train(path, groups(3, 1), service=Recorder(saved=service.saved), **given)
        after = [record["step"] for record in lines(path / "metrics.jsonl")][len(before) :]
        assert after == list(range(point, 3))
        # The record may be written and the metrics of its batch not: those alone are lost.
        assert len(before) >= point - 1
        assert lines(path / "checkpoints.jsonl")[-1] | {"batch": 3} == lines(path / "checkpoints.jsonl")[-1]


def test_a_complete_run_saves_nothing_more(tmp_path: Path) -> None:
    first = train(tmp_path, groups(2))
    again = train(tmp_path, groups(2), service=Recorder(saved=first.saved))
    assert names(again) == ["LoadWeights", "SaveWeightsForSampler"]
    longer = train(tmp_path, groups(3), service=Recorder(saved=first.saved))
    assert [record["step"] for record in lines(tmp_path / "metrics.jsonl")] == [0, 1, 2]
    assert "SaveWeights final" in names(longer)


def test_groups_are_trained_on_as_they_arrive(tmp_path: Path) -> None:
    config = StreamMinibatchConfig(groups_per_batch=4, num_minibatches=2)
    recorder = train(tmp_path, groups(1, 4), stream_minibatch_config=config, num_substeps=2)
    assert without_samples(recorder)[2:-3] == ["ForwardBackward", "ForwardBackward", "OptimStep"] * 2
    assert [len(passed.datums) for passed in passes(recorder)] == [4] * 4
    record = lines(tmp_path / "metrics.jsonl")[0]
    assert record["env/all/total_episodes"] == 16
    assert record["sampling_client/step_max"] == 0


def test_streaming_evaluates_before_the_last_batch(tmp_path: Path) -> None:
    counting = Counting()
    config = StreamMinibatchConfig(groups_per_batch=2, num_minibatches=1)
    train(tmp_path, groups(2), stream_minibatch_config=config, evaluator_builders=[lambda: counting])
    assert [record.get("count") for record in lines(tmp_path / "metrics.jsonl")] == [None, 1.0]


def test_equal_rewards_make_a_minibatch_smaller_not_later(tmp_path: Path) -> None:
    batch = [Group([65, 66], reward=lambda _: 1.0), Group([67, 68]), Group([69, 70]), Group([71, 72])]
    config = StreamMinibatchConfig(groups_per_batch=4, num_minibatches=2)
    recorder = train(tmp_path, Groups([batch]), stream_minibatch_config=config, remove_constant_reward_groups=True)
    assert sorted(len(passed.datums) for passed in passes(recorder)) == [4, 8]


def test_settings_that_cannot_work_are_refused_at_once(tmp_path: Path) -> None:
    bad: list[dict[str, Any]] = [
        {"kl_penalty_coef": 0.1},
        {"num_substeps": 0},
        {"stream_minibatch_config": StreamMinibatchConfig(groups_per_batch=3, num_minibatches=2)},
    ]
    for given in bad:
        with pytest.raises(ConfigurationError):
            train(tmp_path, groups(1), **given)
    config = StreamMinibatchConfig(groups_per_batch=4, num_minibatches=2)
    with pytest.raises(ConfigurationError, match="has 2 groups, groups_per_batch is 4"):
        train(tmp_path, groups(1), stream_minibatch_config=config)
