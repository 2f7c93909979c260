"""Model input: the chunks of tokens that a training or sampling request carries.

Behaviour: tinker SDK 0.38, `EncodedTextChunk` and `ModelInput`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class EncodedTextChunk:
    """A run of token ids that was encoded in one piece."""

    tokens: tuple[int, ...]

    @property
    def length(self) -> int:
        """Number of tokens."""
        return len(self.tokens)


@dataclass(frozen=True, slots=True)
class ModelInput:
    """An ordered sequence of chunks.

    Where one chunk ends and the next begins means nothing to a model, but it shows which texts were encoded
    apart, so it is kept. An empty chunk is refused by the sampling service.
    """

    chunks: tuple[EncodedTextChunk, ...] = ()

    @classmethod
    def from_ints(cls, tokens: Iterable[int]) -> ModelInput:
        """One chunk that holds all of `tokens`."""
        return cls((EncodedTextChunk(tuple(tokens)),))

    @property
    def length(self) -> int:
        """Number of tokens over all chunks."""
        return sum(chunk.length for chunk in self.chunks)

    def to_ints(self) -> list[int]:
        """All token ids in order, without the chunk boundaries."""
        return list(chain.from_iterable(chunk.tokens for chunk in self.chunks))

    def append(self, chunk: EncodedTextChunk) -> ModelInput:
        """A new input with `chunk` at the end."""
        return ModelInput((*self.chunks, chunk))

    def append_int(self, token: int) -> ModelInput:
        """A new input with `token` at the end, in a chunk of its own: the last chunk is not extended."""
        return self.append(EncodedTextChunk((token,)))
