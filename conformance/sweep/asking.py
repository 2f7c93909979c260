"""One unit of a sweep: its rows are read, asked of the port and of the reference, and compared."""

from __future__ import annotations

from collections import deque
from contextlib import closing
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
from msgspec import Struct

from conformance.asking import AdapterUnusable, Question
from conformance.commands.selecting import asker_for, hello_for, lexicons
from conformance.differing import Comparison, wire
from conformance.in_process import InProcess
from conformance.judge import Judge
from conformance.operations import invalid_params
from conformance.protocol import Fault, NotSupported, Rejection, Result, one_line
from conformance.tokenizers import Store
from cookbook.datasets import Reader, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.asking import Asker
    from conformance.differing import Difference
    from conformance.protocol import Answer, InitializeParams
    from conformance.sweep.plan import Data, Task
    from conformance.sweep.settings import Settings
    from cookbook.datasets import Row

MOST_ENDINGS = 25
"""Questions in a row that may end the port's process: it is not worth going on."""
ENDINGS = frozenset({"crash", "timeout"})
"""The faults that do."""

Category = Literal["differing", "refused_by_port", "refused_by_reference", "faulted", "declined", "unanswered"]
"""What can come of a row that is not answered alike: both answer, and differently; one of both refuses it; the port
breaks, or says that it does not support what it declared; the reference has no answer."""


class Found(Struct, frozen=True, array_like=True, gc=False):
    """A row that is not answered alike: its number in the file, how, its cause and signature, and its size in bytes."""

    row: int
    category: Category
    cause: str
    signature: str
    size: int


class UnitReport(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What came of a unit: rows = equal + refused + the number of `found` + the number of `unreadable`.

    `refused` are rows that both sides refuse. `unreadable` are rows that were not asked, each with the reason.
    """

    unit: int
    rows: int
    equal: int = 0
    refused: int = 0
    found: tuple[Found, ...] = ()
    unreadable: tuple[tuple[int, str], ...] = ()

    @property
    def adds_up(self) -> bool:
        return self.rows == self.equal + self.refused + len(self.found) + len(self.unreadable)


class Asked(NamedTuple):
    """A row as a question: its number, its params as they are sent, and the same decoded."""

    row: int
    params: bytes
    decoded: dict[str, Any]


class Questioner:
    """Rows as questions."""

    def __init__(self, settings: Settings, data: Data) -> None:
        self._settings = settings
        self._data = data
        self._reader = Reader(settings.fields, loads=msgspec.json.decode)
        self._fixed = {"renderer": settings.renderer, "tokenizer": settings.tokenizer}

    def questions(self, task: Task) -> Iterator[Asked | Unreadable]:
        """Each row that the task asks, as a question, or why there is none.

        Raises:
            DataError: the file has changed, or cannot be read at all.
        """
        file, layout = self._data.files[task.file], self._data.layouts[task.file]
        for row in self._reader.rows(file, layout, task.stretch, task.chosen):
            yield row if isinstance(row, Unreadable) else self._question(row)

    def close(self) -> None:
        self._reader.close()

    def _question(self, row: Row) -> Asked | Unreadable:
        settings = self._settings
        decoded = {**self._fixed, "messages": row.messages, "train_on_what": settings.train_on_what}
        try:
            params = wire(decoded)
        except (TypeError, ValueError) as error:  # A table can hold what JSON has no form for.
            return Unreadable(row.number, f"{settings.column}: {one_line(str(error))}")
        if len(params) > settings.longest:
            return Unreadable(row.number, f"is longer than {settings.longest:,} bytes ({len(params):,})")
        wrong = invalid_params(settings.operation, params)
        if wrong is not None:
            return Unreadable(row.number, wrong.replace("params.messages", settings.column))
        return Asked(row.number, params, decoded)


class Sweeper:
    """Does units, with a port, a reference and a reader of its own. A context manager that ends the port's process."""

    def __init__(self, settings: Settings, data: Data, asker: Asker, judge: Judge, reference: InProcess) -> None:
        self.asker = asker
        self.reference = reference
        self.comparison = Comparison(judge)
        self.operation = settings.operation
        self.questioner = Questioner(settings, data)
        self._data = data

    def __enter__(self) -> Sweeper:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self.questioner.close()
        self.asker.__exit__(kind, error, None)

    def unit(self, task: Task) -> UnitReport:
        """What comes of a unit.

        Raises:
            AdapterUnusable: the port cannot be started any more, or dies of every question.
            DataError: a file has changed, or cannot be read at all.
        """
        waiting: deque[Asked] = deque()
        unreadable: list[tuple[int, str]] = []
        operation = self.operation

        def questions() -> Iterator[Question]:
            for one in self.questioner.questions(task):
                if isinstance(one, Unreadable):
                    unreadable.append((one.number, one.reason))
                    continue
                waiting.append(one)
                yield Question(f"{task.file}:{one.row}", operation, one.params)

        equal = refused = endings = 0
        found: list[Found] = []
        with closing(self.asker.ask(questions())) as replies:
            for reply in replies:
                row, params, decoded = waiting.popleft()
                answer = reply.answer
                expected = self.reference.answer_to(operation, decoded)
                if isinstance(answer, Result) and isinstance(expected, Result) and answer.raw == expected.raw:
                    equal += 1
                    endings = 0
                    continue
                ended = isinstance(answer, Fault) and answer.kind in ENDINGS
                endings = endings + 1 if ended else 0
                if endings == MOST_ENDINGS:
                    name = self._data.files[task.file].name
                    raise AdapterUnusable(
                        f"{endings} questions in a row ended the adapter's process, the last one row {row} of {name}: "
                        f"{answer.message if isinstance(answer, Fault) else ''}",
                        self.asker.stderr_tail,
                    )
                if (one := self._found(row, params, expected, answer)) is not None:
                    found.append(one)
                elif isinstance(expected, Rejection):
                    refused += 1
                else:
                    equal += 1
        return UnitReport(
            unit=task.unit,
            rows=task.rows,
            equal=equal,
            refused=refused,
            found=tuple(found),
            unreadable=tuple(unreadable),
        )

    def _found(self, row: int, params: bytes, expected: Answer, got: Answer) -> Found | None:
        if isinstance(expected, Fault | NotSupported):
            why = expected.message if isinstance(expected, Fault) else expected.reason
            return Found(row, "unanswered", "unanswered", one_line(why), len(params))
        difference = self.comparison.difference(self.operation, params, expected, got)
        if difference is None:
            return None
        return Found(row, category(difference), difference.diagnosis.cause, difference.signature[2], len(params))


def category(difference: Difference) -> Category:
    """How a port and the reference differ."""
    match difference.expected, difference.got:
        case _, Fault():
            return "faulted"
        case _, NotSupported():
            return "declined"
        case Result(), Rejection():
            return "refused_by_port"
        case Rejection(), Result():
            return "refused_by_reference"
        case _:
            return "differing"


def offer(settings: Settings, store: Store) -> InitializeParams:
    """The handshake. Raises StoreError: the tokenizer is not on this machine."""
    return hello_for([settings.tokenizer], store)


def sweeper_for(settings: Settings, data: Data) -> Sweeper:
    """A sweeper with everything it needs, from this machine. Its port is not started yet.

    Raises:
        StoreError: the tokenizer is not on this machine.
    """
    store = Store()
    hello = offer(settings, store)
    judge = Judge(lexicon=lexicons(store), strict_errors=settings.strict_errors)
    return Sweeper(settings, data, asker_for(settings.command, hello, settings.limits, store), judge, InProcess(hello))
