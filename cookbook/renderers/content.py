"""Reading the content of a message.

Accessors raise InvalidMessageError at the point of use, where upstream (tinker-cookbook 0.5.8) lets a KeyError or
TypeError escape: a part that a format never looks at is never checked, as there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from cookbook.errors import InvalidMessageError, RendererError
from cookbook.messages import ToolCall, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cookbook.messages import Content, ContentPart, Message, TextPart


def role_of(message: Message) -> str:
    """The role, as it is written."""
    try:
        role = message["role"]
    except (KeyError, TypeError) as error:
        raise InvalidMessageError(f"message {shown(message)} has no role: give it one, such as 'user'") from error
    if not isinstance(role, str):
        raise InvalidMessageError(f"role {shown(role)} is not text: give a role such as 'user'")
    return role


def content_of(message: Message) -> Content:
    """The content, as it is written: `ensure_text` and `as_parts` check what it is."""
    try:
        return message["content"]
    except KeyError as error:
        raise InvalidMessageError(f"message {shown(message)} has no content: '' stands for no text") from error


def part_type(part: ContentPart) -> str:
    """The type of a part: text, thinking, image or anything else that a caller invents."""
    return cast(str, _field(part, "type"))


def part_text(part: ContentPart) -> str:
    """The text of a text part or the reasoning of a thinking part."""
    key = "thinking" if part_type(part) == "thinking" else "text"
    text = _field(part, key)
    if not isinstance(text, str):
        raise InvalidMessageError(f"{key} {shown(text)} of a part is not text: '' stands for none")
    return text


def _field(part: ContentPart, key: str) -> Any:
    if not isinstance(part, dict) or key not in part:
        raise InvalidMessageError(f"content part {shown(part)} has no {key!r}: write {{'type': 'text', 'text': ...}}")
    return cast("Mapping[str, Any]", part)[key]


def tool_calls_of(message: Message) -> list[ToolCall]:
    """The tool calls of a message that has the key."""
    calls = message["tool_calls"]
    if not isinstance(calls, list) or not all(isinstance(call, ToolCall) for call in calls):
        raise InvalidMessageError(
            f"tool_calls is {shown(calls)}: use a list of ToolCall (message_from_json makes them), or leave the key out"
        )
    return calls


def ensure_text(content: Content) -> str:
    """The text of a content that is text or exactly one text part. Raises RendererError for any other list."""
    if isinstance(content, str):
        return content
    parts = as_parts(content)
    if len(parts) == 1 and part_type(parts[0]) == "text":
        return part_text(parts[0])
    raise RendererError(
        f"this format writes one text a message, but the content has {len(parts)} parts, {shown(parts)}: "
        "join them into one text"
    )


def as_parts(content: Content) -> list[ContentPart]:
    """The parts of a content; text becomes one text part."""
    if isinstance(content, str):
        text_part: TextPart = {"type": "text", "text": content}
        return [text_part]
    if not isinstance(content, list):
        raise InvalidMessageError(
            f"content {shown(content)} is neither text nor a list of parts: '' stands for no text"
        )
    return content


def joined(content: Content, kind: str) -> str:
    """All texts of the parts of one type, `text` or `thinking`, joined without a separator."""
    return "".join(part_text(part) for part in as_parts(content) if part_type(part) == kind)


def has_thinking(content: Content) -> bool:
    """Whether there is a thinking part, or the text opens `<think>` (closed or not)."""
    if isinstance(content, str):
        return "<think>" in content
    return any(part_type(part) == "thinking" for part in as_parts(content))


def get_text_content(message: Message) -> str:
    """What a reader sees: the text parts joined, or the text itself. Reasoning is left out."""
    return joined(content_of(message), "text")


def format_content_as_string(content: Content, separator: str = "\n") -> str:
    """All parts as one text for a log: reasoning as `<think>...</think>`, images as `<image>...</image>`.

    Raises RendererError for a part of an unknown type.
    """
    if isinstance(content, str):
        return content
    return separator.join([_part_as_string(part) for part in as_parts(content)])


def _part_as_string(part: ContentPart) -> str:
    match part_type(part):
        case "text":
            return part_text(part)
        case "thinking":
            return f"<think>{part_text(part)}</think>"
        case "image":
            return f"<image>{_field(part, 'image')}</image>"
        case unknown:
            raise RendererError(f"unknown content part type {shown(unknown)}: use text, thinking or image")
