"""The long comparison of engines finds what differs, and counts what it compared."""

from __future__ import annotations

from itertools import islice

import pytest
from byte_files import ADDED, tokenizer_json

from conformance.benchmarks import engines
from cookbook.engines import flat
from cookbook.engines.hugging_face import HuggingFace

SPECIAL = tuple(token.content for token in ADDED)


@pytest.fixture(scope="module")
def defining(tmp_path_factory) -> HuggingFace:
    file = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    file.write_text(tokenizer_json(ADDED))
    return HuggingFace(str(file))


class Off:
    """The defining engine, except for one text, in one mode and one form."""

    name = version = "off"

    def __init__(self, defining, text, *, split, buffer) -> None:
        self.defining, self.wrong = defining, (text, split, buffer)

    def encoded(self, texts, split, buffer):
        encoded = self.defining.encode_batch(texts, split_special_tokens=split)
        return [
            [*ids, 0] if (text, split, buffer) == self.wrong else ids for text, ids in zip(texts, encoded, strict=True)
        ]

    def encode_batch(self, texts, *, split_special_tokens):
        return self.encoded(texts, split_special_tokens, buffer=False)

    def encode_flat(self, texts, *, split_special_tokens):
        return flat(self.encoded(texts, split_special_tokens, buffer=True))


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("buffer", [False, True])
def test_a_difference_ends_it_with_the_text(defining, split, buffer, monkeypatch) -> None:
    monkeypatch.setattr(engines, "SLAB", 3)
    off = Off(defining, "<s>g", split=split, buffer=buffer)
    with pytest.raises(SystemExit, match="<s>g"):
        engines.compare(off, defining, [*"abcdef", "<s>g"], None, both=True)


def test_what_is_equal_is_counted(defining) -> None:
    assert engines.compare(defining, defining, ["ab", "<s>c"], None, both=False) == (2, 4)
    assert engines.compare(defining, defining, ["ab", "<s>c"], None, both=True) == (2, 4 + 6)


def test_it_ends_when_there_are_enough_tokens(defining, monkeypatch) -> None:
    monkeypatch.setattr(engines, "SLAB", 40)
    assert engines.compare(defining, defining, (letter for letter in "abcdefgh"), 3, both=False) == (4, 4)


def test_random_texts_are_the_same_each_time_and_can_be_encoded() -> None:
    texts = [*engines.random_texts(300, SPECIAL)]
    assert texts == [*engines.random_texts(300, SPECIAL)]
    assert any("<s>" in text for text in texts)
    assert "".join(texts).encode()


def test_prose_has_code_and_does_not_end() -> None:
    texts = [*islice(engines.prose(), 20)]
    assert all(texts)
    assert any("import" in text for text in texts)
