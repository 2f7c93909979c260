"""msgspec's reasons in the words of JSON."""

from __future__ import annotations

import msgspec
import pytest

from conformance.invalid import reason


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    n: int


class Outer(msgspec.Struct):
    a: list[Inner] = []
    b: dict[str, float] = {}
    c: bool | None = None
    d: float = 0.0


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"a":[{"n":1},{"n":"1"}]}', "result.a[1].n: expected integer, got string"),
        (b'{"a":[{"m":1}]}', "result.a[0]: unknown member `m`"),
        (b'{"a":[{}]}', "result.a[0]: missing member `n`"),
        (b'{"b":{"x":null}}', "result.b[...]: expected number, got null"),
        (b'{"c":{}}', "result.c: expected boolean or null, got object"),
        (b'{"d":1e999}', "result.d: number out of range"),
        (b'{"d":}', "result: JSON is malformed: invalid character (byte 5)"),
        (b"[]", "result: expected object, got array"),
    ],
)
def test_a_reason_names_the_member_and_the_types(raw: bytes, expected: str) -> None:
    with pytest.raises(msgspec.MsgspecError) as caught:
        msgspec.json.decode(raw, type=Outer)
    assert reason("result", str(caught.value)) == expected


def test_a_key_is_named_as_such() -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(b'{"a":1}', type=dict[int, int])
    assert reason("params", str(caught.value)) == "params: a key: expected integer, got string"


def test_words_that_are_not_known_are_passed_on() -> None:
    assert reason("params", "Something new") == "params: something new"
