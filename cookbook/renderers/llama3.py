"""Llama 3's format.

    <|begin_of_text|><|start_header_id|>user<|end_header_id|>

    What is up?<|eot_id|><|start_header_id|>assistant<|end_header_id|>

Unlike Meta's chat template it adds no dates to the system message and trims nothing; tool calls are not written.
Behaviour: tinker-cookbook 0.5.8, `Llama3Renderer`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cookbook.messages import Message
from cookbook.renderers.base import Renderer
from cookbook.renderers.content import content_of, ensure_text, role_of
from cookbook.renderers.parsing import ParseTermination, split_at_stop
from cookbook.renderers.pieces import Chunk, Constant, RenderContext, RenderedMessage, Text

if TYPE_CHECKING:
    from collections.abc import Sequence


class Llama3Renderer(Renderer):
    """Text only; every role stands in the header as it is."""

    markers = ("<|begin_of_text|>", "<|eot_id|>")

    @property
    def bos(self) -> Chunk:
        """Once, before everything."""
        return (Constant("<|begin_of_text|>"),)

    @property
    def has_extension_property(self) -> bool:
        """Nothing is ever dropped from history."""
        return True

    @staticmethod
    def copies_text(roles: Sequence[str], texts: Sequence[str]) -> bool:
        """Every text."""
        return True

    def render_message(self, message: Message, ctx: RenderContext) -> RenderedMessage:
        """The text may hold markers of its own: nothing keeps it from forging them."""
        return RenderedMessage(
            header=(Constant(f"<|start_header_id|>{role_of(message)}<|end_header_id|>\n\n"),),
            output=((Text(ensure_text(content_of(message))), Constant("<|eot_id|>")),),
        )

    def get_stop_sequences(self) -> list[int]:
        """The end of a turn."""
        return [self.marker_ids["<|eot_id|>"]]

    def parse_response(self, response: Sequence[int]) -> tuple[Message, ParseTermination]:
        """The text as it is, whitespace and all."""
        tokens, termination = split_at_stop(response, self.marker_ids["<|eot_id|>"])
        return Message(role="assistant", content=self.tokenizer.decode(tokens)), termination
