"""What the strategies draw can be asked, and is answered or refused, never a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from conformance import strategies
from conformance.commands.selecting import hello_for
from conformance.differing import wire
from conformance.in_process import InProcess, quietly
from conformance.operations import invalid_params
from conformance.protocol import Fault, Result
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from conformance.protocol import Answer

REFERENCE = InProcess(hello_for(["bytes-qwen3"], Store()))
QWEN3 = {"renderer": "qwen3", "tokenizer": "bytes-qwen3"}


def answered(operation: str, params: dict[str, Any]) -> Answer:
    raw = wire(params)
    assert invalid_params(operation, raw) is None
    with quietly():
        answer = REFERENCE.answer(operation, raw)
    assert not isinstance(answer, Fault), answer
    return answer


@settings(max_examples=15)
@given(strategies.conversations(), strategies.train_on_what())
def test_conversations(messages: list[dict[str, Any]], mode: str) -> None:
    answered("renderer.build_generation_prompt", {**QWEN3, "messages": messages})
    answered("renderer.build_supervised_example", {**QWEN3, "messages": messages, "train_on_what": mode})


@settings(max_examples=15)
@given(strategies.conversations(roles=("user", "assistant"), parts=False, tools=False))
def test_plain_conversations_are_never_refused(messages: list[dict[str, Any]]) -> None:
    assert isinstance(answered("renderer.build_generation_prompt", {**QWEN3, "messages": messages}), Result)


@settings(max_examples=15)
@given(st.lists(strategies.tools(), max_size=2), strategies.texts())
def test_tools(tools: list[dict[str, str]], prompt: str) -> None:
    params = {**QWEN3, "tools": tools, "system_prompt": prompt}
    answered("renderer.create_conversation_prefix_with_tools", params)


@settings(max_examples=15)
@given(strategies.response_texts())
def test_responses(text: str) -> None:
    tokens = REFERENCE.encode("bytes-qwen3", text)
    answered("renderer.parse_response", {**QWEN3, "tokens": tokens})


@settings(max_examples=15)
@given(st.sampled_from(["float32", "int64"]).flatmap(lambda dtype: strategies.flat_tensors(dtype=dtype)))
def test_flat_tensors(params: dict[str, Any]) -> None:
    assert isinstance(answered("tensor.to_nested", params), Result)


@settings(max_examples=15)
@given(st.sampled_from(["float32", "int64"]).flatmap(lambda dtype: strategies.nested_tensors(dtype=dtype)))
def test_nested_tensors(params: dict[str, Any]) -> None:
    assert isinstance(answered("tensor.from_nested", params), Result)


@pytest.mark.parametrize(
    ("strategy", "wanted", "smallest"),
    [
        (strategies.texts(), lambda text: len(text) > 1, "00"),
        (strategies.conversations(), lambda messages: len(messages) == 2, [{"role": "user", "content": ""}] * 2),
        (strategies.json_texts(), lambda text: True, "{}"),
    ],
)
def test_what_is_drawn_shrinks(strategy: Any, wanted: Any, smallest: Any) -> None:
    assert find(strategy, wanted) == smallest
