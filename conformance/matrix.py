"""Several implementations side by side: for each renderer, how many of the cases that were asked passed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.events import CaseFinished, Outcome
from conformance.exits import UsageError
from conformance.reports.escape import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.merge import Report


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What one implementation showed of one renderer (or of an area without renderers)."""

    passed: int = 0
    known: int = 0
    wrong: int = 0
    undeclared: int = 0
    not_run: int = 0

    @property
    def text(self) -> str:
        """`passed/asked`, with what is not as it should be; `-` where nothing is declared."""
        asked = self.passed + self.known + self.wrong + self.not_run
        if not asked:
            return "-" if self.undeclared else ""
        notes = [
            f"{count} {word}"
            for count, word in (
                (self.known, "known"),
                (self.not_run, "not run"),
                (self.undeclared, "undeclared"),
            )
            if count
        ]
        return f"{self.passed}/{asked}" + (f" ({', '.join(notes)})" if notes else "")


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """Rows of cells: for each subject (renderer or area), one of each report."""

    reports: tuple[Report, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def matrix(reports: Sequence[Report]) -> Matrix:
    """The reports side by side.

    Raises:
        UsageError: they are of different suites.
    """
    first = reports[0]
    for report in reports[1:]:
        if report.started.suite != first.started.suite:
            raise UsageError(
                f"{report.path!r} is of suite {visible(report.started.suite)}, {first.path!r} of "
                f"{visible(first.started.suite)}: their counts cannot stand side by side"
            )
    subjects = dict.fromkeys(_subject(case) for report in reports for case in report.cases)
    counts = [_cells(report) for report in reports]
    rows = tuple((subject, tuple(cells.get(subject, Cell()) for cells in counts)) for subject in sorted(subjects))
    return Matrix(reports=tuple(reports), rows=rows)


def _subject(case: CaseFinished) -> str:
    return case.renderer or f"({case.operation.partition('.')[0]})"


def _cells(report: Report) -> dict[str, Cell]:
    counts: dict[str, dict[str, int]] = {}
    names = {
        Outcome.PASSED: "passed",
        Outcome.KNOWN: "known",
        Outcome.FAILED: "wrong",
        Outcome.FAULTED: "wrong",
        Outcome.UNSUPPORTED: "undeclared",
        Outcome.NOT_RUN: "not_run",
    }
    for case in report.cases:
        row = counts.setdefault(_subject(case), {})
        row[names[case.outcome]] = row.get(names[case.outcome], 0) + 1
    return {subject: Cell(**row) for subject, row in counts.items()}
