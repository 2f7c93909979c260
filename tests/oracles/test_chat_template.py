"""conformance/oracles/chat_template.py, with a template of our own: the vendors' are not here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from conformance.adapters.serve import NotSupported, Rejected
from conformance.commands.selecting import hello_for
from conformance.oracles.chat_template import FAMILIES, ChatTemplates, _template_message
from conformance.protocol import InitializeResult
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = """\
{%- for message in messages %}
    {%- if message.role == "forbidden" %}{{ raise_exception("no such role") }}{% endif %}
    {%- if message.role == "skipped" %}{% continue %}{% endif %}
{{ bos_token }}[{{ message.role }}:{{ message.content }}
    {%- if message.reasoning_content %}|{{ message.reasoning_content }}{% endif %}
    {%- for call in message.tool_calls or [] %}|{{ call.function.arguments | tojson }}{% endfor %}]
{%- endfor %}
{%- if add_generation_prompt %}<{{ enable_thinking | default(true) }}>{% endif %}{{ eos_token }}
"""


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ChatTemplates:
    config = tmp_path / "tokenizer_config.json"
    config.write_text(json.dumps({"chat_template": TEMPLATE}))
    monkeypatch.setattr(Store, "companion", lambda self, name, file: config)
    made = ChatTemplates()
    store = Store()
    names = ["bytes-qwen3", "bytes-llama3", "bytes-llama3_instruct"]
    hello = made.initialize(msgspec.to_builtins(hello_for(names, store)))
    declared = msgspec.convert(hello, InitializeResult)
    assert declared.operations == ("renderer.build_generation_prompt",)
    assert set(declared.renderers) == set(FAMILIES)
    return made


def prompt(templates: ChatTemplates, messages: list[Any], **given: Any) -> str:
    params = {"renderer": "qwen3", "tokenizer": "bytes-qwen3", "messages": messages, **given}
    tokens = templates.answer("renderer.build_generation_prompt", params)["tokens"]
    return Store().load(params["tokenizer"]).decode(tokens)


def test_a_conversation_is_rendered_and_encoded_in_one_piece(templates: ChatTemplates) -> None:
    messages = [{"role": "user", "content": "é"}, {"role": "skipped", "content": "x"}]
    assert prompt(templates, messages) == "[user:é]<True><|im_end|>"


def test_the_mode_of_a_renderer_is_an_argument_of_the_template(templates: ChatTemplates) -> None:
    assert "<False>" in prompt(templates, [], renderer="qwen3_disable_thinking")


def test_prefill_stands_at_the_end(templates: ChatTemplates) -> None:
    assert prompt(templates, [], prefill="Sure").endswith("Sure")


def test_arguments_of_calls_are_objects_and_tojson_leaves_what_is_not_ascii(templates: ChatTemplates) -> None:
    call = {"type": "function", "function": {"name": "f", "arguments": '{"b":1,"a":"é<"}'}}
    assert '|{"b": 1, "a": "é<"}]' in prompt(templates, [{"role": "assistant", "content": "", "tool_calls": [call]}])


def test_reasoning_has_a_field_of_its_own(templates: ChatTemplates) -> None:
    content = [{"type": "thinking", "thinking": "r"}, {"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert "[assistant:ab|r]" in prompt(templates, [{"role": "assistant", "content": content}])


def test_the_bos_is_that_of_the_tokenizer(templates: ChatTemplates) -> None:
    given = {"renderer": "llama3", "tokenizer": "bytes-llama3_instruct"}
    assert prompt(templates, [{"role": "user", "content": "x"}], **given).startswith("<|begin_of_text|>[user:x]")


def test_what_the_template_raises_is_a_rejection(templates: ChatTemplates) -> None:
    with pytest.raises(Rejected, match="no such role") as raised:
        prompt(templates, [{"role": "forbidden", "content": ""}])
    assert raised.value.kind == "invalid_message"


@pytest.mark.parametrize(
    ("messages", "given"),
    [
        ([], {"role": "user"}),
        ([], {"options": {"strip_thinking_from_history": False}}),
        ([], {"renderer": "llama3", "tokenizer": "bytes-qwen3"}),
        ([{"role": "user", "content": None}], {}),
        ([{"role": "user"}], {}),
        ([{"role": "user", "content": [{"type": "image", "image": "x"}]}], {}),
        ([{"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}], {}),
    ],
)
def test_beyond_its_territory_it_is_silent(templates: ChatTemplates, messages: list[Any], given: Any) -> None:
    with pytest.raises(NotSupported):
        prompt(templates, messages, **given)


def test_other_operations_are_not_supported(templates: ChatTemplates) -> None:
    with pytest.raises(NotSupported):
        templates.answer("renderer.parse_response", {})


def test_a_template_cannot_leave_its_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "tokenizer_config.json"
    config.write_text(json.dumps({"chat_template": "{{ ''.__class__.__mro__[1].__subclasses__() }}"}))
    monkeypatch.setattr(Store, "companion", lambda self, name, file: config)
    made = ChatTemplates()
    made.initialize(msgspec.to_builtins(hello_for(["bytes-qwen3"], Store())))
    with pytest.raises(Rejected):
        prompt(made, [])


def test_a_message_is_not_changed() -> None:
    message = {
        "role": "assistant",
        "content": [{"type": "thinking", "thinking": "r"}],
        "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": "{}"}}],
    }
    before = json.dumps(message)
    made = _template_message(message)
    assert json.dumps(message) == before
    assert made["reasoning_content"] == "r"
    assert made["tool_calls"][0]["function"]["arguments"] == {}
