"""The smoke set and the wide set, chosen from which cases show which faults."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from conformance.cases import Planned


NO_COST: Mapping[str, float] = MappingProxyType({})


def smoke(
    shown_by: Iterable[Collection[str]],
    *,
    share: float,
    cost: Mapping[str, float] = NO_COST,
    groups: Iterable[Collection[str]] = (),
) -> list[str]:
    """Few cases that show this share of the faults, and among them one at least of each group.

    `shown_by` has for every fault the ids of cases that show it. At each step the case is taken that shows the most
    faults that none taken so far shows, a unit of `cost` (1 where it has none); as long as there is a group of which
    none is taken, it is one of those.
    """
    faults = [set(ids) for ids in shown_by if ids]
    open_groups = [set(group) for group in groups]
    shows: dict[str, set[int]] = {one: set() for group in open_groups for one in group}
    for number, ids in enumerate(faults):
        for one in ids:
            shows.setdefault(one, set()).add(number)
    taken: list[str] = []
    missing = len(faults)
    while open_groups or missing > (1 - share) * len(faults):
        candidates = set[str]().union(*open_groups) or shows.keys()
        best = max(candidates, key=lambda one: (len(shows[one]) / cost.get(one, 1.0), one))
        covered = shows.pop(best)
        missing -= len(covered)
        taken.append(best)
        open_groups = [group for group in open_groups if best not in group]
        for others in shows.values():
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
