# ruff: noqa: RUF001 - DeepSeek's markers are written with a full-width bar.
"""conformance/byte_tokenizers.py: the stored files are the table's, and every reader of them agrees."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st

from conformance import byte_tokenizers
from conformance.byte_tokenizers import FAMILIES, check, differences_from, files, write
from conformance.golden_path import golden_dir
from cookbook.tokenizer import ByteTokenizer

if TYPE_CHECKING:
    from pathlib import Path

DIRECTORY = golden_dir() / "tokenizers"
BOTH = {
    name: (
        ByteTokenizer.from_json(json.loads((DIRECTORY / f"bytes-{name}.json").read_bytes())),
        tokenizers.Tokenizer.from_file(str(DIRECTORY / f"bytes-{name}" / "tokenizer.json")),
    )
    for name in FAMILIES
}
CONTENTS = sorted({content for family in FAMILIES.values() for content, _ in family.added})

pieces = st.one_of(
    st.sampled_from(CONTENTS),
    st.sampled_from([content[:-1] for content in CONTENTS] + [content[1:] for content in CONTENTS]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(["<", "|", ">", "｜", " ", "\n", "\r\n", "'s", "é", "e\u0301", "👨‍👩‍👧", "\x00", "\u2581"]),
)
texts = st.lists(pieces, max_size=12).map("".join)


@pytest.mark.parametrize("name", FAMILIES)
@given(text=texts)
def test_the_tokenizer_json_encodes_as_the_handshake_object_says(name: str, text: str) -> None:
    ours, theirs = BOTH[name]
    for split in (False, True):
        theirs.encode_special_tokens = split
        tokens = theirs.encode(text, add_special_tokens=False).ids
        assert ours.encode(text, split_special_tokens=split) == tokens
        assert ours.decode(tokens) == theirs.decode(tokens, skip_special_tokens=False) == text


@pytest.mark.parametrize("name", FAMILIES)
@given(data=st.data())
def test_the_tokenizer_json_decodes_as_the_handshake_object_says(name: str, data: st.DataObject) -> None:
    ours, theirs = BOTH[name]
    ids = st.one_of(st.integers(0, 255), st.integers(256, 255 + len(FAMILIES[name].added)))
    tokens = data.draw(st.lists(ids, max_size=20))
    assert ours.decode(tokens) == theirs.decode(tokens, skip_special_tokens=False)


@pytest.mark.parametrize("name", FAMILIES)
def test_bytes_are_ids_and_added_tokens_follow(name: str) -> None:
    _, theirs = BOTH[name]
    family = FAMILIES[name]
    assert theirs.get_vocab_size(with_added_tokens=True) == 256 + len(family.added)
    for byte, character in enumerate(byte_tokenizers.byte_to_character()):
        assert theirs.token_to_id(character) == byte
    for place, (content, special) in enumerate(family.added):
        assert theirs.token_to_id(content) == 256 + place
        assert theirs.get_added_tokens_decoder()[256 + place].special == special
    assert {family.eos_token, family.bos_token} - {None} <= {content for content, special in family.added if special}


def test_a_text_shows_what_is_found_in_each_mode() -> None:
    ours, _ = BOTH["deepseek_v3_1"]
    text = "<｜User｜>a<think><｜end▁of▁sentence｜><|User|>"
    whole = [266, 97, 261, 257, *b"<|User|>"]
    assert ours.encode(text) == whole
    assert ours.encode(text, split_special_tokens=True) == [266, 97, 261, *"<｜end▁of▁sentence｜><|User|>".encode()]


# The stored files


def test_the_stored_files_are_what_the_table_gives() -> None:
    assert check(DIRECTORY) == []


def test_the_stored_files_are_ascii_and_sorted() -> None:
    for content in files().values():
        value = json.loads(content)
        assert content.decode("ascii") == json.dumps(value, sort_keys=True, indent=1) + "\n"


def test_check_names_every_file_that_is_missing_changed_or_extra(tmp_path: Path) -> None:
    write(tmp_path)
    assert check(tmp_path) == []
    (tmp_path / "bytes-qwen3.json").unlink()
    (tmp_path / "bytes-llama3" / "tokenizer.json").write_text("{}")
    (tmp_path / "bytes-old").mkdir()
    (tmp_path / "bytes-old" / "tokenizer.json").write_text("{}")
    (tmp_path / "bytes-old.json").write_text("{}")
    (tmp_path / "lock.json").write_text("{}")
    assert check(tmp_path) == [
        "bytes-llama3/tokenizer.json: not what the table of families gives",
        "bytes-old.json: in no family of the table",
        "bytes-old/tokenizer.json: in no family of the table",
        "bytes-qwen3.json: missing",
    ]


# The table against a vendor's file


def vendor(*added: tuple[int, str, bool]) -> bytes:
    return json.dumps({"added_tokens": [{"id": i, "content": c, "special": s} for i, c, s in added]}).encode()


LLAMA = [(128000 + place, content, special) for place, (content, special) in enumerate(FAMILIES["llama3"].added)]


def test_a_vendors_file_with_the_same_tokens_agrees() -> None:
    reserved = [(7, "<|reserved_special_token_0|>", True), (8, "<｜place▁holder▁no▁1｜>", True)]
    assert differences_from(FAMILIES["llama3"], vendor(*LLAMA, *reserved)) == []


def test_differences_from_a_vendors_file_are_named() -> None:
    family = FAMILIES["llama3"]
    other_flag = vendor(*LLAMA[:-1], (LLAMA[-1][0], "<|eot_id|>", False))
    assert differences_from(family, other_flag) == [
        "<|eot_id|>: not in the file with special=True",
        "<|eot_id|>: not in the table with special=False",
    ]
    assert differences_from(family, vendor(*LLAMA[1:])) == ["<|begin_of_text|>: not in the file with special=True"]
    assert differences_from(family, vendor(*LLAMA, (9, "<|new|>", True))) == [
        "<|new|>: not in the table with special=True"
    ]
    assert differences_from(family, vendor(*LLAMA[1:], (200000, *LLAMA[0][1:]))) == [
        "the order of the added tokens differs"
    ]


def test_the_order_that_counts_is_that_of_the_ids() -> None:
    assert differences_from(FAMILIES["llama3"], vendor(*reversed(LLAMA))) == []
