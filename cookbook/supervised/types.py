"""What the supervised loops are given to train on.

Behaviour: tinker-cookbook 0.5.8, `supervised.types`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from cookbook.datum import Datum


class SupervisedDataset(Protocol):
    """Batches in the order of an epoch."""

    def __len__(self) -> int:
        """Number of batches in an epoch."""

    def get_batch(self, index: int) -> list[Datum]:
        """The datums of a batch, counted from 0."""

    def set_epoch(self, seed: int = 0) -> None:
        """Put the batches in the order of an epoch."""


SupervisedDatasetBuilder: TypeAlias = Callable[[], tuple[SupervisedDataset, SupervisedDataset | None]]
"""Gives what to train on, and what to test on or None."""
