"""Render a data set: stretch by stretch, in one process or several, written in the order of the data."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from cookbook.datasets import DataError, find_files, scan
from cookbook.errors import RendererError
from cookbook.renderers.training import TrainOnWhat
from cookbook.rendering.statistics import Statistics
from cookbook.rendering.table import Table
from cookbook.rendering.unit import Rendered, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from cookbook.datasets import DataFile, Layout, Stretch
    from cookbook.rendering.options import Options

AHEAD = 2
"""Stretches a process that may be done or waiting before they can be written: they are in memory."""


@dataclass(frozen=True)
class Outcome:
    """The numbers, what the metadata of the file say, and the first rows that were left out, each with the reason."""

    statistics: Statistics
    about: dict[str, Any]
    left_out: list[str]


def render(
    data: Sequence[str], out: Path, options: Options, *, jobs: int = 1, tell: Callable[[int, int], None] | None = None
) -> Outcome:
    """Render what `data` names into the Parquet file `out`. The bytes are the same for any number of jobs.

    Raises:
        DataError: the data cannot be used or `out` cannot be written. There is no file `out` then, or the old one.
        ConfigurationError, RendererError: the renderer cannot be had.
    """
    if options.train_on_what not in tuple(TrainOnWhat):
        raise RendererError(f"unknown train_on_what {options.train_on_what!r}: use one of {', '.join(TrainOnWhat)}")
    files = find_files(data)
    if any(file.path.absolute() == out.absolute() for file in files):
        raise DataError(f"{str(out)!r} is a file of the data; give the output another name")
    about = {**options.described(), "version": version("cookbook-conformance")}
    with Table(out) as table:
        layouts = tuple(scan(file, column=options.fields.column) for file in files)
        _check(files, layouts)
        total = sum(layout.rows for layout in layouts)
        stretches = [(at, stretch) for at, layout in enumerate(layouts) for stretch in layout.stretches]
        found = Statistics()
        left_out: list[str] = []
        with _workers(options, files, layouts, jobs) as work:
            for (at, stretch), rendered in work(stretches):
                _note(left_out, files[at].name, rendered, skip=options.skip)
                table.add(files[at].name, rendered)
                found.add(rendered, stretch.rows)
                if tell is not None:
                    tell(found.rows, total)
        about |= {
            "statistics": found.described(),
            "data": [{"name": file.name, "sha256": layout.sha256} for file, layout in zip(files, layouts, strict=True)],
        }
        table.finish(about)
    return Outcome(found, about, left_out)


def _check(files: Sequence[DataFile], layouts: Sequence[Layout]) -> None:
    for file, layout in zip(files, layouts, strict=True):
        problem = layout.missing or layout.problem
        if problem:
            remedy = "; name the right one with --column messages=NAME" if layout.missing else ""
            raise DataError(f"{file.name} {problem}{remedy}")
    if not any(layout.rows for layout in layouts):
        raise DataError("there is no row in the data")


def _note(left_out: list[str], name: str, rendered: Rendered, *, skip: bool) -> None:
    for row, reason in rendered.left_out:
        line = f"row {row} of {name}: {reason}"
        if not skip:
            raise DataError(f"{line}; mend it, or leave such rows out with --skip")
        if len(left_out) < 10:
            left_out.append(line)


Work = tuple[int, "Stretch"]


@contextmanager
def _workers(
    options: Options, files: Sequence[DataFile], layouts: Sequence[Layout], jobs: int
) -> Iterator[Callable[[Sequence[Work]], Iterator[tuple[Work, Rendered]]]]:
    """What renders stretches, in their order."""
    unit = Unit(options, files, layouts)  # Here as well with several jobs, so that what cannot be had is said at once.
    if jobs == 1:
        try:
            yield lambda stretches: ((one, unit.render(*one)) for one in stretches)
        finally:
            unit.close()
        return
    executor = ProcessPoolExecutor(
        jobs, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(options, files, layouts)
    )
    try:
        yield lambda stretches: _in_order(executor, stretches, jobs * AHEAD)
    finally:
        executor.shutdown(cancel_futures=True)


def _in_order(executor: ProcessPoolExecutor, stretches: Sequence[Work], most: int) -> Iterator[tuple[Work, Rendered]]:
    waiting: deque[tuple[Work, Future[Rendered]]] = deque()
    try:
        for one in stretches:
            waiting.append((one, executor.submit(_do, *one)))
            if len(waiting) == most:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
    except BrokenProcessPool as error:
        raise DataError("a process that was rendering has died; give it more memory, or fewer --jobs") from error


_unit: Unit | None = None


def _begin(options: Options, files: Sequence[DataFile], layouts: Sequence[Layout]) -> None:
    global _unit
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; whose processes we are will stop us.
    _unit = Unit(options, files, layouts)


def _do(file: int, stretch: Stretch) -> Rendered:
    assert _unit is not None
    return _unit.render(file, stretch)
