"""A report that is one file, made from all events of a run when it has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from conformance.atomic import WholeFile
from conformance.events import CaseFinished, Event, RunFinished, RunStarted
from conformance.reports.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType


class WholeReport:
    """A listener that writes `document(started, cases, finished)` to a file when the run ends.

    Use it as a context manager, or call `close`: a run that died without `RunFinished` is then still reported, as a
    partial one. A run that did not start leaves no file.

    Args:
        path: The file to write. What it held is replaced at the end.
        document: The bytes to write.
        keep: Which cases the document wants to see; all are counted.

    Raises:
        UsageError: from the constructor or at the end, when the file cannot be written.
        ValueError: on `RunFinished`, when the account does not agree with the cases that were reported.
    """

    def __init__(
        self,
        path: Path | str,
        document: Callable[[RunStarted, Sequence[CaseFinished], RunFinished], bytes],
        *,
        keep: Callable[[CaseFinished], bool] = lambda _: True,
    ) -> None:
        self._file = WholeFile(path)
        self._document = document
        self._keep = keep
        self._started: RunStarted | None = None
        self._cases: list[CaseFinished] = []
        self._tally = Tally()
        self._ended = False

    def __call__(self, event: Event) -> None:
        if isinstance(event, CaseFinished):
            self._tally.add(event)
            if self._keep(event):
                self._cases.append(event)
        elif isinstance(event, RunStarted):
            self._started = event
        else:
            self._finish(event)

    def close(self) -> None:
        """Write what is there, where the run did not end. A second call does nothing."""
        if self._ended:
            return
        if self._started is None:
            self._ended = True
            self._file.discard()
            return
        account = self._tally.account(max(self._started.planned, self._tally.seen))
        self._finish(RunFinished(account=account, partial=True, reason="the run was cut off"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _finish(self, finished: RunFinished) -> None:
        if self._started is None:
            raise ValueError("a run finished that did not start")
        self._tally.check(finished)
        self._ended = True
        with self._file as file:
            file.write(self._document(self._started, self._cases, finished))
