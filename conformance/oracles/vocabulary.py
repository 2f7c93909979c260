"""An oracle that brings its own tokenizer, asked in the ids of a byte tokenizer.

Such an oracle knows the real ids alone. In the bytes tier its answer is translated piece by piece: a marker becomes
the byte tokenizer's id for the same text, any other token becomes its bytes. Nothing is searched in the text again,
so text that spells a marker stays what the oracle made of it.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from conformance.adapters.serve import NotSupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


class ByteIds:
    """The way from an oracle's ids to those of a byte tokenizer and back.

    `added` is what the handshake offers for the byte tokenizer. `markers` gives the oracle's markers by their text,
    `piece` the bytes of one of its tokens, `encode` its ids of ordinary text.
    """

    def __init__(
        self,
        *,
        added: Iterable[Mapping[str, Any]],
        markers: Mapping[str, int],
        piece: Callable[[int], bytes],
        encode: Callable[[str], list[int]],
    ) -> None:
        self._added = {token["content"]: token["id"] for token in added}
        self._contents = {token: content for content, token in self._added.items()}
        self._markers = dict(markers)
        self._marked = {token: content for content, token in markers.items()}
        self._piece = piece
        self._encode = encode

    def to_bytes(self, tokens: Iterable[int]) -> list[int]:
        """The oracle's `tokens` in the byte tokenizer's ids. Raises NotSupported for a marker that has none there."""
        translated: list[int] = []
        for token in tokens:
            if token not in self._marked:
                translated += self._piece(token)
            elif self._marked[token] in self._added:
                translated.append(self._added[self._marked[token]])
            else:
                raise NotSupported(f"the byte tokenizer has no {self._marked[token]}")
        return translated

    def from_bytes(self, tokens: Sequence[int]) -> list[int]:
        """The byte tokenizer's `tokens` in the oracle's ids.

        Raises NotSupported for a marker that the oracle lacks, and for bytes that are no text or that the oracle's
        tokenizer would normalise: they have no ids of their own there.
        """
        translated: list[int] = []
        run = bytearray()
        for token in tokens:
            if token < 256:
                run.append(token)
                continue
            translated += self._text(bytes(run))
            run.clear()
            content = self._contents.get(token)
            if content not in self._markers:
                raise NotSupported(f"the oracle has no marker {content or token}")
            translated.append(self._markers[content])
        return translated + self._text(bytes(run))

    def _text(self, run: bytes) -> list[int]:
        try:
            tokens = self._encode(run.decode()) if run else []
        except UnicodeDecodeError as error:
            raise NotSupported("bytes that are no text have no tokens in the oracle's vocabulary") from error
        if b"".join(self._piece(token) for token in tokens) != run:
            raise NotSupported("the oracle's tokenizer normalises this text")
        return tokens


def is_composed(value: Any) -> bool:
    """Whether every string in a JSON value is in the normal form NFC, so that a normalising tokenizer keeps it."""
    if isinstance(value, str):
        return unicodedata.is_normalized("NFC", value)
    if isinstance(value, dict):
        return all(is_composed(item) for pair in value.items() for item in pair)
    return all(is_composed(item) for item in value) if isinstance(value, list) else True
