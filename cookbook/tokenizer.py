"""Text to token ids and back.

Two tokenizers: `ByteTokenizer`, pure Python, whose ids can be checked by eye, and `FileTokenizer`, any tokenizer.json
read by the `tokenizers` library or a faster engine. Neither ever adds a beginning- or end-of-text token by itself.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Protocol, Self

from cookbook.engines.fast import Fastokens
from cookbook.engines.fingerprint import difference
from cookbook.engines.hugging_face import HuggingFace
from cookbook.errors import ConfigurationError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from os import PathLike

    import tokenizers

    from cookbook.engines import Engine, Flat


class Tokenizer(Protocol):
    """What the rest of the package asks of a tokenizer.

    `added` tokens are found in a text before anything else; some of them are *special*, which matters to
    `split_special_tokens` only: it makes special tokens ordinary text, so that a message cannot forge them.
    """

    @property
    def bos_token(self) -> str | None:
        """The text of the beginning-of-text token, if there is one."""

    @property
    def bos_token_id(self) -> int | None:
        """Its id."""

    @property
    def eos_token(self) -> str | None:
        """The text of the end-of-text token, if there is one."""

    @property
    def eos_token_id(self) -> int | None:
        """Its id."""

    def encode(self, text: str, *, split_special_tokens: bool = False) -> list[int]:
        """Token ids of `text`. Raises InvalidInputError if the text has no UTF-8 form (lone surrogates)."""

    def decode(self, tokens: Sequence[int]) -> str:
        """Text of `tokens`, special ones shown; bytes that are not UTF-8 become U+FFFD, unknown ids nothing."""

    def token_to_id(self, content: str) -> int | None:
        """The id of the token that is written `content`, or None."""


@dataclass(frozen=True, slots=True)
class AddedToken:
    """A token that is found in text as it is written."""

    content: str
    id: int
    special: bool


class ByteTokenizer:
    """256 byte tokens, id = byte value, and added tokens above them.

    The same as the `tokenizers` library on a BPE of 256 byte entries without merges, byte-level and without its regular
    expression. Added tokens are found leftmost first, the longest at one place. With `split_special_tokens` a special
    token's text becomes bytes, and so does any other added token that lies inside that text.
    """

    def __init__(
        self, *, added: Iterable[AddedToken], bos_token: str | None = None, eos_token: str | None = None
    ) -> None:
        """Raises ConfigurationError if two added tokens share an id or text, or bos or eos is not among them."""
        self.added = tuple(added)
        self.bos_token = bos_token
        self.eos_token = eos_token
        self._by_content = {token.content: token for token in self.added}
        self._bytes = {byte: bytes([byte]) for byte in range(256)}
        for token in self.added:
            if len(token.content) < 2 or token.id in self._bytes:
                # A byte-level vocabulary writes bytes as single characters: an added one could be taken for a byte.
                raise ConfigurationError(
                    f"added token {token} is too short or its id is taken: give it two characters or more and an id "
                    "of its own, from 256 up"
                )
            self._bytes[token.id] = token.content.encode()
        if len(self._by_content) != len(self.added):
            raise ConfigurationError("two added tokens have the same text: give every text once")
        self.bos_token_id = _id_of_end(self, "bos_token", bos_token)
        self.eos_token_id = _id_of_end(self, "eos_token", eos_token)
        longest_first = sorted(self._by_content, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> Self:
        """Read `{"bos_token", "eos_token", "added": [{"content", "id", "special"}, ...]}`."""
        added = [AddedToken(item["content"], item["id"], item["special"]) for item in obj["added"]]
        return cls(added=added, bos_token=obj.get("bos_token"), eos_token=obj.get("eos_token"))

    def encode(self, text: str, *, split_special_tokens: bool = False) -> list[int]:
        """See `Tokenizer.encode`."""
        tokens: list[int] = []
        start = 0
        for match in self._pattern.finditer(text) if self._pattern else ():
            token = self._by_content[match.group()]
            if split_special_tokens and token.special:
                continue
            tokens += _utf8(text[start : match.start()])
            tokens.append(token.id)
            start = match.end()
        tokens += _utf8(text[start:])
        return tokens

    def decode(self, tokens: Sequence[int]) -> str:
        """See `Tokenizer.decode`."""
        known = self._bytes
        return b"".join([known.get(token, b"") for token in tokens]).decode("utf-8", "replace")

    def token_to_id(self, content: str) -> int | None:
        """See `Tokenizer.token_to_id`; knows the added tokens."""
        token = self._by_content.get(content)
        return None if token is None else token.id


class FileTokenizer:
    """A tokenizer.json. `engine` is what encodes: the `tokenizers` library, or a package that gives the same ids."""

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        bos_token: str | None = None,
        eos_token: str | None = None,
        engine: str = "tokenizers",
        pinned: Mapping[str, Sequence[int]] | None = None,
    ) -> None:
        """Raises ConfigurationError if bos or eos is not a token of the file, or the engine cannot stand in."""
        defining = HuggingFace(str(path))
        self._vocabulary = defining.backend
        self._token_bytes = _TokenBytes(self._vocabulary) if _is_byte_level(self._vocabulary) else None
        self.engine: Engine = defining if engine == defining.name else _proven(engine, str(path), defining)
        _check_pinned(self.engine, pinned or {}, str(path))
        self.bos_token = bos_token
        self.eos_token = eos_token
        self.bos_token_id = _id_of_end(self, "bos_token", bos_token)
        self.eos_token_id = _id_of_end(self, "eos_token", eos_token)

    @property
    def added(self) -> tuple[str, ...]:
        """The texts of the added tokens, special ones and others, in the order of their ids."""
        return _added(self._vocabulary)

    @property
    def worth_remembering(self) -> int:
        """See `Engine.worth_remembering`."""
        return self.engine.worth_remembering

    def encode(self, text: str, *, split_special_tokens: bool = False) -> list[int]:
        """See `Tokenizer.encode`."""
        return self.encode_batch([text], split_special_tokens=split_special_tokens)[0]

    def encode_batch(self, texts: Sequence[str], *, split_special_tokens: bool = False) -> list[list[int]]:
        """`encode` of each text."""
        try:
            return self.engine.encode_batch(texts, split_special_tokens=split_special_tokens)
        except (TypeError, UnicodeEncodeError) as error:
            raise _first_not_utf8(texts) from error

    def encode_flat(self, texts: Sequence[str], *, split_special_tokens: bool = False) -> Flat:
        """`encode` of each text, in one buffer."""
        try:
            return self.engine.encode_flat(texts, split_special_tokens=split_special_tokens)
        except (TypeError, UnicodeEncodeError) as error:
            raise _first_not_utf8(texts) from error

    def decode(self, tokens: Sequence[int]) -> str:
        """See `Tokenizer.decode`."""
        if self._token_bytes is None:
            return self._vocabulary.decode(tokens, skip_special_tokens=False)
        return self._token_bytes.joined(tokens).decode("utf-8", "replace")

    def token_to_id(self, content: str) -> int | None:
        """See `Tokenizer.token_to_id`; knows the whole vocabulary."""
        return self._vocabulary.token_to_id(content)


def _added(backend: tokenizers.Tokenizer) -> tuple[str, ...]:
    return tuple(token.content for _, token in sorted(backend.get_added_tokens_decoder().items()))


def _proven(name: str, path: str, defining: HuggingFace) -> Engine:
    """The engine `name`, which gave the ids of the defining one for a fingerprint of texts."""
    if name != Fastokens.name:
        raise ConfigurationError(f"there is no engine {name!r}: use {HuggingFace.name!r} or {Fastokens.name!r}")
    engine = Fastokens(path)
    added = _added(defining.backend)
    # Vocabularies reserve hundreds of tokens that nobody has named: a few dozen of either end are enough.
    differing = difference(engine, defining.encode_unshared, [*added[:32], *added[32:][-8:]])
    if differing is not None:
        raise ConfigurationError(
            f"{engine.name} {engine.version} does not give the ids of {defining.name} {defining.version} for "
            f"{differing[:80]!r} with {path}: leave the engine out"
        )
    return engine


def _check_pinned(engine: Engine, pinned: Mapping[str, Sequence[int]], path: str) -> None:
    for text, ids in pinned.items():
        if engine.encode_batch([text], split_special_tokens=False) != [[*ids]]:
            raise ConfigurationError(
                f"{engine.name} {engine.version} does not give the ids that are pinned for {text[:80]!r} with {path}: "
                "use the file that they were written down for, or another version of the engine"
            )


class _TokenBytes:
    """The bytes that each token of a byte-level vocabulary stands for, worked out when it is first met.

    Decoding is joining these, several times as fast as the library, and gives the same: U+FFFD for the same stretches.
    """

    def __init__(self, backend: tokenizers.Tokenizer) -> None:
        self._backend = backend
        self._known: dict[int, bytes] = {}

    def joined(self, tokens: Sequence[int]) -> bytes:
        """Of several tokens. Raises InvalidInputError for a number that cannot be an id."""
        if len(tokens) > 1:
            # The fastest way to look up many; it takes two at least.
            with suppress(KeyError):
                return b"".join(itemgetter(*tokens)(self._known))
        return b"".join([self._known[token] if token in self._known else self._spell(token) for token in tokens])

    def _spell(self, token: int) -> bytes:
        try:
            written = self._backend.id_to_token(token)
        except OverflowError as error:
            raise InvalidInputError(f"{token} is no token id: ids are whole numbers from 0 up") from error
        if written is None:
            return b""
        try:
            spelt = bytes(map(_BYTES_BY_CHARACTER.__getitem__, written))
        except KeyError:
            # An added token, which is written as it is.
            spelt = written.encode()
        self._known[token] = spelt
        return spelt


def _bytes_by_character() -> dict[str, int]:
    """A byte-level vocabulary writes printable Latin-1 characters as themselves, other bytes from U+0100 up."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + n): byte for n, byte in enumerate(others)}


_BYTES_BY_CHARACTER = _bytes_by_character()


def _is_byte_level(backend: tokenizers.Tokenizer) -> bool:
    from tokenizers.decoders import ByteLevel

    return isinstance(backend.decoder, ByteLevel)


def load_tokenizer(
    path: str | PathLike[str],
    *,
    bos_token: str | None = None,
    eos_token: str | None = None,
    engine: str = "tokenizers",
    pinned: Mapping[str, Sequence[int]] | None = None,
) -> FileTokenizer:
    """Load a tokenizer.json. The file does not say which tokens begin and end a text, so the caller does.

    `engine="fastokens"` encodes many times as fast, with the extra `fast` installed. Loading takes a second or two
    longer. `pinned` has texts and the ids that were written down for them, by which another file or a drifting version
    of any engine is found. Raises ConfigurationError if an engine does not exist, is not installed, or gives other ids
    than are pinned, or for this tokenizer than `tokenizers` does.
    """
    return FileTokenizer(path, bos_token=bos_token, eos_token=eos_token, engine=engine, pinned=pinned)


def _id_of_end(tokenizer: Tokenizer, name: str, content: str | None) -> int | None:
    if content is None:
        return None
    token_id = tokenizer.token_to_id(content)
    if token_id is None:
        raise ConfigurationError(f"{name} {content!r} is not a token of this tokenizer: name one of its tokens")
    return token_id


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise _not_utf8(text) from error


def _first_not_utf8(texts: Sequence[str]) -> InvalidInputError:
    for text in texts:
        try:
            _utf8(text)
        except InvalidInputError as error:
            return error
        except AttributeError:
            break
    return _not_utf8(text)


def _not_utf8(text: str) -> InvalidInputError:
    return InvalidInputError(
        f"{text[:80]!r} is not text or holds half of a surrogate pair: give a str that can be written in UTF-8"
    )
