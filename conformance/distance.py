"""How far a number within its tolerance is from the expected one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from conformance.events import Distance
from conformance.result_path import dotted

if TYPE_CHECKING:
    from conformance.cases import Precision, Tolerance
    from conformance.result_path import ResultPath

SMALLEST = {"float32": -126, "float64": -1022}
"""The exponent of the smallest normal number: what is smaller has the same unit in the last place."""
FRACTION = {"float32": 23, "float64": 52}
"""The bits behind the point."""


def ulp(value: float, precision: Precision) -> float:
    """The unit in the last place of a finite number: the step from its magnitude to the next larger one.

    A double between two float32 numbers has the unit of the smaller magnitude of them. That of 0 is the smallest
    subnormal number.
    """
    exponent = math.frexp(value)[1] - 1 if value else SMALLEST[precision]
    return math.ldexp(1.0, max(exponent, SMALLEST[precision]) - FRACTION[precision])


def allowed(expected: float, tolerance: Tolerance) -> float:
    """How far a number may be from `expected`. Raises OverflowError for an integer beyond the range of doubles."""
    return tolerance.abs + tolerance.rel * abs(expected)


class Farthest:
    """Finds, among numbers that are within their tolerance, the one that uses up the greatest share of it."""

    def __init__(self) -> None:
        self._share = -1.0
        self._found: tuple[ResultPath, float, float, float, Precision] | None = None
        self._numbers = 0

    def add(self, path: ResultPath, expected: float, got: float, limit: float, precision: Precision) -> None:
        """Another number that is not exact. Of those that use up the same share, the first is kept."""
        self._numbers += 1
        apart = abs(expected - got)
        share = apart / limit if limit else 0.0
        if share > self._share:
            self._share, self._found = share, (path, expected, apart, limit, precision)

    @property
    def distance(self) -> Distance | None:
        """The greatest distance; None when every number is exact."""
        if self._found is None:
            return None
        path, expected, apart, limit, precision = self._found
        # Around 0 numbers lie so close together that counting them says nothing.
        unit = ulp(expected, precision) if expected else None
        return Distance(
            path=dotted(path),
            absolute=apart,
            allowed=limit,
            ulp=apart / unit if unit else None,
            allowed_ulp=limit / unit if unit else None,
            precision=precision,
            numbers=self._numbers,
        )
