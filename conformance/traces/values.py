"""Where two JSON values differ first, with the tolerance that numbers have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from conformance.traces.causes.view import say
from conformance.traces.closeness import Close, close

if TYPE_CHECKING:
    from conformance.traces.rules import Tolerance

ABSENT = object()
DEEPEST = 200


class Found(Struct, frozen=True):
    """The first difference of two values: the path to it, and what stands there (`ABSENT` where nothing does)."""

    path: str
    one: Any
    other: Any

    def told(self, first: str, second: str) -> str:
        """As a sentence, with the names of the two sides."""
        where = f"{self.path} " if self.path else ""
        if self.one is ABSENT:
            return f"{where}is in {second} alone"
        if self.other is ABSENT:
            return f"{where}is in {first} alone"
        return f"{where}is {say(self.one)} in {first}, {say(self.other)} in {second}"


def first_difference(one: Any, other: Any, tolerance: Tolerance, path: str = "", depth: int = 0) -> Found | None:
    """None when the values are equal, numbers within the tolerance, whatever the order of keys."""
    if depth > DEEPEST:
        return None if one == other else Found(path, "...", "...")
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            inside = f"{path}.{key}" if path else str(key)
            mine, theirs = one.get(key, ABSENT), other.get(key, ABSENT)
            found = (
                Found(inside, mine, theirs)
                if mine is ABSENT or theirs is ABSENT
                else first_difference(mine, theirs, tolerance, inside, depth + 1)
            )
            if found is not None:
                return found
        return None
    if isinstance(one, list) and isinstance(other, list):
        for place, (mine, theirs) in enumerate(zip(one, other, strict=False)):
            found = first_difference(mine, theirs, tolerance, f"{path}[{place}]", depth + 1)
            if found is not None:
                return found
        if len(one) != len(other):
            place = min(len(one), len(other))
            return Found(f"{path}[{place}]", *(side[place] if len(side) > place else ABSENT for side in (one, other)))
        return None
    if _is_number(one) and _is_number(other):
        try:
            near = one == other or close(one, other, tolerance) is not Close.DIFFERS
        except OverflowError:
            near = False
        return None if near else Found(path, one, other)
    return None if type(one) is type(other) and one == other else Found(path, one, other)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
