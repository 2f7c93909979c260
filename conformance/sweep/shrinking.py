"""The smallest row of each difference, read once more and made smaller, as a case in golden's form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from conformance.differing import Minimizer
from conformance.promoting import case_of
from cookbook.datasets import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.cases import Case
    from conformance.differing import Difference
    from conformance.sweep.adding_up import Group
    from conformance.sweep.asking import Sweeper
    from conformance.sweep.plan import Plan

MOST = 100
"""Differences that are made small at most, the largest groups first: who has so many does not need more."""


@dataclass(frozen=True, kw_only=True)
class Small:
    """A group's smallest row, and what is left of it. `asked` is the difference as it was in the data.

    `steady`: it came back when the row was asked again. If not, there is no case.
    """

    group: Group
    file: str
    asked: Difference | None = None
    smallest: Difference | None = None
    case: Case | None = None
    steady: bool = False


def shrink(plan: Plan, groups: Iterable[Group], sweeper: Sweeper, tell: Callable[[int], None]) -> list[Small]:
    """Make the smallest row of each group smaller. `tell` is given how many are done.

    Raises:
        AdapterUnusable: the port cannot be started any more.
        DataError: the data has changed.
    """
    minimizer = Minimizer(asker=sweeper.asker, reference=sweeper.reference, comparison=sweeper.comparison)
    done: list[Small] = []
    for group in groups:
        done.append(_shrunk(plan, group, sweeper, minimizer) if len(done) < MOST else _untouched(plan, group))
        tell(len(done))
    return done


def _untouched(plan: Plan, group: Group) -> Small:
    return Small(group=group, file=plan.data.files[plan.task(group.unit).file].name)


def _shrunk(plan: Plan, group: Group, sweeper: Sweeper, minimizer: Minimizer) -> Small:
    task = plan.task(group.unit)
    file = plan.data.files[task.file].name
    if group.kind[0] in ("declined", "unanswered"):
        return _untouched(plan, group)
    params = next(
        (
            one.params
            for one in sweeper.questioner.questions(task)
            if not isinstance(one, Unreadable) and one.row == group.row
        ),
        None,
    )
    found = None if params is None else minimizer.difference(sweeper.operation, params)
    if found is None or found.diagnosis.cause != group.kind[1]:
        return Small(group=group, file=file)
    minimal = minimizer.minimal(found)
    origin = f"Row {group.row} of {file}" + (", made small." if minimal.steady else ", as it is.")
    case = case_of(minimal.difference, origin)
    case = msgspec.structs.replace(case, id="sweep/" + case.id.removeprefix("fuzz/"))
    return Small(group=group, file=file, asked=found, smallest=minimal.difference, case=case, steady=minimal.steady)
