"""cookbook/schedules.py: facts of tinker-cookbook 0.5.8, `compute_schedule_lr_multiplier`."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cookbook.errors import ConfigurationError
from cookbook.schedules import compute_schedule_lr_multiplier

steps = st.integers(-1000, 10_000)
totals = st.integers(1, 5000)


@pytest.mark.parametrize(
    ("schedule", "step", "total", "expected"),
    [
        ("linear", 0, 4, 1.0),
        ("linear", 3, 4, 0.25),
        ("linear", 9, 10, 0.09999999999999998),
        ("linear", 11, 10, -0.10000000000000009),
        ("cosine", 0, 4, 1.0),
        ("cosine", 4, 4, 0.0),
        ("constant", 3, 4, 1),
    ],
)
def test_facts(schedule: str, step: int, total: int, expected: float) -> None:
    assert compute_schedule_lr_multiplier(schedule, step, total) == expected


@given(step=steps, total=totals)
def test_the_cosine_is_even_around_its_end(step: int, total: int) -> None:
    there = compute_schedule_lr_multiplier("cosine", total + step, total)
    assert math.isclose(there, compute_schedule_lr_multiplier("cosine", total - step, total), abs_tol=1e-9)


@given(step=steps, total=totals)
def test_linear_falls_by_the_same_at_every_step(step: int, total: int) -> None:
    fall = compute_schedule_lr_multiplier("linear", step, total) - compute_schedule_lr_multiplier(
        "linear", step + 1, total
    )
    assert math.isclose(fall, 1 / total, rel_tol=1e-6)


@pytest.mark.parametrize("schedule", ["linear", "cosine", "constant", "other"])
@pytest.mark.parametrize("total", [0, -1])
def test_a_run_without_steps_has_no_schedule(schedule: str, total: int) -> None:
    with pytest.raises(ConfigurationError, match="total_steps must be positive"):
        compute_schedule_lr_multiplier(schedule, 0, total)


@pytest.mark.parametrize("schedule", ["", "Linear", "exponential"])
def test_other_schedules_are_unknown(schedule: str) -> None:
    with pytest.raises(ConfigurationError, match="use linear, cosine or constant"):
        compute_schedule_lr_multiplier(schedule, 0, 1)
