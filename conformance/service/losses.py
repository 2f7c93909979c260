"""What a loss function costs under the formula of the model. golden/README.md states it for other languages."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Config = Mapping[str, float | str]
    Gain = Callable[[Numbers, Numbers, Numbers, Config], Numbers]

ON_SAMPLES = ("target_tokens", "logprobs", "advantages")
NEEDS: dict[str, tuple[str, ...]] = {
    "cross_entropy": ("target_tokens", "weights"),
    "importance_sampling": ON_SAMPLES,
    "ppo": ON_SAMPLES,
    "cispo": ON_SAMPLES,
    "dro": ON_SAMPLES,
    "gspo": ON_SAMPLES,
    "stable_reinforce": ON_SAMPLES,
}
"""The loss functions of the API (tinker 0.38, LossFnType) and the inputs that each needs of a datum."""


def total(loss_fn: str, config: Config, datums: Iterable[Mapping[str, Numbers]]) -> float:
    """The sum of a loss over all tokens of all datums: the exact sum, rounded once, so that no order matters.

    Args:
        loss_fn: a name in `NEEDS`.
        config: thresholds and coefficients by name.
        datums: of each, the inputs by name, and under `now` the log-probabilities of its targets. All of one shape.
    """
    if loss_fn == "cross_entropy":
        return _exact_sum(-datum["weights"] * datum["now"] for datum in datums)
    gain = GAINS.get(loss_fn, _importance_sampling)
    with np.errstate(all="ignore"):
        return _exact_sum(-gain(datum["now"], datum["logprobs"], datum["advantages"], config) for datum in datums)


def _importance_sampling(now: Numbers, old: Numbers, advantage: Numbers, config: Config) -> Numbers:
    return np.exp(now - old) * advantage


def _ppo(now: Numbers, old: Numbers, advantage: Numbers, config: Config) -> Numbers:
    ratio = np.exp(now - old)
    return np.minimum(ratio * advantage, _clipped(ratio, config) * advantage)


def _cispo(now: Numbers, old: Numbers, advantage: Numbers, config: Config) -> Numbers:
    return _clipped(np.exp(now - old), config) * now * advantage


def _dro(now: Numbers, old: Numbers, advantage: Numbers, config: Config) -> Numbers:
    return now * advantage - _number(config, "beta", 0.05) / 2 * (now - old) ** 2


GAINS: dict[str, Gain] = {"ppo": _ppo, "cispo": _cispo, "dro": _dro}


def _clipped(ratio: Numbers, config: Config) -> Numbers:
    low, high = _number(config, "clip_low_threshold", 0.8), _number(config, "clip_high_threshold", 1.2)
    return np.minimum(np.maximum(ratio, low), high)


def _number(config: Config, name: str, default: float) -> float:
    value = config.get(name, default)
    return default if isinstance(value, str) else float(value)


def _exact_sum(parts: Iterable[Numbers]) -> float:
    try:
        return math.fsum(number for part in parts for number in part.ravel().tolist())
    except (OverflowError, ValueError):  # what infinities of both signs add up to
        return math.nan
