"""conformance/sweep/report.py: what is read again is what was written, and adds up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from conformance.exits import UsageError
from conformance.reports.sweeping import summary_lines
from conformance.sweep import report as reports
from conformance.sweep.adding_up import Account
from conformance.sweep.report import File, Finding, Report

if TYPE_CHECKING:
    from pathlib import Path


def account(**counts: int) -> Account:
    every = dict.fromkeys(Account.__struct_fields__, 0) | counts
    every["planned"] = counts.get("planned", sum(counts.values()))
    return Account(**every)


def report(*, rows: int = 3, **counts: int) -> Report:
    finding = Finding(
        category="differing",
        cause="newlines",
        title="only newlines differ",
        signature="newlines tokens",
        rows=rows,
        file="rows\x1b[31m.jsonl",
        row=7,
        size=90,
        summary="one is missing",
        case="sweep/x",
    )
    return Report(
        format=1,
        identity={"suite": "1"},
        files=(File(name="rows.jsonl", size=1, sha256="0", rows=10),),
        account=account(**counts),
        causes={"newlines": rows} if rows else {},
        findings=(finding,) if rows else (),
    )


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    made = report(equal=5, differing=3)
    assert reports.read(tmp_path) is None
    reports.write(tmp_path, made, [])
    assert reports.read(tmp_path) == made


@pytest.mark.parametrize("change", [{"equal": 6}, {"differing": 2}, {"planned": 9}])
def test_one_that_does_not_add_up_is_refused(change: dict[str, int], tmp_path: Path) -> None:
    reports.write(tmp_path, report(equal=5, differing=3), [])
    path = tmp_path / reports.REPORT
    value: Any = json.loads(path.read_bytes())
    value["account"] |= change
    path.write_bytes(json.dumps(value).encode())
    with pytest.raises(UsageError, match="does not add up"):
        reports.read(tmp_path)


def test_one_whose_findings_are_of_other_rows_is_refused(tmp_path: Path) -> None:
    reports.write(tmp_path, report(equal=5, differing=4), [])
    with pytest.raises(UsageError, match="does not add up"):
        reports.read(tmp_path)
    (tmp_path / reports.REPORT).write_bytes(b"{")
    with pytest.raises(UsageError, match="is not the report of a sweep"):
        reports.read(tmp_path)


@pytest.mark.parametrize(
    ("made", "conforms", "says"),
    [
        (report(rows=0, equal=7, refused_by_both=1), True, "conforms on all 8 rows"),
        (report(equal=5, differing=3), False, "does not conform: 3 of 8 rows are not answered alike"),
        (report(rows=0, equal=5, unreadable=3), False, "conforms on the 5 rows that could be read, but not every row"),
        (report(rows=0, unreadable=3), False, "nothing was shown"),
        (report(rows=0, equal=5, unanswered=1), False, "nothing wrong on the 5 rows that were compared"),
    ],
)
def test_the_verdict(made: Report, conforms: bool, says: str) -> None:
    assert made.conforms is conforms
    assert summary_lines(made, [])[-1].startswith(says)


def test_a_file_that_broke_off_is_no_conforming_data_set() -> None:
    broken = File(name="b.jsonl", size=1, sha256="0", rows=1, problem="cannot be read beyond row 1")
    made = msgspec.structs.replace(report(rows=0, equal=5), files=(broken,))
    assert not made.conforms
    assert not made.only_unreadable
    assert "b.jsonl cannot be read beyond row 1" in summary_lines(made, [])


def test_what_comes_from_files_is_made_visible_and_drift_told_from_faults() -> None:
    made = report(equal=5, differing=3)
    lines = summary_lines(made, ["row 1 of x: \u202e"])
    assert all(line.isprintable() for line in lines)
    assert "   the smallest is row 7 of rows␛[31m.jsonl" in lines
    told = msgspec.structs.replace(made, told_apart=True)
    assert "   a fault: no older release of the original answers so" in summary_lines(told, [])
    drifted = (msgspec.structs.replace(made.findings[0], drift="0.3.0"),)
    told = msgspec.structs.replace(told, findings=drifted)
    assert "   drift: the answer of the original's release 0.3.0" in summary_lines(told, [])
