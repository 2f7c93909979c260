"""The reference's reinforcement learning on a scenario: prompts of one turn, rewarded by a sum of tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cookbook.datum import ModelInput
from cookbook.messages import message_from_json
from cookbook.rl.envs import Env, EnvGroupBuilder, StepResult
from cookbook.rl.train import Config, KLReferenceConfig, StreamMinibatchConfig, main

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cookbook.client import ServiceClient, StopCondition
    from cookbook.renderers import Renderer
    from cookbook.rl.types import TokensWithLogprobs
    from cookbook.tokenizer import Tokenizer

Params = dict[str, Any]


@dataclass(frozen=True)
class OneTurn(Env):
    """A prompt, a sample, and the sum of its tokens modulo 8 in eighths."""

    messages: list[Any]
    renderer: Renderer

    async def initial_observation(self) -> tuple[ModelInput, StopCondition]:
        return self.renderer.build_generation_prompt(self.messages), self.renderer.get_stop_sequences()

    async def step(self, action: TokensWithLogprobs, /) -> StepResult:
        return StepResult((sum(action.tokens) % 8) / 8, True, ModelInput(), [])


@dataclass(frozen=True)
class Group(EnvGroupBuilder):
    group: Params
    renderer: Renderer

    async def make_envs(self) -> Sequence[Env]:
        messages = [message_from_json(message) for message in self.group["messages"]]
        return [OneTurn(messages, self.renderer) for _ in range(self.group["group_size"])]


@dataclass(frozen=True)
class Groups:
    groups: list[Params]
    batches: list[list[int]]
    renderer: Renderer

    def __len__(self) -> int:
        return len(self.batches)

    def get_batch(self, index: int) -> list[Group]:
        return [Group(self.groups[place], self.renderer) for place in self.batches[index]]


async def run(
    params: Params, renderer: Renderer, given: Params, *, service_client: ServiceClient, tokenizer: Tokenizer
) -> None:
    """Run the loop."""

    async def build() -> tuple[Groups, Groups | None]:
        test = params.get("test")
        return (
            Groups(params["groups"], params["batches"], renderer),
            Groups(params["groups"], test, renderer) if test else None,
        )

    settings = dict(given)
    if streamed := settings.pop("stream_minibatch", None):
        settings["stream_minibatch_config"] = StreamMinibatchConfig(**streamed)
    if base_model := settings.pop("kl_reference_base_model", None):
        settings["kl_reference_config"] = KLReferenceConfig(base_model=base_model)
    await main(Config(dataset_builder=build, **settings), service_client=service_client, tokenizer=tokenizer)
