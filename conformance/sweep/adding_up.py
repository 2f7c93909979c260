"""The account of a sweep: every row counted once, differences by cause and signature, the smallest of each named."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from conformance.sweep.asking import Category, Found, UnitReport
    from conformance.sweep.plan import Plan


class Account(Struct, frozen=True, kw_only=True):
    """What came of the rows that were planned: each of them is in exactly one of the others.

    `refused_by_both` agree as `equal` do. `unreadable` could not be asked.
    """

    planned: int
    equal: int
    refused_by_both: int
    differing: int
    refused_by_port: int
    refused_by_reference: int
    faulted: int
    declined: int
    unanswered: int
    unreadable: int

    @property
    def adds_up(self) -> bool:
        return self.planned == self.agreeing + self.wrong + self.unanswered + self.unreadable

    @property
    def agreeing(self) -> int:
        return self.equal + self.refused_by_both

    @property
    def wrong(self) -> int:
        """Rows that the port does not answer as the reference does."""
        return self.differing + self.refused_by_port + self.refused_by_reference + self.faulted + self.declined


Kind = tuple["Category", str, str]
"""What makes two rows the same finding: category, cause and signature."""


@dataclass(kw_only=True)
class Group:
    """Rows that are the same finding. `unit` and `row` are where the smallest is; of equals, the first."""

    kind: Kind
    rows: int
    unit: int
    row: int
    size: int

    def add(self, unit: int, found: Found) -> None:
        self.rows += 1
        if found.size < self.size:
            self.unit, self.row, self.size = unit, found.row, found.size


@dataclass
class Sum:
    """Adds up the reports of units, which come in the order of the units."""

    planned: int
    equal: int = 0
    refused: int = 0
    unreadable: int = 0
    groups: dict[Kind, Group] = field(default_factory=dict)

    def add(self, report: UnitReport) -> None:
        self.equal += report.equal
        self.refused += report.refused
        self.unreadable += len(report.unreadable)
        for found in report.found:
            kind = (found.category, found.cause, found.signature)
            group = self.groups.get(kind)
            if group is None:
                self.groups[kind] = Group(kind=kind, rows=1, unit=report.unit, row=found.row, size=found.size)
            else:
                group.add(report.unit, found)

    def account(self) -> Account:
        """The account.

        Raises:
            ValueError: it does not add up, so that a row was lost or counted twice.
        """

        def rows(category: Category) -> int:
            return sum(group.rows for group in self.groups.values() if group.kind[0] == category)

        account = Account(
            planned=self.planned,
            equal=self.equal,
            refused_by_both=self.refused,
            differing=rows("differing"),
            refused_by_port=rows("refused_by_port"),
            refused_by_reference=rows("refused_by_reference"),
            faulted=rows("faulted"),
            declined=rows("declined"),
            unanswered=rows("unanswered"),
            unreadable=self.unreadable,
        )
        if not account.adds_up:
            raise ValueError(f"the account of the sweep does not add up: {account}")
        return account

    def sorted_groups(self) -> list[Group]:
        """The largest first; of equals, the first in the data."""
        return sorted(self.groups.values(), key=lambda group: (-group.rows, group.unit, group.row, group.kind))


def where(plan: Plan, unit: int, row: int) -> str:
    """A row as people are told of it."""
    return f"row {row} of {plan.data.files[plan.task(unit).file].name}"
