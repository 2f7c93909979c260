"""Lending a tokenizer: what an adapter asks is answered, or refused with the reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.lending import lent
from conformance.operations import DecodeParams, EncodeParams

ENCODE = b'{"tokenizer":"t","text":"\\u00e9","split_special_tokens":true}'
DECODE = b'{"tokenizer":"t","tokens":[195,169]}'


def lend(params: EncodeParams | DecodeParams) -> list[int] | str:
    if params.tokenizer != "t":
        raise KeyError(params.tokenizer)
    if isinstance(params, EncodeParams):
        assert params.split_special_tokens
        return list(params.text.encode())
    if not params.tokens:
        raise ValueError("nothing to decode")
    return bytes(params.tokens).decode()


def answer(method: str, params: bytes, **changes: Any) -> Any:
    given = {"lend": lend, "declared": True, **changes}
    line = lent("x", method, params, given["lend"], declared=given["declared"])
    assert line.isascii()
    reply = json.loads(line)
    assert reply.pop("id") == "x"
    assert reply.pop("jsonrpc") == "2.0"
    return reply


def test_a_text_is_encoded_and_tokens_are_decoded() -> None:
    assert answer("tokenizer.encode", ENCODE) == {"result": {"tokens": [195, 169]}}
    assert answer("tokenizer.decode", DECODE) == {"result": {"text": "é"}}


@pytest.mark.parametrize(
    ("method", "params", "changes", "code", "message"),
    [
        (
            "tokenizer.encode",
            ENCODE,
            {"declared": False},
            -32601,
            'not declared: set `options.tokenizer` to "callback" in the handshake',
        ),
        ("tokenizer.encode", ENCODE, {"lend": None}, -32601, "this runner lends no tokenizer"),
        (
            "tokenizer.count",
            ENCODE,
            {},
            -32601,
            "the runner answers tokenizer.encode and tokenizer.decode, not 'tokenizer.count'",
        ),
        ("tokenizer.encode", b"{}", {}, -32602, "params: missing member `tokenizer`"),
        ("tokenizer.encode", DECODE, {}, -32602, "params: unknown member `tokens`"),
        ("tokenizer.decode", b'{"tokenizer":"t","tokens":[-1]}', {}, -32602, "params.tokens[0]: expected integer >= 0"),
        ("tokenizer.encode", b'{"tokenizer":"u","text":""}', {}, -32602, "KeyError: 'u'"),
        ("tokenizer.decode", b'{"tokenizer":"t","tokens":[]}', {}, -32602, "ValueError: nothing to decode"),
    ],
)
def test_a_refusal_says_why(method: str, params: bytes, changes: dict[str, Any], code: int, message: str) -> None:
    assert answer(method, params, **changes) == {"error": {"code": code, "message": message}}


def test_a_mistake_of_the_runner_is_not_told_to_the_adapter() -> None:
    def broken(params: EncodeParams | DecodeParams) -> list[int] | str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answer("tokenizer.encode", ENCODE, lend=broken)
