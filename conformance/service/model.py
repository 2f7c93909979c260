"""The model behind the service: a formula instead of weights. golden/README.md states it for other languages.

Log-probabilities are multiples of 1/64 above -5, so that they are exact in float32, and sums of them do not depend on
the order of summation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PRIME = 257
ENDLESS = 64
"""How many tokens are drawn where neither a stop nor a limit ends them."""
LONGEST = 9
"""How many are drawn where a stop ends them: those that are planned, and the stop."""


@dataclass(frozen=True)
class Drawn:
    """One drawn sequence. The stop token, if one ended it, is its last."""

    tokens: tuple[int, ...]
    logprobs: tuple[float, ...]
    stop_reason: Literal["stop", "length"]


def logprob(previous: int, token: int, position: int, version: int) -> float:
    """log p(token | previous) at a position, after `version` steps of the optimizer."""
    return -((31 * previous + 17 * token + 7 * position + 13 * version) % PRIME + 1) / 64


def target_logprobs(tokens: Sequence[int], targets: NDArray[np.int64], version: int) -> NDArray[np.float32]:
    """The log-probabilities of targets, shape as `targets`: its first dimension runs along `tokens`.

    Target i follows token i of the input, which makes its position in the whole text i + 1.
    """
    if len(targets) == 0:
        return np.zeros(targets.shape, dtype=np.float32)
    # Residues first: ids are up to 64 bits wide, and their products would not be.
    previous = np.asarray(tokens, dtype=np.int64) % PRIME
    offset = 31 * previous + 7 * (np.arange(1, len(tokens) + 1, dtype=np.int64) % PRIME) + 13 * (version % PRIME)
    offset = offset.reshape((-1,) + (1,) * (targets.ndim - 1))
    residues: NDArray[np.int64] = (offset + 17 * (targets % PRIME)) % PRIME
    return (-(residues + 1) / 64).astype(np.float32)


def prompt_logprobs(tokens: Sequence[int], version: int) -> list[float | None]:
    """What each token of a prompt costs; the first has nothing before it."""
    if not tokens:
        return []
    targets = np.asarray(tokens[1:], dtype=np.int64)
    return [None, *target_logprobs(tokens[:-1], targets, version).tolist()]


def top_logprobs(previous: int, position: int, version: int, k: int) -> list[tuple[int, float]]:
    """The k most likely tokens from 0 to 256 (every residue of the formula once), the most likely first."""
    start = 31 * previous + 7 * position + 13 * version
    inverse = pow(17, -1, PRIME)
    return [((rank - start) * inverse % PRIME, -(rank + 1) / 64) for rank in range(min(k, PRIME))]


def draw(
    prompt: Sequence[int],
    *,
    ordinal: int,
    version: int,
    max_tokens: int | None,
    stop: Sequence[int] | None,
    total: int | None = None,
) -> Drawn:
    """What follows a prompt when it is asked about for the `ordinal`-th time (from 0) with these weights.

    Args:
        prompt: token ids.
        ordinal: how many sequences this prompt was continued with before, by the weights of this version.
        version: steps of the optimizer behind the weights.
        max_tokens: none means no limit.
        stop: token ids. None: the model ends where it likes. Empty: it never ends.
        total: the sum of the prompt, if it is known.
    """
    planned = 1 + ((sum(prompt) if total is None else total) + 11 * ordinal + 13 * version) % 8
    ends = stop is None or len(stop) > 0
    limit = max_tokens if max_tokens is not None else (planned + 1 if ends else ENDLESS)
    tokens: list[int] = []
    logprobs: list[float] = []
    previous = prompt[-1] if prompt else 0
    while len(tokens) < limit:
        position = len(prompt) + len(tokens)
        if ends and len(tokens) == planned:
            if not stop:
                return Drawn(tuple(tokens), tuple(logprobs), "stop")
            token = stop[ordinal % len(stop)]
        else:
            token = 32 + (31 * previous + 17 * position + 13 * version + 7 * ordinal) % 64
        tokens.append(token)
        logprobs.append(logprob(previous, token, position, version))
        if stop and token in stop:
            return Drawn(tuple(tokens), tuple(logprobs), "stop")
        previous = token
    return Drawn(tuple(tokens), tuple(logprobs), "length")
