"""A message in the form of OpenAI's chat completions API, which chat templates take as well.

Behaviour: tinker-cookbook 0.5.8, `Renderer.to_openai_message` and its overrides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cookbook.messages import shown
from cookbook.renderers.content import as_parts, content_of, joined, part_text, part_type, role_of, tool_calls_of

if TYPE_CHECKING:
    from cookbook.messages import ContentPart, Message


def to_openai_message(message: Message, *, reasoning_field: bool) -> dict[str, Any]:
    """Reasoning goes into `reasoning_content` if `reasoning_field`, and else inline as `<think>...</think>`.

    Raises NotImplementedError for an image where reasoning is inline, rather than drop it without a word.
    """
    converted: dict[str, Any] = {"role": role_of(message)}
    content = content_of(message)
    if isinstance(content, str):
        converted["content"] = content
    elif reasoning_field:
        converted["content"] = joined(content, "text")
        if any(part_type(part) == "thinking" for part in as_parts(content)):
            converted["reasoning_content"] = joined(content, "thinking")
    else:
        converted["content"] = "".join([_inline(part) for part in as_parts(content)])
    if message.get("tool_calls"):
        converted["tool_calls"] = [
            {
                "type": "function",
                "id": call.id,
                "function": {"name": call.function.name, "arguments": call.function.arguments},
            }
            for call in tool_calls_of(message)
        ]
    if message["role"] == "tool":
        if "tool_call_id" in message:
            converted["tool_call_id"] = message["tool_call_id"]
        if "name" in message:
            converted["name"] = message["name"]
    return converted


def _inline(part: ContentPart) -> str:
    match part_type(part):
        case "text":
            return part_text(part)
        case "thinking":
            return f"<think>{part_text(part)}</think>"
        case "image":
            raise NotImplementedError(
                f"the image {shown(part.get('image'))} has no place in this form: send images through "
                "build_generation_prompt of a format that sees them"
            )
        case _:
            return ""
