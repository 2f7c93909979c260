"""conformance/asked.py: a question in one line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_answers import lexicon

from conformance.asked import LONGEST, shown_question

BYTES = lexicon("bytes-qwen3")


def shown(**params: Any) -> str:
    return shown_question("renderer.build_generation_prompt", json.dumps(params).encode(), BYTES)


def test_messages_read_as_a_conversation() -> None:
    messages = [{"role": "user", "content": "Hi\n"}, {"role": "assistant", "content": "é"}]
    line = shown(renderer="qwen3", tokenizer="bytes-qwen3", messages=messages, train_on_what="all_tokens")
    assert line == 'user "Hi\\n" | assistant "\\u00e9"  train_on_what="all_tokens"'


def test_parts_and_other_keys() -> None:
    parts = [{"type": "thinking", "thinking": "so"}, {"type": "text", "text": "4"}]
    assert shown(messages=[{"role": "assistant", "content": parts}]) == 'assistant [thinking "so", text "4"]'
    assert shown(messages=[{"role": "tool", "content": "4", "name": "add"}]) == 'tool "4" name="add"'
    assert shown(messages=[], prefill="x") == 'no messages  prefill="x"'
    assert shown(text="a", split_special_tokens=True) == 'text="a"  split_special_tokens=true'


@pytest.mark.parametrize(
    "message",
    [{"content": "Hi"}, {"role": "user"}, {"role": None, "content": ""}, "Hi", None, {}],
)
def test_what_is_no_message_is_json(message: Any) -> None:
    assert shown(messages=[message]) == json.dumps(message)


def test_odd_content() -> None:
    assert shown(messages=[{"role": "user", "content": None}]) == "user null"
    assert shown(messages=[{"role": "user", "content": []}]) == "user []"
    assert shown(messages=[{"role": "user", "content": [{"type": "text"}]}]) == 'user [{"type": "text"}]'
    assert shown(messages=[{"role": "a\nb", "content": ""}]) == '"a\\nb" ""'
    assert shown(messages={"a": 1}) == 'messages={"a": 1}'


def test_a_long_question_is_cut() -> None:
    line = shown(messages=[{"role": "user", "content": "x" * 1000}] * 100)
    assert len(line) <= LONGEST + 5
    assert "…" in line or " ... " in line
    assert len(shown(text="y" * 100_000)) < 200
    assert shown_question("tensor.from_nested", b"[" * 100_000, None) != ""


def test_tokens_are_shown_as_text_where_they_can_be() -> None:
    assert shown(tokens=[72, 105, 258]) == '3 tokens "Hi<|im_end|>"'
    assert shown_question("renderer.parse_response", b'{"tokens": [72]}', None) == "tokens=[72]"
    assert shown(tokens=["a"]) == 'tokens=["a"]'


def test_the_mode_that_nobody_named_is_told() -> None:
    params = b'{"messages": [], "prefill": null}'
    operation = "renderer.build_supervised_example"
    assert shown_question(operation, params, None) == "no messages  prefill=null  (no train_on_what)"


@given(st.recursive(st.none() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_any_params_are_one_line(value: Any) -> None:
    for params in (value, {"messages": value}, {"messages": [value]}):
        line = shown_question("renderer.build_supervised_example", json.dumps(params).encode(), BYTES)
        assert line.isprintable()
