"""Wrong variants of the Qwen3 renderers: tools, properties and parsing."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

from cookbook.messages import FunctionCall, ToolCall
from cookbook.renderers.parsing import ParseTermination
from cookbook.renderers.pieces import Constant, RenderedMessage
from cookbook.renderers.qwen3 import Qwen3InstructRenderer as Instruct
from cookbook.renderers.qwen3 import Qwen3Renderer as Qwen3

from . import planting as plant
from .qwen3 import ALL, THINKING, fault, on_json

# Tools


def _tool_role_kept(text: str, message: Any, ctx: Any) -> str:
    return text.replace("user", "tool") if plant.role_of(message) == "tool" else text


def _merged_tools(done: RenderedMessage, message: Any, ctx: Any) -> RenderedMessage:
    """Neighbouring results share one block, as in the chat template."""
    if plant.role_of(message) != "tool":
        return done
    output = list(done.output)
    if ctx.next_message is not None and plant.role_of(ctx.next_message) == "tool":
        output = output[:-1]
    header = done.header
    if ctx.prev_message is not None and plant.role_of(ctx.prev_message) == "tool":
        header = (Constant("\n"),)
    return done._replace(header=header, output=tuple(output))


def _separator(change: Any) -> plant.Plant:
    return plant.output(Qwen3, lambda text, message, _: change(text) if message.get("tool_calls") else text)


def _calls_of_history_dropped(message: Any, ctx: Any) -> Any:
    if ctx.is_last:
        return message
    return {key: value for key, value in message.items() if key != "tool_calls"}


def _first_call_only(message: Any, ctx: Any) -> Any:
    return {**message, "tool_calls": message["tool_calls"][:1]} if message.get("tool_calls") else message


def _arguments_as_text(message: Any, ctx: Any) -> Any:
    if not message.get("tool_calls"):
        return message
    calls = [
        ToolCall(FunctionCall(c.function.name, json.dumps(c.function.arguments)), c.id) for c in message["tool_calls"]
    ]
    return {**message, "tool_calls": calls}


def _verbatim_arguments(text: str, message: Any, ctx: Any) -> str:
    """The text of the arguments goes out as it came in, as in the chat template."""
    for call in message.get("tool_calls") or ():
        written = json.dumps(json.loads(call.function.arguments))
        text = text.replace(f'"arguments": {written}}}', f'"arguments": {call.function.arguments}}}', 1)
    return text


def _no_error_on_bad_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _floats_as_integers(text: str) -> Any:
    return json.loads(
        text, parse_float=lambda number: int(float(number)) if float(number).is_integer() else float(number)
    )


def _big_as_doubles(text: str) -> Any:
    return json.loads(text, parse_int=lambda number: int(float(number)) if len(number) < 300 else int(number))


def _declared(change: Any) -> plant.Plant:
    def create(original: Any, self: Any, tools: Any, system_prompt: str = "") -> Any:
        return [{**message, "content": change(message["content"])} for message in original(self, tools, system_prompt)]

    return plant.wrapped(Qwen3, "create_conversation_prefix_with_tools", create)


def _tools_first(original: Any, self: Any, tools: Any, system_prompt: str = "") -> Any:
    (message,) = original(self, tools, "")
    return [{**message, "content": f"{message['content']}\n\n{system_prompt}" if system_prompt else message["content"]}]


def _tools_apart(original: Any, self: Any, tools: Any, system_prompt: str = "") -> Any:
    first = [{"role": "system", "content": system_prompt}] if system_prompt else []
    return [*first, *original(self, tools, "")]


def _unwrapped(tools: Any) -> str:
    return json.dumps(tools["function"] if isinstance(tools, dict) and "function" in tools else tools)


# Parsing


def _changed_parts(change: Any) -> plant.Plant:
    return plant.parsed(Qwen3, lambda message, ending, *_: (change(message), ending))


def _thinking_unstripped(message: Any) -> Any:
    return plant.with_text(message, lambda text: f"\n{text}\n", ("thinking",))


def _all_stripped(message: Any) -> Any:
    return plant.with_text(message, str.strip, ("text", "thinking"))


def _empty_thinking_kept(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    if re.match(r"<think>\s*</think>", renderer.tokenizer.decode(tokens)) and isinstance(message["content"], list):
        message = {**message, "content": [{"type": "thinking", "thinking": ""}, *message["content"]]}
    return message, ending


def _without(*keys: str) -> Any:
    return lambda message: {key: value for key, value in message.items() if key not in keys}


def _bad_calls_are_malformed(message: Any, ending: Any, *_: Any) -> Any:
    return message, ParseTermination.MALFORMED if "unparsed_tool_calls" in message else ending


def _calls_changed(change: Any) -> Any:
    def changed(message: Any) -> Any:
        if "tool_calls" not in message:
            return message
        return {**message, "tool_calls": [change(call) for call in message["tool_calls"]]}

    return changed


def _argument_text(change: Any, call: ToolCall) -> ToolCall:
    return ToolCall(FunctionCall(call.function.name, change(call.function.arguments)), call.id)


def _whole_text_parsed(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    """Blocks are looked for in a response that was cut off, too."""
    return (renderer.parse_text(message["content"]), ending) if ending == "malformed" else (message, ending)


def _text_after_stop(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    (stop,) = renderer.get_stop_sequences()
    return renderer.parse_text(renderer.tokenizer.decode([token for token in tokens if token != stop])), ending


def _first_stop(renderer: Any, tokens: list[int]) -> list[int]:
    (stop,) = renderer.get_stop_sequences()
    return tokens[: tokens.index(stop) + 1] if stop in tokens else tokens


def _plain_text(message: Any) -> Any:
    content = message["content"]
    if not isinstance(content, list):
        return message
    return {**message, "content": "".join(part["text"] for part in content if part["type"] == "text")}


def _string_beside_calls(message: Any) -> Any:
    return {**message, "content": ""} if message["content"] == [] else message


def _as_parts(message: Any) -> Any:
    return {**message, "content": plant.parts_of(message)}


FAULTS = (
    # Tools
    fault("tool role kept", "T113", "role-header", by=plant.header(Qwen3, _tool_role_kept)),
    fault("tool results merged", "T095", "text-missing", by=plant.rendered(Qwen3, _merged_tools), of=ALL),
    fault(
        "tool result without newlines",
        "T113",
        "newlines",
        by=plant.output(
            Qwen3,
            lambda text, message, _: re.sub(
                r"(<tool_response>)\n(.*)\n(</tool_response>)", r"\1\2\3", text, flags=re.DOTALL
            ),
        ),
    ),
    fault(
        "a newline before every tool call",
        "T106 T117",
        "newlines",
        by=_separator(lambda text: "\n" + text if text.startswith("<tool_call>") else text),
    ),
    fault(
        "no newline before tool calls",
        "T107",
        "newlines",
        by=_separator(lambda text: text.replace("\n<tool_call>", "<tool_call>")),
    ),
    fault(
        "three newlines become two",
        "T107",
        "newlines",
        by=_separator(lambda text: text.replace("\n\n\n<tool_call>", "\n\n<tool_call>")),
    ),
    fault(
        "empty tool_calls are none",
        "T108",
        "newlines",
        by=plant.asked(Qwen3, lambda message, _: {k: v for k, v in message.items() if k != "tool_calls" or v}),
    ),
    fault("tool calls dropped from history", "T084", "text-missing", by=plant.asked(Qwen3, _calls_of_history_dropped)),
    fault("only the first tool call", "T107", "text-missing", by=plant.asked(Qwen3, _first_call_only)),
    fault("JSON keys sorted", "T109", "json-key-order", by=on_json(partial(json.dumps, sort_keys=True)), of=ALL),
    fault("JSON without spaces", "T109 T114", "json-spacing", by=on_json(partial(json.dumps, separators=(",", ":")))),
    fault("JSON with raw non-ASCII", "T109 T116", "json-escapes", by=on_json(partial(json.dumps, ensure_ascii=False))),
    fault("JSON of whole floats as integers", "T110", "json-numbers", by=on_json(loads=_floats_as_integers)),
    fault("JSON of big integers as doubles", "T491 T110", "json-numbers", by=on_json(loads=_big_as_doubles)),
    fault("arguments as they came", "T109", "json-spacing", by=plant.output(Qwen3, _verbatim_arguments)),
    fault("arguments as a JSON string", "T109", "text-extra", "accepted", by=plant.asked(Qwen3, _arguments_as_text)),
    fault("arguments that are not JSON accepted", "T111", "accepted", by=on_json(loads=_no_error_on_bad_json)),
    fault(
        "args for arguments",
        "T112",
        "json-keys",
        by=_separator(lambda text: text.replace('"arguments":', '"args":')),
    ),
    fault(
        "arguments before name",
        "T109",
        "json-key-order",
        by=on_json(
            lambda value: json.dumps(dict(reversed(value.items())) if set(value) == {"name", "arguments"} else value)
        ),
    ),
    fault("declaration without wrapper", "T114", "content", by=on_json(_unwrapped)),
    fault(
        "declaration after blank lines",
        "T115",
        "content-whitespace",
        by=plant.wrapped(
            Qwen3,
            "create_conversation_prefix_with_tools",
            lambda original, self, tools, system_prompt="": [
                {**message, "content": f"\n\n{message['content']}" if not system_prompt else message["content"]}
                for message in original(self, tools, system_prompt)
            ],
        ),
    ),
    fault(
        "declaration before the system prompt",
        "T130",
        "content",
        by=plant.wrapped(Qwen3, "create_conversation_prefix_with_tools", _tools_first),
    ),
    fault(
        "declaration in a message of its own",
        "T115",
        "content",
        by=plant.wrapped(Qwen3, "create_conversation_prefix_with_tools", _tools_apart),
    ),
    fault("declaration stripped", "T115", "content-whitespace", by=_declared(str.strip)),
    # Properties
    fault(
        "extension property claimed",
        "T032",
        "extension-property",
        by=plant.answering(Qwen3, "has_extension_property", True),
        of=THINKING,
    ),
    fault(
        "extension property denied",
        "T032 T104",
        "extension-property",
        by=plant.all_of(
            plant.answering(Qwen3, "has_extension_property", False),
            plant.answering(Instruct, "has_extension_property", False),
        ),
        of=("qwen3", "qwen3_instruct"),
    ),
    fault(
        "stop is the end of text",
        "T061",
        "stop-sequences",
        by=plant.attribute(Qwen3, "get_stop_sequences", lambda self: [self.tokenizer.token_to_id("<|endoftext|>")]),
    ),
    fault(
        "end of text stops too",
        "T061",
        "stop-sequences",
        by=plant.wrapped(
            Qwen3,
            "get_stop_sequences",
            lambda original, self: [*original(self), self.tokenizer.token_to_id("<|endoftext|>")],
        ),
    ),
    # Parsing
    fault("reasoning unframed by nobody", "T223", "thinking", by=_changed_parts(_thinking_unstripped)),
    fault("parts stripped", "T223 T223", "content-whitespace", "thinking", by=_changed_parts(_all_stripped), of=ALL),
    fault("empty reasoning kept", "T223", "thinking", by=plant.parsed(Qwen3, _empty_thinking_kept)),
    fault("reasoning thrown away", "T223", "content-shape", by=_changed_parts(_plain_text)),
    fault("unparsed calls dropped", "T215", "unparsed-tool-calls", by=_changed_parts(_without("unparsed_tool_calls"))),
    fault("unparsed calls make it malformed", "T215", "termination", by=plant.parsed(Qwen3, _bad_calls_are_malformed)),
    fault("parsed calls dropped", "T218", "tool-calls", by=_changed_parts(_without("tool_calls"))),
    fault(
        "arguments not written again",
        "T218",
        "tool-calls",
        by=_changed_parts(
            _calls_changed(partial(_argument_text, lambda text: json.dumps(json.loads(text), separators=(",", ":"))))
        ),
    ),
    fault(
        "parsed arguments sorted",
        "T218",
        "tool-calls",
        by=_changed_parts(
            _calls_changed(partial(_argument_text, lambda text: json.dumps(json.loads(text), sort_keys=True)))
        ),
    ),
    fault(
        "ids of calls dropped",
        "T218",
        "tool-calls",
        by=_changed_parts(_calls_changed(lambda call: ToolCall(call.function))),
    ),
    fault(
        "ids of calls made up",
        "T218",
        "tool-calls",
        by=_changed_parts(_calls_changed(lambda call: call if call.id else ToolCall(call.function, "call_0"))),
    ),
    fault(
        "empty list beside tool calls is a string", "T219", "absent-or-null", by=_changed_parts(_string_beside_calls)
    ),
    fault(
        "blocks read in a cut-off response",
        "T057",
        "content-shape",
        "tool-calls",
        by=plant.parsed(Qwen3, _whole_text_parsed),
    ),
    fault("text after the end kept", "T074", "content", by=plant.parsed(Qwen3, _text_after_stop)),
    fault("several ends are fine", "T074", "accepted", by=plant.read(Qwen3, _first_stop)),
)
