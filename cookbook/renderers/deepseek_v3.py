# ruff: noqa: RUF001, RUF002 (the markers are written with U+FF5C and U+2581)
"""The formats of DeepSeek V3.1, without and with thinking.

    <｜begin▁of▁sentence｜>Be brief.<｜User｜>What is up?<｜Assistant｜></think>Not much.<｜end▁of▁sentence｜>
    <｜begin▁of▁sentence｜><｜User｜>What is up?<｜Assistant｜><think>A greeting.</think>Not much.<｜end▁of▁sentence｜>

Behaviour: tinker-cookbook 0.5.8,
`DeepSeekV3DisableThinkingRenderer` and `DeepSeekV3ThinkingRenderer`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from cookbook.errors import RendererError
from cookbook.messages import FunctionCall, Message, ToolCall, UnparsedToolCall
from cookbook.renderers.content import (
    as_parts,
    content_of,
    ensure_text,
    has_thinking,
    joined,
    part_text,
    part_type,
    role_of,
    tool_calls_of,
)
from cookbook.renderers.json_text import read_json
from cookbook.renderers.parsing import (
    add_tool_calls,
    blocks,
    invalid_json,
    parse_think_blocks,
    unterminated_tool_block,
)
from cookbook.renderers.pieces import Chunk, Constant, RenderContext, RenderedMessage, Text
from cookbook.renderers.reasoning import ReasoningRenderer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cookbook.messages import Content, ToolSpec
    from cookbook.tokenizer import Tokenizer

_BOS = "<｜begin▁of▁sentence｜>"
_EOS = "<｜end▁of▁sentence｜>"
_USER = "<｜User｜>"
_ASSISTANT = "<｜Assistant｜>"
_TOOL_OUTPUT = "<｜tool▁output▁begin｜>"
_TOOL_OUTPUT_END = "<｜tool▁output▁end｜>"
_CALLS = "<｜tool▁calls▁begin｜>"
_CALLS_END = "<｜tool▁calls▁end｜>"
_CALL = "<｜tool▁call▁begin｜>"
_CALL_END = "<｜tool▁call▁end｜>"
_SEP = "<｜tool▁sep｜>"
_CALL_HEAD = re.compile(f"{_CALL}(\\w+){_SEP}")

_TOOLS = f"""\


## Tools
You have access to the following tools:

{{tools}}

IMPORTANT: ALWAYS adhere to this exact format for tool use:
{_CALLS}{_CALL}tool_call_name{_SEP}tool_call_arguments{_CALL_END}{_CALLS_END}

Where:
- `tool_call_name` must be an exact match to one of the available tools
- `tool_call_arguments` must be valid JSON that strictly follows the tool's Parameters Schema
- For multiple tool calls, chain them directly without separators or spaces"""


def _copies_text(roles: Sequence[str], texts: Sequence[str]) -> bool:
    """Text that opens no think block: one could be dropped, or stand for reasoning."""
    return not [text for text in texts if ">" in text and "<think>" in text]


class _DeepSeekV3Renderer(ReasoningRenderer):
    """What both formats share. A turn that follows a tool's result has no header: it goes on with the turn before.

    Only the first message may be a system message, unless `system_role_as_user` makes users of the others.
    `strip_thinking_from_history` drops thinking parts from earlier assistant messages without tool calls.
    """

    markers = (_BOS, _EOS, _USER, _ASSISTANT)
    stop_token = _EOS

    def __init__(
        self, tokenizer: Tokenizer, *, system_role_as_user: bool = False, strip_thinking_from_history: bool = True
    ) -> None:
        super().__init__(tokenizer)
        self.system_role_as_user = system_role_as_user
        self.strip_thinking_from_history = strip_thinking_from_history

    @property
    def bos(self) -> Chunk:
        """Once, before everything."""
        return (Constant(_BOS),)

    @property
    def has_extension_property(self) -> bool:
        """Only if earlier turns keep their reasoning."""
        return not self.strip_thinking_from_history

    def render_message(self, message: Message, ctx: RenderContext) -> RenderedMessage:
        """The end of a turn is written only if the message has content: not after lone tool calls."""
        role, content = role_of(message), content_of(message)
        header: Chunk | None
        match role:
            case "system":
                text = ensure_text(content)
                if ctx.idx and not self.system_role_as_user:
                    raise RendererError(
                        f"message {ctx.idx} is a system message, but DeepSeek takes one only at the start: "
                        "use system_role_as_user=True to show it as a user's"
                    )
                header = (Constant(_USER),) if ctx.idx else None
            case "user":
                header, text = (Constant(_USER),), ensure_text(content)
            case "assistant":
                header = None if ctx.follows_tool else (Constant(_ASSISTANT),)
                text = self._write(message, content, ctx)
            case "tool":
                header, text = (Constant(_TOOL_OUTPUT),), ensure_text(content) + _TOOL_OUTPUT_END
            case _:
                raise RendererError(f"DeepSeek has no role {role!r}: use system, user, assistant or tool")
        text += _write_tool_calls(message)
        ended = role == "assistant" and content
        return RenderedMessage(header, ((Text(text), Constant(_EOS)) if ended else (Text(text),),))

    def _write(self, message: Message, content: Content, ctx: RenderContext) -> str:
        if isinstance(content, str):
            return content
        stripped = self.strip_thinking_from_history and not message.get("tool_calls") and not ctx.is_last
        written = []
        for part in as_parts(content):
            kind = part_type(part)
            if kind == "text":
                written.append(part_text(part))
            elif kind == "thinking" and not stripped:
                written.append(f"<think>{part_text(part)}</think>")
        return "".join(written)

    def parse_text(self, text: str) -> Message:
        """The first section of calls is read; if it holds any, or half of one, all sections leave the text."""
        calls = _parse_tool_calls(text)
        if calls:
            text = _without_tool_calls(text)
        parts = parse_think_blocks(text)
        message = Message(role="assistant", content=text if parts is None else parts)
        add_tool_calls(message, calls)
        return message

    def create_conversation_prefix_with_tools(
        self, tools: Sequence[ToolSpec], system_prompt: str = ""
    ) -> list[Message]:
        """One system message: the prompt, and the tools after a blank line even if the prompt is empty."""
        described = [
            f"### {tool['name']}\nDescription: {tool['description']}\n\nParameters: {json.dumps(tool['parameters'])}"
            for tool in tools
        ]
        declaration = _TOOLS.format(tools="\n".join(described)) if tools else ""
        return [Message(role="system", content=system_prompt + declaration)]


class DeepSeekV3DisableThinkingRenderer(_DeepSeekV3Renderer):
    """Thinking off: every header of an assistant closes the think block, and reasoning is dropped wherever it stands.

    A turn that follows a tool's result is written as it is.
    """

    copies_text = staticmethod(_copies_text)

    @property
    def has_extension_property(self) -> bool:
        """There is no reasoning that could be dropped later."""
        return True

    def render_message(self, message: Message, ctx: RenderContext) -> RenderedMessage:
        """Reasoning in a turn to be trained is dropped without a word, too."""
        if role_of(message) != "assistant" or ctx.follows_tool:
            return super().render_message(message, ctx)
        content = content_of(message)
        visible = _without_think_blocks(content) if isinstance(content, str) else joined(content, "text")
        rendered = super().render_message({**message, "content": visible}, ctx)
        return rendered._replace(header=(*(rendered.header or ()), Constant("</think>")))


class DeepSeekV3ThinkingRenderer(_DeepSeekV3Renderer):
    """Thinking on: the prompt opens the think block, except after a tool's result."""

    copies_text = staticmethod(_copies_text)

    def render_message(self, message: Message, ctx: RenderContext) -> RenderedMessage:
        """Earlier turns have a closed block in their header, the last one an empty one if it did not reason."""
        rendered = super().render_message(message, ctx)
        if role_of(message) != "assistant" or ctx.follows_tool:
            return rendered
        if not ctx.is_last:
            if not self.strip_thinking_from_history:
                return rendered
            return rendered._replace(header=(*(rendered.header or ()), Constant("</think>")))
        content = content_of(message)
        if not content or has_thinking(content):
            return rendered
        (output,) = rendered.output
        return rendered._replace(output=((Constant("<think></think>"), *output),))

    def prefill(self, messages: Sequence[Message], prefill: str) -> str:
        """The opening tag and the caller's words are encoded as one text."""
        follows_tool = bool(messages) and role_of(messages[-1]) == "tool"
        return prefill if follows_tool else f"<think>{prefill}"

    def restore_prefill(self, response: Sequence[int]) -> Sequence[int]:
        """The opening tag, if the response closes a block that it did not open.

        Nothing is restored with DeepSeek V3's own tokenizer, which does not have the tags as tokens.
        """
        opening, closing = self.tokenizer.token_to_id("<think>"), self.tokenizer.token_to_id("</think>")
        if opening is None or closing not in response or response[0] == opening:
            return response
        return [opening, *response]


def _without_think_blocks(text: str) -> str:
    return "".join([block.text for block in blocks(text, {"<think>": "</think>"}) if not block.opening])


def _write_tool_calls(message: Message) -> str:
    """The arguments stay as they are written, be they JSON or not."""
    if not message.get("tool_calls"):
        return ""
    calls = [
        f"{_CALL}{call.function.name}{_SEP}{call.function.arguments}{_CALL_END}" for call in tool_calls_of(message)
    ]
    return f"{_CALLS}{''.join(calls)}{_CALLS_END}"


def _parse_tool_calls(text: str) -> list[ToolCall | UnparsedToolCall]:
    """The calls of the first section, and what was opened but not closed.

    A name is one word, of letters of any script: a call by another name vanishes.
    """
    calls: list[ToolCall | UnparsedToolCall] = []
    section = next((block.text for block in blocks(text, {_CALLS: _CALLS_END}) if block.opening), "")
    *closed, _ = section.split(_CALL_END)
    for call in closed:
        head = _CALL_HEAD.search(call)
        if head is None:
            continue
        arguments = call[head.end() :].strip()
        try:
            read_json(arguments)
        except json.JSONDecodeError as error:
            calls.append(invalid_json(call[head.start() :] + _CALL_END, error))
        else:
            calls.append(ToolCall(FunctionCall(head[1], arguments)))
    dangling = unterminated_tool_block(text, _CALLS, _CALLS_END) or unterminated_tool_block(text, _CALL, _CALL_END)
    if dangling is not None:
        calls.append(dangling)
    return calls


def _without_tool_calls(text: str) -> str:
    """The text without its closed sections, without the whitespace before each, and without any at its ends."""
    *before, last = [*blocks(text, {_CALLS: _CALLS_END})]
    kept = [block.text.rstrip() for block in before if not block.opening]
    return "".join([*kept, "" if last.opening else last.text]).strip()
