"""A run: the selected cases are asked of one adapter, and every answer is judged against golden.

Results come in suite order whatever the workers; every planned case has exactly one outcome, also when the run is
interrupted or the adapter can no longer be started.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, get_args

from conformance import SUITE
from conformance.asking import Asker, Question
from conformance.events import Account, CaseFinished, Outcome, RunFinished, RunStarted, TierCount
from conformance.incidents import restarts, seen
from conformance.interrupts import shielded
from conformance.judge import finished
from conformance.known import KnownFailures
from conformance.number_forms.shared import DtypeName
from conformance.protocol import PROTOCOL, Fault, one_line
from conformance.session import AdapterUnusable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

    from conformance.asking import Reply
    from conformance.cases import Planned
    from conformance.events import Listener, Shard
    from conformance.judge import Judge
    from conformance.known import KnownList
    from conformance.protocol import InitializeResult

FAULTS_IN_A_ROW = 25
"""After so many questions that each cost a process there is no point in asking thousands more: an adapter that writes
its log to stdout would be started again for every one of them."""

DTYPES = frozenset(get_args(DtypeName))

BLOCK = 64
"""How many questions one worker takes at a time: enough to pipeline, few enough to share evenly."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What to run. `make_asker` gives a new, not yet started Asker for one worker.

    `only` and `shard` say for the reports how `planned` was narrowed down.
    """

    planned: Sequence[Planned]
    tiers: tuple[TierCount, ...]
    command: tuple[str, ...]
    make_asker: Callable[[], Asker]
    judge: Judge
    jobs: int = 1
    known: KnownList | None = None
    only: tuple[str, ...] = ()
    shard: Shard | None = None


@dataclass(kw_only=True)
class _Tally:
    """Counts outcomes as they are told to the listeners."""

    listeners: Sequence[Listener]
    counts: Counter[str] = field(default_factory=Counter)
    told: int = 0

    def tell(self, event: CaseFinished) -> None:
        with shielded():
            self.told += 1
            self.counts[event.outcome] += 1
            self.counts["rejections"] += event.rejection
            self.counts["drifted"] += bool(event.drift)
            self.counts["tolerated"] += event.distance is not None
            for listener in self.listeners:
                listener(event)

    def account(self) -> Account:
        return Account(planned=self.told, **self.counts)


def run(work: Run, listeners: Sequence[Listener]) -> Account:
    """Ask everything that the adapter declares, tell every listener, and account for every planned case.

    Raises:
        AdapterUnusable: the adapter cannot be started. When it had already answered before, the listeners are
            told of a partial run first.
        KeyboardInterrupt: likewise.
    """
    begun = time.monotonic()
    tally = _Tally(listeners=listeners)
    stopped: BaseException | None = None
    askers: list[Asker] = []

    def make_asker() -> Asker:
        askers.append(work.make_asker())
        return askers[-1]

    with make_asker() as first:
        hello = first.start()
        known = None
        if work.known is not None:
            known = KnownFailures(work.known, suite=SUITE, port=hello.implementation.version)
        started = _started(work, hello, first.tokenizer_faults)
        for listener in listeners:
            listener(started)
        try:
            with closing(_events(replace(work, make_asker=make_asker), hello, first)) as events:
                for event in events:
                    tally.tell(known.settle(event) if known else event)
        except (AdapterUnusable, KeyboardInterrupt) as error:
            stopped = error
        stderr = tuple(first.stderr_tail)
    reason = _why(stopped)
    with shielded():
        for planned in work.planned[tally.told :]:
            tally.tell(finished(planned, Outcome.NOT_RUN, reason=reason))
        account = tally.account()
        incidents = seen(incident for asker in askers for incident in asker.incidents)
        end = RunFinished(
            account=account,
            seconds=time.monotonic() - begun,
            partial=stopped is not None,
            reason=reason,
            stderr=stderr if account.faulted or stopped is not None or incidents else (),
            known_errors=known.errors if known else (),
            restarts=restarts(askers),
            incidents=incidents,
        )
        for listener in listeners:
            listener(end)
    if stopped is not None:
        raise stopped
    return account


def _why(stopped: BaseException | None) -> str:
    if stopped is None:
        return ""
    return "interrupted" if isinstance(stopped, KeyboardInterrupt) else str(stopped)


def _started(work: Run, hello: InitializeResult, tokenizer_faults: Mapping[str, str]) -> RunStarted:
    asks = [planned.asks for planned in work.planned]
    warnings = tuple(f"tokenizer {name}: it {fault}" for name, fault in tokenizer_faults.items())
    return RunStarted(
        suite=SUITE,
        protocol=PROTOCOL,
        command=work.command,
        implementation=f"{hello.implementation.name} {hello.implementation.version}".strip(),
        language=hello.implementation.language,
        upstream=hello.implementation.upstream or "",
        engine=str(hello.engine or ""),
        planned=len(work.planned),
        tiers=work.tiers,
        undeclared_operations=_missing((p.case.operation for p in work.planned), hello.operations),
        undeclared_renderers=_missing((ask.renderer for ask in asks), hello.renderers),
        undeclared_tokenizers=_missing((ask.tokenizer for ask in asks), hello.tokenizers),
        warnings=warnings,
        known=work.known.path if work.known else "",
        only=work.only,
        shard=work.shard,
    )


def _missing(wanted: Iterable[str], declared: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({name for name in wanted if name} - set(declared)))


def undeclared(planned: Planned, hello: InitializeResult) -> str:
    """What this case needs and the adapter does not declare, as one phrase; empty when nothing is missing."""
    for kind, wanted, declared in (
        ("operation", planned.case.operation, hello.operations),
        ("renderer", planned.asks.renderer, hello.renderers),
        ("tokenizer", planned.asks.tokenizer, hello.tokenizers),
    ):
        if wanted and wanted not in declared:
            return f"{kind} {wanted} is not declared"
    if planned.case.operation.startswith("tensor."):
        for dtype in (planned.asks.dtype, planned.asks.to):
            if isinstance(dtype, str) and dtype in DTYPES and dtype not in hello.dtypes:
                return f"dtype {dtype} is not declared"
    return ""


def question(planned: Planned) -> Question:
    """The question of a case. The expected answer is never part of it."""
    return Question(planned.case.id, planned.case.operation, bytes(planned.case.params))


def _events(work: Run, hello: InitializeResult, first: Asker) -> Generator[CaseFinished]:
    """One event a planned case, in suite order."""
    missing = {index: undeclared(planned, hello) for index, planned in enumerate(work.planned)}
    owed = [planned for index, planned in enumerate(work.planned) if not missing[index]]
    blocks = [owed[at : at + BLOCK] for at in range(0, len(owed), BLOCK)]
    jobs = min(work.jobs, len(blocks))
    replies = _asked_by_many(work, first, blocks, jobs) if jobs > 1 else first.ask(map(question, owed))
    in_a_row = 0
    with closing(replies):
        for index, planned in enumerate(work.planned):
            if missing[index]:
                yield finished(planned, Outcome.UNSUPPORTED, reason=missing[index])
            else:
                reply = next(replies)
                yield work.judge.verdict(planned, reply.answer, reply.seconds)
                if not isinstance(reply.answer, Fault) or reply.answer.kind == "broke":
                    in_a_row = 0
                    continue
                in_a_row += 1
                if in_a_row == FAULTS_IN_A_ROW:
                    why = f"{in_a_row} questions in a row ended the adapter's process, the last with: "
                    raise AdapterUnusable(why + one_line(reply.answer.message), first.stderr_tail)


def _asked_by_many(work: Run, first: Asker, blocks: Sequence[Sequence[Planned]], jobs: int) -> Generator[Reply]:
    """The replies to all blocks in order, asked by `jobs` workers, each with an adapter process of its own."""
    todo: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(len(blocks)):
        todo.put(number)
    done: queue.SimpleQueue[tuple[int, list[Reply]] | BaseException] = queue.SimpleQueue()
    stop = threading.Event()
    askers = [first]
    owed = sum(map(len, blocks))

    def work_off(asker: Asker) -> None:
        try:
            while not stop.is_set():
                try:
                    number = todo.get_nowait()
                except queue.Empty:
                    return
                replies = []
                with closing(asker.ask(map(question, blocks[number]))) as asked:
                    for reply in asked:
                        if stop.is_set():
                            return
                        replies.append(reply)
                done.put((number, replies))
        except BaseException as error:
            done.put(error)

    def work_alone() -> None:
        try:
            with work.make_asker() as asker:
                askers.append(asker)
                if not stop.is_set():
                    asker.start()
                    work_off(asker)
        except BaseException as error:
            done.put(error)

    threads = [threading.Thread(target=work_off, args=(first,), daemon=True)]
    threads += [threading.Thread(target=work_alone, daemon=True) for _ in range(jobs - 1)]
    for thread in threads:
        thread.start()
    try:
        waiting: dict[int, list[Reply]] = {}
        for number in range(len(blocks)):
            while number not in waiting:
                item = done.get()
                if isinstance(item, BaseException):
                    raise item
                waiting[item[0]] = item[1]
            for reply in waiting.pop(number):
                owed -= 1
                yield reply
    except BaseException:
        if owed:  # whoever has got all replies and closes this is in no hurry
            with shielded():
                stop.set()
                for asker in askers:
                    asker.give_up()
        raise
    finally:
        # Each worker closes its own adapter: leave only when none is left behind, however often one is asked to.
        with shielded():
            for thread in threads:
                thread.join()
