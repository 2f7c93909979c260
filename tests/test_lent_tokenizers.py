"""conformance/lent_tokenizers.py: tokenizers for adapters that have none, and a check on those that have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.golden_path import golden_dir
from conformance.lent_tokenizers import PROBE, lender, prober
from conformance.operations import DecodeParams, EncodeParams
from conformance.tokenizers import Store, StoreError, locked
from cookbook.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from cookbook.tokenizer import Tokenizer

STORE = Store()


class FileStore:
    """A store that has one tokenizer.json."""

    def __init__(self) -> None:
        self.loads = 0

    def load(self, name: str) -> Tokenizer:
        if name != "file":
            raise StoreError(f"the tokenizer {name} is not here: run `conformance tokenizers fetch {name}`")
        self.loads += 1
        path = golden_dir() / "tokenizers" / "bytes-qwen3" / "tokenizer.json"
        return load_tokenizer(path, bos_token=None, eos_token="<|im_end|>")


@given(st.text())
def test_what_is_encoded_is_decoded_again(text: str) -> None:
    lend = lender(STORE)
    tokens = lend(EncodeParams(tokenizer="bytes-qwen3", text=text))
    assert tokens == STORE.load("bytes-qwen3").encode(text)
    assert lend(DecodeParams(tokenizer="bytes-qwen3", tokens=tokens)) == text  # type: ignore[arg-type]


def test_special_tokens_are_split_on_request() -> None:
    lend = lender(STORE)
    assert lend(EncodeParams(tokenizer="bytes-qwen3", text="<|im_end|>")) == [258]
    split = lend(EncodeParams(tokenizer="bytes-qwen3", text="<|im_end|>", split_special_tokens=True))
    assert split == [*b"<|im_end|>"]


def test_a_tokenizer_is_loaded_once() -> None:
    store: Any = FileStore()
    lend = lender(store)
    for _ in range(3):
        assert lend(EncodeParams(tokenizer="file", text="a")) == [97]
    assert store.loads == 1


def test_a_tokenizer_that_is_not_here_is_a_lookup_error() -> None:
    store: Any = FileStore()
    with pytest.raises(LookupError, match="conformance tokenizers fetch qwen3"):
        lender(store)(EncodeParams(tokenizer="qwen3", text="a"))
    with pytest.raises(LookupError):
        lender(STORE)(EncodeParams(tokenizer="wibble", text="a"))


@pytest.mark.parametrize("token", [2**32, 2**64, 2**200])
def test_an_id_out_of_range_is_told_and_ends_nothing(token: int) -> None:
    store: Any = FileStore()
    with pytest.raises(ValueError, match="token id"):
        lender(store)(DecodeParams(tokenizer="file", tokens=[token]))


def test_a_byte_tokenizer_is_probed_with_all_kinds_of_characters() -> None:
    text, ids = prober(STORE)("bytes-qwen3") or ("", [])
    assert text == PROBE
    assert ids == [*PROBE.encode()]
    assert {len(character.encode()) for character in PROBE} == {1, 2, 3, 4}


def test_a_vendors_tokenizer_is_probed_from_the_lock_file_alone() -> None:
    class Nothing:
        def load(self, name: str) -> None:
            raise AssertionError(f"{name} was loaded")

    store: Any = Nothing()
    real = [name for name in locked() if not name.startswith("bytes-")]
    assert real
    for name in real:
        text, ids = prober(store)(name) or ("", [])
        assert len(ids) > 5
        assert not text.isascii()


def test_an_unknown_tokenizer_has_no_probe() -> None:
    assert prober(STORE)("wibble") is None
