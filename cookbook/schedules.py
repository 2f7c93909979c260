"""How the learning rate changes over a run.

Behaviour: tinker-cookbook 0.5.8, `utils.lr_scheduling.compute_schedule_lr_multiplier`.
"""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

from cookbook.errors import ConfigurationError

LRSchedule: TypeAlias = Literal["linear", "cosine", "constant"]


def compute_schedule_lr_multiplier(lr_schedule: str, step: int, total_steps: int) -> float:
    """What the base learning rate is multiplied with at `step`, counted from 0.

    Nothing is clamped: past `total_steps` the linear schedule is negative, and the cosine rises again.

    Raises ConfigurationError for an unknown schedule and for fewer than one step in all.
    """
    if total_steps <= 0:
        raise ConfigurationError(f"a run of {total_steps} steps has no schedule: total_steps must be positive")
    match lr_schedule:
        case "linear":
            return 1 - step / total_steps
        case "cosine":
            return 0.5 * (1 + math.cos(math.pi * step / total_steps))
        case "constant":
            return 1
        case _:
            raise ConfigurationError(f"unknown schedule {lr_schedule!r}: use linear, cosine or constant")
