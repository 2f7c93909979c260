from __future__ import annotations

import math

import numpy as np
import pytest

from conformance.service import losses


def datum(**inputs: list[float]) -> dict[str, np.ndarray]:
    return {name: np.array(data, dtype=np.float64) for name, data in inputs.items()}


def test_cross_entropy_is_the_weighted_sum() -> None:
    assert losses.total("cross_entropy", {}, [datum(now=[-1.5, -2.0], weights=[1.0, 0.25])]) == 2.0


def test_the_order_of_datums_changes_nothing() -> None:
    datums = [datum(now=[-1.0], weights=[weight]) for weight in (1e16, 1.0, -1e16, 3.0)]
    assert losses.total("cross_entropy", {}, datums) == losses.total("cross_entropy", {}, datums[::-1]) == 4.0


@pytest.mark.parametrize(
    ("loss_fn", "config", "expected"),
    [
        ("importance_sampling", {}, -math.exp(-0.5) * 2.0),
        ("gspo", {}, -math.exp(-0.5) * 2.0),
        ("ppo", {}, -math.exp(-0.5) * 2.0),
        ("ppo", {"clip_high_threshold": 0.5, "clip_low_threshold": 0.25}, -0.5 * 2.0),
        ("cispo", {}, -0.8 * -1.5 * 2.0),
        ("dro", {}, -(-3.0 - 0.05 / 2 * 0.25)),
        ("dro", {"beta": 1.0}, -(-3.0 - 0.125)),
    ],
)
def test_what_a_sample_costs(loss_fn: str, config: dict[str, float | str], expected: float) -> None:
    given = [datum(now=[-1.5], logprobs=[-1.0], advantages=[2.0])]
    assert losses.total(loss_fn, config, given) == expected


def test_infinities_of_both_signs_cost_nothing_that_is_a_number() -> None:
    given = [datum(now=[-1.0, -1.0], weights=[math.inf, -math.inf])]
    assert math.isnan(losses.total("cross_entropy", {}, given))


def test_every_loss_of_the_sdk_is_there() -> None:
    assert set(losses.NEEDS) == {
        "cross_entropy", "importance_sampling", "ppo", "cispo", "dro", "gspo", "stable_reinforce",
    }  # fmt: skip
