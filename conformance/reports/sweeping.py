"""What `conformance sweep` says in the end: the account, the findings by cause, where more is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reports.escape import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.sweep.report import Finding, Report

SHOWN = 10
"""Findings, and files with problems, that are shown: all are in the report."""
LABELS = (
    ("equal", "answered alike"),
    ("refused_by_both", "refused by both"),
    ("differing", "answered differently"),
    ("refused_by_port", "refused by the port alone"),
    ("refused_by_reference", "refused by the reference alone"),
    ("faulted", "on which the port broke"),
    ("declined", "which the port says it does not support"),
    ("unanswered", "which the reference cannot answer"),
    ("unreadable", "which could not be read"),
)


def summary_lines(report: Report, unreadable: Sequence[str]) -> list[str]:
    """The end of a sweep, line by line. `unreadable` are the first rows that could not be read, each as one line."""
    account = report.account
    lines = [f"{account.planned:,} rows:"]
    for name, label in LABELS:
        if count := getattr(account, name):
            lines.append(f"  {count:>13,} {label}")
    lines += [f"  {line}" for line in unreadable]
    if account.unreadable > len(unreadable) > 0:
        lines.append(f"  ... and {account.unreadable - len(unreadable):,} more, in rows.jsonl")
    broken = [file for file in report.files if file.problem]
    lines += [f"{file.name} {file.problem}" for file in broken[:SHOWN]]
    if len(broken) > SHOWN:
        lines.append(f"... and {len(broken) - SHOWN} more files")
    for number, finding in enumerate(report.findings[:SHOWN], start=1):
        lines += ["", *_finding(number, finding, told_apart=report.told_apart)]
    if len(report.findings) > SHOWN:
        lines += ["", f"... and {len(report.findings) - SHOWN} more findings, in report.json"]
    return [visible(line) for line in [*lines, "", _verdict(report)]]


def _finding(number: int, finding: Finding, *, told_apart: bool) -> list[str]:
    rows = "1 row" if finding.rows == 1 else f"{finding.rows:,} rows"
    lines = [f"{number}. {rows}: {finding.title}  [{finding.cause}]"]
    if finding.drift:
        lines.append(f"   drift: the answer of the original's release {finding.drift}")
    elif told_apart:
        lines.append("   a fault: no older release of the original answers so")
    lines.append(f"   the smallest is row {finding.row} of {finding.file}")
    if finding.summary:
        lines.append(f"   {finding.summary}")
    if not finding.steady:
        lines.append("   it did not come back when the row was asked again")
    if finding.case:
        lines.append(f"   {finding.case}")
    return lines


def _verdict(report: Report) -> str:
    account = report.account
    if report.conforms:
        return f"conforms on all {account.planned:,} rows"
    if report.only_unreadable:
        return f"conforms on the {account.agreeing:,} rows that could be read, but not every row was asked"
    if account.wrong:
        return f"does not conform: {account.wrong:,} of {account.planned:,} rows are not answered alike"
    if account.agreeing:
        return f"nothing wrong on the {account.agreeing:,} rows that were compared, but there are others"
    return "nothing was shown: no row could be compared"
