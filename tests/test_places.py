"""conformance/places.py: where each chunk of a rendering comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.commands.selecting import hello_for
from conformance.places import example_places, prompt_places
from conformance.show import _renderer, tokenizer_for
from conformance.tokenizers import Store
from cookbook.renderers.registry import get_built_in_renderer_names

if TYPE_CHECKING:
    from cookbook.renderers import Renderer

MESSAGES: list[Any] = [
    {"role": "user", "content": "q"},
    {"role": "assistant", "content": ""},
    {"role": "user", "content": "r"},
    {"role": "assistant", "content": "a"},
]


def renderer(name: str) -> Renderer:
    tokenizer = tokenizer_for(name, None)
    return _renderer(name, tokenizer, hello_for([tokenizer], Store()), {})


@pytest.mark.parametrize("name", get_built_in_renderer_names())
@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_there_are_as_many_places_as_chunks(name: str, count: int) -> None:
    made = renderer(name)
    messages = MESSAGES[:count]
    assert len(prompt_places(made, messages)) == len(made.build_generation_prompt(messages).chunks)
    for given in ({"role": "user"}, {"prefill": "x"}):
        expected = made.build_generation_prompt(messages, **given)
        assert len(prompt_places(made, messages, **given)) == len(expected.chunks)
    if count and count % 2 == 0:
        rendered, _ = made.build_supervised_example(messages, "last_assistant_message")
        assert len(example_places(made, messages)) == len(rendered.chunks)


def test_a_message_that_the_format_adds_is_named_so() -> None:
    places = example_places(renderer("gpt_oss_medium_reasoning"), MESSAGES[:2])
    assert "output of a message that the format adds" in places
    assert places[-1].endswith("messages[1] (assistant)")
