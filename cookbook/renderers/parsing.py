"""Sampled tokens back into a message: what the families share.

Behaviour: tinker-cookbook 0.5.8, `parse_response_for_stop_token`, `parse_content_blocks`, `parse_think_blocks`,
`detect_unterminated_tool_block`, `classify_parse_failure`.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NamedTuple

from cookbook.errors import RendererError
from cookbook.messages import (
    ContentPart,
    FunctionCall,
    Message,
    TextPart,
    ThinkingPart,
    ToolCall,
    UnparsedToolCall,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_DETAIL_CHARACTERS = 16384
_THINK = "<think>"
_THINK_END = "</think>"
_TOOL_CALL = "<tool_call>"
_TOOL_CALL_END = "</tool_call>"


class ParseTermination(StrEnum):
    """How a response ended. Every value is true as a boolean: ask `is_clean`."""

    STOP_SEQUENCE = "stop_sequence"
    """With the stop sequence that the format prescribes."""
    EOS = "eos"
    """With the tokenizer's end-of-text token, where a format accepts that instead."""
    MALFORMED = "malformed"
    """Not at all (cut off), or in a way that sampling with the right stop sequences cannot give."""

    @property
    def is_clean(self) -> bool:
        """Whether the response is complete."""
        return self is not ParseTermination.MALFORMED

    @property
    def is_stop_sequence(self) -> bool:
        """Whether it ended with the format's own stop sequence."""
        return self is ParseTermination.STOP_SEQUENCE


class ParseFailureKind(StrEnum):
    """What is wrong with a parsed response."""

    STRUCTURAL = "structural"
    """The frame is broken: the conversation cannot go on from here."""
    CONTENT = "content"
    """The frame is whole, but a tool call in it is not readable: the model can be asked again."""


def split_at_stop(response: Sequence[int], stop: int) -> tuple[list[int], ParseTermination]:
    """The tokens before the only `stop`, or all of them (MALFORMED) if there is none.

    Raises RendererError for two or more, which sampling with the right stop token cannot give.
    """
    tokens = list(response)
    count = tokens.count(stop)
    if count == 0:
        return tokens, ParseTermination.MALFORMED
    if count == 1:
        return tokens[: tokens.index(stop)], ParseTermination.STOP_SEQUENCE
    raise RendererError(
        f"the response holds the stop token {stop} {count} times: sample with get_stop_sequences() as stop, "
        "and parse one response at a time"
    )


class _Block(NamedTuple):
    """A stretch of a response; `raw` is the whole stretch and `text` what is between its tags."""

    kind: Literal["text", "think", "tool_call"]
    text: str
    raw: str


def _blocks(text: str, tags: dict[str, tuple[Literal["think", "tool_call"], str]]) -> Iterator[_Block]:
    """Cut `text` at the tags in `tags` (opening tag -> kind, closing tag); together, the raw stretches are `text`.

    An opening tag without a closing one after it is text. No stretch is searched twice for the same tag, so this stays
    linear in the length of the text, whatever the text is.
    """
    position = 0
    openings = {opening: text.find(opening) for opening in tags}
    while True:
        found = [(at, opening) for opening, at in openings.items() if at >= 0]
        if not found:
            break
        at, opening = min(found)
        kind, closing = tags[opening]
        inner = at + len(opening)
        close = text.find(closing, inner)
        if close < 0:
            openings[opening] = -1
            continue
        end = close + len(closing)
        if at > position:
            yield _Block("text", text[position:at], text[position:at])
        yield _Block(kind, text[inner:close], text[at:end])
        position = end
        openings = {tag: text.find(tag, end) if 0 <= where < end else where for tag, where in openings.items()}
    if position < len(text):
        yield _Block("text", text[position:], text[position:])


def parse_content_blocks(
    content: str,
) -> tuple[list[ContentPart], list[ToolCall | UnparsedToolCall]] | None:
    """Parts and tool calls of a text with `<think>` and `<tool_call>` blocks, or None if it opens neither.

    Whitespace is kept as it is; an empty think block leaves no part.
    """
    if _THINK not in content and _TOOL_CALL not in content:
        return None
    parts: list[ContentPart] = []
    calls: list[ToolCall | UnparsedToolCall] = []
    for block in _blocks(content, {_THINK: ("think", _THINK_END), _TOOL_CALL: ("tool_call", _TOOL_CALL_END)}):
        if block.kind == "tool_call":
            calls.append(_parse_tool_call(block))
        else:
            parts += _part(block)
    return parts, calls


def parse_think_blocks(content: str) -> list[ContentPart] | None:
    """Parts of a text with `<think>` blocks, or None if it opens none. For formats with tool calls of their own."""
    if _THINK not in content:
        return None
    return [part for block in _blocks(content, {_THINK: ("think", _THINK_END)}) for part in _part(block)]


def _part(block: _Block) -> list[ContentPart]:
    if block.kind == "text":
        return [TextPart(type="text", text=block.text)]
    return [ThinkingPart(type="thinking", thinking=block.text)] if block.text else []


def _parse_tool_call(block: _Block) -> ToolCall | UnparsedToolCall:
    try:
        call = json.loads(block.text.strip())
    except json.JSONDecodeError as error:
        return invalid_json(block.raw, error)
    if not isinstance(call, dict):
        return UnparsedToolCall(block.raw, "Tool call is not a JSON object")
    name, arguments, call_id = call.get("name"), call.get("arguments"), call.get("id")
    if not isinstance(name, str):
        return UnparsedToolCall(block.raw, "Missing or invalid 'name' field")
    if not isinstance(arguments, dict):
        return UnparsedToolCall(block.raw, "Missing or invalid 'arguments' field")
    return ToolCall(FunctionCall(name, json.dumps(arguments)), call_id if isinstance(call_id, str) else None)


def invalid_json(raw_text: str, error: json.JSONDecodeError) -> UnparsedToolCall:
    """A tool call whose JSON text is broken."""
    return UnparsedToolCall(raw_text, f"Invalid JSON: {error}")


def unterminated_tool_block(content: str, opening: str, closing: str) -> UnparsedToolCall | None:
    """The last tool block, if `opening` stands more often in `content` than `closing` does."""
    if content.count(opening) <= content.count(closing):
        return None
    start = content.rfind(opening)
    return UnparsedToolCall(
        raw_text=content[start : start + MAX_DETAIL_CHARACTERS],
        error=f"unterminated tool block: '{opening}' has no matching '{closing}'",
    )


def add_tool_calls(message: Message, calls: Sequence[ToolCall | UnparsedToolCall]) -> None:
    """Sort `calls` into the two keys of `message`; a key without calls is left out."""
    parsed = [call for call in calls if isinstance(call, ToolCall)]
    unparsed = [call for call in calls if isinstance(call, UnparsedToolCall)]
    if parsed:
        message["tool_calls"] = parsed
    if unparsed:
        message["unparsed_tool_calls"] = unparsed


def classify_parse_failure(message: Message, termination: ParseTermination) -> tuple[ParseFailureKind, str] | None:
    """What is wrong with a result of `parse_response`, and in which words; None if nothing is.

    A broken frame outranks unreadable tool calls. The words are cut at 16,384 characters.
    """
    if not termination.is_clean:
        return ParseFailureKind.STRUCTURAL, (
            f"the response did not end cleanly (termination={termination.value}): "
            "neither the stop sequence nor the end-of-text token closes it"
        )
    unparsed = message.get("unparsed_tool_calls")
    if unparsed:
        return ParseFailureKind.CONTENT, "\n".join([call.error for call in unparsed])[:MAX_DETAIL_CHARACTERS]
    return None
