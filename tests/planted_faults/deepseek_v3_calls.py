"""Wrong variants of the DeepSeek renderers: tools, properties and parsing."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

from cookbook.errors import RendererError
from cookbook.messages import FunctionCall, ToolCall
from cookbook.renderers.deepseek_v3 import DeepSeekV3DisableThinkingRenderer as Disabled
from cookbook.renderers.deepseek_v3 import DeepSeekV3ThinkingRenderer as Thinking
from cookbook.renderers.parsing import ParseTermination

from . import planting as plant
from .deepseek_v3 import (
    CALL,
    CALL_END,
    CALLS,
    CALLS_END,
    EOS,
    OFF,
    ON,
    SEP,
    USER,
    asked,
    both,
    fault,
    on_json,
    output,
    parsed,
)

# Tools


def _plural_output(text: str, message: Any, ctx: Any) -> str:
    return text.replace("tool▁output▁begin", "tool▁outputs▁begin").replace("tool▁output▁end", "tool▁outputs▁end")


def _newline_between_calls(text: str, message: Any, ctx: Any) -> str:
    return text.replace(CALL_END + CALL, f"{CALL_END}\n{CALL}")


def _typed_calls(text: str, message: Any, ctx: Any) -> str:
    """As DeepSeek V3 writes them: with a type, and fenced."""
    return text.replace(CALL, f"{CALL}function{SEP}")


def _arguments_rewritten(message: Any, ctx: Any) -> Any:
    if not message.get("tool_calls"):
        return message
    return {**message, "tool_calls": [_rewritten(call) for call in message["tool_calls"]]}


def _rewritten(call: ToolCall) -> ToolCall:
    try:
        return ToolCall(FunctionCall(call.function.name, json.dumps(json.loads(call.function.arguments))), call.id)
    except ValueError:
        return call


def _arguments_checked(message: Any, ctx: Any) -> Any:
    for call in message.get("tool_calls") or ():
        try:
            json.loads(call.function.arguments)
        except ValueError as error:
            raise RendererError("no JSON") from error
    return message


def _first_call(message: Any, ctx: Any) -> Any:
    return {**message, "tool_calls": message["tool_calls"][:1]} if message.get("tool_calls") else message


def _declared(change: Any) -> plant.Plant:
    def create(original: Any, self: Any, tools: Any, system_prompt: str = "") -> Any:
        return [
            {**message, "content": change(message["content"], system_prompt)}
            for message in original(self, tools, system_prompt)
        ]

    return both(lambda cls: plant.wrapped(cls, "create_conversation_prefix_with_tools", create))


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


# Parsing


def _restored_always(self: Any, response: Any) -> Any:
    return [self.tokenizer.token_to_id("<think>"), *response]


def _restored_unless_cut_off(original: Any, self: Any, response: Any) -> Any:
    return original(self, response) if self.get_stop_sequences()[0] in response else response


def _restored_despite_opening(original: Any, self: Any, response: Any) -> Any:
    closing = self.tokenizer.token_to_id("</think>")
    return [self.tokenizer.token_to_id("<think>"), *response] if closing in response else response


def _ascii_names(message: Any, ending: Any, *_: Any) -> Any:
    calls = [call for call in message.get("tool_calls", ()) if call.function.name.isascii()]
    return ({**message, "tool_calls": calls} if calls else _without("tool_calls")(message)), ending


def _without(*keys: str) -> Any:
    return lambda message: {key: value for key, value in message.items() if key not in keys}


def _dropping(*keys: str) -> Any:
    return lambda message, ending, *_: (_without(*keys)(message), ending)


def _bad_calls_are_malformed(message: Any, ending: Any, *_: Any) -> Any:
    return message, ParseTermination.MALFORMED if "unparsed_tool_calls" in message else ending


def _rewritten_parsed(message: Any, ending: Any, *_: Any) -> Any:
    if "tool_calls" in message:
        message = {**message, "tool_calls": [_rewritten(call) for call in message["tool_calls"]]}
    return message, ending


def _reasoning_thrown_away(message: Any, ending: Any, *_: Any) -> Any:
    if isinstance(message["content"], list):
        message = {**message, "content": [part for part in message["content"] if part["type"] != "thinking"]}
    return message, ending


def _reasoning_stripped(message: Any, ending: Any, *_: Any) -> Any:
    return plant.with_text(message, str.strip, ("thinking",)), ending


def _close_removed(message: Any, ending: Any, *_: Any) -> Any:
    return plant.with_text(message, lambda text: text.rpartition("</think>")[2]), ending


def _calls_kept_in_text(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    if "tool_calls" not in message or not isinstance(message["content"], str):
        return message, ending
    text = renderer.tokenizer.decode(tokens)
    return {**message, "content": text.removesuffix(EOS)}, ending


def _text_before_calls_unstripped(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    if "tool_calls" not in message or not isinstance(message["content"], str):
        return message, ending
    return {**message, "content": renderer.tokenizer.decode(tokens).partition(CALLS)[0]}, ending


def _several_ends(renderer: Any, tokens: list[int]) -> list[int]:
    (stop,) = renderer.get_stop_sequences()
    return tokens[: tokens.index(stop) + 1] if stop in tokens else tokens


def _text_after_end(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    (stop,) = renderer.get_stop_sequences()
    return renderer.parse_text(renderer.tokenizer.decode([token for token in tokens if token != stop])), ending


FAULTS = (
    # Tools
    fault("tool outputs in the plural", "T142", "terminator-other", by=output(_plural_output)),
    fault("newlines between tool calls", "T152", "newlines", by=output(_newline_between_calls)),
    fault("tool calls with a type", "T152", "text-extra", by=output(_typed_calls)),
    fault(
        "no end of tool calls",
        "T152",
        "terminator-missing",
        "text-missing",
        by=output(lambda text, *_: text.replace(CALLS_END, "")),
    ),
    fault(
        "tool calls before the text",
        "T144",
        "text-order",
        by=output(lambda text, *_: re.sub(f"^(.*?)({CALLS}.*{CALLS_END})", r"\2\1", text, flags=re.DOTALL)),
    ),
    fault(
        "arguments written again",
        "T152",
        "json-spacing",
        "json-escapes",
        "json-numbers",
        by=asked(_arguments_rewritten),
    ),
    fault("arguments that are not JSON refused", "T152", "rejected", by=asked(_arguments_checked)),
    fault("only the first tool call", "T152", "text-missing", by=asked(_first_call)),
    fault(
        "declaration without its blank line",
        "T115",
        "content-whitespace",
        by=_declared(lambda text, system: text if system else text.lstrip("\n")),
    ),
    fault("declaration in compact JSON", "T116", "json-spacing", by=on_json(_compact)),
    fault("declaration sorted", "T116", "json-key-order", by=on_json(partial(json.dumps, sort_keys=True))),
    fault(
        "declaration with raw non-ASCII", "T116", "json-escapes", by=on_json(partial(json.dumps, ensure_ascii=False))
    ),
    fault(
        "declaration with escapes everywhere",
        "T116",
        "content",
        by=_declared(lambda text, _: text.encode("ascii", "backslashreplace").decode()),
    ),
    # Properties
    fault(
        "extension property claimed",
        "T032",
        "extension-property",
        by=plant.answering(Thinking, "has_extension_property", True),
        of=ON,
    ),
    fault(
        "extension property denied",
        "T032",
        "extension-property",
        by=both(lambda cls: plant.answering(cls, "has_extension_property", False)),
    ),
    fault(
        "stop is another's",
        "T061",
        "stop-sequences",
        by=both(
            lambda cls: plant.attribute(cls, "get_stop_sequences", lambda self: [self.tokenizer.token_to_id(USER)])
        ),
    ),
    # Parsing
    fault(
        "<think> not restored",
        "T153",
        "content-shape",
        by=plant.attribute(Thinking, "restore_prefill", lambda self, response: response),
        of=ON,
    ),
    fault(
        "<think> restored without thinking",
        "T153",
        "content-shape",
        by=plant.attribute(Disabled, "restore_prefill", Thinking.restore_prefill),
        of=OFF,
    ),
    fault(
        "<think> always restored",
        "T156",
        "content-shape",
        "thinking",
        by=plant.attribute(Thinking, "restore_prefill", _restored_always),
        of=ON,
    ),
    fault(
        "<think> not restored when cut off",
        "T154",
        "think-frame",
        by=plant.wrapped(Thinking, "restore_prefill", _restored_unless_cut_off),
        of=ON,
    ),
    fault(
        "<think> restored twice",
        "T155",
        "thinking",
        by=plant.wrapped(Thinking, "restore_prefill", _restored_despite_opening),
        of=ON,
    ),
    fault("</think> cut away without thinking", "T153", "content", by=plant.parsed(Disabled, _close_removed), of=OFF),
    fault("names of tools in ASCII alone", "T157 T487", "tool-calls", by=parsed(_ascii_names)),
    fault("unparsed calls dropped", "T215", "unparsed-tool-calls", by=parsed(_dropping("unparsed_tool_calls"))),
    fault("unparsed calls make it malformed", "T215", "termination", by=parsed(_bad_calls_are_malformed)),
    fault("parsed calls dropped", "T218", "tool-calls", by=parsed(_dropping("tool_calls"))),
    fault("parsed arguments written again", "T218", "tool-calls", by=parsed(_rewritten_parsed)),
    fault("tool calls left in the text", "T158", "content", by=parsed(_calls_kept_in_text)),
    fault(
        "text before tool calls not stripped", "T158", "content-whitespace", by=parsed(_text_before_calls_unstripped)
    ),
    fault("reasoning thrown away", "T223", "content-shape", by=parsed(_reasoning_thrown_away)),
    fault("parsed reasoning stripped", "T223", "content-whitespace", "thinking", by=parsed(_reasoning_stripped)),
    fault("several ends are fine", "T074", "accepted", by=both(lambda cls: plant.read(cls, _several_ends))),
    fault("text after the end kept", "T074", "content", by=parsed(_text_after_end)),
)
