"""What an adapter declares is read strictly, and what is wrong with it is said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.declaration import StartFailed, read_declaration

DECLARED: dict[str, Any] = {
    "protocol": 1,
    "implementation": {"name": "n", "version": "1", "language": "l"},
    "operations": ["tokenizer.encode"],
}


def test_the_least_that_must_be_declared() -> None:
    declared = read_declaration(json.dumps(DECLARED).encode())
    assert declared.operations == ("tokenizer.encode",)
    assert (declared.renderers, declared.tokenizers, declared.options.tokenizer) == ((), (), "own")
    assert declared.implementation.upstream is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"protocol": 2, "anything": 1}, "speaks protocol 2, this runner speaks protocol 1"),
        ({"protocol": "1"}, "declared itself wrongly: result.protocol: expected integer, got string"),
        ({"operations": "all"}, "declared itself wrongly: result.operations: expected array, got string"),
        ({"operations": None}, "declared itself wrongly: result.operations: expected array, got null"),
        ({"implementation": {}}, "declared itself wrongly: result.implementation: missing member `name`"),
        (
            {"implementation": {"name": "", "version": "", "language": ""}},
            "declared itself wrongly: result.implementation.name: expected string of length >= 1",
        ),
        ({"renderer": []}, "declared itself wrongly: result: unknown member `renderer`"),
        (
            {"options": {"tokenizer": "theirs"}},
            "declared itself wrongly: result.options.tokenizer: 'theirs' is none of the values that are known here",
        ),
    ],
)
def test_a_wrong_declaration_is_final(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(StartFailed) as caught:
        read_declaration(json.dumps({**DECLARED, **changes}).encode())
    assert str(caught.value) == message
    assert caught.value.final


@pytest.mark.parametrize("raw", [b"null", b"[]", b"1", b"{}"])
def test_something_else_is_no_declaration(raw: bytes) -> None:
    with pytest.raises(StartFailed, match=r"^declared itself wrongly: result: "):
        read_declaration(raw)
