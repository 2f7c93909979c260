"""What formats say of themselves, where no family says more."""

from __future__ import annotations

import pytest
from byte_formats import assistant, ids, renderer, texts, user
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("role_colon", {}),
        ("llama3", {}),
        ("qwen3", {"strip_thinking_from_history": False}),
        ("deepseekv3", {}),
    ],
)
@given(turns=st.lists(st.tuples(texts, texts), min_size=2, max_size=4))
@settings(max_examples=30, deadline=None)
def test_with_the_extension_property_each_prompt_begins_with_the_one_before(name, options, turns) -> None:
    format_ = renderer(name, **options)
    assert format_.has_extension_property
    messages = [message for question, answer in turns for message in (user(question), assistant(answer))]

    prompts = [format_.build_generation_prompt(messages[:end]).to_ints() for end in range(1, len(messages), 2)]
    whole = format_.build_supervised_example(messages)[0].to_ints()

    for earlier, later in zip(prompts, [*prompts[1:], whole], strict=True):
        assert later[: len(earlier)] == earlier


def test_a_format_without_tools_or_streaming_says_so() -> None:
    for name in ("role_colon", "llama3"):
        with pytest.raises(NotImplementedError, match="tools"):
            renderer(name).create_conversation_prefix_with_tools([])
        assert not renderer(name).supports_streaming
        with pytest.raises(NotImplementedError, match="token by token"):
            renderer(name).parse_response_streaming(ids("a", renderer(name)))
