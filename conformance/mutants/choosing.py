"""The smoke set and the wide set, chosen from which cases show which faults."""

from __future__ import annotations

import random
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from conformance.cases import Planned


NO_COST: Mapping[str, float] = MappingProxyType({})
_TRIES = 1500
# The largest part of a set that is given up to find out whether something smaller does as well.
_GIVEN_UP = 25


def smoke(
    shown_by: Iterable[Collection[str]],
    *,
    share: float,
    cost: Mapping[str, float] = NO_COST,
    groups: Iterable[Collection[str]] = (),
    tries: int = _TRIES,
) -> list[str]:
    """Few cases that show this share of the faults, and among them one at least of each group.

    `shown_by` has for every fault the ids of cases that show it. At each step the case is taken that shows the most
    faults that none taken so far shows, a unit of `cost` (1 where it has none); as long as there is a group of which
    none is taken, it is one of those. Cases that the later ones make needless are then left out. As often as `tries`
    says, some are given up, made good in the same way, every second time without them, and what came of it is kept if
    it costs no more: without that the cases would be a twentieth more.
    """
    cover = _Cover([set(ids) for ids in shown_by if ids], [set(group) for group in groups], share, cost)
    taken = cover.thinned(cover.completed([]))
    dice = random.Random(0)
    for attempt in range(tries if len(taken) > 1 else 0):
        given_up = {*dice.sample(taken, dice.randint(1, min(_GIVEN_UP, len(taken))))}
        rest = [one for one in taken if one not in given_up]
        other = cover.thinned(cover.completed(rest, without=given_up if attempt % 2 else set()))
        if cover.price(other) <= cover.price(taken):
            taken = other
    return taken


class _Cover:
    """What there is to cover. Faults and groups are bits of a number: a case has those of what it shows and is of."""

    def __init__(self, faults: list[set[str]], groups: list[set[str]], share: float, cost: Mapping[str, float]) -> None:
        self._cost = cost
        self._shows: dict[str, int] = {}
        self._is_of: dict[str, int] = {}
        for bits, sets in ((self._shows, faults), (self._is_of, groups)):
            for number, ids in enumerate(sets):
                for one in ids:
                    bits[one] = bits.get(one, 0) | 1 << number
        self._all_groups = (1 << len(groups)) - 1
        self._enough = share * len(faults)

    def price(self, taken: Iterable[str]) -> float:
        """What these cases cost."""
        return sum(self._cost.get(one, 1.0) for one in taken)

    def completed(self, taken: list[str], *, without: Collection[str] = ()) -> list[str]:
        """These cases and the ones that are taken after them until there are enough: others, where there are any."""
        taken = [*taken]
        shown = of = 0
        for one in taken:
            shown |= self._shows.get(one, 0)
            of |= self._is_of.get(one, 0)
        while of != self._all_groups or shown.bit_count() < self._enough:
            open_groups = self._all_groups & ~of
            candidates = [one for one, groups in self._is_of.items() if groups & open_groups] or self._shows
            others = [one for one in candidates if one not in without] or candidates
            best = max(others, key=lambda one: (self._gain(one, shown), one))
            if not (open_groups or self._gain(best, shown)):
                without = ()
                continue
            taken.append(best)
            shown |= self._shows.get(best, 0)
            of |= self._is_of.get(best, 0)
        return taken

    def _gain(self, one: str, shown: int) -> float:
        return (self._shows.get(one, 0) & ~shown).bit_count() / self._cost.get(one, 1.0)

    def thinned(self, taken: list[str]) -> list[str]:
        """These cases without the ones that are not needed: first those that alone show the fewest faults."""
        taken = [*taken]
        while True:
            shown, shown_twice = _covered(self._shows, taken)
            of, of_twice = _covered(self._is_of, taken)
            spare = shown.bit_count() - self._enough
            lost = {
                one: (self._shows.get(one, 0) & ~shown_twice).bit_count()
                for one in taken
                if not self._is_of.get(one, 0) & of & ~of_twice
            }
            least = min(lost, key=lambda one: (lost[one] / self._cost.get(one, 1.0), one), default=None)
            if least is None or lost[least] > spare:
                return taken
            taken.remove(least)


def _covered(bits: Mapping[str, int], taken: Iterable[str]) -> tuple[int, int]:
    """What the cases have, and what more than one of them has."""
    once = twice = 0
    for one in taken:
        own = bits.get(one, 0)
        twice |= once & own
        once |= own
    return once, twice


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
