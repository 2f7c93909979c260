"""The `fastokens` package as an engine: the same ids, many times as fast, after a slower start.

It keeps the words that it has seen, so the first texts of a process cost more than later ones. A batch is encoded by as
many threads as there are processors; they wait for work in a loop, so the processor's time says little of them. The
variable FASTOKENS_BPE_THREADS of the environment says how many there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cookbook.engines import Flat
from cookbook.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Fastokens:
    """A tokenizer.json, read by the package. Raises ConfigurationError if it is not installed or cannot read it."""

    name = "fastokens"
    # Some 1 us a text and 5 ns a character, where to look a text up and to remember it takes 0.6 us.
    worth_remembering = 512

    def __init__(self, path: str) -> None:
        try:
            from fastokens import Tokenizer
        except ImportError as error:
            raise ConfigurationError(
                "the engine 'fastokens' is not installed: install cookbook-conformance[fast], or leave the engine out"
            ) from error
        self._path = path
        try:
            self._backend = Tokenizer.from_file(path)
        except (ValueError, RuntimeError, OSError) as error:
            raise ConfigurationError(f"fastokens cannot read {path} ({error}): leave the engine out") from error
        self._backend.no_truncation()
        self._backend.no_padding()

    def __reduce__(self) -> tuple[type[Fastokens], tuple[str]]:
        return Fastokens, (self._path,)

    @property
    def version(self) -> str:
        """See `Engine.version`."""
        from importlib.metadata import version  # Takes longer to import than everything else here.

        return version("fastokens")

    def encode_batch(self, texts: Sequence[str], *, split_special_tokens: bool) -> list[list[int]]:
        """See `Engine.encode_batch`. One call a text: for a few texts that is faster than a batch."""
        encode = self._backend.encode
        return [encode(text, False, split_special_tokens).ids for text in texts]

    def encode_flat(self, texts: Sequence[str], *, split_special_tokens: bool) -> Flat:
        """See `Engine.encode_flat`."""
        tokens, offsets = self._backend.encode_batch_flat(list(texts), False, split_special_tokens)
        return Flat(tokens, memoryview(offsets).cast("Q").tolist())
