"""The sweep itself: look the data through, do the units that are not done, add up, make differences small, report."""

from __future__ import annotations

import hashlib
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from conformance import SUITE
from conformance.exits import UsageError
from conformance.in_process import quietly
from conformance.interrupts import shielded
from conformance.sweep import report as reports
from conformance.sweep.asking import Sweeper, sweeper_for
from conformance.sweep.ledger import Ledger
from conformance.sweep.plan import LookedThrough, Plan
from conformance.sweep.shrinking import shrink
from conformance.sweep.workers import Crew, by_this_process
from conformance.tokenizers import locked
from cookbook.datasets import find_files

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from conformance.protocol import InitializeResult
    from conformance.sweep.asking import UnitReport
    from conformance.sweep.plan import Data, Task
    from conformance.sweep.report import Report
    from conformance.sweep.settings import Settings
    from conformance.sweep.shrinking import Small

LEDGER, SEEN = "ledger.jsonl", "seen.json"
OURS = frozenset({LEDGER, SEEN, reports.REPORT, reports.ROWS, reports.CASES})


class Watcher(Protocol):
    """Is told how far a sweep is."""

    def begins(self, what: str, total: int) -> None:
        """Something begins that has so many steps: bytes, rows or differences."""

    def advances(self, steps: int, wrong: int = 0) -> None:
        """So many more are done, of which so many are wrong."""

    def says(self, line: str) -> None:
        """A line for the user."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """A sweep that is to be done.

    `data` is what the user named, `output` the directory where everything is kept. `count` rows drawn with `seed` are
    asked, or all. `jobs` processes do it, or with `ray`, an address, as many actors on a cluster (None: one a core).
    `drifts` tells findings that are an older release's answers from faults; None where nobody asked for it.
    """

    settings: Settings
    data: tuple[str, ...]
    output: Path
    count: int | None = None
    seed: int = 0
    jobs: int | None = 1
    ray: str = ""
    drifts: Callable[[list[Small]], Mapping[int, str]] | None = None


def sweep(work: Work, watcher: Watcher) -> Report:
    """Do what is left of it. What was done before, by whomever and however it ended, is not done again.

    Raises:
        DataError, UsageError: the data, the directory or the port cannot be used; one line.
        AdapterUnusable: the port cannot be started (any more). What was done is kept.
        KeyboardInterrupt: what was done is kept.
    """
    _prepare(work.output)
    files = find_files(work.data)
    watcher.begins("bytes", sum(file.path.stat().st_size for file in files))
    looked = LookedThrough(work.output / SEEN, suite=SUITE)
    data = looked.data(files, column=work.settings.column, tell=watcher.advances)
    _check(data)
    plan = Plan(data, count=work.count, seed=work.seed)
    alone = work.jobs == 1 and not work.ray
    with sweeper_for(work.settings, data.without_stretches()) as sweeper:
        identity = _identity(work, plan, _declared(sweeper, work.settings, watcher))
        with Ledger(work.output / LEDGER, identity) as ledger:
            if not alone:
                sweeper.asker.close()  # It would only take up room.
            _do_what_is_left(work, plan, ledger, sweeper, watcher)
            if looked.data(files, column=work.settings.column, tell=lambda _: None) != data:
                raise UsageError("the data has changed while it was swept; remove the directory and sweep again")
            old = reports.read(work.output)
            if old is not None and old.told_apart == (work.drifts is not None):
                return old
            total = reports.add_up(work.output, plan, ledger.reports())
            groups = total.sorted_groups()
            watcher.begins("differences", len(groups))
            with _again(work.settings, data, sweeper if alone or not groups else None) as able, quietly():
                smalls = shrink(plan, groups, able, lambda _: watcher.advances(1))
            drifts = None if work.drifts is None else work.drifts(smalls)
            made = reports.report_of(identity, plan, total, smalls, drifts)
            reports.write(work.output, made, [small.case for small in smalls if small.case is not None])
            return made


def _prepare(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
        there = {path.name for path in output.iterdir()}
    except OSError as error:
        raise UsageError(
            f"cannot write to {str(output)!r}: {error.strerror or error}; give another --output"
        ) from error
    if there and not there & OURS:
        raise UsageError(f"{str(output)!r} holds something that is no sweep; give an --output that is empty or new")


def _check(data: Data) -> None:
    missing = next((layout.missing for layout in data.layouts if layout.missing), "")
    if missing and all(layout.missing or layout.problem for layout in data.layouts):
        raise UsageError(f"{data.files[0].name}: {missing}; name the right one with --column messages=NAME")
    if not data.rows:
        problem = next((f"{file.name} {one.problem}" for file, one in zip(data.files, data.layouts, strict=True)
                        if one.problem), "its files are empty")  # fmt: skip
        raise UsageError(f"there is no row in the data: {problem}")


def _declared(sweeper: Sweeper, settings: Settings, watcher: Watcher) -> InitializeResult:
    """What the port says of itself, which has to be able to answer."""
    declared = sweeper.asker.start()
    for what, wanted, able in (
        ("operation", settings.operation, declared.operations),
        ("renderer", settings.renderer, declared.renderers),
        ("tokenizer", settings.tokenizer, declared.tokenizers),
    ):
        if wanted not in able:
            raise UsageError(f"the adapter does not declare the {what} {wanted!r}; it has {', '.join(able) or 'none'}")
    for name, fault in sweeper.asker.tokenizer_faults.items():
        watcher.says(f"tokenizer {name}: it {fault}")
    return declared


def _identity(work: Work, plan: Plan, declared: InitializeResult) -> dict[str, Any]:
    settings = work.settings
    return {
        "suite": SUITE,
        "settings": msgspec.to_builtins(settings),
        "tokenizer": {"sha256": locked()[settings.tokenizer].sha256},
        "port": msgspec.to_builtins(declared.implementation),
        **({"engine": msgspec.to_builtins(declared.engine)} if declared.engine else {}),
        "programs": {name: digest for name in settings.command if (digest := _digest(name))},
        "sample": {"rows": plan.count, "seed": plan.seed if plan.count is not None else None},
        "files": [
            {"name": file.name, "size": layout.size, "sha256": layout.sha256}
            for file, layout in zip(plan.data.files, plan.data.layouts, strict=True)
        ],
    }


def _digest(name: str) -> str:
    """The sha256 of a file that the port's command names, so that a port which was mended is known for another."""
    try:
        with Path(name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""


def _do_what_is_left(work: Work, plan: Plan, ledger: Ledger, sweeper: Sweeper, watcher: Watcher) -> None:
    rows = sum(task.rows for task in plan.tasks() if task.unit not in ledger.done)
    if rows < plan.rows:
        watcher.says(f"going on: {plan.rows - rows:,} of {plan.rows:,} rows are done" if rows else "every row is done")
    watcher.begins("rows", rows)
    tasks = (task for task in plan.tasks() if task.unit not in ledger.done)
    with closing(_workers(work, plan, sweeper, tasks)) as done:
        for one in done:
            with shielded():
                ledger.add(one)
            watcher.advances(one.rows, len(one.found))


def _workers(work: Work, plan: Plan, sweeper: Sweeper, tasks: Iterator[Task]) -> Generator[UnitReport]:
    first = next(tasks, None)
    if first is None:
        return
    rest = _chained(first, tasks)
    data = plan.data.without_stretches()
    if work.ray:
        from conformance.sweep.ray_workers import by_ray

        yield from by_ray(work.settings, data, rest, address=work.ray, jobs=work.jobs)
    elif work.jobs == 1:
        yield from by_this_process(sweeper, rest)
    else:
        crew = Crew(work.settings, data, work.jobs or 1)
        try:
            yield from crew.reports(rest)
        finally:
            crew.dismiss()


def _chained(first: Task, rest: Iterator[Task]) -> Iterator[Task]:
    yield first
    yield from rest


@contextmanager
def _again(settings: Settings, data: Data, sweeper: Sweeper | None) -> Iterator[Sweeper]:
    """The sweeper, or a new one where its port has been closed."""
    if sweeper is not None:
        yield sweeper
        return
    with sweeper_for(settings, data.without_stretches()) as new:
        yield new


class Pace:
    """A watcher that shows a bar, or now and then a line, through what `progress` gives for a number of steps."""

    def __init__(self, progress: Callable[[str, int], Any], say: Callable[[str], None]) -> None:
        self._make = progress
        self._say = say
        self._progress: Any = None
        self._done = self._wrong = 0
        self._begun = self._next = 0.0

    def begins(self, what: str, total: int) -> None:
        self.close()
        self._progress = self._make(what, total)
        self._done = self._wrong = 0
        self._begun = time.monotonic()
        self._next = 0.0

    def advances(self, steps: int, wrong: int = 0) -> None:
        self._done += steps
        self._wrong += wrong
        elapsed = time.monotonic() - self._begun
        if elapsed >= self._next:
            self._next = elapsed + self._progress.update(self._done, self._wrong, elapsed)

    def says(self, line: str) -> None:
        self._say(line)

    def close(self) -> None:
        if self._progress is not None:
            self._progress.close()
            self._progress = None
