"""What operations result in, before a wire gives it a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from conformance.service.model import Drawn

    Top = list[list[tuple[int, float]] | None]


@dataclass(frozen=True, kw_only=True)
class Plain:
    """A JSON object on every wire."""

    content: dict[str, Any]

    @property
    def size(self) -> int:
        return 256


@dataclass(frozen=True, kw_only=True)
class Passed:
    """A forward (and backward) pass: log-probabilities of the targets of each datum, and metrics."""

    logprobs: list[NDArray[np.float32]]
    metrics: dict[str, float]

    @property
    def size(self) -> int:
        return 256 + sum(array.nbytes + 128 for array in self.logprobs)


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """Drawn sequences, and what was asked about the prompt. None in a list: not computed there."""

    sequences: list[Drawn]
    prompt_logprobs: list[float | None] | None
    top_of_prompt: Top | None
    top_of_sequences: list[Top] | None

    @property
    def size(self) -> int:
        numbers = sum(2 * len(sequence.tokens) for sequence in self.sequences) + len(self.prompt_logprobs or ())
        tops = [*(self.top_of_sequences or ()), self.top_of_prompt or []]
        return 256 + 32 * numbers + 96 * sum(len(row or ()) for top in tops for row in top)


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The operation cannot be done, and the client's user is to be told why."""

    error: str

    @property
    def size(self) -> int:
        return 256


Result = Plain | Passed | Sampled | Failed
