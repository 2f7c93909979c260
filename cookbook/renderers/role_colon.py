"""The `Role: text` format for base models.

    User: What is up?

    Assistant: Not much.

The stop sequence is the text that would open the user's next turn. Behaviour: tinker-cookbook 0.5.8,
`RoleColonRenderer`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cookbook.messages import Message
from cookbook.renderers.base import Renderer
from cookbook.renderers.content import content_of, ensure_text, role_of
from cookbook.renderers.parsing import ParseTermination
from cookbook.renderers.pieces import Chunk, Constant, RenderContext, RenderedMessage, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

_STOP = "\n\nUser:"


class RoleColonRenderer(Renderer):
    """No markers but the words themselves; no tools."""

    @property
    def bos(self) -> Chunk:
        """The tokenizer's own, where it has one."""
        bos = self.tokenizer.bos_token
        return () if bos is None else (Constant(bos),)

    @property
    def has_extension_property(self) -> bool:
        """Nothing is ever dropped from history."""
        return True

    @staticmethod
    def copies_text(roles: Sequence[str], texts: Sequence[str]) -> bool:
        """Every text."""
        return True

    def render_message(self, message: Message, ctx: RenderContext) -> RenderedMessage:
        """The blank line that ends a message and the next `User:` are the stop sequence together."""
        role = role_of(message)
        return RenderedMessage(
            header=(Constant(f"{role.capitalize()}:"),),
            output=((Text(f" {ensure_text(content_of(message))}\n\n"),),),
            # Odd, but what upstream writes where the last message is not the assistant's.
            stop_overlap=(Constant("User:" if role == "assistant" else "<UNUSED>"),),
        )

    def get_stop_sequences(self) -> list[str]:
        """A string, not a token id: tokens differ with what precedes it."""
        return [_STOP]

    def parse_response(self, response: Sequence[int]) -> tuple[Message, ParseTermination]:
        """The text before the first stop sequence. Never raises."""
        tokens = list(response)
        eos = self.tokenizer.eos_token_id
        ended_with_eos = eos is not None and tokens[-1:] == [eos]
        text = self.tokenizer.decode(tokens[:-1] if ended_with_eos else tokens)
        first, *rest = text.split(_STOP)
        message = Message(role="assistant", content=first.removeprefix(" ").removesuffix("\n\n"))
        if len(rest) == 1 and not ended_with_eos:
            return message, ParseTermination.STOP_SEQUENCE
        if not rest and ended_with_eos:
            return message, ParseTermination.EOS
        return message, ParseTermination.MALFORMED
