"""conformance/oracles/harmony.py: conversations in harmony's form, responses in the wire's, and the protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.adapters.serve import NotSupported
from conformance.oracles.harmony import EFFORTS, body, conversation, response

from .asking_oracles import ask, read, wrote

if TYPE_CHECKING:
    from pathlib import Path

CALL = {"type": "function", "function": {"name": "brew", "arguments": '{"b": 1, "a":2}'}}
CALLED = {
    "role": "assistant",
    "channel": "commentary",
    "content": '{"b": 1, "a":2}',
    "recipient": "functions.brew",
    "content_type": "<|constrain|>json",
}


def said(channel: str, content: str) -> dict[str, str]:
    return {"role": "assistant", "channel": channel, "content": content}


CONVERSATIONS: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
    ({"role": "user", "content": "q", "trainable": True}, [{"role": "user", "content": "q"}]),
    ({"role": "user", "content": [{"type": "text", "text": "q"}]}, [{"role": "user", "content": "q"}]),
    ({"role": "developer", "content": "d"}, [{"role": "developer", "content": "d"}]),
    ({"role": "_gptoss_internal_system", "content": "s"}, [{"role": "system", "content": "s"}]),
    (
        {"role": "system", "content": "s"},
        [{"role": "developer", "content": [{"type": "developer_content", "instructions": "s"}]}],
    ),
    ({"role": "assistant", "content": "a"}, [said("final", "a")]),
    ({"role": "assistant", "content": ""}, [said("final", "")]),
    ({"role": "assistant", "content": "a", "tool_calls": []}, [said("final", "a")]),
    (
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "r"},
                {"type": "thinking", "thinking": "s"},
                {"type": "text", "text": "a"},
                {"type": "text", "text": "b"},
            ],
        },
        [said("analysis", "rs"), said("final", "ab")],
    ),
    ({"role": "assistant", "content": [{"type": "thinking", "thinking": "r"}]}, [said("analysis", "r")]),
    ({"role": "assistant", "content": []}, []),
    ({"role": "assistant", "content": "", "tool_calls": [CALL]}, [CALLED]),
    ({"role": "assistant", "content": "t", "tool_calls": [CALL, CALL]}, [said("commentary", "t"), CALLED, CALLED]),
    (
        {"role": "tool", "content": "8", "name": "brew", "tool_call_id": "c"},
        [
            {
                "role": "tool",
                "name": "functions.brew",
                "channel": "commentary",
                "recipient": "assistant",
                "content": "8",
            }
        ],
    ),
]


@pytest.mark.parametrize(("message", "expected"), CONVERSATIONS)
def test_a_message_becomes_messages_on_channels(message: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    assert list(conversation([message], effort=None, date="")) == expected


def test_effort_and_date_stand_in_a_system_message_in_front() -> None:
    made = list(conversation([{"role": "user", "content": "q"}], effort="High", date="2025-06-28"))
    content = {"type": "system_content", "reasoning_effort": "High", "conversation_start_date": "2025-06-28"}
    assert made == [{"role": "system", "content": [content]}, {"role": "user", "content": "q"}]


def test_a_qualified_tool_name_is_not_qualified_again() -> None:
    made = list(conversation([{"role": "tool", "name": "functions.f", "content": ""}], effort=None, date=""))
    assert made[0]["name"] == "functions.f"


@pytest.mark.parametrize(
    "message",
    [
        {"role": "critic", "content": "c"},
        {"content": "no role"},
        {"role": "user"},
        {"role": "user", "content": None},
        {"role": "user", "content": [{"type": "image", "image": "i"}]},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "user", "content": [{"type": "thinking", "thinking": "r"}]},
        {"role": "tool", "content": "no name"},
        {"role": "tool", "name": "browser.search", "content": "another namespace"},
        {"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "thinking", "thinking": "r"}]},
        {"role": "assistant", "content": "a", "unparsed_tool_calls": [{"raw_text": "x", "error": "y"}]},
    ],
)
def test_what_harmony_cannot_say_is_not_supported(message: dict[str, Any]) -> None:
    with pytest.raises(NotSupported):
        list(conversation([message], effort=None, date=""))


def parsed(text: str, channel: str | None = "final", recipient: str | None = None) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}], "channel": channel, "recipient": recipient}


def test_a_response_is_put_together_from_its_channels() -> None:
    messages = [
        parsed("r", "analysis"),
        parsed("t", "commentary"),
        parsed('{"a": 1}', "commentary", "functions.f.g"),
    ]
    assert response(messages) == {
        "role": "assistant",
        "content": [{"type": "thinking", "thinking": "r"}, {"type": "text", "text": "t"}],
        "tool_calls": [{"type": "function", "function": {"name": "f.g", "arguments": '{"a": 1}'}}],
    }
    assert response([parsed("a")]) == {"role": "assistant", "content": [{"type": "text", "text": "a"}]}


@pytest.mark.parametrize(
    "messages",
    [
        [parsed("{}", "commentary", "functions.f")],
        [parsed("t", "commentary"), parsed("{", "commentary", "functions.f")],
        [parsed("t", "commentary"), parsed("[1]", "commentary", "functions.f")],
        [parsed("t", "commentary"), parsed("{}", "commentary", "browser.search")],
        [parsed("t", "commentary"), parsed("{}", "commentary", "functions")],
        [parsed("t", "commentary"), parsed("{}", "analysis", "functions.f")],
        [parsed("t", "commentary"), parsed("{}", "commentary", "functions.f"), parsed("more")],
        [parsed("t", "weird")],
        [parsed("t", None)],
    ],
)
def test_a_response_that_would_be_a_guess_is_not_supported(messages: list[dict[str, Any]]) -> None:
    with pytest.raises(NotSupported):
        response(messages)


def test_the_body_of_a_message_stands_between_its_markers() -> None:
    assert body("<|start|>developer<|message|>a<|message|>b<|end|>c<|end|>") == "a<|message|>b<|end|>c"


@pytest.fixture
def vocabulary(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "o200k_base.tiktoken").touch()
    return {"TIKTOKEN_ENCODINGS_BASE": str(tmp_path)}


def test_it_speaks_protocol(vocabulary: dict[str, str]) -> None:
    gpt_oss = {"renderer": "gpt_oss_low_reasoning", "tokenizer": "bytes-gpt_oss"}
    asked = {**gpt_oss, "messages": [{"role": "user", "content": "é<|end|>"}]}
    tool = {"name": "brew", "description": "Tea", "parameters": '{"type": "object"}'}
    declared, answers = ask(
        "conformance.oracles.harmony",
        ("renderer.build_generation_prompt", asked),
        ("renderer.build_generation_prompt", {**asked, "role": "system"}),
        ("renderer.build_generation_prompt", {**asked, "role": "tool"}),
        ("renderer.build_generation_prompt", {**asked, "prefill": "p"}),
        ("renderer.get_stop_sequences", gpt_oss),
        ("renderer.create_conversation_prefix_with_tools", {**gpt_oss, "tools": [tool], "system_prompt": "s"}),
        ("renderer.create_conversation_prefix_with_tools", {**gpt_oss, "tools": []}),
        ("renderer.parse_response", {**gpt_oss, "tokens": wrote("<|channel|>final<|message|>a<|return|>")}),
        ("renderer.parse_response", {**gpt_oss, "tokens": wrote("<|channel|>final<|message|>a")}),
        ("renderer.parse_response", {**gpt_oss, "tokens": wrote("<|channel|>final<|message|>a<|return|>b")}),
        ("renderer.parse_response", {**gpt_oss, "tokens": wrote("a<|return|>")}),
        ("tokenizer.encode", {"tokenizer": "bytes-gpt_oss", "text": "a"}),
        ("renderer.build_supervised_example", asked),
        tokenizers=("bytes-gpt_oss", "bytes-qwen3"),
        env=vocabulary,
    )
    assert (declared.implementation.name, declared.implementation.version) == ("harmony", "0.0.8")
    assert set(declared.renderers) == set(EFFORTS)
    assert declared.tokenizers == ("bytes-gpt_oss",)
    system = "system_content|conversation_start_date=2025-06-28|reasoning_effort=Low"
    prompt = f"<|start|>system<|message|>{system}<|end|><|start|>user<|message|>é<|end|><|end|><|start|>"
    assert [read(answer["tokens"]) for answer in answers[:2]] == [f"{prompt}assistant", f"{prompt}developer"]
    assert answers[0]["tokens"].count(wrote("<|end|>")[0]) == 2, "text that spells a marker stays text"
    assert answers[2:4] == ["not supported"] * 2
    assert answers[4] == {"stop": wrote("<|return|><|call|>")}
    about, developer = answers[5]["messages"]
    assert about == {"role": "_gptoss_internal_system", "content": "Call them."}
    assert developer["content"].startswith("developer_content|instructions=s|tools={'functions':")
    assert answers[6] == "not supported"
    assert answers[7] == {
        "message": {"role": "assistant", "content": [{"type": "text", "text": "a"}]},
        "termination": "stop_sequence",
    }
    assert answers[8:] == ["not supported"] * 5


def test_the_real_tokenizer_is_harmonys_own(vocabulary: dict[str, str]) -> None:
    _, answers = ask(
        "conformance.oracles.harmony",
        ("tokenizer.encode", {"tokenizer": "gpt_oss", "text": "a<|end|>"}),
        ("tokenizer.encode", {"tokenizer": "gpt_oss", "text": "<|end|>", "split_special_tokens": True}),
        ("tokenizer.decode", {"tokenizer": "gpt_oss", "tokens": [97, 1003]}),
        tokenizers=("gpt_oss",),
        env=vocabulary,
    )
    assert answers == [{"tokens": [97, 1003]}, {"tokens": list(b"<|end|>")}, {"text": "a<|end|>"}]
