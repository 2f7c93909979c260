"""The questions about numbers: tensors, datums, losses, schedules, models, order of data, preferences, rewards, runs.

`questions` gives all of them in a stable order; their flags are in `flags`, the tolerances of what is not exact in
`tolerances`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.corpus.numbers import (
    casts,
    checkpoints,
    conversations,
    datums,
    drawn,
    drift,
    losses,
    memory,
    metrics,
    models,
    patterns,
    preferences,
    rewards,
    schedules,
    shuffles,
    sparse,
    tensor_operations,
    tensors,
    trajectories,
    wire,
    wire_arrays,
)
from conformance.corpus.numbers.flags import FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question

__all__ = ["FLAGS", "questions"]

_CATALOGUES = (
    tensors,
    casts,
    memory,
    wire_arrays,
    wire,
    sparse,
    datums,
    conversations,
    losses,
    schedules,
    models,
    shuffles,
    preferences,
    rewards,
    trajectories,
    drift,
    metrics,
    patterns,
    tensor_operations,
    checkpoints,
    drawn,
)


def questions() -> Iterator[Question]:
    """Every question, in the order of the catalogues: the same at every call."""
    for catalogue in _CATALOGUES:
        yield from catalogue.questions()
