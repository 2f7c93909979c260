"""Facts of upstream's `to_openai_message` (tinker-cookbook 0.5.8)."""

from __future__ import annotations

import pytest
from byte_formats import assistant, call, renderer, text_part, thinking, tool, user

REASONS = assistant([thinking("r"), text_part("a"), text_part("b")])


@pytest.mark.parametrize("name", ["qwen3", "deepseekv3_thinking", "gpt_oss_no_sysprompt"])
def test_reasoning_has_a_field_where_the_models_take_one(name) -> None:
    converted = renderer(name).to_openai_message(REASONS)
    assert converted == {"role": "assistant", "content": "ab", "reasoning_content": "r"}
    assert "reasoning_content" not in renderer(name).to_openai_message(assistant([text_part("a")]))


@pytest.mark.parametrize("name", ["llama3", "role_colon"])
def test_and_stands_inline_elsewhere(name) -> None:
    assert renderer(name).to_openai_message(REASONS) == {"role": "assistant", "content": "<think>r</think>ab"}


def test_calls_keep_their_arguments_as_text() -> None:
    converted = renderer("qwen3").to_openai_message(assistant("", call("f", '{"a":1}', "c"), call("g")))
    assert converted["tool_calls"] == [
        {"type": "function", "id": "c", "function": {"name": "f", "arguments": '{"a":1}'}},
        {"type": "function", "id": None, "function": {"name": "g", "arguments": "{}"}},
    ]
    assert "tool_calls" not in renderer("qwen3").to_openai_message({**assistant("a"), "tool_calls": []})


def test_a_result_keeps_its_links_and_no_one_else_does() -> None:
    links = {"name": "f", "tool_call_id": "c"}
    assert renderer("llama3").to_openai_message({**tool("o"), **links}) == {"role": "tool", "content": "o", **links}
    assert renderer("llama3").to_openai_message({**user("q"), **links}) == {"role": "user", "content": "q"}


def test_a_result_without_links_gets_none_and_unknown_parts_leave_nothing() -> None:
    assert renderer("llama3").to_openai_message({"role": "tool", "content": [{"type": "audio"}]}) == {
        "role": "tool",
        "content": "",
    }


def test_an_image_is_not_dropped_without_a_word_where_reasoning_is_inline() -> None:
    image = {"type": "image", "image": "https://example.org/x.png"}
    with pytest.raises(NotImplementedError, match="image"):
        renderer("llama3").to_openai_message(user([image]))
    assert renderer("qwen3").to_openai_message(user([image]))["content"] == ""
