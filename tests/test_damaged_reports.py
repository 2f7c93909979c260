"""Reports that were damaged on their way: each is read as it was, or refused in one line that names it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports import runs

from conformance.exits import Exit, UsageError
from conformance.merge import load
from conformance.reports.jsonl import JsonlReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome


def whole() -> bytes:
    """A report with every outcome."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "r.jsonl")
        with JsonlReport(path) as report:
            for event in runs.run(runs.mixed()[-12:], stderr=("boom",)):
                report(event)
        return path.read_bytes()


WHOLE = whole()
LINES = WHOLE.splitlines(keepends=True)


def refused(content: bytes) -> str:
    """What is said of a file; empty when it is read."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "r.jsonl")
        path.write_bytes(content)
        try:
            load(str(path))
        except UsageError as error:
            said = str(error)
        else:
            return ""
    assert str(path) in said
    assert said.isprintable()
    return said


def test_the_whole_is_read() -> None:
    assert refused(WHOLE) == ""


@given(st.integers(0, len(WHOLE) - 1))
def test_a_report_that_is_cut_off_anywhere_is_refused(end: int) -> None:
    assert refused(WHOLE[:end]) != ""


@given(st.integers(0, len(LINES) - 1))
def test_a_line_that_is_lost_or_there_twice_is_noticed(at: int) -> None:
    assert refused(b"".join(LINES[:at] + LINES[at + 1 :])) != ""
    assert refused(b"".join(LINES[: at + 1] + LINES[at:])) != ""


@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=4))
def test_other_bytes_are_read_or_refused_and_never_more_than_a_line(at: int, other: bytes) -> None:
    refused(WHOLE[:at] + other + WHOLE[at + len(other) :])


@given(st.binary(max_size=200))
def test_a_file_of_something_else_is_refused(content: bytes) -> None:
    assert refused(content) != ""


@pytest.mark.parametrize("outcome", ["passed", "failed"])
def test_an_outcome_that_was_changed_does_not_add_up(outcome: str) -> None:
    lines = [json.loads(line) for line in LINES]
    at = next(at for at, line in enumerate(lines) if line["type"] == "case" and line["outcome"] != outcome)
    lines[at]["outcome"] = outcome
    assert "does not add up" in refused(b"".join(json.dumps(line).encode() + b"\n" for line in lines))


def test_every_command_refuses_them_alike(conformance: Callable[..., Outcome], tmp_path: Path) -> None:
    foreign = {
        "empty": b"",
        "another program's": b'{"version": 1}\n',
        "binary": bytes(range(256)) * 40,
        "cut off": WHOLE[: len(WHOLE) // 2],
        "of a later format": WHOLE.replace(b'"format":1', b'"format":2', 1),
        "deep": b"[" * 100_000 + b"\n",
    }
    for name, content in foreign.items():
        path = tmp_path / "r.jsonl"
        path.write_bytes(content)
        for action in ("merge", "matrix"):
            ended = conformance("report", action, path)
            assert (ended.code, ended.out) == (Exit.USAGE, ""), name
            assert str(path) in ended.err, name
            assert ended.err.count("\n") == 1, name
