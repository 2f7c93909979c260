"""What GitHub shows beside a commit: `python -m conformance.reports.annotations report.jsonl`, in a step of a job.

GitHub reads commands from what a step prints, one a line, and shows ten of each kind. So there is one for each of the
largest causes, and never one a case.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from conformance.causes import CAUSES
from conformance.events import CaseFinished, Outcome, RunFinished, RunStarted
from conformance.exits import Exit, UsageError
from conformance.reports import groups
from conformance.reports.escape import visible
from conformance.reports.jsonl import read
from conformance.verdict import Standing, counted, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.events import Event

LIMIT = 9
"""How many causes are shown: GitHub shows ten errors a step, and the verdict is the first."""
LONGEST = 600


def commands(events: Iterable[Event]) -> Iterator[str]:
    """The commands, one line each, for a whole run."""
    started: RunStarted | None = None
    wrong: list[CaseFinished] = []
    for event in events:
        if isinstance(event, RunStarted):
            started = event
        elif isinstance(event, RunFinished):
            assert started is not None
            yield from _of(started, wrong, event)
        elif event.outcome in (Outcome.FAILED, Outcome.FAULTED):
            wrong.append(event)


def _of(started: RunStarted, wrong: Sequence[CaseFinished], finished: RunFinished) -> Iterator[str]:
    found = verdict(started, finished)
    level = {Standing.CONFORMS: "notice", Standing.DOES_NOT_CONFORM: "error"}.get(found.standing, "warning")
    yield _command(level, started.implementation or "conformance", found.text)
    failed = [case for case in wrong if case.outcome is Outcome.FAILED]
    every = [
        *groups.failures(failed, CAUSES),
        *groups.reasons(case for case in wrong if case.outcome is Outcome.FAULTED),
        *groups.drift(failed),
    ]
    for group in every[:LIMIT]:
        case = group.smallest
        summary = f": {case.diagnosis.summary}" if case.diagnosis else ""
        hint = f" {group.hint}" if group.hint else ""
        yield _command(
            "error", f"{counted(len(group.cases), 'case')}: {group.title}", f"smallest: {case.id}{summary}.{hint}"
        )
    for tier in started.tiers:
        if not tier.selected:
            yield _command("notice", "not everything was asked", f"the {tier.title} was not run ({tier.cases} cases)")


def _command(level: str, title: str, text: str) -> str:
    return f"::{level} title={_property(title)}::{_data(text)}"


def _data(text: str) -> str:
    # `visible` leaves no line end; the percent sign is GitHub's own escape.
    return visible(text if len(text) <= LONGEST else f"{text[:LONGEST]}...").replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the commands for a report."""
    arguments = sys.argv[1:] if argv is None else argv
    if len(arguments) != 1:
        print("usage: python -m conformance.reports.annotations REPORT.jsonl", file=sys.stderr)
        return Exit.USAGE
    try:
        for line in commands(read(arguments[0])):
            print(line.encode("utf-8", "backslashreplace").decode())
    except UsageError as error:
        print(visible(str(error)), file=sys.stderr)
        return Exit.USAGE
    return Exit.CONFORMS


if __name__ == "__main__":
    raise SystemExit(main())
