"""What a family of formats says of itself: how messages are written, where turns begin, how answers are read.

Nothing here knows token ids, chunks or weights: `cookbook.renderers.base` works them out of what is said here.
Behaviour: tinker-cookbook 0.5.8, `renderers/base.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from cookbook.messages import Message
from cookbook.renderers.pieces import RenderContext, RenderedMessage, last_user_index

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cookbook.messages import Role, ToolSpec
    from cookbook.renderers.parsing import ParseTermination
    from cookbook.renderers.pieces import Chunk
    from cookbook.renderers.streaming import MessageDelta


class Format(ABC):
    """A chat format as it describes itself."""

    disables_thinking: bool = False
    """Whether the generation prompt closes the think block, so that a turn which reasons cannot follow it."""

    supports_streaming: bool = False
    """Whether `parse_response_streaming` works."""

    openai_reasoning_field: bool = False
    """Whether the models' API takes reasoning in a field of its own."""

    markers: tuple[str, ...] = ()
    """Texts that must be single tokens and cut whatever stands around them, so that it can be encoded apart."""

    @property
    def bos(self) -> Chunk:
        """What stands before the first message. Never trained."""
        return ()

    @property
    def has_extension_property(self) -> bool:
        """Whether the prompt of every later turn begins with all that came before it, token by token.

        If so, one example can train all turns of a conversation; if not, each turn needs an example of its own.
        """
        return False

    @abstractmethod
    def get_stop_sequences(self) -> list[int] | list[str]:
        """Token ids, or strings, at which sampling stops."""

    @abstractmethod
    def render_message(self, message: Message, ctx: RenderContext) -> RenderedMessage:
        """What the format writes for one message. Raises RendererError and InvalidMessageError."""

    @abstractmethod
    def parse_response(self, response: Sequence[int]) -> tuple[Message, ParseTermination]:
        """The assistant message that sampled tokens spell, and how they ended.

        A response that was cut off gives its text, unparsed, with MALFORMED. Raises RendererError if a stop token
        repeats.
        """

    def parse_response_streaming(self, response: Sequence[int]) -> Iterator[MessageDelta]:
        """The same message, preceded by its pieces in the order in which their tokens come.

        Raises NotImplementedError where `supports_streaming` is False.
        """
        raise NotImplementedError(
            f"{type(self).__name__} does not parse token by token: use parse_response on the whole response"
        )

    def create_conversation_prefix_with_tools(
        self, tools: Sequence[ToolSpec], system_prompt: str = ""
    ) -> list[Message]:
        """The messages that declare `tools`, to be put before a conversation.

        Raises NotImplementedError for formats without tools.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no way to declare tools: use a format that has, such as qwen3"
        )

    @staticmethod
    def copies_text(roles: Sequence[str], texts: Sequence[str]) -> bool:
        """Whether messages of nothing but these roles and texts are described in the same way whatever the texts are.

        There is a text for each role, and none is empty. The messages may be those of many conversations. A class that
        defines this promises that what it describes of a conversation of such messages follows from their roles, except
        for the texts, each of which it copies as it is. A class that inherits it promises nothing, since it may look
        closer than its parent.
        """
        return False

    def generation_suffix(self, role: Role, ctx: RenderContext) -> Chunk:
        """What opens the turn to be sampled: the header of an empty message, unless a family says otherwise."""
        return self.render_message(Message(role=role, content=""), ctx).header or ()

    def prefill(self, messages: Sequence[Message], prefill: str) -> str:
        """What the prompt writes at the start of the sampled turn, given what the caller wants there ('' = nothing)."""
        return prefill

    def conversation(self, messages: Sequence[Message]) -> Sequence[Message]:
        """The messages that are rendered, for formats that add some of their own."""
        return messages

    def last_assistant_turn_start(self, messages: Sequence[Message]) -> int:
        """Index of the first message of the last assistant turn: the one after the last user message."""
        return last_user_index(messages) + 1
