"""What a rollout leaves behind.

Behaviour: tinker-cookbook 0.5.8, `rl.types` and `completers.TokensWithLogprobs`. Names that end in `_G` have one
element a trajectory of a group, as upstream's have.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from cookbook.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cookbook.client import StopReason
    from cookbook.datum import ModelInput

Metrics: TypeAlias = "Mapping[str, float]"

PARSE_ERROR_MASKED_METRIC_KEY = "parse_error_masked"
"""A transition with this metric at 1 or more is not trained on: the model's answer could not be read."""


@dataclass(frozen=True, slots=True)
class TokensWithLogprobs:
    """Sampled tokens, the logprob of each if it is known, and whether a stop or the limit ended them."""

    tokens: Sequence[int]
    maybe_logprobs: Sequence[float] | None = None
    stop_reason: StopReason = "stop"

    @property
    def logprobs(self) -> Sequence[float]:
        """Raises InvalidInputError when they are not known."""
        if self.maybe_logprobs is None:
            raise InvalidInputError("the logprobs of these tokens are not known: sample with logprobs")
        return self.maybe_logprobs


@dataclass(frozen=True, slots=True)
class Transition:
    """What the model saw, what it did, and what it got for it."""

    ob: ModelInput
    ac: TokensWithLogprobs
    reward: float = 0.0
    episode_done: bool = False
    metrics: Metrics = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One episode."""

    transitions: Sequence[Transition]


@dataclass(frozen=True, slots=True)
class TrajectoryGroup:
    """Episodes of the same task, whose rewards are compared with each other.

    `final_rewards_G` come on top of the rewards of the steps. `metrics_G` may stay empty.
    """

    trajectories_G: Sequence[Trajectory]  # noqa: N815 - upstream's name
    final_rewards_G: Sequence[float]  # noqa: N815
    metrics_G: Sequence[Metrics] = ()  # noqa: N815

    def get_total_rewards(self) -> list[float]:
        """For each trajectory the rewards of its steps, added from the first to the last, and its final reward.

        Raises InvalidInputError unless there is a final reward for each.
        """
        if len(self.trajectories_G) != len(self.final_rewards_G):
            raise InvalidInputError(
                f"{len(self.trajectories_G)} trajectories have {len(self.final_rewards_G)} final rewards: one each"
            )
        return [
            sum(transition.reward for transition in trajectory.transitions) + final_reward
            for trajectory, final_reward in zip(self.trajectories_G, self.final_rewards_G, strict=True)
        ]
