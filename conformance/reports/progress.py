"""Show how far a run is: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


class Progress(Protocol):
    """What is told how far the run is."""

    def update(self, done: int, wrong: int, elapsed: float) -> float:
        """Show it. Returns after how many seconds to be told again."""

    def close(self) -> None:
        """Take it off the screen."""


class Lines:
    """A line after ten seconds, and then every thirty: short runs leave no trace in a log, long ones are not silent."""

    FIRST = 10.0
    EVERY = 30.0

    def __init__(self, stream: TextIO, *, planned: int, what: str = "cases") -> None:
        self._stream = stream
        self._planned = planned
        self._what = what

    def update(self, done: int, wrong: int, elapsed: float) -> float:
        if elapsed < self.FIRST:
            return self.FIRST - elapsed
        note = describe(done, self._planned, wrong, elapsed)
        self._stream.write(f"{done} of {self._planned} {self._what}, {note}\n")
        self._stream.flush()
        return self.EVERY

    def close(self) -> None:
        pass


class Bar:
    """A bar that appears when the run takes longer than a moment and is gone when the run ends.

    It draws only when it is told to: no thread of its own, because the runner forks.
    """

    FIRST = 0.3
    EVERY = 0.1

    def __init__(self, console: Callable[[], Console], *, planned: int) -> None:
        self._console = console
        self._planned = planned
        self._progress: RichProgress | None = None
        self._task: TaskID | None = None

    def update(self, done: int, wrong: int, elapsed: float) -> float:
        if elapsed < self.FIRST:
            return self.FIRST - elapsed
        if self._progress is None:
            self._start()
        assert self._progress is not None
        assert self._task is not None
        note = describe(done, self._planned, wrong, elapsed)
        self._progress.update(self._task, completed=done, note=note)
        self._progress.refresh()
        return self.EVERY

    def close(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _start(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._progress = Progress(
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            console=self._console(),
            auto_refresh=False,
            transient=True,
            expand=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("", total=self._planned, note="")
        self._progress.start()


def describe(done: int, planned: int, wrong: int, elapsed: float) -> str:
    """The rate, the time left if it stays so, and how much went wrong: `212/s, 0:14 left, 3 wrong`."""
    rate = done / elapsed if elapsed > 0 else 0.0
    parts = [f"{rate:.0f}/s" if rate >= 10 else f"{rate:.1f}/s"]
    if rate:
        minutes, seconds = divmod(round(max(planned - done, 0) / rate), 60)
        parts.append(f"{minutes}:{seconds:02} left")
    if wrong:
        parts.append(f"{wrong} wrong")
    return ", ".join(parts)
