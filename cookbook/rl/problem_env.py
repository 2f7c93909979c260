"""A question, one answer, and a reward for being right.

Behaviour: tinker-cookbook 0.5.8, `rl.problem_env`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cookbook.datum import ModelInput
from cookbook.renderers import get_text_content
from cookbook.rl.envs import Env, EnvGroupBuilder, StepResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cookbook.client import StopCondition
    from cookbook.messages import Message
    from cookbook.renderers import Renderer
    from cookbook.rl.types import TokensWithLogprobs

FORMAT_COEF = 0.1
"""What an answer that is not well formed costs. One that does not end with a stop sequence is not."""


@dataclass(frozen=True, kw_only=True)
class ProblemEnv(Env):
    """The reward is 1 for a right answer, less `format_coef` for one that is not well formed."""

    renderer: Renderer
    question: str
    check_answer: Callable[[str], bool]
    check_format: Callable[[str], bool] = lambda _: True
    convo_prefix: Sequence[Message] = ()
    format_coef: float = FORMAT_COEF

    async def initial_observation(self) -> tuple[ModelInput, StopCondition]:
        """The question, behind the prefix."""
        conversation: list[Message] = [*self.convo_prefix, {"role": "user", "content": self.question}]
        return self.renderer.build_generation_prompt(conversation), self.renderer.get_stop_sequences()

    async def step(self, action: TokensWithLogprobs, /) -> StepResult:
        """Judge the answer. Its metrics are `format` and `correct`."""
        message, termination = self.renderer.parse_response(list(action.tokens))
        text = get_text_content(message)
        well_formed = float(termination.is_stop_sequence and self.check_format(text))
        correct = float(self.check_answer(text))
        return StepResult(
            reward=self.format_coef * (well_formed - 1) + correct,
            episode_done=True,
            next_observation=ModelInput(),
            next_stop_condition=self.renderer.get_stop_sequences(),
            metrics={"format": well_formed, "correct": correct},
        )


@dataclass(frozen=True, kw_only=True)
class ProblemGroupBuilder(EnvGroupBuilder):
    """The same problem `num_envs` times."""

    env_thunk: Callable[[], ProblemEnv]
    num_envs: int
    dataset_name: str = "problems"
    tags: Sequence[str] = field(default=())

    async def make_envs(self) -> Sequence[Env]:
        """A fresh environment each."""
        return [self.env_thunk() for _ in range(self.num_envs)]

    def logging_tags(self) -> list[str]:
        """The name of the dataset, and more."""
        return [self.dataset_name, *self.tags]


@dataclass(frozen=True)
class ProblemDataset:
    """Batches of groups, in the order of the problems. What does not fill a batch is left over."""

    groups: Sequence[ProblemGroupBuilder]
    batch_size: int

    def __len__(self) -> int:
        return len(self.groups) // self.batch_size

    def get_batch(self, index: int) -> Sequence[ProblemGroupBuilder]:
        """The groups of a batch, counted from 0."""
        return self.groups[index * self.batch_size : (index + 1) * self.batch_size]
