"""conformance/sweep/adding_up.py: every row once."""

from __future__ import annotations

import pytest

from conformance.sweep.adding_up import Sum
from conformance.sweep.asking import Found, UnitReport


def report(unit: int, *found: Found, equal: int = 1) -> UnitReport:
    rows = equal + len(found) + 1
    return UnitReport(unit=unit, rows=rows, equal=equal, found=found, unreadable=((99, "why"),))


def test_findings_are_grouped_and_the_smallest_of_each_is_named() -> None:
    total = Sum(planned=10)
    total.add(report(0, Found(1, "differing", "a", "x", 50), Found(2, "differing", "a", "x", 20)))
    total.add(report(1, Found(3, "differing", "a", "x", 20), Found(4, "faulted", "b", "x", 5), equal=2))
    total.add(UnitReport(unit=2, rows=1, refused=1))
    account = total.account()
    assert (account.equal, account.refused_by_both, account.differing, account.faulted) == (3, 1, 3, 1)
    assert (account.unreadable, account.agreeing, account.wrong) == (2, 4, 4)
    first, second = total.sorted_groups()
    assert (first.rows, first.unit, first.row) == (3, 0, 2)
    assert (second.rows, second.unit, second.row) == (1, 1, 4)


@pytest.mark.parametrize("planned", [3, 5])
def test_a_row_that_was_lost_or_counted_twice_is_noticed(planned: int) -> None:
    total = Sum(planned=planned)
    total.add(report(0, Found(1, "declined", "a", "x", 50), Found(2, "differing", "a", "x", 20), equal=0))
    total.add(UnitReport(unit=1, rows=1, equal=1))
    with pytest.raises(ValueError, match="does not add up"):
        total.account()
