"""What is left of a sweep in its directory: report.json, rows.jsonl, cases.jsonl. Written whole, and read again.

Nothing in them depends on when, where, by how many processes or in how many goes the sweep was done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from conformance.atomic import WholeFile, write_whole
from conformance.causes import CAUSES
from conformance.exits import UsageError
from conformance.generate import case_line
from conformance.sweep.adding_up import Account, Sum

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from conformance.cases import Case
    from conformance.sweep.asking import UnitReport
    from conformance.sweep.plan import Plan
    from conformance.sweep.shrinking import Small

REPORT, ROWS, CASES = "report.json", "rows.jsonl", "cases.jsonl"
FORMAT = 1


class File(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of the data set. `problem` says why rows of it are missing from every count: nobody knows how many."""

    name: str
    size: int
    sha256: str
    rows: int
    problem: str = ""


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Rows that are answered otherwise in the same way; where the smallest is, and the case that was made of it.

    `drift` is the older release of the original that answers the smallest row as the port does; with `told_apart` and
    without it the difference is a fault.
    """

    category: str
    cause: str
    title: str
    signature: str
    rows: int
    file: str
    row: int
    size: int
    summary: str = ""
    case: str = ""
    steady: bool = True
    drift: str = ""


class Report(Struct, frozen=True, kw_only=True):
    """The whole. `identity` is what decided it: suite, settings, port and sample."""

    format: int
    identity: dict[str, Any]
    files: tuple[File, ...]
    account: Account
    causes: dict[str, int]
    findings: tuple[Finding, ...]
    told_apart: bool = False

    @property
    def conforms(self) -> bool:
        """Whether every row was asked, and answered alike."""
        return self.account.agreeing == self.account.planned > 0 and not any(file.problem for file in self.files)

    @property
    def only_unreadable(self) -> bool:
        """Whether all that is wrong is that some rows could not be read."""
        account = self.account
        counted = not any(file.problem for file in self.files)
        return counted and account.agreeing > 0 and account.agreeing + account.unreadable == account.planned


def add_up(directory: Path, plan: Plan, reports: Iterable[UnitReport]) -> Sum:
    """Add up what came of the units, which come in their order, and write down every row that is not answered alike.

    Raises:
        UsageError: the file cannot be written.
        ValueError: a row was lost or counted twice.
    """
    total = Sum(plan.rows)
    with WholeFile(directory / ROWS) as file:
        for report in reports:
            total.add(report)
            name = plan.data.files[plan.task(report.unit).file].name
            lines: list[dict[str, Any]] = [
                {
                    "file": name,
                    "row": one.row,
                    "category": one.category,
                    "cause": one.cause,
                    "signature": one.signature,
                }
                for one in report.found
            ]
            lines += [
                {"file": name, "row": row, "category": "unreadable", "why": why} for row, why in report.unreadable
            ]
            lines.sort(key=lambda line: int(line["row"]))
            file.write(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
        total.account()
    return total


def report_of(
    identity: Mapping[str, Any], plan: Plan, total: Sum, smalls: Sequence[Small], drifts: Mapping[int, str] | None
) -> Report:
    """The report. `drifts` are, by the place of a finding, the releases whose answers they are; None if nobody asked.

    Raises:
        ValueError: the account does not add up.
    """
    causes: dict[str, int] = {}
    for group in total.sorted_groups():
        causes[group.kind[1]] = causes.get(group.kind[1], 0) + group.rows
    files = [
        File(name=file.name, size=one.size, sha256=one.sha256, rows=one.rows, problem=one.problem)
        for file, one in zip(plan.data.files, plan.data.layouts, strict=True)
    ]
    return Report(
        format=FORMAT,
        identity=dict(identity),
        files=tuple(files),
        account=total.account(),
        causes=dict(sorted(causes.items(), key=lambda item: (-item[1], item[0]))),
        findings=tuple(_finding(small, (drifts or {}).get(at, "")) for at, small in enumerate(smalls)),
        told_apart=drifts is not None,
    )


def _finding(small: Small, drift: str) -> Finding:
    category, cause, signature = small.group.kind
    return Finding(
        category=category,
        cause=cause,
        title=_title(category, cause, signature),
        signature=signature,
        rows=small.group.rows,
        file=small.file,
        row=small.group.row,
        size=small.group.size,
        summary=small.smallest.diagnosis.summary if small.smallest is not None else "",
        case=small.case.id if small.case is not None else "",
        steady=small.steady or small.asked is None,
        drift=drift,
    )


def _title(category: str, cause: str, signature: str) -> str:
    if category == "faulted":
        return "the port does not answer"
    return CAUSES[cause].title if cause in CAUSES else signature


def write(directory: Path, report: Report, cases: Iterable[Case]) -> None:
    """Write the cases, and then the report: where it is, the sweep is over.

    Raises:
        UsageError: a file cannot be written.
    """
    lines = {case.id: case_line(case) for case in cases}
    write_whole(directory / CASES, b"".join(lines.values()))
    write_whole(directory / REPORT, msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")


def read(directory: Path) -> Report | None:
    """The report in a directory; None if there is none yet.

    Raises:
        UsageError: it is not one, or does not add up.
    """
    path = directory / REPORT
    try:
        report = msgspec.json.decode(path.read_bytes(), type=Report)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UsageError(f"{str(path)!r} is not the report of a sweep: {error}") from error
    wrong = report.account.wrong + report.account.unanswered
    if not report.account.adds_up or sum(report.causes.values()) != wrong or _rows(report.findings) != wrong:
        raise UsageError(f"{str(path)!r} does not add up; remove it and sweep again")
    return report


def _rows(findings: Sequence[Finding]) -> int:
    return sum(finding.rows for finding in findings)
