"""Whether a number is the expected one: exactly, within a tolerance of the rules, or not."""

from __future__ import annotations

import math
from enum import IntEnum
from typing import TYPE_CHECKING

from conformance.compare import float32
from conformance.traces.stream import Element, value_of

if TYPE_CHECKING:
    from conformance.traces.rules import Tolerance

SINGLE_STEP = 2.0**-23
"""The step of float32 at 1."""


class Close(IntEnum):
    """How close; larger is farther."""

    EXACT = 0
    WITHIN = 1
    DIFFERS = 2


def close(
    expected: Element, got: Element, tolerance: Tolerance, *, single: bool = False, largest: float = 0.0
) -> Close:
    """How close `got` is. `single`: both are float32. `largest`: the largest expected magnitude beside it."""
    left, right = value_of(expected), value_of(got)
    if single:
        left, right = float32(left), float32(right)
    if left == right or (math.isnan(left) and math.isnan(right)):
        return Close.EXACT
    if not (math.isfinite(left) and math.isfinite(right)):
        return Close.DIFFERS
    step = max(abs(left) * SINGLE_STEP, 2.0**-149) if single else math.ulp(left)
    allowed = max(
        tolerance.ulp * step,
        tolerance.scaled * largest,
        tolerance.abs + tolerance.rel * abs(left),
    )
    return Close.WITHIN if abs(left - right) <= allowed else Close.DIFFERS
