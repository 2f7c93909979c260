"""cookbook/rl/rollouts.py: facts of tinker-cookbook 0.5.8, `rl.rollouts`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from cookbook.datum import ModelInput
from cookbook.rl.envs import Env, EnvGroupBuilder, StepResult
from cookbook.rl.rollouts import do_group_rollout, do_single_rollout
from cookbook.rl.types import TokensWithLogprobs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cookbook.client import StopCondition


@dataclass
class Counting(Env):
    """Ends after `turns` turns; each is worth its number."""

    turns: int
    turn: int = 0

    async def initial_observation(self) -> tuple[ModelInput, StopCondition]:
        return ModelInput.from_ints([self.turns]), ["a"]

    async def step(self, action: TokensWithLogprobs, /) -> StepResult:
        self.turn += 1
        done = self.turn == self.turns
        return StepResult(
            float(self.turn), done, ModelInput.from_ints([self.turn]), ["b"], {"length": len(action.tokens)}
        )


@dataclass
class Policy:
    asked: list[Any] = field(default_factory=list)

    async def __call__(
        self, model_input: ModelInput, stop: StopCondition, *, max_tokens: int | None = None
    ) -> TokensWithLogprobs:
        self.asked.append((model_input.to_ints(), stop))
        await asyncio.sleep(0)
        return TokensWithLogprobs([1, 2], [-1.0, -1.0])


@dataclass
class Pair(EnvGroupBuilder):
    fails: bool = False
    cleaned: bool = False

    async def make_envs(self) -> Sequence[Env]:
        return [Counting(1), Counting(2)]

    async def compute_group_rewards(self, trajectory_group: Sequence[Any], env_group: Sequence[Env]) -> Any:
        if self.fails:
            raise LookupError("no judge")
        return [(10.0, {"judged": 1}), (20.0, {})]

    async def cleanup(self) -> None:
        self.cleaned = True


def test_an_episode_goes_on_until_the_environment_ends_it() -> None:
    policy = Policy()
    trajectory = asyncio.run(do_single_rollout(policy, Counting(3)))
    assert policy.asked == [([3], ["a"]), ([1], ["b"]), ([2], ["b"])]
    assert [turn.reward for turn in trajectory.transitions] == [1.0, 2.0, 3.0]
    assert [turn.episode_done for turn in trajectory.transitions] == [False, False, True]
    assert trajectory.transitions[0].metrics == {"length": 2}


def test_a_groups_episodes_run_at_once_and_are_judged_together() -> None:
    policy, pair = Policy(), Pair()
    group = asyncio.run(do_group_rollout(pair, policy))
    assert [asked for asked, _ in policy.asked] == [[1], [2], [1]]
    assert group.get_total_rewards() == [11.0, 23.0]
    assert list(group.metrics_G) == [{"judged": 1}, {}]
    assert pair.cleaned


def test_a_group_is_cleaned_up_when_it_fails() -> None:
    pair = Pair(fails=True)
    with pytest.raises(LookupError):
        asyncio.run(do_group_rollout(pair, Policy()))
    assert pair.cleaned
