"""Model input: chunks of tokens and images. It needs no numpy, so that a renderer that only builds prompts needs none.

Behaviour: tinker SDK 0.38, `EncodedTextChunk`, `ImageChunk`, `ImageAssetPointerChunk` and `ModelInput`.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

from cookbook.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

IMAGE_FORMATS = ("png", "jpeg")


@dataclass(frozen=True, slots=True)
class EncodedTextChunk:
    """A run of token ids that was encoded in one piece."""

    tokens: tuple[int, ...]

    @property
    def length(self) -> int:
        """Number of tokens."""
        return len(self.tokens)

    def to_json(self) -> dict[str, Any]:
        """`{"type": "encoded_text", "tokens": [...]}`."""
        return {"type": "encoded_text", "tokens": list(self.tokens)}


@dataclass(frozen=True, slots=True)
class ImageChunk:
    """An image. `expected_tokens` is how many positions it takes, if that is known: nothing here computes it."""

    data: bytes
    format: str
    expected_tokens: int | None = None

    @property
    def length(self) -> int:
        """Number of positions. Raises InvalidInputError when they are not known."""
        return _known_length(self.expected_tokens)

    def to_json(self) -> dict[str, Any]:
        """`{"type": "image", "data": base64, "format": ..., "expected_tokens"?: n}`."""
        data = base64.b64encode(self.data).decode("ascii")
        return _with_length({"type": "image", "data": data, "format": self.format}, self.expected_tokens)


@dataclass(frozen=True, slots=True)
class ImageAssetPointerChunk:
    """An image that lies elsewhere."""

    location: str
    format: str
    expected_tokens: int | None = None

    @property
    def length(self) -> int:
        """Number of positions. Raises InvalidInputError when they are not known."""
        return _known_length(self.expected_tokens)

    def to_json(self) -> dict[str, Any]:
        """`{"type": "image_asset_pointer", "location": ..., "format": ..., "expected_tokens"?: n}`."""
        pointer = {"type": "image_asset_pointer", "location": self.location, "format": self.format}
        return _with_length(pointer, self.expected_tokens)


ModelInputChunk: TypeAlias = EncodedTextChunk | ImageChunk | ImageAssetPointerChunk


@dataclass(frozen=True, slots=True)
class ModelInput:
    """An ordered sequence of chunks.

    Where one chunk of text ends and the next begins means nothing to a model, but it shows which texts were encoded
    apart, so it is kept. An empty chunk is refused by the sampling service.
    """

    chunks: tuple[ModelInputChunk, ...] = ()

    @classmethod
    def from_ints(cls, tokens: Iterable[int]) -> ModelInput:
        """One chunk that holds all of `tokens`."""
        return cls((EncodedTextChunk(tuple(tokens)),))

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> ModelInput:
        """Read `{"chunks": [...]}`. Raises InvalidInputError as `chunk_from_json` does."""
        return cls(tuple(chunk_from_json(chunk) for chunk in obj["chunks"]))

    def to_json(self) -> dict[str, Any]:
        """`{"chunks": [...]}`."""
        return {"chunks": [chunk.to_json() for chunk in self.chunks]}

    @property
    def length(self) -> int:
        """Number of positions over all chunks. Raises InvalidInputError when an image's are not known."""
        return sum(chunk.length for chunk in self.chunks)

    def to_ints(self) -> list[int]:
        """All token ids in order, without the chunk boundaries. Raises InvalidInputError if there is an image."""
        return list(chain.from_iterable(_text(chunk).tokens for chunk in self.chunks))

    def flat(self) -> list[int | ImageChunk | ImageAssetPointerChunk]:
        """Token ids and images in order, without the boundaries between chunks of text."""
        flat: list[int | ImageChunk | ImageAssetPointerChunk] = []
        for chunk in self.chunks:
            if isinstance(chunk, EncodedTextChunk):
                flat.extend(chunk.tokens)
            else:
                flat.append(chunk)
        return flat

    def append(self, chunk: ModelInputChunk) -> ModelInput:
        """A new input with `chunk` at the end."""
        return ModelInput((*self.chunks, chunk))

    def append_int(self, token: int) -> ModelInput:
        """A new input with `token` at the end, in a chunk of its own: the last chunk is not extended."""
        return self.append(EncodedTextChunk((token,)))


def chunk_from_json(obj: Mapping[str, Any]) -> ModelInputChunk:
    """Read a chunk of any of the three types. Raises InvalidInputError for another type, format or encoding."""
    match obj.get("type"):
        case "encoded_text":
            return EncodedTextChunk(tuple(obj["tokens"]))
        case "image":
            try:
                data = base64.b64decode(obj["data"], validate=True)
            except (binascii.Error, ValueError) as error:
                raise InvalidInputError(f"the data of an image is not base64: {error}") from error
            return ImageChunk(data, _format(obj), obj.get("expected_tokens"))
        case "image_asset_pointer":
            return ImageAssetPointerChunk(obj["location"], _format(obj), obj.get("expected_tokens"))
        case other:
            raise InvalidInputError(f"no chunk has the type {other!r}")


def _format(obj: Mapping[str, Any]) -> str:
    if obj["format"] not in IMAGE_FORMATS:
        raise InvalidInputError(f"no image has the format {obj['format']!r}: use {' or '.join(IMAGE_FORMATS)}")
    return str(obj["format"])


def _known_length(expected_tokens: int | None) -> int:
    if expected_tokens is None:
        raise InvalidInputError("the image does not say how many tokens it takes: set expected_tokens")
    return expected_tokens


def _with_length(obj: dict[str, Any], expected_tokens: int | None) -> dict[str, Any]:
    return obj if expected_tokens is None else {**obj, "expected_tokens": expected_tokens}


def _text(chunk: ModelInputChunk) -> EncodedTextChunk:
    if isinstance(chunk, EncodedTextChunk):
        return chunk
    raise InvalidInputError("an input with an image has no list of token ids")
