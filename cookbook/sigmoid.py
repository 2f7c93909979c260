"""The sigmoid and its logarithm, stable at both ends: no exponent in them is ever positive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ZERO, ONE = np.float32(0), np.float32(1)


def sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 / (1 + exp(-x)) of each value, in float32."""
    shrinking = np.exp(-np.abs(values))
    numerator = np.where(values >= 0, ONE, shrinking).astype(np.float32, copy=False)
    return np.divide(numerator, ONE + shrinking)


def log_sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The logarithm of that, in float32: near zero for large values, near the value itself for very negative ones."""
    return np.minimum(values, ZERO) - np.log1p(np.exp(-np.abs(values)))
