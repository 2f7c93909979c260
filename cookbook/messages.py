"""What a conversation is made of, and its form on the wire.

Behaviour: tinker-cookbook 0.5.8, `renderers/base.py` (`Message` and its parts); the wire form is this project's.
A message is a plain dictionary and its presence of keys carries meaning: `trainable: None` is not the same as no
`trainable`, and an empty `tool_calls` is not the same as none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict, cast

from cookbook.errors import InvalidMessageError

if TYPE_CHECKING:
    from collections.abc import Mapping


class TextPart(TypedDict):
    """Words that are meant to be seen."""

    type: Literal["text"]
    text: str


class ThinkingPart(TypedDict):
    """The model's reasoning, which most formats drop from earlier turns."""

    type: Literal["thinking"]
    thinking: str


class ImagePart(TypedDict):
    """An image, by URL or data URI."""

    type: Literal["image"]
    image: str


ContentPart = TextPart | ThinkingPart | ImagePart
Content = str | list[ContentPart]
Role = str


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """The function to call and its arguments as JSON text: order and spacing of the text can reach the tokens."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model makes. `id` links a tool's result to it in the formats that have such links."""

    function: FunctionCall
    id: str | None = None


@dataclass(frozen=True, slots=True)
class UnparsedToolCall:
    """What looked like a tool call in a response but could not be read as one."""

    raw_text: str
    error: str


class ToolSpec(TypedDict):
    """A tool that the model may call; `parameters` is a JSON schema whose key order reaches the tokens."""

    name: str
    description: str
    parameters: dict[str, Any]


class Message(TypedDict):
    """One message of a conversation."""

    role: Role
    content: Content
    tool_calls: NotRequired[list[ToolCall]]
    unparsed_tool_calls: NotRequired[list[UnparsedToolCall]]
    trainable: NotRequired[bool]
    tool_call_id: NotRequired[str]
    name: NotRequired[str]


_COPIED_KEYS = ("role", "content", "trainable", "tool_call_id", "name")


def message_from_json(obj: Mapping[str, Any]) -> Message:
    """Read a message in its wire form.

    Only tool calls are checked here, since they change their type. A missing or null content passes: whether it is an
    error, and which, is for the renderer to say. Raises InvalidMessageError.
    """
    if not isinstance(obj, dict):
        raise InvalidMessageError(f"a message must be an object with role and content, not {shown(obj)}")
    message = {key: obj[key] for key in _COPIED_KEYS if key in obj}
    if "tool_calls" in obj:
        message["tool_calls"] = [_tool_call_from_json(call) for call in _list(obj, "tool_calls")]
    if "unparsed_tool_calls" in obj:
        message["unparsed_tool_calls"] = [
            UnparsedToolCall(_text(call, "raw_text"), _text(call, "error"))
            for call in _list(obj, "unparsed_tool_calls")
        ]
    return cast(Message, message)


def message_to_json(message: Message) -> dict[str, Any]:
    """The wire form of `message`. A call without an id has no `id` key; keys that are absent stay absent."""
    obj: dict[str, Any] = {key: value for key, value in message.items() if key in _COPIED_KEYS}
    if "tool_calls" in message:
        obj["tool_calls"] = [_tool_call_to_json(call) for call in message["tool_calls"]]
    if "unparsed_tool_calls" in message:
        obj["unparsed_tool_calls"] = [
            {"raw_text": call.raw_text, "error": call.error} for call in message["unparsed_tool_calls"]
        ]
    return obj


def tool_from_json(obj: Mapping[str, Any]) -> ToolSpec:
    """Read a tool specification, whose `parameters` is JSON text on the wire so that its key order survives.

    The keys of the result are in the order name, description, parameters, whatever their order in `obj`.
    Raises InvalidMessageError.
    """
    parameters = _text(obj, "parameters")
    try:
        schema = json.loads(parameters)
    except ValueError as error:
        raise InvalidMessageError(
            f"the parameters of tool {obj.get('name')!r} are not JSON text ({error}): give the schema as JSON text"
        ) from error
    return ToolSpec(name=_text(obj, "name"), description=_text(obj, "description"), parameters=schema)


def tool_to_json(tool: ToolSpec) -> dict[str, Any]:
    """The wire form of `tool`."""
    return {**tool, "parameters": json.dumps(tool["parameters"])}


def _tool_call_from_json(obj: Any) -> ToolCall:
    if not isinstance(obj, dict) or obj.get("type", "function") != "function" or "function" not in obj:
        raise InvalidMessageError(
            f'a tool call must be {{"type": "function", "function": {{"name", "arguments"}}}}, not {shown(obj)}'
        )
    call_id = obj.get("id")
    if call_id is not None and not isinstance(call_id, str):
        raise InvalidMessageError(
            f"the id of a tool call must be text, not {shown(call_id)}: leave it out if there is none"
        )
    function = obj["function"]
    return ToolCall(FunctionCall(_text(function, "name"), _text(function, "arguments")), call_id)


def _tool_call_to_json(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.function.name, "arguments": call.function.arguments}
    obj: dict[str, Any] = {"type": "function", "function": function}
    if call.id is not None:
        obj["id"] = call.id
    return obj


def _list(obj: Mapping[str, Any], key: str) -> list[Any]:
    value = obj[key]
    if not isinstance(value, list):
        raise InvalidMessageError(f"{key} must be a list, not {shown(value)}: leave it out if there are none")
    return value


def _text(obj: Any, key: str) -> str:
    value = obj.get(key) if isinstance(obj, dict) else None
    if not isinstance(value, str):
        raise InvalidMessageError(f"{key} must be text, not {shown(value)}, in {shown(obj)}")
    return value


def shown(value: Any, limit: int = 80) -> str:
    """A value as an error message shows it: what Python writes for it, cut, since a message can be a whole book."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}..."
