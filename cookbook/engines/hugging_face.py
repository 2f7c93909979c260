"""Hugging Face's `tokenizers` as an engine: the one whose ids count."""

from __future__ import annotations

import re
from os.path import commonprefix
from typing import TYPE_CHECKING

from cookbook.engines import flat

if TYPE_CHECKING:
    from collections.abc import Sequence

    import tokenizers

    from cookbook.engines import Flat


class HuggingFace:
    """A tokenizer.json, read by the library.

    Whether special tokens are split is a state of the library's object, and switching it is not safe between threads.
    So there is one object for each mode. The splitting one is loaded when a text that is to be split contains a special
    token for the first time: for any other text both give the same ids.
    """

    name = "tokenizers"
    worth_remembering = 0

    def __init__(self, path: str) -> None:
        self._path = path
        self.backend = _load(path, split_special_tokens=False)
        self._splitting: tokenizers.Tokenizer | None = None
        special = [token for token in self.backend.get_added_tokens_decoder().values() if token.special]
        contents = [token.content for token in special]
        if self.backend.normalizer is not None and any(token.normalized for token in special):
            # Such tokens are looked for in the normalized text, so the text itself does not tell.
            contents = [""]
        self._special_text = re.compile("|".join(map(re.escape, contents)) if contents else r"(?!)")
        # Finding one string is many times as fast as a pattern, and most texts do not hold it.
        self._special_prefix = commonprefix(contents)  # noqa: RUF071 (these are no paths)

    @property
    def version(self) -> str:
        """See `Engine.version`."""
        import tokenizers

        return tokenizers.__version__

    def encode_batch(self, texts: Sequence[str], *, split_special_tokens: bool) -> list[list[int]]:
        """See `Engine.encode_batch`."""
        if split_special_tokens:
            split = [at for at, text in enumerate(texts) if self._has_special(text)]
            if split:
                encoded = self._encode(self.backend, texts)
                if self._splitting is None:
                    self._splitting = _load(self._path, split_special_tokens=True)
                for at, tokens in zip(split, self._encode(self._splitting, [texts[at] for at in split]), strict=True):
                    encoded[at] = tokens
                return encoded
        return self._encode(self.backend, texts)

    def encode_unshared(self, texts: Sequence[str], *, split_special_tokens: bool) -> list[list[int]]:
        """`encode_batch` without a second object, for whoever made this one and has not yet given it to anyone."""
        self.backend.encode_special_tokens = split_special_tokens
        try:
            return self._encode(self.backend, texts)
        finally:
            self.backend.encode_special_tokens = False

    def encode_flat(self, texts: Sequence[str], *, split_special_tokens: bool) -> Flat:
        """See `Engine.encode_flat`."""
        return flat(self.encode_batch(texts, split_special_tokens=split_special_tokens))

    def _has_special(self, text: str) -> bool:
        return self._special_prefix in text and self._special_text.search(text) is not None

    @staticmethod
    def _encode(backend: tokenizers.Tokenizer, texts: Sequence[str]) -> list[list[int]]:
        # The fast form, because the other one also works out where in the text each token came from.
        return [encoding.ids for encoding in backend.encode_batch_fast(texts, add_special_tokens=False)]


def _load(path: str, *, split_special_tokens: bool) -> tokenizers.Tokenizer:
    # Imported here, because byte tokenizers need to work without paying for the library.
    import tokenizers

    backend = tokenizers.Tokenizer.from_file(path)
    backend.no_truncation()
    backend.no_padding()
    backend.encode_special_tokens = split_special_tokens
    return backend
