"""conformance/commands/tokenizers.py, with the byte tokenizers alone. (The store has tests of its own.)"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.exits import Exit
from conformance.tokenizers import locked

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ended

    Conformance = Callable[..., Ended]


@pytest.fixture(autouse=True)
def _empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COOKBOOK_CONFORMANCE_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))


def test_all_tokenizers_are_listed_with_where_they_are(conformance: Conformance) -> None:
    ended = conformance("tokenizers", "list")
    assert (ended.code, ended.err) == (Exit.CONFORMS, "")
    head, *rows = ended.out.splitlines()
    assert head.split() == ["NAME", "TIER", "SHA256", "WHERE", "BOS", "EOS"]
    assert [row.split()[0] for row in rows] == [*locked()]
    assert {row.split()[1] for row in rows} == {"bytes", "real"}
    assert all(line == line.rstrip() for line in rows)
    columns = {len(line) - len(line.partition(" ")[2].lstrip()) for line in (head, *rows)}
    assert len(columns) == 1


def test_the_path_of_a_byte_tokenizer_is_a_file(conformance: Conformance) -> None:
    ended = conformance("tokenizers", "path", "bytes-qwen3")
    assert (ended.code, ended.err) == (Exit.CONFORMS, "")
    assert Path(ended.out.rstrip("\n")).name == "tokenizer.json"
    assert Path(ended.out.rstrip("\n")).is_file()


def test_what_is_not_here_is_named_with_the_remedy(conformance: Conformance) -> None:
    ended = conformance("tokenizers", "path", "qwen3")
    assert (ended.code, ended.out) == (Exit.USAGE, "")
    assert "conformance tokenizers fetch qwen3" in ended.err


def test_byte_tokenizers_need_not_be_fetched(conformance: Conformance) -> None:
    ended = conformance("tokenizers", "fetch", "bytes-qwen3", "bytes-llama3")
    assert ended.code == Exit.CONFORMS
    assert [line.split(":")[0] for line in ended.out.splitlines()] == ["bytes-qwen3", "bytes-llama3"]
