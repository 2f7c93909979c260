"""conformance/sweep/workers.py: what a dead worker had been given is done by another. Whole crews: test_sweep.py."""

from __future__ import annotations

import pytest

from conformance.asking import AdapterUnusable
from conformance.exits import UsageError
from conformance.sweep.plan import Data, Task
from conformance.sweep.workers import MOST_DEATHS, Todo, failed, failure
from cookbook.datasets import DataError, DataFile, Stretch

DATA = Data(files=(DataFile("rows.jsonl", None, "jsonl", ""),), layouts=())  # type: ignore[arg-type]


def tasks(count: int) -> list[Task]:
    return [Task(unit, 0, Stretch(0, 0, 1 + 500 * unit, 500)) for unit in range(count)]


def test_units_of_the_dead_come_before_all_others() -> None:
    one, two, three, four = tasks(4)
    todo = Todo(iter([one, two, three, four]), DATA)
    assert (todo.next(), todo.next(), todo.next()) == (one, two, three)
    todo.died([one, two])
    assert not todo.is_empty
    assert [todo.next() for _ in range(4)] == [one, two, four, None]
    assert todo.is_empty
    todo.died([])
    assert todo.is_empty


def test_a_unit_that_kills_whoever_does_it_ends_the_sweep() -> None:
    one, two = tasks(2)
    todo = Todo(iter([one, two]), DATA)
    for _ in range(MOST_DEATHS - 1):
        todo.died([two, one])
    todo.died([one])  # It was only waiting before.
    with pytest.raises(UsageError, match=r"3 workers died of the 500 rows from row 501 of rows\.jsonl"):
        todo.died([two])


@pytest.mark.parametrize("error", [AdapterUnusable("no", ("tail",)), DataError("gone"), UsageError("bad")])
def test_errors_travel(error: AdapterUnusable | DataError | UsageError) -> None:
    again = failed(*failure(error))
    assert (type(again), str(again)) == (type(error), str(error))
    assert getattr(again, "stderr_tail", ()) == getattr(error, "stderr_tail", ())
