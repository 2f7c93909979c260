"""conformance/lexicon.py: what is known of a tokenizer, held against the tokenizer itself."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.commands.selecting import lexicons
from conformance.golden_path import golden_dir
from conformance.lexicon import ByteLexicon, FileLexicon
from conformance.tokenizers import Store
from cookbook.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from cookbook.tokenizer import ByteTokenizer

STORE = Store()
NAMES = sorted(path.name for path in (golden_dir() / "tokenizers").iterdir() if path.is_dir())


def offer(name: str) -> dict[str, object]:
    (value,) = STORE.offer([name]).values()
    return value


@cache
def byte_lexicon(name: str) -> ByteLexicon:
    return ByteLexicon(offer(name))


@cache
def file_lexicon(name: str) -> FileLexicon:
    """The lexicon of the same tokenizer's tokenizer.json."""
    ends = offer(name)
    path = golden_dir() / "tokenizers" / name / "tokenizer.json"
    tokenizer = load_tokenizer(path, bos_token=ends["bos_token"], eos_token=ends["eos_token"])
    added = msgspec.json.decode(path.read_bytes())["added_tokens"]
    return FileLexicon(tokenizer, {token["id"]: token["content"] for token in added})


def test_there_are_byte_tokenizers() -> None:
    assert len(NAMES) >= 5


@pytest.mark.parametrize("name", NAMES)
def test_both_kinds_agree_on_every_token(name: str) -> None:
    tokenizer: ByteTokenizer = STORE.load(name)
    by_bytes, by_file = byte_lexicon(name), file_lexicon(name)
    assert by_bytes.bos == by_file.bos == tokenizer.bos_token_id
    for token in [*range(256), *(added.id for added in tokenizer.added)]:
        assert by_bytes.text([token]) == by_file.text([token]) == tokenizer.decode([token])
        assert by_bytes.is_marker(token) == by_file.is_marker(token) == (token >= 256)
        if token < 0x80 or token >= 256:
            assert by_bytes.piece(token) == by_file.piece(token) == tokenizer.decode([token])


@given(name=st.sampled_from(NAMES), text=st.text())
def test_a_byte_lexicon_reads_what_the_tokenizer_writes(name: str, text: str) -> None:
    tokenizer = STORE.load(name)
    tokens = tokenizer.encode(text)
    assert byte_lexicon(name).text(tokens) == text == tokenizer.decode(tokens)


@given(st.lists(st.integers(0, 300)))
def test_undecodable_bytes_read_as_in_the_tokenizer(tokens: list[int]) -> None:
    known = [token for token in tokens if token < 256 or byte_lexicon("bytes-qwen3").is_marker(token)]
    assert byte_lexicon("bytes-qwen3").text(known) == STORE.load("bytes-qwen3").decode(known)


def test_a_byte_of_a_longer_character_is_shown_as_such() -> None:
    lexicon = byte_lexicon("bytes-qwen3")
    assert [lexicon.piece(token) for token in "é\n".encode()] == ["\\xc3", "\\xa9", "\n"]
    assert lexicon.text("é".encode()) == "é"
    assert lexicon.text([0xC3]) == "\ufffd"


@given(st.lists(st.integers(0, 255)))
def test_an_unknown_id_does_not_break_the_characters_around_it(tokens: list[int]) -> None:
    text = "é👋" + file_lexicon("bytes-qwen3").text(tokens)
    assert file_lexicon("bytes-qwen3").text([*"é👋".encode(), 999, *tokens]) == text.replace("👋", "👋<?999>", 1)


@pytest.mark.parametrize("make", [byte_lexicon, file_lexicon])
@pytest.mark.parametrize("token", [299, 2**31, 2**32, 2**64, 2**200, -1])
def test_an_id_that_does_not_exist_is_shown(make: object, token: int) -> None:
    lexicon = make("bytes-llama3")  # type: ignore[operator]
    assert lexicon.piece(token) == f"<?{token}>"
    assert not lexicon.is_marker(token)
    assert lexicon.text([65, token, 66]) == f"A<?{token}>B"


def test_lexicons_are_found_by_the_name_of_a_tokenizer() -> None:
    lexicon = lexicons(STORE)
    found = lexicon("bytes-qwen3")
    assert found is not None
    assert found.piece(257) == "<|im_start|>"
    assert lexicon("bytes-qwen3") is found
    assert lexicon("wibble") is None
    assert lexicon("") is None
