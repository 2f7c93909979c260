"""conformance/oracles/tml_renderers.py: messages in its form and back, declarations, and the protocol."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.adapters.serve import NotSupported
from conformance.oracles.tml_renderers import RENDERERS, declared, dictionaries, message

from .asking_oracles import ask, read, wrote

CALL = {"type": "function", "function": {"name": "f", "arguments": "{}"}}


def test_messages_are_handed_over_as_they_are() -> None:
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "r"}], "tool_calls": [CALL]},
        {"role": "tool", "content": "8", "name": "f", "tool_call_id": "c", "unparsed_tool_calls": []},
        {"role": "critic", "content": []},
    ]
    assert dictionaries(messages) == [
        *messages[:2],
        {"role": "tool", "content": "8", "name": "f", "tool_call_id": "c"},
        messages[3],
    ]


@pytest.mark.parametrize(
    "odd",
    [
        {"role": "user"},
        {"role": "user", "content": None},
        {"role": "user", "content": ["text"]},
        {"role": "user", "content": [{"type": "image", "image": "i"}]},
        {"role": "user", "content": "q", "trainable": None},
        {"role": "assistant", "content": "a", "unparsed_tool_calls": [{"raw_text": "x", "error": "y"}]},
    ],
)
def test_what_has_no_place_in_its_messages_is_not_supported(odd: dict[str, Any]) -> None:
    with pytest.raises(NotSupported):
        dictionaries([odd])


def test_the_number_that_it_gives_a_call_is_no_id() -> None:
    def spoken(*ids: str) -> dict[str, Any]:
        return {"role": "assistant", "content": [], "tool_calls": [{**CALL, "id": id} for id in ids]}

    made = message([spoken("functions.f:0", "functions.f:0", "functions.f:2", "c1")])
    assert [call.get("id") for call in made["tool_calls"]] == [None, "functions.f:0", None, "c1"]


@pytest.mark.parametrize("parsed", [[], [{"role": "assistant", "content": "a"}] * 2])
def test_a_response_is_one_message(parsed: list[dict[str, Any]]) -> None:
    with pytest.raises(NotSupported):
        message(parsed)


def test_a_declaration_is_cut_out_of_a_prompt() -> None:
    qwen3, gpt_oss = RENDERERS["qwen3"].declares, RENDERERS["gpt_oss_low_reasoning"].declares
    assert qwen3 is not None
    assert gpt_oss is not None
    prompt = "<|im_start|>system\n# Tools<|im_end|> are here<|im_end|>\n<|im_start|>assistant\n"
    assert declared(prompt, qwen3) == [{"role": "system", "content": "# Tools<|im_end|> are here"}]
    system = "<|start|>system<|message|>You are.\nCall them.<|end|>"
    prompt = f"{system}<|start|>developer<|message|># Tools<|end|><|start|>assistant"
    assert declared(prompt, gpt_oss) == [
        {"role": "_gptoss_internal_system", "content": "Call them."},
        {"role": "developer", "content": "# Tools"},
    ]


def test_it_speaks_protocol() -> None:
    qwen3 = {"renderer": "qwen3", "tokenizer": "bytes-qwen3"}
    conversation = [
        {"role": "user", "content": "<think>é"},
        {"role": "assistant", "content": "a"},
        {"role": "user", "content": "z"},
        {"role": "assistant", "content": "bé"},
    ]
    asked = {**qwen3, "messages": conversation}
    tool = {"name": "f", "description": "d", "parameters": '{"type": "object"}'}
    declared_, answers = ask(
        "conformance.oracles.tml_renderers",
        ("renderer.build_generation_prompt", asked),
        ("renderer.build_generation_prompt", {**asked, "options": {"strip_thinking_from_history": False}}),
        ("renderer.build_generation_prompt", {**asked, "options": {"elsewhere": 1}}),
        ("renderer.build_generation_prompt", {**asked, "role": "user"}),
        ("renderer.build_generation_prompt", {**asked, "prefill": "p"}),
        ("renderer.build_generation_prompt", {**qwen3, "messages": [{"role": "critic", "content": ""}]}),
        ("renderer.build_generation_prompt", {**qwen3, "messages": [{"role": "user", "content": "e\u0301"}]}),
        ("renderer.build_generation_prompt", {**asked, "renderer": "deepseekv3"}),
        ("renderer.build_supervised_example", asked),
        ("renderer.build_supervised_example", {**asked, "train_on_what": "all_tokens"}),
        ("renderer.build_supervised_example", {**asked, "train_on_what": "all_assistant_messages"}),
        ("renderer.build_supervised_examples", {**asked, "train_on_what": "all_assistant_messages"}),
        ("renderer.parse_response", {**qwen3, "tokens": wrote("a<|im_end|>")}),
        ("renderer.parse_response", {**qwen3, "tokens": wrote("a")}),
        ("renderer.parse_response", {**qwen3, "tokens": wrote("lost<|im_end|>")}),
        ("renderer.parse_response", {**qwen3, "tokens": [0xC3, *wrote("<|im_end|>")]}),
        ("renderer.get_stop_sequences", qwen3),
        ("renderer.create_conversation_prefix_with_tools", {**qwen3, "tools": [tool], "system_prompt": "s"}),
        ("renderer.create_conversation_prefix_with_tools", {**qwen3, "tools": []}),
        ("tokenizer.encode", {"tokenizer": "bytes-qwen3", "text": "a"}),
        tokenizers=("bytes-qwen3", "bytes-deepseek_v3_1", "bytes-llama3"),
        env={},
    )
    assert (declared_.implementation.name, declared_.implementation.version) == ("tml-renderers", "0.2.1")
    assert set(declared_.renderers) == set(RENDERERS)
    assert set(declared_.tokenizers) == {"bytes-qwen3", "bytes-deepseek_v3_1"}

    turns = [f"<|im_start|>{turn['role']}\n{turn['content']}<|im_end|>" for turn in conversation]
    assert read(answers[0]["tokens"]) == "".join(turns) + "<|im_start|>"
    assert read(answers[1]["tokens"]).endswith("<|im_start|>strip_thinking_from_history=False;")
    refused, normalised, other = answers[5:8]
    assert answers[2:5] == ["not supported"] * 3
    assert (refused, normalised, other) == ("rejected: invalid_message", "not supported", "not supported")

    trained = len(wrote(turns[3]))
    last = answers[8]
    assert read(last["tokens"]) == "".join(turns)
    assert last["weights"] == [0] * (len(last["tokens"]) - trained) + [1] * trained, "a token's weight is its bytes'"
    assert answers[9:11] == ["not supported"] * 2
    assert [read(example["tokens"]) for example in answers[11]["examples"]] == ["".join(turns[:2]), "".join(turns)]

    assert answers[12] == {"message": {"role": "assistant", "content": "a"}, "termination": "stop_sequence"}
    assert answers[13:16] == ["not supported"] * 3
    assert answers[16] == {"stop": wrote("<|im_end|>")}
    body = "s<|im_end|><|im_start|>system\nf: d ['type']"
    assert answers[17] == {"messages": [{"role": "system", "content": body}]}
    assert answers[18:] == ["not supported"] * 2


def test_the_real_tokenizers_are_its_own() -> None:
    _, answers = ask(
        "conformance.oracles.tml_renderers",
        ("tokenizer.encode", {"tokenizer": "qwen3", "text": "é"}),
        ("tokenizer.encode", {"tokenizer": "qwen3", "text": "a<think>"}),
        ("tokenizer.decode", {"tokenizer": "qwen3", "tokens": [97, 2002, 0xC3]}),
        tokenizers=("qwen3",),
        env={},
    )
    assert answers == [{"tokens": list("é".encode())}, "not supported", {"text": "a<think>\ufffd"}]
