"""The Harmony format of OpenAI's gpt-oss models.

    <|start|>user<|message|>What is up?<|end|><|start|>assistant<|channel|>analysis<|message|>A greeting.<|end|>
    <|start|>assistant<|channel|>final<|message|>Not much.<|return|>

(In one line: the format has no line breaks of its own.) An assistant's turn is a row of messages on channels:
`analysis` for reasoning, `commentary` for tool calls and what is said before them, `final` for the answer. Behaviour:
tinker-cookbook 0.5.8, `GptOssRenderer`.
"""

from __future__ import annotations

import json
import re
import warnings
from typing import TYPE_CHECKING, NamedTuple

from cookbook.errors import ConfigurationError
from cookbook.messages import FunctionCall, Message, TextPart, ThinkingPart, ToolCall, UnparsedToolCall
from cookbook.renderers.base import Renderer
from cookbook.renderers.content import as_parts, content_of, ensure_text, joined, role_of, tool_calls_of
from cookbook.renderers.harmony_tools import tools_namespace
from cookbook.renderers.json_text import read_json
from cookbook.renderers.parsing import ParseTermination, add_tool_calls, index_of_stop, invalid_json
from cookbook.renderers.pieces import Constant, Piece, RenderContext, RenderedMessage, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cookbook.messages import ContentPart, ToolSpec
    from cookbook.tokenizer import Tokenizer

# A role of this package's own, which reaches the tokens as `system`: a caller's system message becomes a developer's.
_SYSTEM_ROLE = "_gptoss_internal_system"
_ROLES_ON_THE_WIRE = {_SYSTEM_ROLE: "system", "system": "developer"}
_SYSTEM_PROMPT = """\
You are ChatGPT, a large language model trained by OpenAI.
Knowledge cutoff: 2024-06
Current date: {current_date}

Reasoning: {reasoning_effort}

# Valid channels: analysis, commentary, final. Channel must be included for every message."""
_END_OF_BODY = re.compile(r"<\|(?:end|call|return)\|>")
_CHANNEL = re.compile(r"<\|channel\|>([^<\s]+)")
_RECIPIENT = re.compile(r"to=([^\s<]+)")


class GptOssRenderer(Renderer):
    """With `use_system_prompt`, every conversation begins with OpenAI's system message.

    It names the effort of reasoning and a date, which the caller gives: a renderer that reads the clock gives other
    tokens tomorrow.
    """

    openai_reasoning_field = True
    markers = ("<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|return|>", "<|call|>")

    def __init__(
        self,
        tokenizer: Tokenizer,
        *,
        use_system_prompt: bool = False,
        reasoning_effort: str | None = None,
        current_date: str | None = None,
    ) -> None:
        super().__init__(tokenizer)
        if use_system_prompt != (reasoning_effort is not None):
            raise ConfigurationError(
                f"reasoning_effort={reasoning_effort!r} does not go with use_system_prompt={use_system_prompt}: "
                "it is a line of the system prompt, so give both or neither"
            )
        self._system_message: Message | None = None
        if use_system_prompt:
            if current_date is None:
                raise ConfigurationError(
                    "the system prompt of gpt-oss names today's date, which would change the tokens every day: "
                    "give the date that you mean, such as current_date='2025-01-02'"
                )
            prompt = _SYSTEM_PROMPT.format(current_date=current_date, reasoning_effort=reasoning_effort)
            self._system_message = Message(role=_SYSTEM_ROLE, content=prompt)

    @staticmethod
    def copies_text(roles: Sequence[str], texts: Sequence[str]) -> bool:
        """Every text but a tool's, which without the tool's name brings a warning."""
        return "tool" not in roles

    def conversation(self, messages: Sequence[Message]) -> Sequence[Message]:
        """The system message goes before the caller's, even before a system message of his."""
        if self._system_message is None:
            return messages
        if messages and role_of(messages[0]) == "system":
            warnings.warn(
                "a system message comes after the built-in one: it is shown as a developer's, or use "
                "gpt_oss_no_sysprompt",
                stacklevel=5,
            )
        return [self._system_message, *messages]

    def render_message(self, message: Message, ctx: RenderContext) -> RenderedMessage:
        """An assistant's turn can be several messages on the wire. Text can forge markers: nothing keeps it from it."""
        role = role_of(message)
        if role == "assistant":
            return _rendered("assistant", _turn(message, last=ctx.is_last))
        if role == "tool":
            author, header = f"{_qualified_name(message)} to=assistant", "<|channel|>commentary"
        else:
            author, header = _ROLES_ON_THE_WIRE.get(role, role), ""
        text = ensure_text(content_of(message))
        body = f"# Instructions\n\n{text}\n\n" if role == "system" else text
        return _rendered(author, [_HarmonyMessage(header, body, "<|end|>")])

    def get_stop_sequences(self) -> list[int]:
        """The end of an answer, and the end of a tool call."""
        return [self.marker_ids["<|return|>"], self.marker_ids["<|call|>"]]

    def parse_response(self, response: Sequence[int]) -> tuple[Message, ParseTermination]:
        """Everything before the first stop token; both kinds may occur, each once.

        Content is text as it is if no channel holds any: so it is beside a lone tool call.
        """
        tokens = list(response)
        found = [index_of_stop(tokens, stop) for stop in self.get_stop_sequences()]
        ends = [at for at in found if at is not None]
        text = self.tokenizer.decode(tokens[: min(ends)] if ends else tokens)
        if not ends:
            return Message(role="assistant", content=text), ParseTermination.MALFORMED
        parts, calls = _parse_turn(text)
        message = Message(role="assistant", content=parts or text)
        add_tool_calls(message, calls)
        return message, ParseTermination.STOP_SEQUENCE

    def create_conversation_prefix_with_tools(
        self, tools: Sequence[ToolSpec], system_prompt: str = ""
    ) -> list[Message]:
        """A system line that says where calls go, if there are tools; then a developer message, if it says anything."""
        sections = [f"# Instructions\n\n{system_prompt}"] if system_prompt else []
        messages = []
        if tools:
            routing = "Calls to these tools must go to the commentary channel: 'functions'."
            messages.append(Message(role=_SYSTEM_ROLE, content=routing))
            sections.append(tools_namespace(tools))
        if sections:
            messages.append(Message(role="developer", content="\n\n".join(sections)))
        return messages


class _HarmonyMessage(NamedTuple):
    """One message on the wire. `header` is what follows the author's name: recipient and channel."""

    header: str
    body: str
    end: str


def _turn(message: Message, *, last: bool) -> list[_HarmonyMessage]:
    """Reasoning, then either a preamble and calls or the answer."""
    parts = as_parts(content_of(message))
    text, thinking = joined(parts, "text"), joined(parts, "thinking")
    turn = [_HarmonyMessage("<|channel|>analysis", thinking, "<|end|>")] if thinking else []
    if not message.get("tool_calls"):
        return [*turn, _HarmonyMessage("<|channel|>final", text, "<|return|>" if last else "<|end|>")]
    if text:
        turn.append(_HarmonyMessage("<|channel|>commentary", text, "<|end|>"))
    for call in tool_calls_of(message):
        header = f" to=functions.{call.function.name}<|channel|>commentary <|constrain|>json"
        turn.append(_HarmonyMessage(header, call.function.arguments, "<|call|>"))
    return turn


def _rendered(author: str, messages: Sequence[_HarmonyMessage]) -> RenderedMessage:
    """The first message's start is the header; all the rest is output. Bodies are encoded apart from what is around."""
    output: list[Piece] = []
    before = ""
    for message in messages:
        output += [Constant(f"{before}{message.header}<|message|>"), Text(message.body)]
        before = f"{message.end}<|start|>{author}"
    output.append(Constant(messages[-1].end))
    return RenderedMessage(header=(Constant(f"<|start|>{author}"),), output=(tuple(output),))


def _qualified_name(message: Message) -> str:
    name = message.get("name")
    if not name:
        warnings.warn(
            "a tool message has no name, so the model sees functions.unknown: add the name of the tool",
            stacklevel=8,
        )
        name = "unknown"
    return name if name.startswith("functions.") else f"functions.{name}"


class _ParsedMessage(NamedTuple):
    channel: str | None
    recipient: str | None
    body: str
    raw: str


def _harmony_messages(text: str) -> Iterator[_ParsedMessage]:
    """The messages of a turn, whose first header was part of the prompt. A body that nothing ends goes to the end."""
    position = 0
    while (message := text.find("<|message|>", position)) >= 0:
        start = max(text.rfind("<|start|>", position, message), position)
        header = text[start:message]
        body_start = message + len("<|message|>")
        end = _END_OF_BODY.search(text, body_start)
        body_end, position = end.span() if end else (len(text), len(text))
        channel, recipient = _CHANNEL.search(header), _RECIPIENT.search(header)
        yield _ParsedMessage(
            channel=channel and channel[1],
            recipient=recipient and recipient[1],
            body=text[body_start:body_end],
            raw=text[start:position],
        )


def _parse_turn(text: str) -> tuple[list[ContentPart], list[ToolCall | UnparsedToolCall]]:
    """Parts and calls of a turn. Blank bodies, unknown channels and other recipients leave nothing."""
    parts: list[ContentPart] = []
    calls: list[ToolCall | UnparsedToolCall] = []
    for message in _harmony_messages(text):
        if not message.body.strip():
            continue
        if message.recipient and message.recipient.startswith("functions."):
            calls.append(_parse_tool_call(message))
        elif message.channel == "analysis":
            parts.append(ThinkingPart(type="thinking", thinking=message.body))
        elif message.channel in ("final", "commentary"):
            parts.append(TextPart(type="text", text=message.body))
    if text.count("to=functions.") > len(calls):
        # A call without a body, but also any mention of a recipient in plain text, as upstream has it.
        calls.append(
            UnparsedToolCall(
                raw_text=text[max(text.rfind("<|start|>"), 0) :],
                error="unterminated tool block: 'to=functions.' has no arguments that can be read",
            )
        )
    return parts, calls


def _parse_tool_call(message: _ParsedMessage) -> ToolCall | UnparsedToolCall:
    name = (message.recipient or "").removeprefix("functions.")
    try:
        read_json(message.body)
    except json.JSONDecodeError as error:
        return invalid_json(message.raw, error)
    return ToolCall(FunctionCall(name, message.body.strip()))
