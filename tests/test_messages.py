from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cookbook.errors import InvalidMessageError
from cookbook.messages import (
    FunctionCall,
    ToolCall,
    UnparsedToolCall,
    message_from_json,
    message_to_json,
    tool_from_json,
    tool_to_json,
)

CALL = {"type": "function", "function": {"name": "f", "arguments": '{"b":1,"a":2}'}}

calls = st.builds(lambda id_: CALL if id_ is None else {**CALL, "id": id_}, st.none() | st.text(max_size=3))
parts = st.sampled_from(
    [{"type": "text", "text": "a"}, {"type": "thinking", "thinking": "r"}, {"type": "image", "image": "x"}]
)
messages = st.fixed_dictionaries(
    {"role": st.text(max_size=5), "content": st.text(max_size=5) | st.lists(parts, max_size=2)},
    optional={
        "tool_calls": st.lists(calls, max_size=2),
        "unparsed_tool_calls": st.lists(st.just({"raw_text": "x", "error": "y"}), max_size=1),
        "trainable": st.sampled_from([True, False, None]),
        "tool_call_id": st.text(max_size=3),
        "name": st.text(max_size=3),
    },
)


@given(messages)
def test_the_wire_form_there_and_back_keeps_every_key_and_adds_none(obj) -> None:
    before = copy.deepcopy(obj)
    assert message_to_json(message_from_json(obj)) == obj == before


def test_calls_become_values() -> None:
    obj = {"role": "assistant", "content": "", "tool_calls": [{**CALL, "id": None}]}
    obj["unparsed_tool_calls"] = [{"raw_text": "x", "error": "y"}]
    message = message_from_json(obj)
    assert message["tool_calls"] == [ToolCall(FunctionCall("f", '{"b":1,"a":2}'), None)]
    assert message["unparsed_tool_calls"] == [UnparsedToolCall("x", "y")]
    assert message_to_json(message)["tool_calls"] == [CALL], "a call without an id has no id"


@pytest.mark.parametrize("obj", [{"role": "user"}, {"content": None}, {"role": "user", "content": None}])
def test_what_a_renderer_must_refuse_reaches_it_unchanged(obj) -> None:
    assert message_from_json(obj) == obj


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ({"tool_calls": None}, "tool_calls"),
        ({"tool_calls": [None]}, "a tool call must be"),
        ({"tool_calls": [{"type": "other", "function": CALL["function"]}]}, "a tool call must be"),
        ({"tool_calls": [{"function": {"name": "f"}}]}, "arguments"),
        ({"tool_calls": [{"function": {"name": "f", "arguments": {}}}]}, "arguments"),
        ({"tool_calls": [{"function": "f"}]}, "name"),
        ({"tool_calls": [{**CALL, "id": 3}]}, "id"),
        ({"unparsed_tool_calls": [{"raw_text": "x"}]}, "error"),
        ({"unparsed_tool_calls": 1}, "unparsed_tool_calls"),
    ],
)
def test_calls_of_another_shape_are_named(keys, named) -> None:
    with pytest.raises(InvalidMessageError, match=named):
        message_from_json({"role": "assistant", "content": "", **keys})


def test_a_message_is_an_object() -> None:
    with pytest.raises(InvalidMessageError, match="not 'hi'"):
        message_from_json("hi")


def test_the_order_of_a_schemas_keys_survives_the_wire() -> None:
    obj = {"parameters": '{"b": 1, "a": {"z": 1, "y": 2}}', "name": "f", "description": "d"}
    tool = tool_from_json(obj)
    assert list(tool) == ["name", "description", "parameters"]
    assert list(tool["parameters"]) == ["b", "a"]
    assert tool_to_json(tool) == obj


@pytest.mark.parametrize("parameters", ["{", None, {}])
def test_a_schema_is_json_text(parameters) -> None:
    with pytest.raises(InvalidMessageError, match="parameters"):
        tool_from_json({"name": "f", "description": "d", "parameters": parameters})
