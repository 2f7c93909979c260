"""Questions for schedules of the learning rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.corpus.numbers.asking import ask
from conformance.corpus.numbers.tolerances import FLOAT64_POWER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question

MULTIPLIER = "schedule.compute_schedule_lr_multiplier"
SCHEDULES = ("linear", "cosine", "constant")

STEPS: tuple[tuple[int, int], ...] = (
    *((step, 4) for step in range(5)),
    *((step, 10) for step in (0, 1, 3, 5, 7, 9, 10)),
    *((step, 3) for step in range(4)),
    *((step, 1000) for step in (0, 1, 333, 500, 999)),
    (0, 1),
    (1, 1),
    (7, 7),
    (123456, 1000000),
)
PAST = ((11, 10), (5, 4), (20, 10), (8, 4), (1000, 3))
BEFORE = ((-1, 4), (-10, 10))


def questions() -> Iterator[Question]:
    """All schedules at all steps, then what has none."""
    for schedule in SCHEDULES:
        # What a cosine is in the last place, a library decides.
        tolerance = FLOAT64_POWER if schedule == "cosine" else None
        for flag, steps in (("schedule", STEPS), ("past_the_end", PAST), ("past_the_end", BEFORE)):
            for step, total in steps:
                slug = f"{schedule}/{step if step >= 0 else f'minus-{-step}'}-of-{total}"
                params = {"lr_schedule": schedule, "step": step, "total_steps": total}
                traps = ("T460", "T461", "T489")
                yield ask(MULTIPLIER, slug, params, (flag,), traps=traps, tolerance=tolerance)
        for total in (0, -1):
            params = {"lr_schedule": schedule, "step": 0, "total_steps": total}
            slug = f"{schedule}/of-{'none' if total == 0 else 'fewer'}"
            yield ask(MULTIPLIER, slug, params, ("no_steps", "malformed"), traps=("T462",))
    for number, name in enumerate(("exponential", "", "Linear", "warmup")):
        params = {"lr_schedule": name, "step": 0, "total_steps": 4}
        yield ask(MULTIPLIER, f"unknown/{number}", params, ("schedule", "unknown_name", "malformed"), traps=("T462",))
    params = {"lr_schedule": "unknown", "step": 0, "total_steps": 0}
    yield ask(MULTIPLIER, "unknown/no-steps", params, ("no_steps", "unknown_name", "malformed"), traps=("T462",))
