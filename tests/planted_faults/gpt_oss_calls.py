"""Wrong variants of the gpt_oss renderers: tools, properties and parsing."""

from __future__ import annotations

import json
import re
from functools import partial
from types import SimpleNamespace
from typing import Any

from cookbook.messages import FunctionCall, ToolCall
from cookbook.renderers import gpt_oss, harmony_tools
from cookbook.renderers.gpt_oss import GptOssRenderer as GptOss
from cookbook.renderers.parsing import ParseTermination

from . import planting as plant
from .gpt_oss import CALL, END, FINAL, NEXT, asked, fault, is_turn, replaced

# Tools


def declared_text(change: Any) -> plant.Plant:
    return declared(lambda messages: [{**message, "content": change(message["content"])} for message in messages])


def declared(change: Any) -> plant.Plant:
    def create(original: Any, self: Any, tools: Any, system_prompt: str = "") -> Any:
        return change(original(self, tools, system_prompt))

    return plant.wrapped(GptOss, "create_conversation_prefix_with_tools", create)


def on_json(dumps: Any) -> plant.Plant:
    """Another JSON library writes the declarations of tools."""
    return plant.attribute(harmony_tools, "json", SimpleNamespace(dumps=dumps, loads=json.loads))


def _arguments_rewritten(message: Any, ctx: Any) -> Any:
    if not message.get("tool_calls"):
        return message
    return {**message, "tool_calls": [_rewritten(call) for call in message["tool_calls"]]}


def _rewritten(call: ToolCall) -> ToolCall:
    try:
        return ToolCall(FunctionCall(call.function.name, json.dumps(json.loads(call.function.arguments))), call.id)
    except ValueError:
        return call


def _first_call(message: Any, ctx: Any) -> Any:
    return {**message, "tool_calls": message["tool_calls"][:1]} if message.get("tool_calls") else message


def _no_preamble(message: Any, ctx: Any) -> Any:
    if not message.get("tool_calls"):
        return message
    parts = plant.parts_of(message)
    return {**message, "content": parts and [part for part in parts if part["type"] == "thinking"]}


def _recipient_in_channel(text: str, message: Any, ctx: Any) -> str:
    """As later releases of the format write it: the recipient after the channel."""
    return re.sub(r" (to=functions\.\S+?)<\|channel\|>commentary ", r"<|channel|>commentary \1 ", text)


# Parsing


def parsed(change: Any) -> plant.Plant:
    return plant.parsed(GptOss, change)


def _body(header: str, renderer: Any, tokens: list[int]) -> str | None:
    """The body of the message with this header, if the response has one."""
    pattern = header + r"<\|message\|>(.*?)(?:<\|(?:end|return|call)\|>|$)"
    found = re.search(pattern, renderer.tokenizer.decode(tokens), re.DOTALL)
    return found and found[1]


def _blank_kept(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    body = _body("final", renderer, tokens)
    if body and body.isspace() and ending is ParseTermination.STOP_SEQUENCE:
        return {**message, "content": [{"type": "text", "text": body}]}, ending
    return message, ending


def _unknown_channel_is_text(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    body = _body(r"^<\|channel\|>(?!final|commentary|analysis)\w+", renderer, tokens)
    return ({**message, "content": [{"type": "text", "text": body}]} if body else message), ending


def _any_recipient_is_called(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    recipient = re.search(r"to=(?!functions\.)([\w.]+)", renderer.tokenizer.decode(tokens))
    if recipient is None:
        return message, ending
    return {**message, "tool_calls": [ToolCall(FunctionCall(recipient[1], "{}"))]}, ending


def _recipient_before_channel_alone(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    late = re.search(r"<\|channel\|>commentary to=functions", renderer.tokenizer.decode(tokens))
    return _without("tool_calls", "unparsed_tool_calls")(message, ending) if late else (message, ending)


def _arguments_unstripped(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    body = _body("json", renderer, tokens)
    if "tool_calls" not in message or body is None:
        return message, ending
    first, *rest = message["tool_calls"]
    return {**message, "tool_calls": [ToolCall(FunctionCall(first.function.name, body)), *rest]}, ending


def _mentions_are_no_calls(message: Any, ending: Any, *_: Any) -> Any:
    calls = [call for call in message.get("unparsed_tool_calls", ()) if not call.error.startswith("unterminated")]
    message = {key: value for key, value in message.items() if key != "unparsed_tool_calls"}
    return ({**message, "unparsed_tool_calls": calls} if calls else message), ending


def _one_stop(original: Any, self: Any) -> list[int]:
    return original(self)[:1]


def _thrown_away(kind: str) -> Any:
    def changed(message: Any, ending: Any, *_: Any) -> Any:
        if isinstance(message["content"], list):
            message = {**message, "content": [part for part in message["content"] if part["type"] != kind]}
        return message, ending

    return changed


def _without(*keys: str) -> Any:
    return lambda message, ending, *_: ({key: value for key, value in message.items() if key not in keys}, ending)


def _bad_calls_are_malformed(message: Any, ending: Any, *_: Any) -> Any:
    return message, ParseTermination.MALFORMED if "unparsed_tool_calls" in message else ending


def _empty_beside_calls(message: Any, ending: Any, *_: Any) -> Any:
    if isinstance(message["content"], str) and "tool_calls" in message:
        message = {**message, "content": []}
    return message, ending


def _final_alone(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    """Only the final channel counts as content."""
    text = renderer.tokenizer.decode(tokens)
    if FINAL not in text or not isinstance(message["content"], list):
        return message, ending
    return {**message, "content": re.split(r"<\|(?:end|return|call)\|>", text.rpartition(FINAL)[2])[0]}, ending


def _stripped_parts(message: Any, ending: Any, *_: Any) -> Any:
    return plant.with_text(message, str.strip, ("text", "thinking")), ending


def _arguments_again(message: Any, ending: Any, *_: Any) -> Any:
    if "tool_calls" in message:
        message = {**message, "tool_calls": [_rewritten(call) for call in message["tool_calls"]]}
    return message, ending


def _qualified_calls(message: Any, ending: Any, *_: Any) -> Any:
    if "tool_calls" in message:
        calls = [
            ToolCall(FunctionCall(f"functions.{c.function.name}", c.function.arguments)) for c in message["tool_calls"]
        ]
        message = {**message, "tool_calls": calls}
    return message, ending


def _up_to_first_stop(renderer: Any, tokens: list[int]) -> list[int]:
    ends = [tokens.index(stop) for stop in renderer.get_stop_sequences() if stop in tokens]
    return tokens[: min(ends) + 1] if ends else tokens


def _up_to_last_stop(original: Any, self: Any, response: Any) -> Any:
    """With both stops in a response, all before the later one is read."""
    tokens = list(response)
    ends = sorted(tokens.index(stop) for stop in self.get_stop_sequences() if stop in tokens)
    return original(self, tokens[: ends[0]] + tokens[ends[0] + 1 :] if len(ends) > 1 else tokens)


def _cut_off_parsed(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    if ending is not ParseTermination.MALFORMED:
        return message, ending
    parts, _ = gpt_oss._parse_turn(renderer.tokenizer.decode(tokens))
    return {**message, "content": parts or message["content"]}, ending


def _ends_on_end(message: Any, ending: Any, renderer: Any, tokens: list[int]) -> Any:
    end = renderer.tokenizer.token_to_id(END)
    return message, ParseTermination.STOP_SEQUENCE if tokens[-1:] == [end] else ending


FAULTS = (
    # Tools
    fault("preamble dropped", "T177", "text-missing", by=asked(_no_preamble)),
    fault(
        "preamble on the final channel",
        "T177",
        "channel",
        by=plant.output(
            GptOss,
            lambda text, message, _: (
                re.sub(r"<\|channel\|>commentary(?=<\|message\|>)", "<|channel|>final", text)
                if is_turn(message)
                else text
            ),
        ),
    ),
    fault(
        "no space before <|constrain|>",
        "T176",
        "whitespace",
        by=replaced("commentary <|constrain|>", "commentary<|constrain|>"),
    ),
    fault("no <|constrain|>", "T176", "text-missing", by=replaced(" <|constrain|>json", "")),
    fault("<|constrain|> as text", "T176", "special-as-text", by=plant.spelled_out(GptOss, "<|constrain|>")),
    fault("recipient after the channel", "T176", "text-order", by=plant.output(GptOss, _recipient_in_channel)),
    fault("calls end with <|end|>", "T178", "terminator-other", by=replaced(CALL, END)),
    fault("calls not qualified", "T176", "text-missing", by=replaced(" to=functions.", " to=")),
    fault(
        "arguments written again",
        "T109",
        "json-numbers",
        "json-escapes",
        "json-spacing",
        by=asked(_arguments_rewritten),
    ),
    fault("only the first tool call", "T178", "role-header", by=asked(_first_call)),
    fault("no header between calls", "T178", "text-missing", by=replaced(CALL + NEXT, CALL)),
    fault(
        "routing line left out",
        "T193",
        "content",
        by=declared(lambda messages: [m for m in messages if "routing" not in m and m["role"] == "developer"]),
    ),
    fault(
        "declaration of optional members as needed",
        "T192",
        "content",
        by=declared_text(lambda text: text.replace("?: ", ": ")),
    ),
    fault(
        "declaration without descriptions",
        "T192",
        "content",
        by=declared_text(lambda text: re.sub(r"^// .*\n", "", text, flags=re.MULTILINE)),
    ),
    fault(
        "declaration with integer",
        "T192",
        "content",
        by=plant.attribute(harmony_tools, "_TYPES", {**harmony_tools._TYPES, "integer": "integer"}),
    ),
    fault(
        "declaration in sorted order",
        "T192",
        "content",
        by=declared_text(
            lambda text: re.sub(
                r"(?<=\{\n)((?:\w+\??: .*,\n)+)(?=\})", lambda m: "".join(sorted(m[1].splitlines(True))), text
            )
        ),
    ),
    fault(
        "declaration with compact defaults",
        "T192",
        "content-whitespace",
        by=on_json(partial(json.dumps, separators=(",", ":"))),
    ),
    fault("declaration with raw non-ASCII", "T116", "content", by=on_json(partial(json.dumps, ensure_ascii=False))),
    fault(
        "declaration without the namespace's end",
        "T192",
        "content",
        by=declared_text(lambda text: text.removesuffix(" // namespace functions")),
    ),
    fault(
        "declaration as a system message",
        "T193",
        "role-header",
        by=declared(lambda messages: [{**m, "role": "system"} if m["role"] == "developer" else m for m in messages]),
    ),
    # Properties
    fault(
        "extension property claimed",
        "T032",
        "extension-property",
        by=plant.answering(GptOss, "has_extension_property", True),
    ),
    fault("only one stop", "T180", "stop-sequences", by=plant.wrapped(GptOss, "get_stop_sequences", _one_stop)),
    fault(
        "<|end|> stops",
        "T189",
        "stop-sequences",
        by=plant.attribute(
            GptOss,
            "get_stop_sequences",
            lambda self: [self.tokenizer.token_to_id(END), self.tokenizer.token_to_id(CALL)],
        ),
    ),
    # Parsing
    fault("<|end|> is an end", "T189", "termination", by=parsed(_ends_on_end)),
    fault("final channel alone", "T183 T184", "content-shape", by=parsed(_final_alone)),
    fault("reasoning thrown away", "T183", "content", by=parsed(_thrown_away("thinking"))),
    fault("preamble thrown away", "T184", "content", by=parsed(_thrown_away("text"))),
    fault("parsed parts stripped", "T181", "content-whitespace", by=parsed(_stripped_parts)),
    fault("parsed calls dropped", "T184", "tool-calls", by=parsed(_without("tool_calls"))),
    fault("unparsed calls dropped", "T184", "unparsed-tool-calls", by=parsed(_without("unparsed_tool_calls"))),
    fault("unparsed calls make it malformed", "T215", "termination", by=parsed(_bad_calls_are_malformed)),
    fault("parsed arguments written again", "T185", "tool-calls", by=parsed(_arguments_again)),
    fault("parsed names qualified", "T185", "tool-calls", by=parsed(_qualified_calls)),
    fault("empty list beside a lone call", "T184", "content-shape", by=parsed(_empty_beside_calls)),
    fault("blocks read in a cut-off response", "T189", "content-shape", by=parsed(_cut_off_parsed)),
    fault("blank bodies kept", "T181", "content-shape", by=parsed(_blank_kept)),
    fault("unknown channels are text", "T187", "content-shape", by=parsed(_unknown_channel_is_text)),
    fault("any recipient is a tool", "T186", "tool-calls", by=parsed(_any_recipient_is_called)),
    fault("recipient before the channel alone", "T191", "tool-calls", by=parsed(_recipient_before_channel_alone)),
    fault("parsed arguments not stripped", "T185", "tool-calls", by=parsed(_arguments_unstripped)),
    fault("mentions of tools are no calls", "T188", "unparsed-tool-calls", by=parsed(_mentions_are_no_calls)),
    fault("several ends are fine", "T190", "accepted", by=plant.read(GptOss, _up_to_first_stop)),
    fault("the later stop counts", "T190", "tool-calls", by=plant.wrapped(GptOss, "parse_response", _up_to_last_stop)),
)
