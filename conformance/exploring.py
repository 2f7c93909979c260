"""Drawing blocks of questions and putting them to a port and the reference; one block after another, or by several
processes at a time.

What a block asks depends on the seed and its number alone, and reports come in the order of the blocks, so that a seed
and a count find the same whatever the number of processes.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import Counter, deque
from contextlib import closing, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING

from conformance import process_group
from conformance.asking import AdapterUnusable, Question
from conformance.differing import Comparison, wire
from conformance.drawing.dice import Dice
from conformance.drawing.questions import Drawer
from conformance.in_process import InProcess, quietly
from conformance.interrupts import raise_on_signals
from conformance.protocol import Fault, NotSupported, Rejection

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from multiprocessing.process import BaseProcess

    from conformance.asking import Asker
    from conformance.differing import Difference
    from conformance.drawing.settings import Setting
    from conformance.judge import Judge
    from conformance.protocol import Answer, InitializeParams

BLOCK = 100
"""Questions in a block."""
MOST_ENDINGS = 5
"""Questions of a block that may end the port's process: each costs seconds, so that the rest is not asked."""
ENDINGS = frozenset({"crash", "timeout"})
"""The faults that do."""
AHEAD = 2
"""Blocks that a process has at a time: the next one waits when it is done with the first."""
PATIENCE = 5.0
"""Seconds that a process has to leave before it is killed."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is asked of whom. Goes to other processes, so that `equip`, which gives a new asker of the port, not yet
    started, and a judge, must be a function of a module or a `functools.partial` of one."""

    seed: int
    hello: InitializeParams
    operations: tuple[str, ...]
    settings: tuple[Setting, ...]
    tokenizers: tuple[str, ...]
    dtypes: tuple[str, ...]
    equip: Callable[[], tuple[Asker, Judge]]


@dataclass(kw_only=True)
class BlockReport:
    """What came of a block. `differences` are the smallest question of each signature, where it was drawn (a number
    counted from 0), and how many there were."""

    number: int
    asked: int = 0
    agreed: int = 0
    refused: int = 0
    """Of those that agreed: refused by both."""
    unanswered: int = 0
    """The reference does not answer this."""
    broken: dict[str, int] = field(default_factory=dict)
    """How the reference broke, and how often: faults of the project, not of the port."""
    differing: int = 0
    endings: int = 0
    """Questions that ended the port's process."""
    differences: dict[tuple[str, str, str], tuple[Difference, int, int]] = field(default_factory=dict)
    operations: Counter[str] = field(default_factory=Counter)


class Explorer:
    """Asks blocks of questions, with one asker and one reference in this process."""

    def __init__(self, plan: Plan, asker: Asker, judge: Judge, reference: InProcess) -> None:
        self._seed = plan.seed
        self._asker = asker
        self._reference = reference
        self._comparison = Comparison(judge)
        self._drawer = Drawer(
            operations=plan.operations,
            settings=plan.settings,
            tokenizers=plan.tokenizers,
            encode=reference.encode,
            render=reference.example,
            dtypes=plan.dtypes,
        )

    def block(self, number: int, size: int) -> BlockReport:
        """Draw and ask the first `size` questions of a block.

        Raises:
            AdapterUnusable: the port cannot be started (any more).
        """
        report = BlockReport(number=number)
        dice = Dice(f"{self._seed}/{number}")
        asked: deque[tuple[str, bytes]] = deque()

        def questions() -> Generator[Question]:
            for place in range(number * BLOCK, number * BLOCK + size):
                operation, params = self._drawer.draw(dice)
                raw = wire(params)
                asked.append((operation, raw))
                yield Question(str(place), operation, raw)

        with closing(self._asker.ask(questions())) as replies:
            for reply in replies:
                operation, params = asked.popleft()
                self._take(report, operation, params, reply.answer)
                report.endings += isinstance(reply.answer, Fault) and reply.answer.kind in ENDINGS
                if report.endings == MOST_ENDINGS:
                    break
        return report

    def _take(self, report: BlockReport, operation: str, params: bytes, got: Answer) -> None:
        place = report.number * BLOCK + report.asked
        report.asked += 1
        report.operations[operation] += 1
        expected = self._reference.answer(operation, params)
        if isinstance(expected, NotSupported):
            report.unanswered += 1
            return
        if isinstance(expected, Fault):
            what = f"{operation}: {expected.message}"
            report.broken[what] = report.broken.get(what, 0) + 1
            return
        found = self._comparison.difference(operation, params, expected, got)
        if found is None:
            report.agreed += 1
            report.refused += isinstance(expected, Rejection)
            return
        report.differing += 1
        smallest, at, count = report.differences.get(found.signature, (found, place, 0))
        if len(found.params) < len(smallest.params):
            smallest, at = found, place
        report.differences[found.signature] = (smallest, at, count + 1)


def explore(plan: Plan, blocks: Iterable[tuple[int, int]], *, explorer: Explorer, jobs: int) -> Generator[BlockReport]:
    """Reports on the blocks, each given by number and size, in their order. `explorer` is asked when jobs is 1.

    Raises:
        AdapterUnusable: the port cannot be started (any more).
    """
    if jobs == 1:
        for number, size in blocks:
            yield explorer.block(number, size)
    else:
        crew = _Crew(plan, jobs)
        try:
            yield from crew.reports(iter(blocks))
        finally:
            crew.dismiss()


class _Crew:
    """Processes that explore, each with a port and a reference of its own."""

    def __init__(self, plan: Plan, jobs: int) -> None:
        # Not by fork: this process may have threads.
        context = multiprocessing.get_context("spawn")
        self._members: dict[Connection, BaseProcess] = {}
        for _ in range(jobs):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(plan, theirs), daemon=True)
            process.start()
            theirs.close()
            self._members[ours] = process

    def reports(self, blocks: Generator[tuple[int, int]] | Iterable[tuple[int, int]]) -> Generator[BlockReport]:
        todo = iter(blocks)
        open_blocks: deque[int] = deque()
        done: dict[int, BlockReport] = {}

        def hand_out(to: Connection) -> None:
            block = next(todo, None)
            if block is not None:
                open_blocks.append(block[0])
                to.send(block)

        for _ in range(AHEAD):
            for pipe in self._members:
                hand_out(pipe)
        while open_blocks:
            while open_blocks[0] not in done:
                ready = wait(list(self._members))
                for pipe in [one for one in self._members if one in ready]:
                    report = _received(pipe)
                    done[report.number] = report
                    hand_out(pipe)
            yield done.pop(open_blocks.popleft())

    def dismiss(self) -> None:
        """Leave no process behind: those that are asking are told to stop, and take their ports with them."""
        for pipe in self._members:
            pipe.close()
        for process in self._members.values():
            process.terminate()
        for process in self._members.values():
            process.join(PATIENCE)
            if process.is_alive():
                process.kill()
                process.join()
            process.close()


def _received(pipe: Connection) -> BlockReport:
    try:
        item = pipe.recv()
    except (EOFError, ConnectionResetError):
        raise AdapterUnusable("a process that was asking has died") from None
    if isinstance(item, BlockReport):
        return item
    raise AdapterUnusable(*item)


def _work(plan: Plan, pipe: Connection) -> None:
    """What a process of the crew does, until its pipe is closed or it is told to stop."""
    raise_on_signals()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; whose processes we are will stop us.
    gone = suppress(KeyboardInterrupt, EOFError, BrokenPipeError, ConnectionResetError)
    with process_group.none_left(), gone, quietly():
        asker, judge = plan.equip()
        with asker:
            try:
                asker.start()
                explorer = Explorer(plan, asker, judge, InProcess(plan.hello))
                while True:
                    pipe.send(explorer.block(*pipe.recv()))
            except AdapterUnusable as error:
                pipe.send((str(error), error.stderr_tail))
