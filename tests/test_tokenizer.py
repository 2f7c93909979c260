# ruff: noqa: RUF001 (DeepSeek writes its markers with U+FF5C)
"""The byte tokenizer against the `tokenizers` library on the same definition, and the two modes of a file."""

from __future__ import annotations

import json
import pickle
import tempfile

import pytest
import tokenizers
from byte_files import ADDED, tokenizer_json
from hypothesis import given, settings
from hypothesis import strategies as st

from cookbook.errors import ConfigurationError, InvalidInputError
from cookbook.tokenizer import AddedToken, ByteTokenizer, load_tokenizer

# Overlapping on purpose: one begins, ends or contains another, special ones and others.
CONTENTS = ["<a>", "<a><b>", "<b>", "b>", "<|x|>", "<|x|>y", "｜▁", "aa", "aaa"]

added_tokens = st.lists(
    st.tuples(st.sampled_from(CONTENTS), st.booleans()), unique_by=lambda token: token[0], max_size=6
).map(lambda tokens: [AddedToken(content, 256 + i, special) for i, (content, special) in enumerate(tokens)])
texts = st.lists(
    st.one_of(st.sampled_from(CONTENTS), st.text(max_size=3), st.sampled_from(["<", ">", "a", "|", "\r", "é", "😀"])),
    max_size=8,
).map("".join)


class TestBytes:
    @given(added_tokens, texts, st.booleans())
    @settings(deadline=None)
    def test_it_encodes_as_the_library_does(self, added, text, split) -> None:
        library = tokenizers.Tokenizer.from_str(tokenizer_json(added))
        library.encode_special_tokens = split
        expected = library.encode(text, add_special_tokens=False).ids
        assert ByteTokenizer(added=added).encode(text, split_special_tokens=split) == expected

    @given(added_tokens, st.lists(st.integers(0, 270), max_size=12))
    @settings(deadline=None)
    def test_it_decodes_as_the_library_does(self, added, tokens) -> None:
        library = tokenizers.Tokenizer.from_str(tokenizer_json(added))
        assert ByteTokenizer(added=added).decode(tokens) == library.decode(tokens, skip_special_tokens=False)

    def test_a_special_token_that_is_split_hides_what_lies_in_it(self) -> None:
        tokenizer = ByteTokenizer(
            added=[AddedToken("<a><b>", 256, special=True), AddedToken("<b>", 257, special=False)]
        )
        assert tokenizer.encode("<a><b>") == [256]
        assert tokenizer.encode("<a><b>", split_special_tokens=True) == [*b"<a><b>"]
        assert tokenizer.encode("<b>", split_special_tokens=True) == [257]

    def test_ends_are_tokens_of_its_own(self) -> None:
        tokenizer = ByteTokenizer.from_json(
            {"bos_token": "<s>", "eos_token": None, "added": [{"content": "<s>", "id": 256, "special": True}]}
        )
        assert (tokenizer.bos_token, tokenizer.bos_token_id) == ("<s>", 256)
        assert (tokenizer.eos_token, tokenizer.eos_token_id) == (None, None)
        assert (tokenizer.token_to_id("<s>"), tokenizer.token_to_id("a")) == (256, None)
        with pytest.raises(ConfigurationError, match="eos_token '</s>'"):
            ByteTokenizer(added=[], eos_token="</s>")

    @pytest.mark.parametrize(
        "added",
        [
            [AddedToken("", 256, special=True)],
            [AddedToken("é", 256, special=True)],
            [AddedToken("aa", 97, special=True)],
            [AddedToken("aa", 256, special=True), AddedToken("bb", 256, special=True)],
            [AddedToken("aa", 256, special=True), AddedToken("aa", 257, special=True)],
        ],
    )
    def test_a_table_that_contradicts_itself_is_refused(self, added) -> None:
        with pytest.raises(ConfigurationError):
            ByteTokenizer(added=added)

    def test_half_a_surrogate_pair_is_named(self) -> None:
        with pytest.raises(InvalidInputError, match="surrogate"):
            ByteTokenizer(added=[]).encode("\ud83d")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    file = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    file.write_text(tokenizer_json(ADDED))
    return file


class TestFiles:
    def test_both_modes_are_those_of_the_byte_tokenizer(self, path) -> None:
        tokenizer, expected = load_tokenizer(path, eos_token="<s>"), ByteTokenizer(added=ADDED)
        # Splitting first, so that a mode that leaks into the next call would show.
        for text in ("a<s>b<t>c", "plain", "a<s>b<t>c"):
            for split in (True, False):
                assert tokenizer.encode(text, split_special_tokens=split) == expected.encode(
                    text, split_special_tokens=split
                )
        assert tokenizer.decode([256, 97, 0xFF, 999]) == "<s>a\ufffd"
        assert (tokenizer.eos_token_id, tokenizer.bos_token_id, tokenizer.token_to_id("<t>")) == (256, None, 257)

    def test_the_second_mode_is_loaded_only_when_it_matters(self, path, monkeypatch) -> None:
        tokenizer = load_tokenizer(path)
        monkeypatch.setattr(tokenizers.Tokenizer, "from_file", lambda _: pytest.fail("loaded again"))
        assert tokenizer.encode("<t>", split_special_tokens=True) == [257]

    def test_added_tokens_that_are_found_in_normalised_text_are_split_too(self, tmp_path) -> None:
        definition = json.loads(tokenizer_json([AddedToken("<é>", 256, special=True)]))
        definition["normalizer"] = {"type": "NFC"}
        definition["added_tokens"][0]["normalized"] = True
        file = tmp_path / "tokenizer.json"
        file.write_text(json.dumps(definition))
        tokenizer = load_tokenizer(file)
        assert tokenizer.encode("<e\u0301>") == [256]
        assert tokenizer.encode("<e\u0301>", split_special_tokens=True) == [*"<é>".encode()]

    def test_truncation_and_padding_of_the_file_are_not_wanted(self, tmp_path) -> None:
        definition = json.loads(tokenizer_json([]))
        definition["truncation"] = {"max_length": 2, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
        file = tmp_path / "tokenizer.json"
        file.write_text(json.dumps(definition))
        assert load_tokenizer(file).encode("abc") == [*b"abc"]

    def test_an_unknown_end_is_refused(self, path) -> None:
        with pytest.raises(ConfigurationError, match="bos_token '<x>'"):
            load_tokenizer(path, bos_token="<x>")

    def test_half_a_surrogate_pair_is_named(self, path) -> None:
        with pytest.raises(InvalidInputError, match="surrogate"):
            load_tokenizer(path).encode("\ud83d")

    def test_a_number_that_is_no_id_is_named(self, path) -> None:
        with pytest.raises(InvalidInputError, match="-1"):
            load_tokenizer(path).decode([97, -1])

    @given(st.lists(st.integers(0, 258), max_size=12))
    @settings(deadline=None)
    def test_the_table_of_bytes_decodes_as_the_library_does(self, tokens) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            added = [AddedToken("<｜s｜>", 256, special=True), AddedToken("<t>", 257, special=False)]
            file.write(tokenizer_json(added))
            file.flush()
            tokenizer = load_tokenizer(file.name)
        library = tokenizers.Tokenizer.from_str(tokenizer_json(added))
        assert tokenizer.decode(tokens) == library.decode(tokens, skip_special_tokens=False)

    def test_ids_that_nobody_has_say_nothing_beside_those_that_somebody_has(self, path) -> None:
        tokenizer = load_tokenizer(path)
        for tokens in ([97], [5000], [97, 5000, 98], [97, 98], [5000, 5001], [97, 5000, 98]):
            assert tokenizer.decode(tokens) == bytes(token for token in tokens if token < 256).decode()

    def test_a_vocabulary_that_is_not_of_bytes_is_decoded_by_the_library(self, tmp_path) -> None:
        definition = json.loads(tokenizer_json([]))
        definition["decoder"] = {"type": "Fuse"}
        file = tmp_path / "tokenizer.json"
        file.write_text(json.dumps(definition))
        assert load_tokenizer(file).decode([0xC3, 97]) == "Ãa"

    def test_it_survives_pickling(self, path) -> None:
        copied = pickle.loads(pickle.dumps(load_tokenizer(path, eos_token="<s>")))
        assert copied.encode("a<s>") == [97, 256]
        assert copied.eos_token_id == 256
