"""Sampled tokens back into a message: what the families share.

Behaviour: tinker-cookbook 0.5.8, `parse_response_for_stop_token`, `parse_content_blocks`, `parse_think_blocks`,
`detect_unterminated_tool_block`, `classify_parse_failure`.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

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
from cookbook.renderers.json_text import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_DETAIL_CHARACTERS = 16384


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


def index_of_stop(tokens: list[int], stop: int) -> int | None:
    """Where the only `stop` stands, or None if there is none.

    Raises RendererError for two or more, which sampling with the right stop token cannot give.
    """
    try:
        at = tokens.index(stop)
    except ValueError:
        return None
    if at + 1 < len(tokens) and (count := tokens.count(stop)) > 1:
        raise RendererError(
            f"the response holds the stop token {stop} {count} times: sample with get_stop_sequences() as stop, "
            "and parse one response at a time"
        )
    return at


def split_at_stop(response: Sequence[int], stop: int) -> tuple[list[int], ParseTermination]:
    """The tokens before the only `stop`, or all of them (MALFORMED) if there is none. Raises as `index_of_stop`."""
    tokens = list(response)
    at = index_of_stop(tokens, stop)
    if at is None:
        return tokens, ParseTermination.MALFORMED
    del tokens[at:]
    return tokens, ParseTermination.STOP_SEQUENCE


class Block(NamedTuple):
    """A stretch of a response: what stands between two tags, or plain text, which has no tags."""

    text: str
    opening: str = ""
    closing: str = ""

    @property
    def raw(self) -> str:
        """The stretch with its tags."""
        return f"{self.opening}{self.text}{self.closing}"


def blocks(text: str, tags: Mapping[str, str]) -> Iterator[Block]:
    """Cut `text` at the tags in `tags` (opening -> closing): together, the raw stretches are `text` again.

    An opening tag without a closing one after it is plain text. No stretch is searched twice for the same tag, so this
    stays linear in the length of the text, whatever the text is.
    """
    position = 0
    next_opening = {opening: text.find(opening) for opening in tags}
    while found := [(at, opening) for opening, at in next_opening.items() if at >= 0]:
        at, opening = min(found)
        inner = at + len(opening)
        close = text.find(tags[opening], inner)
        if close < 0:
            del next_opening[opening]
            continue
        if at > position:
            yield Block(text[position:at])
        yield Block(text[inner:close], opening, tags[opening])
        position = close + len(tags[opening])
        for tag, where in next_opening.items():
            if 0 <= where < position:
                next_opening[tag] = text.find(tag, position)
    if position < len(text):
        yield Block(text[position:])


def parse_content_blocks(
    content: str,
) -> tuple[list[ContentPart], list[ToolCall | UnparsedToolCall]] | None:
    """Parts and tool calls of a text with `<think>` and `<tool_call>` blocks, or None if it opens neither.

    Whitespace is kept as it is; an empty think block leaves no part.
    """
    if "<think>" not in content and "<tool_call>" not in content:
        return None
    found = [*blocks(content, {"<think>": "</think>", "<tool_call>": "</tool_call>"})]
    calls = [_parse_tool_call(block) for block in found if block.opening == "<tool_call>"]
    return [part for block in found for part in _parts(block)], calls


def parse_think_blocks(content: str) -> list[ContentPart] | None:
    """Parts of a text with `<think>` blocks, or None if it opens none. For formats with tool calls of their own."""
    if "<think>" not in content:
        return None
    return [part for block in blocks(content, {"<think>": "</think>"}) for part in _parts(block)]


def _parts(block: Block) -> list[ContentPart]:
    match block:
        case Block(text, ""):
            return [TextPart(type="text", text=text)]
        case Block(thinking, "<think>") if thinking:
            return [ThinkingPart(type="thinking", thinking=thinking)]
        case _:
            return []


def _parse_tool_call(block: Block) -> ToolCall | UnparsedToolCall:
    try:
        call = read_json(block.text.strip())
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
