"""Messages as they go over the wire, built by short words so that a catalogue of them can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Message = dict[str, Any]
Part = dict[str, Any]
Content = str | list[Part]


def said(role: str, content: Content, **fields: Any) -> Message:
    """A message of any role; `fields` are added as they are."""
    return {"role": role, "content": content, **fields}


def system(content: Content) -> Message:
    return said("system", content)


def user(content: Content, **fields: Any) -> Message:
    return said("user", content, **fields)


def assistant(content: Content, *calls: dict[str, Any], **fields: Any) -> Message:
    """An assistant's message; `tool_calls` is present only if there are calls."""
    return said("assistant", content, **({"tool_calls": list(calls)} if calls else {}), **fields)


def tool(content: Content, *, name: str | None = None, call_id: str | None = None) -> Message:
    """A tool's result."""
    fields = {"name": name, "tool_call_id": call_id}
    return said("tool", content, **{key: value for key, value in fields.items() if value is not None})


def text(value: str) -> Part:
    return {"type": "text", "text": value}


def thinking(value: str) -> Part:
    return {"type": "thinking", "thinking": value}


def image(value: str) -> Part:
    return {"type": "image", "image": value}


def call(name: str, arguments: str = "{}", call_id: str | None = None) -> dict[str, Any]:
    """A tool call; `arguments` is JSON text and goes out as it stands."""
    made: dict[str, Any] = {"type": "function", "function": {"name": name, "arguments": arguments}}
    return made if call_id is None else {**made, "id": call_id}


def marked(messages: Sequence[Message], trainable: Iterable[object]) -> list[Message]:
    """The messages, each with its own `trainable`."""
    return [{**message, "trainable": mark} for message, mark in zip(messages, trainable, strict=True)]
