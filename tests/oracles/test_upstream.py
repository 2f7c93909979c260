"""conformance/oracles/upstream.py: byte tokenizers, and numbers as the wire has them."""

from __future__ import annotations

import json
import math

import tokenizers
from hypothesis import given
from hypothesis import strategies as st

from conformance.adapters.wire_numbers import numbers, written
from conformance.oracles.upstream import _byte_level
from cookbook.tokenizer import ByteTokenizer

from .asking_oracles import ADDED, offered

OFFER = offered("bytes")["bytes"]
OURS = ByteTokenizer.from_json(OFFER)
THEIRS = tokenizers.Tokenizer.from_str(json.dumps(_byte_level(OFFER["added"])))


@given(st.lists(st.text() | st.sampled_from(ADDED)).map("".join))
def test_its_byte_tokenizer_is_that_of_the_handshake(text: str) -> None:
    tokens = OURS.encode(text)
    assert THEIRS.encode(text, add_special_tokens=False).ids == tokens
    assert THEIRS.decode(tokens, skip_special_tokens=False) == OURS.decode(tokens) == text


def test_numbers_that_json_cannot_write_are_strings_on_the_wire() -> None:
    wire = [["NaN", "Infinity"], ["-Infinity", "18446744073709551616", -1, 0.5]]
    given = numbers(wire)
    assert math.isnan(given[0][0])
    assert given[0][1] == math.inf
    assert given[1] == [-math.inf, 2**64, -1, 0.5]
    assert written(given) == [["NaN", "Infinity"], ["-Infinity", 2**64, -1, 0.5]]
