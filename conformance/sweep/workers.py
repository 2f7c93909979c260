"""Who does the units of a sweep on one machine: this process, or several, each with an adapter session of its own.

Reports come in the order in which they are done; the ledger puts them in theirs. A process that dies is replaced, and
what it had been given is done again by another.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING

from conformance import process_group
from conformance.asking import AdapterUnusable
from conformance.exits import UsageError
from conformance.in_process import quietly
from conformance.interrupts import raise_on_signals
from conformance.sweep.asking import Sweeper, UnitReport, sweeper_for
from cookbook.datasets import DataError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from multiprocessing.process import BaseProcess

    from conformance.sweep.plan import Data, Task
    from conformance.sweep.settings import Settings

AHEAD = 2
"""Units that a worker has at a time: the next one waits when it is done with the first."""
MOST_DEATHS = 3
"""Workers that may die of one unit."""
PATIENCE = 5.0
"""Seconds that a process has to leave before it is killed."""


def by_this_process(sweeper: Sweeper, tasks: Iterator[Task]) -> Generator[UnitReport]:
    """Do the units one after another.

    Raises:
        AdapterUnusable, DataError: as `Sweeper.unit`.
    """
    with quietly():
        for task in tasks:
            yield sweeper.unit(task)


class Todo:
    """Units to be done, and those of dead workers to be done again."""

    def __init__(self, tasks: Iterator[Task], data: Data) -> None:
        self._tasks = tasks
        self._data = data
        self._again: deque[Task] = deque()
        self._deaths: dict[int, int] = {}

    def next(self) -> Task | None:
        """The unit to be done next, None if there is none."""
        return self._again.popleft() if self._again else next(self._tasks, None)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing left to be handed out."""
        if not self._again and (task := next(self._tasks, None)) is not None:
            self._again.append(task)
        return not self._again

    def died(self, tasks: list[Task]) -> None:
        """A worker died with these, of which it was at work on the first.

        Raises:
            UsageError: this unit has brought about the death of several.
        """
        self._again.extendleft(reversed(tasks))
        if not tasks:
            return
        unit, stretch = tasks[0].unit, tasks[0].stretch
        self._deaths[unit] = self._deaths.get(unit, 0) + 1
        if self._deaths[unit] == MOST_DEATHS:
            name = self._data.files[tasks[0].file].name
            raise UsageError(
                f"{MOST_DEATHS} workers died of the {stretch.rows} rows from row {stretch.first} of {name}; "
                "see that there is memory enough, or give a smaller --longest, and run the same command again"
            )


class Crew:
    """Processes that do units."""

    def __init__(self, settings: Settings, data: Data, size: int) -> None:
        # Not by fork: this process may have threads.
        self._context = multiprocessing.get_context("spawn")
        self._settings = settings
        self._data = data
        self._members: dict[Connection, tuple[BaseProcess, deque[Task]]] = {}
        for _ in range(size):
            self._hire()

    def reports(self, tasks: Iterator[Task]) -> Generator[UnitReport]:
        """What comes of the units, as it comes.

        Raises:
            AdapterUnusable, DataError: as `Sweeper.unit`.
            UsageError: a unit kills whoever does it.
        """
        todo = Todo(tasks, self._data)
        while True:
            # A round at a time, so that every member has its first before any has its second.
            for depth in range(1, AHEAD + 1):
                for pipe, (_, given) in list(self._members.items()):
                    if len(given) < depth and (task := todo.next()) is not None:
                        given.append(task)
                        # Whoever has died is found out below.
                        with suppress(BrokenPipeError, ConnectionResetError):
                            pipe.send(task)
            if not any(given for _, given in self._members.values()):
                return
            ready = wait(list(self._members))
            for pipe in [one for one in self._members if one in ready]:
                try:
                    report = _received(pipe)
                except (EOFError, ConnectionResetError):
                    todo.died(self._bury(pipe))
                    self._hire()
                else:
                    self._members[pipe][1].popleft()
                    yield report

    def dismiss(self) -> None:
        """Leave no process behind: those that are asking are told to stop, and take their ports with them."""
        members, self._members = self._members, {}
        for pipe in members:
            pipe.close()
        for process, _ in members.values():
            process.terminate()
        for process, _ in members.values():
            _ended(process)

    def _hire(self) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(self._settings, self._data, theirs), daemon=True)
        process.start()
        theirs.close()
        self._members[ours] = (process, deque())

    def _bury(self, pipe: Connection) -> list[Task]:
        process, given = self._members.pop(pipe)
        pipe.close()
        _ended(process)
        return list(given)


def _ended(process: BaseProcess) -> None:
    process.join(PATIENCE)
    if process.is_alive():
        process.kill()
        process.join()
    process.close()


def _received(pipe: Connection) -> UnitReport:
    item = pipe.recv()
    if isinstance(item, UnitReport):
        return item
    raise failed(*item)


def failure(error: AdapterUnusable | DataError | UsageError) -> tuple[str, str, tuple[str, ...]]:
    """An error in a form in which it travels between processes."""
    tail = error.stderr_tail if isinstance(error, AdapterUnusable) else ()
    return type(error).__name__, str(error), tail


def failed(name: str, text: str, tail: tuple[str, ...]) -> Exception:
    """The error again."""
    if name == AdapterUnusable.__name__:
        return AdapterUnusable(text, tail)
    return DataError(text) if name == DataError.__name__ else UsageError(text)


def _work(settings: Settings, data: Data, pipe: Connection) -> None:
    """What a process of the crew does, until its pipe is closed or it is told to stop."""
    raise_on_signals()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; whose processes we are will stop us.
    gone = suppress(KeyboardInterrupt, EOFError, BrokenPipeError, ConnectionResetError)
    with process_group.none_left(), gone, quietly():
        try:
            with sweeper_for(settings, data) as sweeper:
                while True:
                    pipe.send(sweeper.unit(pipe.recv()))
        except (AdapterUnusable, DataError, UsageError) as error:
            pipe.send(failure(error))
