"""conformance/reports/jsonl.py: what is written is read back, and what does not add up is refused."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings

from conformance.events import CaseFinished, Outcome, RunFinished
from conformance.exits import UsageError
from conformance.reports.jsonl import JsonlReport, read, schema

from . import runs
from .streams import hostile, streams

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syrupy.assertion import SnapshotAssertion

    from conformance.events import Event


def written(path: Path, events: Iterable[Event], *, timing: bool = True) -> Path:
    with JsonlReport(path, timing=timing) as report:
        for event in events:
            report(event)
    return path


def test_every_outcome(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    path = written(tmp_path / "report.jsonl", runs.run(runs.mixed()[-9:], stderr=("boom",)))
    assert path.read_text("utf-8") == snapshot


def test_what_the_port_encodes_with_is_there_where_it_says_so(tmp_path: Path) -> None:
    for engine in ("", "fastokens 0.3.5"):
        path = written(tmp_path / "r.jsonl", runs.run([runs.case(1)], engine=engine))
        start = msgspec.json.decode(path.read_bytes().splitlines()[1])
        assert start.get("engine") == (engine or None)


def test_the_schema(snapshot: SnapshotAssertion) -> None:
    assert schema() == snapshot


@settings(deadline=None, max_examples=50)
@given(streams())
def test_what_is_written_is_read_back(events: list[Event]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = written(Path(directory, "report.jsonl"), events)
        assert list(read(path)) == events


@settings(deadline=None, max_examples=50)
@given(streams(text=hostile))
def test_any_text_is_one_valid_line_and_can_be_read(events: list[Event]) -> None:
    validator = jsonschema.Draft202012Validator(schema())
    with tempfile.TemporaryDirectory() as directory:
        path = written(Path(directory, "report.jsonl"), events)
        lines = path.read_bytes().split(b"\n")
        assert lines.pop() == b""
        assert len(lines) == 1 + len(events)
        for line in lines:
            validator.validate(msgspec.json.decode(line))
        assert [type(event) for event in read(path)] == [type(event) for event in events]


def test_the_schema_refuses_what_is_no_line() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    validator.validate({"type": "report", "format": 1})
    wrongs: list[Any] = [{"type": "report"}, {"type": "other"}, {"type": "case", "id": "x"}, []]
    for wrong in wrongs:
        assert not validator.is_valid(wrong)


def test_two_runs_of_the_same_answers_are_the_same_bytes_without_timing(tmp_path: Path) -> None:
    def at_speed(seconds: float) -> Iterable[Event]:
        for event in runs.run(runs.mixed()):
            timed = isinstance(event, CaseFinished | RunFinished)
            yield msgspec.structs.replace(event, seconds=seconds) if timed else event

    quick = written(tmp_path / "quick", at_speed(0.1), timing=False).read_bytes()
    assert quick == written(tmp_path / "slow", at_speed(9.9), timing=False).read_bytes()
    assert b"seconds" not in quick
    assert written(tmp_path / "timed", at_speed(9.9)).read_bytes().count(b'"seconds":9.9') == 52


def test_nothing_is_at_the_path_before_the_run_ends(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    path.write_text("old")
    report = JsonlReport(path)
    *events, last = runs.run(runs.conforming())
    for event in events:
        report(event)
    assert path.read_text() == "old"
    report(last)
    assert len(list(read(path))) == 45
    report.close()
    assert [path.name for path in tmp_path.iterdir()] == ["report.jsonl"]


def test_a_run_that_dies_leaves_a_partial_report(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"

    def dying() -> None:
        with JsonlReport(path) as report:
            for event in list(runs.run(runs.mixed()))[:21]:
                report(event)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dying()
    *events, last = read(path)
    assert len(events) == 21
    assert isinstance(last, RunFinished)
    assert last.partial
    assert last.reason == "the run was cut off"
    assert (last.account.passed, last.account.not_run, last.account.planned) == (20, 31, 51)


def test_a_run_that_did_not_start_leaves_nothing(tmp_path: Path) -> None:
    written(tmp_path / "report.jsonl", [])
    assert list(tmp_path.iterdir()) == []


def test_a_bad_path_is_known_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or directory"):
        JsonlReport(tmp_path / "missing" / "report.jsonl")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_is_one_line() -> None:
    with pytest.raises(UsageError, match="'/dev/full': no space left on device"):
        written(Path("/dev/full"), runs.run(runs.failing()))


def test_an_account_that_is_not_that_of_the_cases_is_not_written(tmp_path: Path) -> None:
    events = list(runs.run(runs.conforming()))
    with pytest.raises(ValueError, match="it says 43 passed, the cases say 42"):
        written(tmp_path / "report.jsonl", [*events[:5], *events[6:]])


# Reading what is not a report.


def lines(events: Iterable[Event]) -> list[bytes]:
    with tempfile.TemporaryDirectory() as directory:
        return written(Path(directory, "r"), events).read_bytes().splitlines(keepends=True)


def changed(line: bytes, **fields: Any) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(line) | fields) + b"\n"


GOOD = lines(runs.run(runs.mixed()))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "it is empty"),
        ([b"\n"], "line 1: Input data was truncated"),
        ([b"hello\n"], "line 1: JSON is malformed"),
        (GOOD[1:], "line 1 does not say the format"),
        ([changed(GOOD[0], format=2), *GOOD[1:]], "it has format 2, and this version reads format 1"),
        ([GOOD[0], *GOOD[2:]], "line 2 does not start the run"),
        ([GOOD[0], GOOD[0], *GOOD[1:]], "line 2: a second header"),
        ([*GOOD[:2], *GOOD[1:]], "line 3: a second start"),
        (GOOD[:1], "cut off after line 1: the end of the run is missing"),
        (GOOD[:-1], "cut off after line 53: the end of the run is missing"),
        ([*GOOD[:-1], GOOD[-1][:-1]], "cut off in line 54"),
        ([*GOOD[:-1], GOOD[-1][:40]], "cut off in line 54"),
        ([*GOOD[:10], b"\xff\n", *GOOD[10:]], "line 11: "),
        ([*GOOD, GOOD[5]], "line 55: the report goes on after the end"),
        ([*GOOD[:10], GOOD[9], *GOOD[10:]], "line 11: the case renderer/.*/case-7/prompt@bytes is there twice"),
        ([*GOOD[:10], *GOOD[11:]], "it says 43 passed, the cases say 42"),
        ([*GOOD[:10], changed(GOOD[10], outcome="failed"), *GOOD[11:]], "it says 43 passed, the cases say 42"),
        ([*GOOD[:10], changed(GOOD[10], rejection=True), *GOOD[11:]], "it says 3 rejections, the cases say 4"),
        ([GOOD[0], changed(GOOD[1], planned=52), *GOOD[2:]], "52 planned at the start, 51 at the end"),
        ([*GOOD[:-2], GOOD[-1]], "51 planned, 50 finished, and the run does not say that it is partial"),
        ([*GOOD[:10], changed(GOOD[10], outcome="fine"), *GOOD[11:]], "line 11: Invalid enum value 'fine'"),
    ],
)
def test_a_report_that_cannot_be_trusted_is_refused(tmp_path: Path, content: list[bytes], words: str) -> None:
    path = tmp_path / "report.jsonl"
    path.write_bytes(b"".join(content))
    with pytest.raises(UsageError, match=words) as caught:
        list(read(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_account_that_does_not_add_up_in_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    account = msgspec.json.decode(GOOD[-1])["account"] | {"planned": 50}
    path.write_bytes(b"".join([*GOOD[:-1], changed(GOOD[-1], account=account)]))
    with pytest.raises(UsageError, match="the account does not add up: 50 planned, 51 accounted for"):
        list(read(path))


def test_the_end_is_given_out_only_when_all_agrees(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    path.write_bytes(b"".join([*GOOD[:10], *GOOD[11:]]))
    seen: list[Event] = []

    def consume() -> None:
        for event in read(path):
            seen.append(event)  # noqa: PERF402  what was seen before the error counts

    with pytest.raises(UsageError):
        consume()
    assert len(seen) == 51
    assert not any(isinstance(event, RunFinished) for event in seen)


def test_fields_of_a_later_version_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    path.write_bytes(b"".join([*GOOD[:10], changed(GOOD[10], colour="blue"), *GOOD[11:]]))
    assert len(list(read(path))) == 53


@pytest.mark.parametrize("name", ["missing", "", "no\0thing"])
def test_a_report_that_cannot_be_opened_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=f"'{tmp_path}"):
        list(read(f"{tmp_path}/{name}"))


def test_a_message_shows_no_control_characters(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    case = runs.case(1, Outcome.PASSED, id="\x1b[2J\n")
    good = lines(runs.run([case]))
    path.write_bytes(b"".join([*good[:3], good[2], good[3]]))
    with pytest.raises(UsageError, match=r"the case ␛\[2J␊ is there twice"):
        list(read(path))
