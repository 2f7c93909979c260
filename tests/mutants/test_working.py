from __future__ import annotations

import os

from conformance.mutants.working import each


def double(number: int) -> tuple[int, int]:
    return 2 * number, os.getpid()


def test_each_is_worked_on_elsewhere_and_comes_in_order() -> None:
    done = list(each(double, range(20), jobs=2, told="numbers"))
    assert [(number, doubled) for number, (doubled, _) in done] == [(number, 2 * number) for number in range(20)]
    assert os.getpid() not in {pid for _, (_, pid) in done}
