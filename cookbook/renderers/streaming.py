"""A response as it arrives: tokens in, small pieces of text and reasoning out, and at the end the whole message.

The pieces show the response as it was written, line breaks and tool-call markup included. Only the final message is
normalised, so joined pieces need not equal it. The work is linear in the length of the response. Behaviour:
tinker-cookbook 0.5.8, `Utf8TokenDecoder` and `ReasoningStreamingParser`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cookbook.messages import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cookbook.messages import Role
    from cookbook.tokenizer import Tokenizer

_UNDECODABLE = "\ufffd"
# The last character of a text is decided by its last four bytes, and a token that decodes to anything has at least one.
_LOOK_BACK = 4
_MAX_TEXTS = 1 << 20


def _setters(kind: type, field: str) -> tuple[Any, Any]:
    return getattr(kind, field).__set__, kind.content_index.__set__  # type: ignore[attr-defined]


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


_set_text, _set_text_index = _setters(StreamingTextDelta, "text")
_set_thinking, _set_thinking_index = _setters(StreamingThinkingDelta, "thinking")

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

    @property
    def is_within_character(self) -> bool:
        """Whether something is held back."""
        return bool(self._pending)

    def flush(self) -> str:
        """What was held back, with U+FFFD for what never became a character."""
        text = self._tokenizer.decode(self._pending) if self._pending else ""
        self._pending = []
        return text


class PlainTexts(dict[int, "str | None"]):
    """The text of each token that says something by itself; None for one that needs a closer look.

    That is one that does not end with a character, and one in which a tag could begin.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__()
        self._tokenizer = tokenizer

    def __missing__(self, token: int) -> str | None:
        text: str | None = self._tokenizer.decode([token])
        assert text is not None
        if "<" in text or text.endswith(_UNDECODABLE):
            text = None
        # A vocabulary has an end, but ids that a caller makes up have none.
        if len(self) < _MAX_TEXTS:
            self[token] = text
        return text


class ReasoningStream:
    """Splits a response into text and reasoning at `<think>` and `</think>`, as its tokens are read.

    Tokens after `stop` are ignored. `parse` makes the final message from all tokens up to and including `stop`.
    """

    def __init__(self, tokenizer: Tokenizer, stop: int, parse: Callable[[list[int]], Message]) -> None:
        self._decoder = Utf8TokenDecoder(tokenizer)
        self._stop = stop
        self._parse = parse
        self._started = False
        self._thinking = False
        self._index = 0
        self._held = ""

    def read(self, response: Sequence[int], texts: PlainTexts) -> Iterator[MessageDelta]:
        """The pieces of a response and the whole message; `texts` is of the same tokenizer."""
        tokens = list(response)
        try:
            end = tokens.index(self._stop)
        except ValueError:
            body = tokens
        else:
            del tokens[end + 1 :]
            body = tokens[:end]
        quick = True
        new, kind, set_text, set_index, index = self._quickly()
        for token in body:
            text = texts[token]
            if text is not None and quick:
                # Most tokens: nothing is held back, and this one has nothing to hold back either.
                if not self._started:
                    yield from self._header()
                if text:
                    delta = new(kind)
                    set_text(delta, text)
                    set_index(delta, index)
                    yield delta
                continue
            yield from self._look_closely(token)
            quick = not self._held and not self._decoder.is_within_character
            new, kind, set_text, set_index, index = self._quickly()
        yield from self._header()
        yield from self._delta(self._held + self._decoder.flush())
        yield self._parse(tokens)

    def _quickly(self) -> tuple[Any, type, Any, Any, int]:
        """How to make a piece of the present kind without the checks of a frozen class, which take half the time."""
        if self._thinking:
            return object.__new__, StreamingThinkingDelta, _set_thinking, _set_thinking_index, self._index
        return object.__new__, StreamingTextDelta, _set_text, _set_text_index, self._index

    def _look_closely(self, token: int) -> Iterator[MessageDelta]:
        text = self._decoder.decode(token)
        if text is not None:
            yield from self._header()
            yield from self._split(text)

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
