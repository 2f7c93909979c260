"""Pieces to token ids: the only place where a conversation meets the tokenizer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cookbook.renderers.pieces import Text

if TYPE_CHECKING:
    from cookbook.renderers.pieces import Chunk, Piece
    from cookbook.tokenizer import Tokenizer

# Headers hold roles and tool names, which a caller chooses: the memory for constants must not grow without end.
_MAX_CONSTANTS = 4096


class Encoder:
    """Encodes the pieces of one call, each distinct text once.

    `constants` outlives the call: it belongs to a renderer and holds the ids of the format's own text. The returned
    lists are shared, so a reader must not change them.
    """

    __slots__ = ("_constants", "_known", "_tokenizer")

    def __init__(self, tokenizer: Tokenizer, constants: dict[str, list[int]]) -> None:
        self._tokenizer = tokenizer
        self._constants = constants
        self._known: dict[Piece, list[int]] = {}

    def encode(self, chunk: Chunk) -> list[int]:
        """The token ids of a chunk: those of its pieces, joined."""
        known = self._known
        if len(chunk) == 1:
            return known.get(chunk[0]) or self._encode_piece(chunk[0])
        return [token for piece in chunk for token in known.get(piece) or self._encode_piece(piece)]

    def _encode_piece(self, piece: Piece) -> list[int]:
        if not piece.text:
            return []
        if isinstance(piece, Text):
            tokens = self._tokenizer.encode(piece.text, split_special_tokens=piece.split_special_tokens)
        else:
            tokens = self._encode_constant(piece.text)
        self._known[piece] = tokens
        return tokens

    def _encode_constant(self, text: str) -> list[int]:
        tokens = self._constants.get(text)
        if tokens is None:
            if len(self._constants) >= _MAX_CONSTANTS:
                self._constants.clear()
            tokens = self._constants[text] = self._tokenizer.encode(text)
        return tokens
