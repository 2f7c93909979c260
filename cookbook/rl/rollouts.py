"""Letting a policy act in environments.

Behaviour: tinker-cookbook 0.5.8, `rl.rollouts` with the strategy that lets any error end the run.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cookbook.rl.types import Trajectory, TrajectoryGroup, Transition

if TYPE_CHECKING:
    from cookbook.completers import TokenCompleter
    from cookbook.rl.envs import Env, EnvGroupBuilder


async def do_single_rollout(policy: TokenCompleter, env: Env) -> Trajectory:
    """One episode, until the environment says that it is done."""
    observation, stop = await env.initial_observation()
    transitions = []
    while True:
        action = await policy(observation, stop)
        result = await env.step(action)
        transitions.append(Transition(observation, action, result.reward, result.episode_done, result.metrics))
        if result.episode_done:
            return Trajectory(transitions)
        observation, stop = result.next_observation, result.next_stop_condition


async def do_group_rollout(env_group_builder: EnvGroupBuilder, policy: TokenCompleter) -> TrajectoryGroup:
    """All episodes of a group at the same time, then what the group makes of them. Raises what any of them raises."""
    try:
        envs = await env_group_builder.make_envs()
        trajectories = await asyncio.gather(*(do_single_rollout(policy, env) for env in envs))
        rewarded = await env_group_builder.compute_group_rewards(trajectories, envs)
        return TrajectoryGroup(trajectories, [reward for reward, _ in rewarded], [metrics for _, metrics in rewarded])
    finally:
        await env_group_builder.cleanup()
