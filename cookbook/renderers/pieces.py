"""What a renderer says about a message: pieces of text in their places, before anything is encoded.

A chunk is what upstream encodes into one `EncodedTextChunk`. Its pieces are encoded one by one and their ids joined,
so the seams between pieces are where upstream's calls of `encode` begin and end: no token spans a seam.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cookbook.renderers.content import role_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cookbook.messages import Message


class Text(NamedTuple):
    """Text that comes, at least in part, from a message.

    `split_special_tokens` keeps the text from forging special tokens: it is encoded as if they were ordinary words.
    """

    text: str
    split_special_tokens: bool = False


class Constant(NamedTuple):
    """Text of the format itself, such as a header: encoded once for a renderer and remembered."""

    text: str


Piece = Text | Constant
Chunk = tuple[Piece, ...]


class RenderedMessage(NamedTuple):
    """A message in the three places that matter for loss.

    `header` introduces the turn and is given to the model; `output` is what the model produces, its end marker
    included; `stop_overlap` completes a stop sequence that reaches into the next header, and is written only after the
    last message of a training example.
    """

    header: Chunk | None
    output: tuple[Chunk, ...]
    stop_overlap: Chunk | None = None


class RenderContext(NamedTuple):
    """Where a message stands in its conversation.

    `last_user_index` is -1 without any user message. `in_last_assistant_turn` is true for everything after the last
    user message that a produced turn follows: a turn can span tool calls and their results.
    """

    idx: int
    is_last: bool
    prev_message: Message | None = None
    next_message: Message | None = None
    last_user_index: int = -1
    in_last_assistant_turn: bool = False

    @property
    def follows_tool(self) -> bool:
        """Whether the message before is a tool's result."""
        return self.prev_message is not None and role_of(self.prev_message) == "tool"


def last_user_index(messages: Sequence[Message]) -> int:
    """Index of the last message whose role is `user` (a tool's result never counts), or -1."""
    last = -1
    for idx, message in enumerate(messages):
        if role_of(message) == "user":
            last = idx
    return last


def contexts(messages: Sequence[Message], turn_start: int) -> Iterator[RenderContext]:
    """The context of each message, when the last assistant turn begins at index `turn_start`."""
    user = last_user_index(messages)
    last = len(messages) - 1
    for idx in range(len(messages)):
        yield RenderContext(
            idx=idx,
            is_last=idx == last,
            prev_message=messages[idx - 1] if idx else None,
            next_message=messages[idx + 1] if idx < last else None,
            last_user_index=user,
            in_last_assistant_turn=idx >= turn_start,
        )
