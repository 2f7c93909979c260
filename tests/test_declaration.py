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
    assert declared.engine is None


@pytest.mark.parametrize("name", ["tokenizers", "\x1b[2J<b>\u202e", "x" * 100])
def test_an_engine_is_any_text_of_readable_length(name: str) -> None:
    engine = read_declaration(json.dumps({**DECLARED, "engine": {"name": name, "version": "0.1"}}).encode()).engine
    assert str(engine) == f"{name} 0.1"
    assert read_declaration(json.dumps({**DECLARED, "engine": None}).encode()).engine is None


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
        ({"engine": "tokenizers"}, "declared itself wrongly: result.engine: expected object or null, got string"),
        ({"engine": {"name": "n"}}, "declared itself wrongly: result.engine: missing member `version`"),
        (
            {"engine": {"name": 1, "version": "1"}},
            "declared itself wrongly: result.engine.name: expected string, got integer",
        ),
        (
            {"engine": {"name": "", "version": "1"}},
            "declared itself wrongly: result.engine.name: expected string of length >= 1",
        ),
        (
            {"engine": {"name": "n", "version": "1" * 101}},
            "declared itself wrongly: result.engine.version: expected string of length <= 100",
        ),
        (
            {"engine": {"name": "n", "version": "1", "licence": "MIT"}},
            "declared itself wrongly: result.engine: unknown member `licence`",
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
