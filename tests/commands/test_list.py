"""conformance/commands/list.py: the ids of the selected cases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from private_cases import ENCODE, entry, write

from conformance.suite import load_suite

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ended
    from syrupy.assertion import SnapshotAssertion

    Conformance = Callable[..., Ended]

REAL = {"renderer": "llama3", "tokenizer": "llama3", "messages": []}


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    return write(
        Path("private.jsonl"),
        entry("z/last-in-the-alphabet@bytes", flags=["bos"]),
        entry("a/encode@bytes", ENCODE, flags=["unicode", "bos"]),
        entry("a/real@real", params=REAL, flags=["bos"]),
        entry("café/[x]@bytes"),
    ).name


def test_ids_come_in_the_order_of_the_file(cases: str, conformance: Conformance, snapshot: SnapshotAssertion) -> None:
    ended = conformance("list", "--cases", cases, "--tier", "all")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == snapshot


@pytest.mark.parametrize(
    ("selection", "ids"),
    [
        ([], ["z/last-in-the-alphabet@bytes", "a/encode@bytes", "café/[x]@bytes"]),
        (["--tier", "real"], ["a/real@real"]),
        (["--select", "a/*"], ["a/encode@bytes"]),
        (["--select", "a/*", "--select", "z/*"], ["z/last-in-the-alphabet@bytes", "a/encode@bytes"]),
        (["--exclude", "*al*"], ["a/encode@bytes", "café/[x]@bytes"]),
        (["--flag", "uni*"], ["a/encode@bytes"]),
        (["--operation", "tokenizer.*"], ["a/encode@bytes"]),
        (["--renderer", "qwen3"], ["z/last-in-the-alphabet@bytes", "café/[x]@bytes"]),
        (["--tier", "all", "--flag", "bos", "--exclude", "z*"], ["a/encode@bytes", "a/real@real"]),
    ],
)
def test_what_is_selected_is_listed(cases: str, conformance: Conformance, selection: list[str], ids: list[str]) -> None:
    ended = conformance("list", "--cases", cases, *selection)
    assert ended.out.splitlines() == ids


def test_without_cases_the_suite_is_listed(conformance: Conformance) -> None:
    ended = conformance("list", "--tier", "all")
    assert ended.out.splitlines() == [planned.case.id for planned in load_suite() if not planned.wide]
    ended = conformance("list", "--tier", "all", "--wide")
    assert ended.out.splitlines() == [planned.case.id for planned in load_suite()]


def test_a_directory_is_listed_file_by_file(tmp_path: Path, conformance: Conformance) -> None:
    write(tmp_path / "b.jsonl", entry("1"))
    write(tmp_path / "a.jsonl", entry("2"))
    assert conformance("list", "--cases", tmp_path).out == "2\n1\n"
    assert conformance("list", "--cases", tmp_path / "b.jsonl", "--cases", tmp_path / "a.jsonl").out == "1\n2\n"
