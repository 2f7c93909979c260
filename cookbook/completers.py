"""A policy: what samples tokens after a prompt.

Behaviour: tinker-cookbook 0.5.8, `completers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cookbook.client import SamplingParams
from cookbook.errors import InvalidInputError
from cookbook.rl.types import TokensWithLogprobs

if TYPE_CHECKING:
    from cookbook.client import SamplingClient, StopCondition
    from cookbook.datum import ModelInput


class TokenCompleter(Protocol):
    """Anything that samples."""

    async def __call__(
        self, model_input: ModelInput, stop: StopCondition, *, max_tokens: int | None = None
    ) -> TokensWithLogprobs:
        """Tokens that follow, with their logprobs."""


@dataclass(frozen=True, slots=True)
class TinkerTokenCompleter:
    """Samples with a client: at most `max_tokens`, and no more than fit into `context_window` behind the prompt."""

    sampling_client: SamplingClient
    max_tokens: int
    temperature: float = 1.0
    context_window: int | None = None

    async def __call__(
        self, model_input: ModelInput, stop: StopCondition, *, max_tokens: int | None = None
    ) -> TokensWithLogprobs:
        """One sample. Raises InvalidInputError if the prompt fills the context window."""
        limit = self.max_tokens if max_tokens is None else min(self.max_tokens, max_tokens)
        if self.context_window is not None:
            limit = min(limit, self.context_window - model_input.length)
            if limit <= 0:
                raise InvalidInputError(
                    f"a prompt of {model_input.length} tokens leaves no room in a context of {self.context_window}"
                )
        params = SamplingParams(stop=stop, max_tokens=limit, temperature=self.temperature)
        response = await self.sampling_client.sample_async(model_input, 1, params)
        sampled = response.sequences[0]
        return TokensWithLogprobs(sampled.tokens, sampled.logprobs, sampled.stop_reason)
