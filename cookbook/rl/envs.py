"""What a model acts in: environments, the groups whose rewards are compared, and datasets of groups.

Behaviour: tinker-cookbook 0.5.8, `rl.types`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cookbook.client import StopCondition
    from cookbook.datum import ModelInput
    from cookbook.rl.types import Metrics, TokensWithLogprobs, Trajectory


@dataclass(frozen=True, slots=True)
class StepResult:
    """What an action led to: a reward, and what is seen next and where the next answer stops."""

    reward: float
    episode_done: bool
    next_observation: ModelInput
    next_stop_condition: StopCondition
    metrics: Metrics = field(default_factory=dict)


class Env(ABC):
    """One episode, lived through once."""

    @abstractmethod
    async def initial_observation(self) -> tuple[ModelInput, StopCondition]:
        """What is seen first, and where the answer to it stops."""

    @abstractmethod
    async def step(self, action: TokensWithLogprobs, /) -> StepResult:
        """Act. The action is what was sampled, with the reason why it stopped."""


class EnvGroupBuilder(ABC):
    """Makes the environments of a group: the same task several times, or players of one game."""

    @abstractmethod
    async def make_envs(self) -> Sequence[Env]:
        """One environment a trajectory."""

    async def compute_group_rewards(
        self, trajectory_group: Sequence[Trajectory], env_group: Sequence[Env]
    ) -> list[tuple[float, Metrics]]:
        """For each trajectory a reward on top of those of its steps, and metrics; nothing by default."""
        return [(0.0, {}) for _ in trajectory_group]

    async def cleanup(self) -> None:  # noqa: B027 - most groups have nothing to clean up
        """Called when the group is done, whether it succeeded or failed."""

    def logging_tags(self) -> list[str]:
        """Names under which the metrics of such groups are logged on their own."""
        return []


class RLDataset(Protocol):
    """Batches of groups."""

    def __len__(self) -> int:
        """Number of batches."""

    def get_batch(self, index: int) -> Sequence[EnvGroupBuilder]:
        """The groups of a batch, counted from 0."""


RLDatasetBuilder: TypeAlias = Callable[[], Awaitable[tuple[RLDataset, RLDataset | None]]]
"""Gives what to train on, and what to test on or None."""
