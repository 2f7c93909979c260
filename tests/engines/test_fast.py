"""The fast engine: equal where it is used, refused where it is not equal."""

from __future__ import annotations

import pickle
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from byte_files import ADDED, tokenizer_json
from hypothesis import given, settings
from hypothesis import strategies as st

from cookbook import tokenizer as tokenizer_module
from cookbook.engines.fast import Fastokens
from cookbook.errors import ConfigurationError, InvalidInputError
from cookbook.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> str:
    file = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    file.write_text(tokenizer_json(ADDED))
    return str(file)


@pytest.fixture(scope="module")
def fast(path):
    return load_tokenizer(path, eos_token="<s>", engine="fastokens")


@pytest.fixture(scope="module")
def defining(path):
    return load_tokenizer(path, eos_token="<s>")


@given(st.lists(st.text() | st.sampled_from(["<s>", "a<t>b", "<s><s>"]), max_size=4), st.booleans())
@settings(deadline=None)
def test_it_gives_the_same_ids(fast, defining, texts, split) -> None:
    expected = [defining.encode(text, split_special_tokens=split) for text in texts]
    assert [fast.encode(text, split_special_tokens=split) for text in texts] == expected
    assert fast.encode_batch(texts, split_special_tokens=split) == expected
    assert fast.encode_flat(texts, split_special_tokens=split).lists() == expected


def test_all_else_is_the_tokenizer_s(fast) -> None:
    assert (fast.engine.name, fast.engine.version) == ("fastokens", version("fastokens"))
    assert (fast.eos_token_id, fast.token_to_id("<t>"), fast.decode([256, 97])) == (256, 257, "<s>a")


def test_half_a_surrogate_pair_is_named(fast) -> None:
    for encode in (fast.encode_batch, fast.encode_flat):
        with pytest.raises(InvalidInputError, match="ud83d"):
            encode(["fine", "\ud83d"])


def test_it_survives_pickling(fast) -> None:
    assert pickle.loads(pickle.dumps(fast)).encode("a<s>") == [97, 256]


def test_an_engine_that_differs_is_refused_by_name(path, monkeypatch) -> None:
    class Drifting(Fastokens):
        def encode_batch(self, texts: Sequence[str], *, split_special_tokens: bool) -> list[list[int]]:
            encoded = super().encode_batch(texts, split_special_tokens=split_special_tokens)
            return [[*ids[:-1], 0] if "\u2028" in text else ids for text, ids in zip(texts, encoded, strict=True)]

    monkeypatch.setattr(tokenizer_module, "Fastokens", Drifting)
    with pytest.raises(ConfigurationError, match=r"fastokens \S+ does not give the ids of tokenizers .* with .*json"):
        load_tokenizer(path, engine="fastokens")


def test_an_engine_that_is_not_installed_names_the_remedy(path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "fastokens", None)
    with pytest.raises(ConfigurationError, match=r"cookbook-conformance\[fast\]"):
        load_tokenizer(path, engine="fastokens")


def test_an_unknown_engine_is_refused(path) -> None:
    with pytest.raises(ConfigurationError, match="no engine 'slow': use 'tokenizers' or 'fastokens'"):
        load_tokenizer(path, engine="slow")


def test_a_file_that_it_cannot_read_is_named(tmp_path) -> None:
    file = tmp_path / "tokenizer.json"
    file.write_text("{}")
    with pytest.raises(ConfigurationError, match=r"tokenizer\.json"):
        Fastokens(str(file))


@pytest.mark.parametrize("engine", ["tokenizers", "fastokens"])
def test_ids_that_are_pinned_are_compared_with_any_engine(path, engine) -> None:
    text = "a<s>é"
    assert load_tokenizer(path, engine=engine, pinned={text: (97, 256, *"é".encode())}).encode("a") == [97]
    with pytest.raises(ConfigurationError, match=rf"{engine} \S+ does not give the ids that are pinned for 'a<s>é'"):
        load_tokenizer(path, engine=engine, pinned={"": (), text: (97, 256, 0)})
