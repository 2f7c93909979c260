"""What a run shows, in one word and one line. Every report and every exit code takes it from here."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from conformance.events import RunFinished

if TYPE_CHECKING:
    from conformance.events import Event, RunStarted


class Standing(StrEnum):
    """Where an implementation stands after a run."""

    CONFORMS = "conforms"
    DOES_NOT_CONFORM = "does not conform"
    PARTIAL = "none yet"  # nothing wrong so far, but not every case was asked
    NOTHING = "nothing was shown"  # not one case that was planned is declared


class Verdict(NamedTuple):
    """The standing, and the line that says it with its reasons."""

    standing: Standing
    text: str


class Ending:
    """A listener that keeps how the run ended."""

    def __init__(self) -> None:
        self.finished: RunFinished | None = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunFinished):
            self.finished = event

    @property
    def conforms(self) -> bool:
        """Whether the run ended, and shows that the implementation conforms."""
        return self.finished is not None and standing(self.finished) is Standing.CONFORMS


def standing(finished: RunFinished) -> Standing:
    """Where the implementation stands."""
    account = finished.account
    if account.failed or account.faulted or finished.known_errors:
        return Standing.DOES_NOT_CONFORM
    if finished.partial or account.not_run:
        return Standing.PARTIAL
    # An adapter that declares nothing of what was asked has shown nothing.
    return Standing.CONFORMS if account.passed + account.known else Standing.NOTHING


def verdict(started: RunStarted, finished: RunFinished) -> Verdict:
    """The verdict with its reasons."""
    account = finished.account
    found = standing(finished)
    match found:
        case Standing.DOES_NOT_CONFORM:
            wrong = [
                counted(account.failed - account.drifted, "failure"),
                f"{account.drifted} drifted",
                counted(account.faulted, "fault"),
                counted(len(finished.known_errors), "error") + " in the list of known failures",
            ]
            why = ", ".join(part for part in wrong if not part.startswith("0 "))
        case Standing.PARTIAL:
            why = "partial: nothing wrong so far, but not every case was asked"
        case Standing.NOTHING:
            why = "nothing that was planned is declared" if account.planned else "no case was planned"
            return Verdict(found, f"{found}, because {why}")
        case Standing.CONFORMS:
            why = ", ".join(_shown(started, finished))
    return Verdict(found, f"{found} ({why})")


def reservations(started: RunStarted, finished: RunFinished) -> list[str]:
    """What a run that conforms does not show, each as one phrase; none when it shows everything."""
    account = finished.account
    found = []
    if account.known:
        found.append(counted(account.known, "known failure"))
    if account.unsupported:
        found.append(f"{account.unsupported} not declared")
    found += [f"{tier.title} not run" for tier in started.tiers if not tier.selected]
    # One that happened while nothing was asked, such as a slow exit, is told and no reservation.
    incidents = sum(one.times for one in finished.incidents if one.cases)
    if incidents:
        found.append(counted(incidents, "incident") + " of the adapter's process")
    if started.shard:
        found.append(f"shard {started.shard.number} of {started.shard.of} only")
    if started.only:
        found.append(f"only {' '.join(started.only)}")
    return found


def counted(count: int, noun: str) -> str:
    """A count and its noun: `1 case`, `2 cases`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _shown(started: RunStarted, finished: RunFinished) -> list[str]:
    account = finished.account
    return [f"{account.passed} of {account.planned} cases passed", *reservations(started, finished)]
