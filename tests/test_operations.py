"""The operations: every question and answer of the contract fits, and what does not is named by its member."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from conformance.operations import OPERATIONS, invalid_params, invalid_result
from conformance.schemas import schemas

MESSAGES: list[dict[str, Any]] = [
    {"role": "user", "content": "Hi"},
    {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "hm"},
            {"type": "text", "text": "a"},
            {"type": "image", "image": "b"},
        ],
        "tool_calls": [
            {"type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}, "id": "c1"},
            {"type": "function", "function": {"name": "f", "arguments": "{}"}},
        ],
        "unparsed_tool_calls": [{"raw_text": "<tool_call>", "error": "Invalid JSON: no"}],
        "trainable": True,
    },
    {"role": "tool", "content": "1", "tool_call_id": "c1", "name": "f", "trainable": None},
]
RENDERER: dict[str, Any] = {"renderer": "qwen3", "tokenizer": "bytes-qwen3", "options": {"strip": False}}
TOOL = {"name": "f", "description": "", "parameters": '{"type": "object"}'}

# operation -> params, result
EXAMPLES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "tokenizer.encode": ({"tokenizer": "t", "text": "a", "split_special_tokens": True}, {"tokens": [97, 0]}),
    "tokenizer.decode": ({"tokenizer": "t", "tokens": [97]}, {"text": "a"}),
    "renderer.build_generation_prompt": (
        {**RENDERER, "messages": MESSAGES, "role": "assistant", "prefill": ""},
        {"tokens": [1, 2]},
    ),
    "renderer.build_supervised_example": (
        {**RENDERER, "messages": MESSAGES, "train_on_what": "all_tokens"},
        {"tokens": [1, 2, 3], "weights": [0, 0.5, "NaN"]},
    ),
    "renderer.build_supervised_examples": (
        {**RENDERER, "messages": MESSAGES},
        {"examples": [{"tokens": [1], "weights": [1.0]}, {"tokens": [], "weights": []}]},
    ),
    "renderer.parse_response": (
        {**RENDERER, "tokens": [1]},
        {"message": MESSAGES[1], "termination": "stop_sequence"},
    ),
    "renderer.parse_response_streaming": (
        {**RENDERER, "tokens": [1]},
        {
            "header": {"role": "assistant"},
            "deltas": [
                {"type": "thinking", "thinking": "hm", "content_index": 1},
                {"type": "text", "text": "a", "content_index": 2},
            ],
            "message": MESSAGES[0],
        },
    ),
    "renderer.classify_parse_failure": (
        {"message": MESSAGES[1], "termination": "eos"},
        {"kind": "content", "detail": "Invalid JSON"},
    ),
    "renderer.to_openai_message": ({**RENDERER, "message": MESSAGES[1]}, {"message": {"role": "assistant"}}),
    "renderer.format_content_as_string": ({"content": MESSAGES[1]["content"], "separator": ""}, {"text": "a"}),
    "renderer.get_text_content": ({"message": MESSAGES[1]}, {"text": "a"}),
    "renderer.get_stop_sequences": (RENDERER, {"stop": [151645]}),
    "renderer.create_conversation_prefix_with_tools": (
        {**RENDERER, "tools": [TOOL], "system_prompt": "s"},
        {"messages": MESSAGES},
    ),
    "renderer.has_extension_property": (RENDERER, {"has_extension_property": False}),
    "tensor.from_nested": (
        {"data": [[1, "x"], [None]], "dtype": "int32"},
        {"data": [1, 2.5, "NaN", "9007199254740993"], "dtype": "float32", "shape": [2, 2]},
    ),
    "tensor.to_nested": (
        {"data": [1, "-Infinity"], "dtype": "float32", "shape": [2, -1]},
        {"data": [[1, "NaN"], [["-9007199254740993"]], []]},
    ),
}


def test_every_operation_on_text_has_an_example() -> None:
    assert {name for name, operation in OPERATIONS.items() if operation.area in ("tokenizer", "renderer")} <= set(
        EXAMPLES
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_the_contract_fit(name: str) -> None:
    params, result = EXAMPLES[name]
    assert invalid_params(name, json.dumps(params).encode()) is None
    assert invalid_result(name, json.dumps(result).encode()) is None


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_knows_its_name_and_area(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation.name == name
    assert operation.area == name.split(".")[0]
    assert operation.summary.endswith(".")
    assert "\n" not in operation.summary


def test_an_operation_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        invalid_result("renderer.guess", b"{}")


@pytest.mark.parametrize(
    ("name", "result", "reason"),
    [
        ("tokenizer.encode", {"tokens": [1, 2, 3, "4"]}, "result.tokens[3]: expected integer, got string"),
        ("tokenizer.encode", {"tokens": [1, -2]}, "result.tokens[1]: expected integer >= 0"),
        (
            "tokenizer.encode",
            {"tokens": [1.0]},
            "result.tokens[0]: expected integer, got a number with a point or an exponent",
        ),
        ("tokenizer.encode", {"tokens": [True]}, "result.tokens[0]: expected integer, got boolean"),
        ("tokenizer.encode", {"tokens": None}, "result.tokens: expected array, got null"),
        ("tokenizer.encode", {}, "result: missing member `tokens`"),
        ("tokenizer.encode", {"tokens": [], "ids": []}, "result: unknown member `ids`"),
        ("tokenizer.encode", [], "result: expected object, got array"),
        ("tokenizer.encode", None, "result: expected object, got null"),
        (
            "renderer.build_supervised_example",
            {"tokens": [1], "weights": ["nan"]},
            "result.weights[0]: 'nan' is none of the values that are known here",
        ),
        (
            "renderer.build_supervised_example",
            {"tokens": [1], "weights": [None]},
            "result.weights[0]: expected number or string, got null",
        ),
        (
            "renderer.parse_response",
            {"message": {"role": "assistant", "content": None}, "termination": "eos"},
            "result.message.content: expected string or array, got null",
        ),
        (
            "renderer.parse_response",
            {"message": {"role": "assistant", "content": [{"type": "audio"}]}, "termination": "eos"},
            "result.message.content[0].type: 'audio' is none of the values that are known here",
        ),
        (
            "renderer.parse_response",
            {"message": {"role": "assistant", "content": "", "tool_calls": None}, "termination": "eos"},
            "result.message.tool_calls: expected array, got null",
        ),
        (
            "renderer.parse_response",
            {"message": MESSAGES[0], "termination": "stop"},
            "result.termination: 'stop' is none of the values that are known here",
        ),
        ("renderer.get_stop_sequences", {"stop": [1, "a"]}, "result.stop: holds both integers and strings"),
        ("renderer.get_stop_sequences", {"stop": [[1]]}, "result.stop[0]: expected integer or string, got array"),
        ("tensor.to_nested", {"data": [[1], [[None]]]}, "result.data[1][0][0]: expected number or array"),
        ("tensor.to_nested", {"data": {"a": 1}}, "result.data: expected number or array"),
        ("tensor.to_nested", {"data": [{}]}, "result.data[0]: expected number or array"),
        (
            "tensor.to_nested",
            {"data": ["1.5"]},
            "result.data[0]: the string '1.5' is neither an integer nor NaN, Infinity, -Infinity",
        ),
        (
            "tensor.from_nested",
            {"data": ["1e3"], "dtype": "int64", "shape": [1]},
            "result.data[0]: expected string matching regex '^(NaN|-?Infinity|-?[0-9]+)$'",
        ),
        (
            "tensor.from_nested",
            {"data": [], "dtype": "float128", "shape": []},
            "result.dtype: 'float128' is none of the values that are known here",
        ),
        ("tensor.from_nested", {"data": [], "dtype": "int64", "shape": [-1]}, "result.shape[0]: expected integer >= 0"),
    ],
)
def test_what_does_not_fit_is_named(name: str, result: Any, reason: str) -> None:
    assert invalid_result(name, json.dumps(result).encode()) == reason


def test_params_are_named_as_such() -> None:
    raw = json.dumps({**RENDERER, "messages": [{"role": 7, "content": ""}]}).encode()
    assert invalid_params("renderer.build_generation_prompt", raw) == (
        "params.messages[0].role: expected string, got integer"
    )


def test_integers_of_any_size_fit() -> None:
    digits = "9" * 300
    assert invalid_result("tokenizer.encode", f'{{"tokens":[{digits}]}}'.encode()) is None
    tensor = f'{{"data":[-{digits},"-{digits}"],"dtype":"int64","shape":[2]}}'
    assert invalid_result("tensor.from_nested", tensor.encode()) is None


def test_text_that_is_no_json_is_named() -> None:
    assert invalid_result("tokenizer.encode", b'{"tokens":[') == "result: input data was truncated"


# The structs and the schemas say the same.

SCALARS = st.sampled_from([None, True, -1, 0, 7, 2.5, "", "text", "NaN", "12", [], {}, [1], ["a"], {"type": "text"}])


@st.composite
def mutants(draw: st.DrawFn) -> tuple[str, str, Any]:
    """An operation, "params" or "result", and an example of it in which something was changed."""
    name = draw(st.sampled_from(sorted(EXAMPLES)))
    part = draw(st.sampled_from(["params", "result"]))
    value = copy.deepcopy(EXAMPLES[name][part == "result"])
    holder: Any = value
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            return name, part, value
        key = draw(st.sampled_from(keys))
        if isinstance(holder[key], dict | list) and holder[key] and draw(st.booleans()):
            holder = holder[key]
            continue
        change = draw(st.sampled_from(["replace", "remove", "add"]))
        if change == "replace":
            holder[key] = draw(SCALARS)
        elif change == "remove":
            del holder[key]
        elif isinstance(holder, dict):
            holder[draw(st.sampled_from(["name", "extra", "id", "trainable"]))] = draw(SCALARS)
        else:
            holder.append(draw(SCALARS))
        return name, part, value


VALIDATORS = {name: Draft202012Validator(schema) for name, schema in schemas().items()}


@given(mutants())
def test_structs_and_schemas_agree(mutant: tuple[str, str, Any]) -> None:
    name, part, value = mutant
    reason = (invalid_params if part == "params" else invalid_result)(name, json.dumps(value).encode())
    assert VALIDATORS[f"{name}.{part}.json"].is_valid(value) == (reason is None), reason
    assert reason is None or (reason.startswith(part) and "\n" not in reason)
