"""The report for the person who started the run: progress while it runs, then what came of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self, TextIO

from conformance.events import CaseFinished, Event, Outcome, RunFinished, RunStarted
from conformance.reports.progress import Bar, Lines, Progress
from conformance.reports.screen import Screen
from conformance.reports.summary import Run, draw
from conformance.reports.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from conformance.causes import Cause


class TerminalReport:
    """A listener that shows progress and, at the end, the report.

    On a terminal there are colours, and lines are as wide as it is. Anywhere else the report is plain text, 100
    columns wide whatever the environment says, so that two runs diff clean, and rich is not even imported.

    Use it as a context manager, or call `close`, so that the bar leaves the screen when a run dies on the way.

    Args:
        stream: Where to write; default is stdout.
        causes: What `Diagnosis.cause` means; usually `conformance.causes.CAUSES`.
        verbose: List every case that did not pass, in every group, not only the smallest of the largest groups.
        limit: How many groups to show when not verbose, 0 for all.
        terminal: Whether the stream is a terminal; default is to ask it.
        width: The width of the page; default is that of the terminal, or 100.
        clock: Seconds that only grow.

    Raises:
        ValueError: on `RunFinished`, when the account does not agree with the cases that were reported.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        causes: Mapping[str, Cause],
        verbose: bool = False,
        limit: int = 10,
        terminal: bool | None = None,
        width: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._screen = Screen(stream, terminal=terminal, width=width)
        self._causes = causes
        self._verbose = verbose
        self._limit = limit
        self._clock = clock
        self._progress: Progress | None = None
        self._begin = self._due = float("inf")
        self._started: RunStarted | None = None
        self._tally = Tally()
        self._done = 0
        self._cases: dict[Outcome, list[CaseFinished]] = {
            Outcome.FAILED: [],
            Outcome.FAULTED: [],
            Outcome.KNOWN: [],
        }

    def __call__(self, event: Event) -> None:
        if type(event) is CaseFinished:
            self._tally.add(event)
            self._done += 1
            if event.outcome in self._cases:
                self._cases[event.outcome].append(event)
            now = self._clock()
            if now >= self._due:
                self._show(now)
        elif isinstance(event, RunStarted):
            self._start(event)
        elif isinstance(event, RunFinished):
            self._finish(event)

    def close(self) -> None:
        """Take the progress bar off the screen. What is on the page stays."""
        if self._progress is not None:
            self._progress.close()
            self._progress = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self, event: RunStarted) -> None:
        self._started = event
        if self._screen.terminal:
            self._progress = Bar(self._screen.console, planned=event.planned)
        else:
            self._progress = Lines(self._screen.stream, planned=event.planned)
        self._begin = self._due = self._clock()

    def _show(self, now: float) -> None:
        if self._progress is None:
            return
        wrong = len(self._cases[Outcome.FAILED]) + len(self._cases[Outcome.FAULTED])
        self._due = now + self._progress.update(self._done, wrong, now - self._begin)

    def _finish(self, event: RunFinished) -> None:
        self.close()
        if self._started is None:
            raise ValueError("a run finished that did not start")
        self._tally.check(event)
        run = Run(
            started=self._started,
            tally=self._tally,
            failed=self._cases[Outcome.FAILED],
            faulted=self._cases[Outcome.FAULTED],
            known=self._cases[Outcome.KNOWN],
            finished=event,
        )
        page = self._screen.page()
        draw(page, run, causes=self._causes, verbose=self._verbose, limit=self._limit, timing=self._screen.terminal)
        self._screen.show(page)
