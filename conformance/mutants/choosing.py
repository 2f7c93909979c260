"""The smoke set and the wide set, chosen from which cases show which faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from conformance.cases import Planned


def smoke(shown_by: Iterable[Collection[str]], *, share: float, cost: Mapping[str, float]) -> list[str]:
    """Few cases that show this share of the faults, the most telling first.

    `shown_by` has for every fault the ids of cases that show it. At each step the case is taken that shows the most
    faults that none taken so far shows, a unit of `cost` (1 where it has none).
    """
    faults = [set(ids) for ids in shown_by if ids]
    by_case: dict[str, set[int]] = {}
    for number, ids in enumerate(faults):
        for one in ids:
            by_case.setdefault(one, set()).add(number)
    taken: list[str] = []
    missing = len(faults)
    while missing > (1 - share) * len(faults):
        best = max(by_case, key=lambda one: (len(by_case[one]) / cost.get(one, 1.0), one))
        covered = by_case.pop(best)
        missing -= len(covered)
        taken.append(best)
        for others in by_case.values():
            others -= covered
    return taken


def wide(cases: Sequence[Planned], shown_by: Iterable[Collection[str]], *, kept: Collection[str]) -> list[str]:
    """The cases of the bytes tier that nothing needs.

    What is needed: `kept` (cases that have a trap, that were written one by one, of the smoke set), the cases in
    `shown_by` (for every fault some that show it), and the first case of each subject with the same flags, since ports
    have faults which no change of the reference stands for.
    """
    needed = set(kept).union(*shown_by)
    seen: set[tuple[str, str, tuple[str, ...]]] = set()
    found = []
    for planned in cases:
        case = planned.case
        place = (case.operation, planned.asks.renderer or planned.asks.tokenizer, case.flags)
        if case.id in needed or place not in seen:
            seen.add(place)
        elif planned.tier == "bytes":
            found.append(case.id)
    return found
