"""Errors in the list of known failures are in every report, and none of them is green."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import msgspec
import pytest

from conformance.events import KnownError, RunFinished, RunStarted, Shard
from conformance.reports.jsonl import JsonlReport, read
from conformance.reports.junit import KNOWN_LIST, JunitReport
from conformance.reports.terminal import TerminalReport
from reports import runs

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from conformance.events import Event

ERRORS = (
    KnownError(word="expired", entry="r/*", text="until port 1.0, and this is port 1.2: not yet"),
    KnownError(word="unexpected pass", entry="r/*", text="r/a passes: take it off the list", case="r/a"),
    KnownError(word="changed signature", entry=runs.HOSTILE, text=runs.HOSTILE, case=runs.HOSTILE),
)


def events(errors: tuple[KnownError, ...] = ERRORS) -> list[Event]:
    shard = Shard(number=2, of=3, whole=99, digest="d")
    *begun, end = runs.run(runs.conforming(), known="conformance.toml", only=("--flag", "tools"), shard=shard)
    assert isinstance(begun[0], RunStarted)
    assert isinstance(end, RunFinished)
    return [*begun, msgspec.structs.replace(end, known_errors=errors)]


def terminal(errors: tuple[KnownError, ...] = ERRORS, *, verbose: bool = False) -> str:
    stream = io.StringIO()
    report = TerminalReport(stream, causes=runs.CAUSES, verbose=verbose)
    for event in events(errors):
        report(event)
    return stream.getvalue()


def test_on_the_terminal(snapshot: SnapshotAssertion) -> None:
    assert terminal() == snapshot
    assert "Verdict: does not conform (3 errors in the list of known failures)" in terminal()


@pytest.mark.parametrize(("verbose", "shown"), [(False, 20), (True, 30)])
def test_many_on_the_terminal(verbose: bool, shown: int) -> None:
    many = tuple(KnownError(word="matches nothing", entry=f"a/{at}", text="gone") for at in range(30))
    text = terminal(many, verbose=verbose)
    assert text.count("matches nothing: a/") == shown
    assert ("10 more: --verbose lists them" in text) != verbose


def test_in_junit(tmp_path: Path) -> None:
    with JunitReport(tmp_path / "r.xml") as report:
        for event in events():
            report(event)
    root = ElementTree.parse(tmp_path / "r.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == (str(43 + 3), "3")
    (suite,) = (suite for suite in root if suite.get("name") == KNOWN_LIST)
    assert [case.get("name") for case in suite.iter("testcase")][:2] == ["r/*", "r/*: r/a"]
    assert [failure.get("type") for failure in suite.iter("failure")] == [error.word for error in ERRORS]


def test_in_jsonl(tmp_path: Path) -> None:
    # A lone surrogate would come back as its escape, so the hostile one is left out here.
    with JsonlReport(tmp_path / "r.jsonl") as report:
        for event in events(ERRORS[:2]):
            report(event)
    assert list(read(tmp_path / "r.jsonl")) == events(ERRORS[:2])
