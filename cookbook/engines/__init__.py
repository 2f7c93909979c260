"""What turns text into token ids for a `cookbook.tokenizer.FileTokenizer`.

`tokenizers` is the engine that defines the ids. Another one is faster, optional, and used only after it has given the
same ids for a fingerprint of texts (`cookbook.engines.fingerprint`).
"""

from __future__ import annotations

from array import array
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Flat(NamedTuple):
    """Token ids of several texts in one buffer, each of them C's int of 4 bytes.

    Those of text `i` begin at the token `offsets[i]` and end before the token `offsets[i + 1]`.
    """

    tokens: bytes
    offsets: list[int]

    def lists(self) -> list[list[int]]:
        """The same as a list for each text."""
        ids = memoryview(self.tokens).cast("i").tolist()
        return [ids[start:end] for start, end in pairwise(self.offsets)]


def flat(encoded: Sequence[Sequence[int]]) -> Flat:
    """Lists of token ids, one after another in one buffer."""
    # An array of its own for each: to extend one takes twice as long.
    tokens = b"".join([array("i", ids) for ids in encoded])
    return Flat(tokens, [0, *accumulate(map(len, encoded))])


class Engine(Protocol):
    """Encodes texts with one tokenizer.json.

    Nothing is added at the ends. With `split_special_tokens`, special tokens in a text are ordinary text.
    """

    @property
    def name(self) -> str:
        """The package that does the work."""

    @property
    def version(self) -> str:
        """Its version."""

    @property
    def worth_remembering(self) -> int:
        """How many characters there must be before looking up their ids is faster than encoding them again."""

    def encode_batch(self, texts: Sequence[str], *, split_special_tokens: bool) -> list[list[int]]:
        """Token ids of each text. Raises TypeError or UnicodeEncodeError if one has no UTF-8 form."""

    def encode_flat(self, texts: Sequence[str], *, split_special_tokens: bool) -> Flat:
        """The same without a Python object a token. Raises as `encode_batch` does."""
