"""Conversations to datums, and datasets that give them batch by batch in the order of an epoch.

Behaviour: tinker-cookbook 0.5.8, `supervised.data`, with rows in memory where a Hugging Face dataset stood.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from cookbook.errors import BatchIndexError, ConfigurationError, InvalidInputError
from cookbook.renderers import TrainOnWhat
from cookbook.shuffle import permutation
from cookbook.supervised.common import datum_from_model_input_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cookbook.datum import Datum
    from cookbook.messages import Message
    from cookbook.renderers import Renderer
    from cookbook.supervised.common import Reduction

Row = TypeVar("Row")


def conversation_to_datum(
    conversation: Sequence[Message],
    renderer: Renderer,
    max_length: int | None,
    train_on_what: str = TrainOnWhat.ALL_ASSISTANT_MESSAGES,
    reduction: Reduction = "mean",
) -> Datum:
    """The datum of a conversation: what the renderer makes of it, as `datum_from_model_input_weights` cuts and weighs
    it.

    Raises what the renderer's `build_supervised_example` and `datum_from_model_input_weights` raise.
    """
    model_input, weights = renderer.build_supervised_example(conversation, train_on_what=train_on_what)
    return datum_from_model_input_weights(model_input, weights, max_length, reduction=reduction)


def split_rows(rows: Sequence[Row], test_size: int, shuffle_seed: int | None = 0) -> tuple[list[Row], list[Row] | None]:
    """Rows to train on and rows to test on: `FromConversationFileBuilder`.

    All are shuffled first, unless the seed is None. The first `test_size` are for testing; if there are not more than
    that, or `test_size` is not above zero, all are for training and None is for testing.
    """
    order = range(len(rows)) if shuffle_seed is None else permutation(shuffle_seed, len(rows))
    shuffled = [rows[index] for index in order]
    if 0 < test_size < len(shuffled):
        return shuffled[test_size:], shuffled[:test_size]
    return shuffled, None


class SupervisedDatasetFromRows(Generic[Row]):
    """A dataset of rows in memory: upstream's `SupervisedDatasetFromHFDataset`.

    Each row becomes one datum by `map_fn` or any number of them by `flatmap_fn`, when its batch is asked for. Only
    whole batches count; the rows that are left over are not seen in that epoch.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        batch_size: int,
        map_fn: Callable[[Row], Datum] | None = None,
        flatmap_fn: Callable[[Row], list[Datum]] | None = None,
    ) -> None:
        """Raises ConfigurationError unless one of the functions is given; InvalidInputError for a batch of no row."""
        if (map_fn is None) == (flatmap_fn is None):
            raise ConfigurationError("give one of map_fn and flatmap_fn, not both and not neither")
        if batch_size < 1:
            raise InvalidInputError(f"a batch of {batch_size} rows is none: batch_size must be positive")
        self.batch_size = batch_size
        self._rows = rows
        self._order: Sequence[int] = range(len(rows))
        self._map_fn = map_fn
        self._flatmap_fn = flatmap_fn

    def __len__(self) -> int:
        """Number of whole batches."""
        return len(self._rows) // self.batch_size

    def set_epoch(self, seed: int = 0) -> None:
        """Shuffle with `seed`, from the order in which the rows were given: epochs do not build upon each other."""
        self._order = permutation(seed, len(self._rows))

    def get_batch(self, index: int) -> list[Datum]:
        """The datums of a batch, counted from 0; none of a dataset without rows, whatever the index.

        Raises BatchIndexError if the rows do not fill it.
        """
        if not self._rows:
            return []
        start, end = index * self.batch_size, (index + 1) * self.batch_size
        if not 0 <= start <= end <= len(self._order):
            raise BatchIndexError(f"there is no batch {index}: {len(self)} batches have {self.batch_size} rows each")
        rows = [self._rows[place] for place in self._order[start:end]]
        if self._map_fn is not None:
            return [self._map_fn(row) for row in rows]
        assert self._flatmap_fn is not None, "the constructor takes one of them"
        return [datum for row in rows for datum in self._flatmap_fn(row)]
