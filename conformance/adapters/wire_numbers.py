"""Numbers from the form they have on the wire, and back. Standard library alone: oracles run in places of their own."""

from __future__ import annotations

import math
from typing import Any

NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def numbers(value: Any) -> Any:
    """Numbers, nested or not, with what JSON cannot write as a number read from its string. Other strings stay."""
    if isinstance(value, list):
        return [numbers(item) for item in value]
    if isinstance(value, str):
        if value in NOT_FINITE:
            return NOT_FINITE[value]
        return int(value) if value.isascii() and value.removeprefix("-").isdecimal() else value
    return value


def floats(value: Any) -> Any:
    """The same where every number is a float, however it was written; null stays."""
    if isinstance(value, list):
        return [floats(item) for item in value]
    return None if value is None else float(numbers(value))


def written(value: Any) -> Any:
    """Numbers, nested or not, as they go over the wire."""
    if isinstance(value, list):
        return [written(item) for item in value]
    if isinstance(value, dict):
        return {key: written(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
