"""Many conversations in flat arrays: what a training set or a step of sampling needs, without an object a token.

    batch = renderer.build_supervised_example_batch(conversations)
    tokens, weights = batch.example(0)

The arrays take 8 bytes a token. Each example is what the renderer builds for that conversation alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class RejectedConversation(NamedTuple):
    """A conversation that the format refuses: its index, and the error that it alone would have raised."""

    conversation: int
    error: Exception


@dataclass(frozen=True, slots=True, eq=False)
class PromptBatch:
    """Generation prompts: row `i` is `tokens[offsets[i]:offsets[i + 1]]`.

    `tokens` is int32, `offsets` int64 and one longer than there are rows. `conversations` (int64) says which
    conversation each row comes from: they differ from the row's index only if conversations were rejected, or make
    several examples. Rows are in the order of their conversations.
    """

    tokens: NDArray[np.int32]
    offsets: NDArray[np.int64]
    conversations: NDArray[np.int64]
    rejected: tuple[RejectedConversation, ...] = ()

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.conversations)

    def row(self, index: int) -> NDArray[np.int32]:
        """The tokens of a row: a view, not a copy."""
        return self.tokens[self._span(index)]

    def _span(self, index: int) -> slice:
        start, end = self.offsets[range(len(self))[index] :][:2].tolist()
        return slice(start, end)


@dataclass(frozen=True, slots=True, eq=False)
class Batch(PromptBatch):
    """Training examples: `weights` is float32 and has a number for each of `tokens`."""

    weights: NDArray[np.float32] = None  # type: ignore[assignment]  # always given: a field after one with a default

    def example(self, index: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Tokens and weights of a row: views, not copies."""
        span = self._span(index)
        return self.tokens[span], self.weights[span]

    def __iter__(self) -> Any:
        return map(self.example, range(len(self)))
