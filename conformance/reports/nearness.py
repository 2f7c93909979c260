"""How near right answers are to golden: exact, or within a tolerance and how far."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.events import Account, CaseFinished, Distance


def share(distance: Distance) -> float:
    """How much of what is allowed is used up, from 0 to 1. Distances in different units compare by it."""
    return distance.absolute / distance.allowed if distance.allowed else 0.0


def farther(one: CaseFinished | None, other: CaseFinished) -> CaseFinished | None:
    """Whichever of the two uses up more of its tolerance; the first where they use up the same."""
    if other.distance is None:
        return one
    if one is None or one.distance is None:
        return other
    return other if share(other.distance) > share(one.distance) else one


def farthest(cases: Iterable[CaseFinished]) -> CaseFinished | None:
    """The case that uses up most of its tolerance; None when all are exact."""
    found = None
    for case in cases:
        found = farther(found, case)
    return found


def counts(account: Account) -> str:
    """`17,488 exact, 545 within tolerance`, without the commas; empty when nothing needed a tolerance."""
    return f"{account.exact} exact, {account.tolerated} within tolerance" if account.tolerated else ""


def described(distance: Distance) -> str:
    """`2 ulp (float32) of 8.4 allowed`; where 0 is expected, what is apart: `6e-08 of 2.4e-07 allowed, at 0`."""
    if distance.ulp is None or distance.allowed_ulp is None:
        return f"{distance.absolute:.2g} of {distance.allowed:.2g} allowed, at 0"
    return f"{_brief(distance.ulp)} ulp ({distance.precision}) of {_brief(distance.allowed_ulp)} allowed"


def _brief(value: float) -> str:
    return f"{value:.3g}"
