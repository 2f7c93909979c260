"""conformance/oracles/vocabulary.py: an oracle's ids and a byte tokenizer's, back and forth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.adapters.serve import NotSupported
from conformance.oracles.vocabulary import ByteIds, is_composed

ADDED = (
    {"content": "<|end|>", "id": 256, "special": True},
    {"content": "<think>", "id": 257, "special": False},
    {"content": "<|elsewhere|>", "id": 258, "special": True},
)
PAIRS = {ord("a") * 256 + byte: bytes([ord("a"), byte]) for byte in range(256)}
"""A token for every two bytes that begin with `a`, above the single bytes."""


def piece(token: int) -> bytes:
    return PAIRS.get(token) or bytes([token])


def encode(text: str) -> list[int]:
    tokens, rest = [], text.replace("e\u0301", "\u00e9").encode()
    while rest:
        width = 2 if rest[:1] == b"a" and len(rest) > 1 else 1
        tokens.append(rest[0] * 256 + rest[1] if width == 2 else rest[0])
        rest = rest[width:]
    return tokens


IDS = ByteIds(added=ADDED, markers={"<|end|>": 90000, "<think>": 90001, "<|other|>": 90002}, piece=piece, encode=encode)


def test_tokens_become_their_bytes_and_markers_their_ids() -> None:
    assert encode("abaé") == [ord("a") * 256 + ord("b"), ord("a") * 256 + 0xC3, 0xA9]
    assert IDS.to_bytes([*encode("abaé"), 90000, 90001]) == [*"abaé".encode(), 256, 257]


def test_text_that_spells_a_marker_stays_text() -> None:
    assert IDS.to_bytes(encode("<|end|>")) == list(b"<|end|>")
    assert IDS.from_bytes(list(b"<|end|>")) == encode("<|end|>")


@given(st.lists(st.text() | st.sampled_from([256, 257])))
def test_what_is_composed_comes_back(pieces: list[str | int]) -> None:
    tokens = [token for part in pieces for token in (part.encode() if isinstance(part, str) else [part])]
    if "e\u0301" in bytes(token for token in tokens if token < 256).decode():
        return
    assert IDS.to_bytes(IDS.from_bytes(tokens)) == tokens


@pytest.mark.parametrize("tokens", [[0xC3], [0xA9, 256], [258], [300], list("e\u0301".encode())])
def test_what_has_no_ids_there_is_not_supported(tokens: list[int]) -> None:
    with pytest.raises(NotSupported):
        IDS.from_bytes(tokens)


def test_a_marker_that_the_byte_tokenizer_lacks_is_not_supported() -> None:
    with pytest.raises(NotSupported, match=r"<\|other\|>"):
        IDS.to_bytes([90002])


@pytest.mark.parametrize("text", ["", "\u00e9", "日本"])
def test_composed_text_is_found_anywhere(text: str) -> None:
    assert is_composed([{"role": "user", "content": [{"text": text}], text: None, "n": 1}])


@pytest.mark.parametrize("value", ["e\u0301", ["e\u0301"], {"a": {"b": "e\u0301"}}, {"e\u0301": 1}])
def test_text_that_is_not_composed_is_found_anywhere(value: object) -> None:
    assert not is_composed(value)
