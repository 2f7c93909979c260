"""A line that is refused is explained in words that help the author of the adapter."""

from __future__ import annotations

import json

import pytest

from conformance.protocol import NotProtocol, read_line


def reply(**members: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": "q", **members}).encode()


@pytest.mark.parametrize(
    ("line", "kind", "reason", "id"),
    [
        (b"", "garbage", "it is empty", None),
        (b" \r", "garbage", "it is empty", None),
        (b"Loading...", "garbage", "it is not JSON (Expecting value: line 1 column 1 (char 0))", None),
        (b'{"id":"q"', "garbage", "it is not JSON (Expecting ',' delimiter: line 1 column 10 (char 9))", None),
        (b"{} {}", "garbage", "it is not JSON (Extra data: line 1 column 4 (char 3))", None),
        (b"[]", "garbage", "it is a batch: protocol 1 has one object a line, no arrays", None),
        (b'"ok"', "garbage", "it is JSON, but not an object", None),
        (b"null", "garbage", "it is JSON, but not an object", None),
        (
            b"\xef\xbb\xbf" + reply(result=1),
            "garbage",
            "it starts with a byte order mark: write UTF-8 without one",
            None,
        ),
        (reply(result="x").replace(b"x", b"\xe9"), "garbage", "it is not UTF-8 (byte 0xe9 at offset 41)", "q"),
        (b"caf\xe9", "garbage", "it is not UTF-8 (byte 0xe9 at offset 3)", None),
        (b"[" * 100_000, "garbage", "it is nested too deeply to be read", None),
        (b'{"id":"q","result":1}', "malformed", 'it has no `"jsonrpc":"2.0"`', "q"),
        (reply(result=1, jsonrpc="1.0"), "malformed", 'it has no `"jsonrpc":"2.0"`', "q"),
        (reply(result=1, jsonrpc=2.0), "malformed", 'it has no `"jsonrpc":"2.0"`', "q"),
        (reply(result=1, id=1.5), "malformed", "its `id` is not the one of the request", None),
        (reply(result=1, id=True), "malformed", "its `id` is not the one of the request", None),
        (reply(result=1, id=["q"]), "malformed", "its `id` is not the one of the request", None),
        (
            reply(result=1, error=None),
            "malformed",
            "its `error` is null: a reply with a result has no `error`",
            "q",
        ),
        (reply(error="no"), "malformed", "its `error` is not an object with `code` and `message`", "q"),
        (reply(error={"message": "no"}), "malformed", "its `error.code` is not an integer", "q"),
        (reply(error={"code": "1", "message": "no"}), "malformed", "its `error.code` is not an integer", "q"),
        (reply(error={"code": True, "message": "no"}), "malformed", "its `error.code` is not an integer", "q"),
        (reply(error={"code": 1}), "malformed", "its `error.message` is not a string", "q"),
        (reply(method=7), "malformed", "its `method` is not a string", "q"),
        (
            reply(result=float("nan")),
            "malformed",
            'it has NaN, which is not JSON: send the string "NaN"',
            "q",
        ),
        (
            reply(result=[float("-inf")]),
            "malformed",
            'it has -Infinity, which is not JSON: send the string "-Infinity"',
            "q",
        ),
        (reply(result="\udc00"), "malformed", "it holds a lone surrogate, which is no Unicode text", "q"),
        (reply(result=["\ud83d"]), "malformed", "it holds a lone surrogate, which is no Unicode text", "q"),
    ],
)
def test_a_refused_line_is_explained(line: bytes, kind: str, reason: str, id: str | None) -> None:
    with pytest.raises(NotProtocol) as caught:
        read_line(line)
    assert (caught.value.kind, caught.value.reason, caught.value.id) == (kind, reason, id)


def test_an_integer_of_many_digits_does_not_hide_the_reason() -> None:
    line = reply(error=None).replace(b"null", b"null,%b" % (b'"n":' + b"9" * 10_000))
    with pytest.raises(NotProtocol, match="its `error` is null"):
        read_line(line)


def test_a_control_character_in_a_string_is_named_by_the_reader() -> None:
    with pytest.raises(
        NotProtocol, match=r"^it cannot be read \(JSON is malformed: invalid character \(byte 37\)\)$"
    ) as caught:
        read_line(b'{"jsonrpc":"2.0","id":"q","result":"a\x01b"}')
    assert caught.value.id == "q"
