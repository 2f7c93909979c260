"""A batch in several optimizer steps.

Behaviour: tinker-cookbook 0.5.8, `utils.misc_utils.split_list` and `rl.train._remove_mask`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from cookbook.datum import Datum
from cookbook.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


def split_list(lst: Sequence[T], num_splits: int) -> list[list[T]]:
    """Parts of nearly the same size, in order: part `i` ends before element `len(lst) * (i + 1) / num_splits`.

    That bound is computed in double precision, as a multiple of `len(lst) / num_splits`, and then its fraction dropped,
    so that it may be one less than integer division says.

    Raises InvalidInputError for fewer than one part, and for more parts than elements.
    """
    if num_splits <= 0:
        raise InvalidInputError(f"a list cannot be split into {num_splits} parts: num_splits must be positive")
    if num_splits > len(lst):
        raise InvalidInputError(f"{len(lst)} elements cannot be split into {num_splits} parts")
    edges = np.linspace(0, len(lst), num_splits + 1).astype(int).tolist()
    return [list(lst[start:end]) for start, end in pairwise(edges)]


def remove_mask(datum: Datum) -> Datum:
    """The datum as it is sent: the mask is for metrics, and no loss function knows it."""
    return Datum(datum.model_input, {key: value for key, value in datum.loss_fn_inputs.items() if key != "mask"})
