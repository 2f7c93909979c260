"""The formats of Qwen3's text models.

    <|im_start|>user
    What is up?<|im_end|>
    <|im_start|>assistant
    <think>
    A greeting.
    </think>

    Not much.<|im_end|>

The line break between messages belongs to the next header. Behaviour: tinker-cookbook 0.5.8, `Qwen3Renderer`,
`Qwen3DisableThinkingRenderer` and `Qwen3InstructRenderer`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cookbook.errors import InvalidMessageError, RendererError
from cookbook.messages import ContentPart, Message, TextPart, ThinkingPart, shown
from cookbook.renderers.content import (
    as_parts,
    content_of,
    has_thinking,
    part_text,
    part_type,
    role_of,
    tool_calls_of,
)
from cookbook.renderers.json_text import read_json
from cookbook.renderers.parsing import add_tool_calls, parse_content_blocks, unterminated_tool_block
from cookbook.renderers.pieces import Chunk, Constant, RenderContext, RenderedMessage, Text
from cookbook.renderers.reasoning import ReasoningRenderer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cookbook.messages import Content, Role, ToolCall, ToolSpec
    from cookbook.tokenizer import Tokenizer

_TOOLS = """\
# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
{tools}
</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:
<tool_call>
{{"name": <function-name>, "arguments": <args-json-object>}}
</tool_call>"""


class Qwen3Renderer(ReasoningRenderer):
    """Thinking on. The turn being produced has its think block framed, and an empty one if it did not reason.

    With `strip_thinking_from_history` (as in the chat template) reasoning is dropped from earlier assistant messages,
    if it stands in thinking parts; without it all assistant messages are framed alike, and the extension property
    holds.
    """

    markers = ("<|im_start|>", "<|im_end|>")
    stop_token = "<|im_end|>"
    frames_thinking: bool = True

    def __init__(self, tokenizer: Tokenizer, *, strip_thinking_from_history: bool = True) -> None:
        super().__init__(tokenizer)
        self.strip_thinking_from_history = strip_thinking_from_history

    @property
    def has_extension_property(self) -> bool:
        """Only if earlier turns keep the form that they were sampled in."""
        return not self.strip_thinking_from_history

    @staticmethod
    def copies_text(roles: Sequence[str], texts: Sequence[str]) -> bool:
        """Text without a think tag, which could be framed, and without a line break at its start, which could go."""
        return not [text for text in texts if text[0] == "\n" or (">" in text and "think>" in text)]

    def render_message(self, message: Message, ctx: RenderContext) -> RenderedMessage:
        """A body cannot forge markers, since it is encoded with special tokens split; a role can."""
        role, content = role_of(message), content_of(message)
        # Without any user message the chat template sees no produced turn, so it frames none.
        framed = (
            self.frames_thinking
            and role == "assistant"
            and ctx.last_user_index >= 0
            and (ctx.is_last or not self.strip_thinking_from_history)
        )
        stripped = role == "assistant" and self.strip_thinking_from_history and not ctx.is_last
        text = body = _write(content, framed=framed, stripped=stripped)
        if framed and not has_thinking(content):
            body = _frame("") + body.lstrip("\n")
        if role == "tool":
            body = f"<tool_response>\n{body}\n</tool_response>"
        if "tool_calls" in message:
            body += ("\n" if text else "") + "\n".join(map(_write_tool_call, tool_calls_of(message)))
        return RenderedMessage(
            header=(Constant(_header("user" if role == "tool" else role, ctx)),),
            output=((Text(body, split_special_tokens=True),), (Constant("<|im_end|>"),)),
        )

    def parse_text(self, text: str) -> Message:
        """With any block, content is a list of parts: `[]` beside lone tool calls."""
        message = Message(role="assistant", content=text)
        blocks = parse_content_blocks(text)
        if blocks is not None:
            parts, calls = blocks
            message["content"] = _unframe(parts) if self.frames_thinking else parts
            dangling = unterminated_tool_block(text, "<tool_call>", "</tool_call>")
            add_tool_calls(message, calls if dangling is None else [*calls, dangling])
        return message

    def create_conversation_prefix_with_tools(
        self, tools: Sequence[ToolSpec], system_prompt: str = ""
    ) -> list[Message]:
        """One system message: the prompt, then the tools as JSON, one a line, keys in the order given."""
        lines = [json.dumps({"type": "function", "function": tool}) for tool in tools]
        declaration = _TOOLS.format(tools="\n".join(lines)) if tools else ""
        separator = "\n\n" if system_prompt else ""
        return [Message(role="system", content=f"{system_prompt}{separator}{declaration}")]


class Qwen3DisableThinkingRenderer(Qwen3Renderer):
    """Thinking off: the prompt ends with an empty think block."""

    disables_thinking = True

    copies_text = staticmethod(Qwen3Renderer.copies_text)

    def render_message(self, message: Message, ctx: RenderContext) -> RenderedMessage:
        """Refuses a produced turn without any user message: it has no think block, but its prompt would have."""
        if role_of(message) == "assistant" and ctx.is_last and ctx.last_user_index < 0 and message.get("content"):
            raise RendererError(
                "without a user message Qwen3 writes no empty think block before the last turn, but the prompt of a "
                "format that disables thinking does: add a user message, or use qwen3"
            )
        return super().render_message(message, ctx)

    def generation_suffix(self, role: Role, ctx: RenderContext) -> Chunk:
        """The empty block is given, not sampled."""
        return (Constant(_header(role, ctx) + _frame("")),)


class Qwen3InstructRenderer(Qwen3Renderer):
    """The instruct models of July 2025, which know no think block: one is written only where a message has it."""

    frames_thinking = False

    copies_text = staticmethod(Qwen3Renderer.copies_text)

    @property
    def has_extension_property(self) -> bool:
        """True for conversations without reasoning, and these models do not reason."""
        return True


def _header(role: Role, ctx: RenderContext) -> str:
    return f"\n<|im_start|>{role}\n" if ctx.idx else f"<|im_start|>{role}\n"


def _frame(reasoning: str) -> str:
    """A think block as the chat template pads it."""
    reasoning = reasoning.strip("\n")
    return f"<think>\n{reasoning}\n</think>\n\n"


def _write(content: Content, *, framed: bool, stripped: bool) -> str:
    """Content as text, its think blocks framed or not; `stripped` drops thinking parts, but not tags in a string."""
    if isinstance(content, str):
        if framed and "</think>" in content:
            before, _, after = content.partition("</think>")
            return _frame(before.rpartition("<think>")[2]) + after.lstrip("\n")
        return content
    written = []
    after_frame = False
    for part in as_parts(content):
        kind = part_type(part)
        if kind == "thinking" and not stripped:
            written.append(_frame(part_text(part)) if framed else f"<think>{part_text(part)}</think>")
            after_frame = framed
        elif kind == "text":
            written.append(part_text(part).lstrip("\n") if after_frame else part_text(part))
            after_frame = False
    return "".join(written)


def _unframe(parts: list[ContentPart]) -> list[ContentPart]:
    """Undo `_frame`, so that what was parsed renders to the same text. A block of line breaks only is no part."""
    plain: list[ContentPart] = []
    after_frame = False
    for part in parts:
        if part["type"] == "thinking":
            reasoning = part["thinking"].strip("\n")
            if reasoning:
                plain.append(ThinkingPart(type="thinking", thinking=reasoning))
        elif part["type"] == "text":
            plain.append(TextPart(type="text", text=part["text"].lstrip("\n") if after_frame else part["text"]))
        after_frame = part["type"] == "thinking"
    return plain


def _write_tool_call(call: ToolCall) -> str:
    """The arguments are read and written again, so their spacing and escapes become Python's."""
    try:
        arguments = read_json(call.function.arguments)
    except json.JSONDecodeError as error:
        raise InvalidMessageError(
            f"the arguments {shown(call.function.arguments)} of a call to {call.function.name!r} are not JSON "
            f"({error}): Qwen3 writes them as JSON, '{{}}' for none"
        ) from error
    payload = json.dumps({"name": call.function.name, "arguments": arguments})
    return f"<tool_call>\n{payload}\n</tool_call>"
