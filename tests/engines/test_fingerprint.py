"""One id that differs in one mode and one way of asking is enough to be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from byte_files import ADDED, tokenizer_json

from cookbook.engines import flat
from cookbook.engines.fingerprint import difference, texts
from cookbook.engines.hugging_face import HuggingFace

if TYPE_CHECKING:
    from cookbook.engines import Flat

SPECIAL = [token.content for token in ADDED]


@pytest.fixture(scope="module")
def defining(tmp_path_factory) -> HuggingFace:
    file = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    file.write_text(tokenizer_json(ADDED))
    return HuggingFace(str(file))


class Off:
    """The defining engine, except for one text in one mode and one form."""

    name = version = "off"

    def __init__(self, defining: HuggingFace, text: str, *, split: bool, buffer: bool) -> None:
        self.defining, self.text, self.split, self.buffer = defining, text, split, buffer

    def encoded(self, texts: list[str], split: bool, buffer: bool) -> list[list[int]]:
        encoded = self.defining.encode_batch(texts, split_special_tokens=split)
        if (split, buffer) == (self.split, self.buffer):
            encoded[texts.index(self.text)].append(0)
        return encoded

    def encode_batch(self, texts: list[str], *, split_special_tokens: bool) -> list[list[int]]:
        return self.encoded(texts, split_special_tokens, buffer=False)

    def encode_flat(self, texts: list[str], *, split_special_tokens: bool) -> Flat:
        return flat(self.encoded(texts, split_special_tokens, buffer=True))


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("buffer", [False, True])
def test_a_difference_is_found(defining, split, buffer) -> None:
    asked = texts(SPECIAL)
    for text in (asked[0], asked[5], "<s>", asked[-1]):
        off = Off(defining, text, split=split, buffer=buffer)
        assert difference(off, defining.encode_unshared, SPECIAL) == text


def test_no_difference_is_none(defining) -> None:
    assert difference(defining, defining.encode_unshared, SPECIAL) is None
    assert defining.encode_batch(["<s>"], split_special_tokens=False) == [[256]]
