"""A response as it arrives: tokens in, small pieces of text and reasoning out, and at the end the whole message.

The pieces show the response as it was written, line breaks and tool-call markup included. Only the final message is
normalised, so joined pieces need not equal it. The work is linear in the length of the response. Behaviour:
tinker-cookbook 0.5.8, `Utf8TokenDecoder` and `ReasoningStreamingParser`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cookbook.messages import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cookbook.messages import Role
    from cookbook.tokenizer import Tokenizer

_UNDECODABLE = "\ufffd"
# The last character of a text is decided by its last four bytes, and a token that decodes to anything has at least one.
_LOOK_BACK = 4


@dataclass(frozen=True, slots=True)
class StreamingMessageHeader:
    """A message begins. Comes first, once."""

    role: Role
    name: str | None = None


@dataclass(frozen=True, slots=True)
class StreamingTextDelta:
    """More of the text. `content_index` grows by one whenever a think block opens or closes."""

    text: str
    content_index: int = 0


@dataclass(frozen=True, slots=True)
class StreamingThinkingDelta:
    """More of the reasoning."""

    thinking: str
    content_index: int = 0


MessageDelta = StreamingMessageHeader | StreamingTextDelta | StreamingThinkingDelta | Message


class Utf8TokenDecoder:
    """Decodes token by token and holds back what could still become a character.

    A token can end within a character's bytes: text that ends with U+FFFD is kept until more tokens complete it.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._pending: list[int] = []

    def decode(self, token: int) -> str | None:
        """The text that `token` completes, or None if it completes none."""
        text = self._tokenizer.decode([token])
        if self._pending:
            if not text:
                return None
            self._pending.append(token)
            if self._tokenizer.decode(self._pending[-_LOOK_BACK:]).endswith(_UNDECODABLE):
                return None
            return self.flush()
        if text.endswith(_UNDECODABLE):
            self._pending.append(token)
            return None
        return text

    def flush(self) -> str:
        """What was held back, with U+FFFD for what never became a character."""
        text = self._tokenizer.decode(self._pending) if self._pending else ""
        self._pending = []
        return text


class ReasoningStream:
    """Splits a response into text and reasoning at `<think>` and `</think>`, as its tokens arrive.

    Feed it every token, then call `finish`. Tokens after `stop` are ignored. `parse` makes the final message from all
    tokens up to and including `stop`.
    """

    def __init__(self, tokenizer: Tokenizer, stop: int, parse: Callable[[list[int]], Message]) -> None:
        self._decoder = Utf8TokenDecoder(tokenizer)
        self._stop = stop
        self._parse = parse
        self._tokens: list[int] = []
        self._stopped = False
        self._started = False
        self._thinking = False
        self._index = 0
        self._held = ""

    def feed(self, token: int) -> Iterator[MessageDelta]:
        """What `token` adds."""
        if self._stopped:
            return
        self._tokens.append(token)
        if token == self._stop:
            self._stopped = True
            return
        text = self._decoder.decode(token)
        if text is not None:
            yield from self._header()
            yield from self._split(text)

    def finish(self) -> Iterator[MessageDelta]:
        """What was held back, and the whole message."""
        yield from self._header()
        yield from self._delta(self._held + self._decoder.flush())
        self._held = ""
        yield self._parse(self._tokens)

    def _header(self) -> Iterator[MessageDelta]:
        if not self._started:
            self._started = True
            yield StreamingMessageHeader(role="assistant")

    def _split(self, text: str) -> Iterator[MessageDelta]:
        text = self._held + text
        while True:
            tag = "</think>" if self._thinking else "<think>"
            before, found, after = text.partition(tag)
            if not found:
                break
            yield from self._delta(before)
            self._thinking = not self._thinking
            self._index += 1
            text = after
        shown = len(text) - _length_of_partial(tag, text)
        yield from self._delta(text[:shown])
        self._held = text[shown:]

    def _delta(self, text: str) -> Iterator[MessageDelta]:
        if text:
            kind = StreamingThinkingDelta if self._thinking else StreamingTextDelta
            yield kind(text, self._index)


def _length_of_partial(tag: str, text: str) -> int:
    """Length of the longest end of `text` that a tag could begin with."""
    for length in range(min(len(tag) - 1, len(text)), 0, -1):
        if text.endswith(tag[:length]):
            return length
    return 0
