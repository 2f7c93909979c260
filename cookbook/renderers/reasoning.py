"""What formats share whose turns end with one token and whose reasoning stands in `<think>` tags."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

from cookbook.messages import Message
from cookbook.renderers.base import Renderer
from cookbook.renderers.parsing import ParseTermination, split_at_stop
from cookbook.renderers.streaming import PlainTexts, ReasoningStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cookbook.renderers.streaming import MessageDelta


class ReasoningRenderer(Renderer):
    """Parses a response at once or as it arrives; the family says what the text of a whole turn means."""

    supports_streaming = True
    openai_reasoning_field = True
    stop_token: str
    """The marker that ends a turn."""

    @cached_property
    def _plain_texts(self) -> PlainTexts:
        return PlainTexts(self.tokenizer)

    @abstractmethod
    def parse_text(self, text: str) -> Message:
        """The message that the text of a turn spells. Text without any block stays a string."""

    def restore_prefill(self, response: Sequence[int]) -> Sequence[int]:
        """The response, after those tokens of the format's own prompt that are needed to parse it."""
        return response

    def get_stop_sequences(self) -> list[int]:
        """The end of a turn."""
        return [self.marker_ids[self.stop_token]]

    def parse_response(self, response: Sequence[int]) -> tuple[Message, ParseTermination]:
        """Blocks are looked for in a whole turn only: one that was cut off stays text."""
        tokens, termination = self._split(self.restore_prefill(response))
        text = self.tokenizer.decode(tokens)
        if not termination.is_clean:
            return Message(role="assistant", content=text), termination
        return self.parse_text(text), termination

    def parse_response_streaming(self, response: Sequence[int]) -> Iterator[MessageDelta]:
        """As in `Renderer`. The final message has its blocks parsed even if the turn was cut off; stops may repeat."""
        stream = ReasoningStream(self.tokenizer, self.marker_ids[self.stop_token], self._parse_anyway)
        yield from stream.read(self.restore_prefill(response), self._plain_texts)

    def _parse_anyway(self, tokens: Sequence[int]) -> Message:
        return self.parse_text(self.tokenizer.decode(self._split(tokens)[0]))

    def _split(self, response: Sequence[int]) -> tuple[list[int], ParseTermination]:
        return split_at_stop(response, self.marker_ids[self.stop_token])
