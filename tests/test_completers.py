"""cookbook/completers.py: facts of tinker-cookbook 0.5.8, `completers`."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from conformance.traces.recorder import Recorder
from conformance.traces.stream import Sample
from cookbook.completers import TinkerTokenCompleter
from cookbook.datum import ModelInput
from cookbook.errors import InvalidInputError

PROMPT = ModelInput.from_ints([65, 66, 67])


def test_one_sample_is_drawn_with_its_logprobs() -> None:
    recorder = Recorder()

    async def run() -> Any:
        client = await recorder.create_sampling_client_async(base_model="base")
        return await TinkerTokenCompleter(client, 2)(PROMPT, [])

    answer = asyncio.run(run())
    assert (len(answer.tokens), len(answer.logprobs), answer.stop_reason) == (2, 2, "length")
    (asked,) = recorder.operations
    assert isinstance(asked, Sample)
    assert (asked.num_samples, asked.prompt, asked.params.temperature) == (1, (65, 66, 67), 1.0)


@pytest.mark.parametrize(
    ("own", "call", "window", "limit"), [(9, None, None, 9), (9, 4, None, 4), (4, 9, None, 4), (9, None, 8, 5)]
)
def test_the_smallest_limit_holds(own: int, call: int | None, window: int | None, limit: int) -> None:
    assert limit == limit_of(own, call, window)


def limit_of(own: int, call: int | None, window: int | None) -> int | None:
    recorder = Recorder()

    async def run() -> None:
        client = await recorder.create_sampling_client_async(base_model="base")
        await TinkerTokenCompleter(client, own, 0.5, window)(PROMPT, [200], max_tokens=call)

    asyncio.run(run())
    (asked,) = recorder.operations
    assert isinstance(asked, Sample)
    assert (asked.params.temperature, asked.params.stop) == (0.5, (200,))
    return asked.params.max_tokens


def test_a_prompt_that_fills_the_window_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="3 tokens leaves no room in a context of 3"):
        limit_of(9, None, 3)
