"""cookbook/rl/types.py: facts of tinker-cookbook 0.5.8, `TrajectoryGroup` and `TokensWithLogprobs`."""

from __future__ import annotations

import pytest

from cookbook.datum import ModelInput
from cookbook.errors import InvalidInputError
from cookbook.rl.types import TokensWithLogprobs, Trajectory, TrajectoryGroup, Transition

NOTHING = TokensWithLogprobs([], [])


def steps(*rewards: float) -> Trajectory:
    return Trajectory([Transition(ModelInput(), NOTHING, reward) for reward in rewards])


def test_the_total_is_the_steps_and_the_final_reward() -> None:
    group = TrajectoryGroup([steps(0.5, 0.25), steps()], [1.0, 2.0])
    assert group.get_total_rewards() == [1.75, 2.0]


def test_steps_are_added_first_to_last() -> None:
    assert TrajectoryGroup([steps(1e16, 1.0, 1.0)], [0.0]).get_total_rewards() == [1e16]
    assert TrajectoryGroup([steps(1.0, 1.0, 1e16)], [0.0]).get_total_rewards() == [1e16 + 2]


def test_each_trajectory_has_a_final_reward() -> None:
    with pytest.raises(InvalidInputError, match="1 trajectories have 0 final rewards"):
        TrajectoryGroup([steps()], []).get_total_rewards()


def test_logprobs_may_not_be_known() -> None:
    assert TokensWithLogprobs([1], [-0.5]).logprobs == [-0.5]
    with pytest.raises(InvalidInputError, match="sample with logprobs"):
        _ = TokensWithLogprobs([1]).logprobs
