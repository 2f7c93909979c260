"""The engine that defines the ids, in both modes."""

from __future__ import annotations

import json

import pytest
import tokenizers
from byte_files import ADDED, tokenizer_json
from hypothesis import given, settings
from hypothesis import strategies as st

from cookbook.engines.hugging_face import HuggingFace
from cookbook.tokenizer import AddedToken

texts = st.lists(st.lists(st.sampled_from(["<s>", "<t>", "a", "é", "<", "s>"]), max_size=5).map("".join), max_size=4)


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> str:
    file = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    file.write_text(tokenizer_json(ADDED))
    return str(file)


def library(path: str, *, split: bool) -> tokenizers.Tokenizer:
    made = tokenizers.Tokenizer.from_file(path)
    made.encode_special_tokens = split
    return made


@given(texts=texts, split=st.booleans())
@settings(deadline=None)
def test_lists_and_buffers_are_what_the_library_gives_each_text(path, texts, split) -> None:
    engine = HuggingFace(path)
    expected = [library(path, split=split).encode(text, add_special_tokens=False).ids for text in texts]
    assert engine.encode_batch(texts, split_special_tokens=split) == expected
    assert engine.encode_unshared(texts, split_special_tokens=split) == expected
    assert engine.encode_flat(texts, split_special_tokens=split).lists() == expected
    # Neither mode leaks into the next call.
    assert engine.encode_batch(["<s>"], split_special_tokens=False) == [[256]]


def test_special_tokens_without_a_common_beginning_are_found_too(tmp_path) -> None:
    file = tmp_path / "tokenizer.json"
    file.write_text(tokenizer_json([AddedToken("<s>", 256, special=True), AddedToken("[t]", 257, special=True)]))
    engine = HuggingFace(str(file))
    assert engine.encode_batch(["[t]", "<s>", "a"], split_special_tokens=True) == [[*b"[t]"], [*b"<s>"], [*b"a"]]


def test_the_version_is_the_library_s(path) -> None:
    engine = HuggingFace(path)
    assert (engine.name, engine.version) == ("tokenizers", tokenizers.__version__)


def test_a_token_that_is_found_in_normalised_text_counts_as_there_everywhere(tmp_path) -> None:
    definition = json.loads(tokenizer_json([AddedToken("<é>", 256, special=True)]))
    definition["normalizer"] = {"type": "NFC"}
    definition["added_tokens"][0]["normalized"] = True
    file = tmp_path / "tokenizer.json"
    file.write_text(json.dumps(definition))
    assert HuggingFace(str(file)).encode_batch(["<e\u0301>"], split_special_tokens=True) == [[*"<é>".encode()]]
