"""conformance/oracles/chat_template.py: what a template is given, and its answers."""

from __future__ import annotations

from typing import Any

import jinja2
import pytest

from conformance.adapters.serve import NotSupported, Rejected
from conformance.oracles.chat_template import FAMILIES, ChatTemplates

from .asking_oracles import offered, read

SHOWING = (
    "{{ bos_token }}{% for message in messages %}[{{ message.role }}|{{ message.content }}"
    "{% if message.reasoning_content %}|r={{ message.reasoning_content }}{% endif %}"
    "{% for call in message.tool_calls or [] %}|{{ call.function.arguments.x }}{% endfor %}]{% endfor %}"
    "{% if enable_thinking is defined %}thinking={{ enable_thinking }}{% endif %}"
    "{% if messages and messages[0].role == 'critic' %}{{ raise_exception('no critics') }}{% endif %}"
)


@pytest.fixture
def templates() -> ChatTemplates:
    made = ChatTemplates()
    hello = {"tokenizers": offered("bytes-qwen3", "bytes-llama3_instruct")}
    declared = made.initialize(hello)
    assert declared["renderers"] == list(FAMILIES)
    assert declared["operations"] == ["renderer.build_generation_prompt"]
    environment = jinja2.Environment(autoescape=False)
    environment.globals["raise_exception"] = _raise
    made.template = lambda tokenizer: environment.from_string(SHOWING)  # type: ignore[assignment, misc]
    return made


def _raise(message: str) -> None:
    raise jinja2.TemplateError(message)


def prompt(templates: ChatTemplates, *messages: dict[str, Any], **given: Any) -> str:
    asked = {"renderer": "qwen3", "tokenizer": "bytes-qwen3", "messages": list(messages), **given}
    answer = templates.answer("renderer.build_generation_prompt", asked)
    return read(answer["tokens"])


def test_a_template_is_given_text_and_reasoning_apart(templates: ChatTemplates) -> None:
    parts = [
        {"type": "thinking", "thinking": "r"},
        {"type": "text", "text": "a"},
        {"type": "thinking", "thinking": "s"},
        {"type": "text", "text": "b"},
    ]
    assert prompt(templates, {"role": "user", "content": "<|end|>é"}, {"role": "assistant", "content": parts}) == (
        "[user|<|end|>é][assistant|ab|r=rs]"
    )


def test_arguments_are_given_as_an_object(templates: ChatTemplates) -> None:
    calls = [{"type": "function", "function": {"name": "f", "arguments": '{"x": [1.0]}'}}]
    assert prompt(templates, {"role": "assistant", "content": "", "tool_calls": calls}) == "[assistant||[1.0]]"


def test_a_mode_is_an_argument_and_a_prefill_follows(templates: ChatTemplates) -> None:
    asked = {"renderer": "qwen3_disable_thinking", "prefill": "!"}
    assert prompt(templates, {"role": "user", "content": "q"}, **asked) == "[user|q]thinking=False!"


@pytest.mark.parametrize(
    ("message", "given"),
    [
        ({"role": "user", "content": "q"}, {"role": "user"}),
        ({"role": "user", "content": "q"}, {"options": {"strip_thinking_from_history": False}}),
        ({"role": "user", "content": None}, {}),
        ({"role": "user"}, {}),
        ({"role": "user", "content": [{"type": "image", "image": "i"}]}, {}),
        ({"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}, {}),
    ],
)
def test_what_a_template_does_not_know_is_not_supported(
    templates: ChatTemplates, message: dict[str, Any], given: dict[str, Any]
) -> None:
    with pytest.raises(NotSupported):
        prompt(templates, message, **given)


def test_a_template_that_raises_refuses(templates: ChatTemplates) -> None:
    with pytest.raises(Rejected, match="no critics") as caught:
        prompt(templates, {"role": "critic", "content": "c"})
    assert caught.value.kind == "invalid_message"


def test_it_writes_prompts_alone(templates: ChatTemplates) -> None:
    with pytest.raises(NotSupported):
        templates.answer("renderer.get_stop_sequences", {})
