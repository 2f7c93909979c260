"""`conformance report`: join the reports of shards, and show implementations side by side."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from conformance.atomic import write_whole
from conformance.commands.listening import listeners
from conformance.exits import Exit
from conformance.matrix import Matrix, matrix
from conformance.merge import joined, load, merged
from conformance.reports.escape import markdown
from conformance.reports.markdown import table
from conformance.reports.page import Page, cut, pad, width
from conformance.reports.screen import Screen
from conformance.verdict import Ending, standing

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from conformance.merge import Report


ENGINE = 200
"""How much of the name of a tokenizer engine is shown."""


def main(arguments: Namespace) -> int:
    """Merge, or show a matrix.

    Raises:
        UsageError: a report cannot be used, or the reports do not fit together.
    """
    reports = [load(path) for path in arguments.reports]
    return _matrix(reports, arguments) if arguments.action == "matrix" else _merge(reports, arguments)


def _merge(reports: Sequence[Report], arguments: Namespace) -> int:
    """The reports of the whole run, and its exit code."""
    events = list(merged(reports))
    ending = Ending()
    with ExitStack() as stack:
        told = [*listeners(arguments, stack), ending]
        for event in events:
            for listener in told:
                listener(event)
    return Exit.CONFORMS if ending.conforms else Exit.DOES_NOT_CONFORM


def _matrix(reports: Sequence[Report], arguments: Namespace) -> int:
    found = matrix(joined(reports))
    if arguments.markdown:
        write_whole(arguments.markdown, as_markdown(found).encode("utf-8", "backslashreplace"))
    screen = Screen()
    page = screen.page()
    draw(page, found)
    screen.show(page)
    return Exit.CONFORMS


def draw(page: Page, found: Matrix) -> None:
    """The matrix as columns of text. Implementations are numbered, because their names may be of any length."""
    page.line((f"Suite {found.reports[0].started.suite}: passed/asked", "title"))
    page.blank()
    for number, report in enumerate(found.reports, 1):
        page.wrap(f"{_name(report)}: {standing(report.finished)}", first=f"[{number}] ", indent=2)
    page.blank()
    head = ["", *(f"[{number}]" for number in range(1, len(found.reports) + 1))]
    rows = [head, *([page.safe(subject), *(cell.text for cell in cells)] for subject, cells in found.rows)]
    widths = [max(width(row[column]) for row in rows) for column in range(len(head))]
    for row in rows:
        page.line("  ".join(pad(cell, size) for cell, size in zip(row, widths, strict=True)), indent=2)


def as_markdown(found: Matrix) -> str:
    """The matrix as a table in Markdown."""
    head = ["", *(markdown(_name(report)) for report in found.reports)]
    verdicts = ["verdict", *(f"**{standing(report.finished)}**" for report in found.reports)]
    rows = [[markdown(subject), *(markdown(cell.text) for cell in cells)] for subject, cells in found.rows]
    return table(head, [verdicts, *rows]) + "\n"


def _name(report: Report) -> str:
    started = report.started
    parts = [started.implementation, started.language, cut(started.engine, ENGINE), *started.only]
    if started.shard:
        parts.append(f"shard {started.shard.number} of {started.shard.of}")
    parts += [f"without the {tier.title}" for tier in started.tiers if not tier.selected]
    return ", ".join(part for part in parts if part)
