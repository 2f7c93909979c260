"""Many conversations in flat arrays: what a training set or a step of sampling needs, without an object a token.

    batch = renderer.build_supervised_example_batch(conversations)
    tokens, weights = batch.example(0)

The arrays take 8 bytes a token. Each row is what the renderer builds for that conversation alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from cookbook.errors import CookbookError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from cookbook.messages import Message
    from cookbook.model_input import ModelInput

    Example = tuple[ModelInput, NDArray[np.float32] | NDArray[np.int64]]

_T = TypeVar("_T")


class RejectedConversation(NamedTuple):
    """A conversation that the format refuses: its index, and the error that it raises alone."""

    conversation: int
    error: Exception


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PromptBatch:
    """Generation prompts: row `i` is `tokens[offsets[i]:offsets[i + 1]]`.

    `tokens` is int32; `offsets` is int64 and one longer than there are rows. `conversations` (int64) says which
    conversation each row comes from, in rising order: it is the row's index unless conversations were rejected or make
    several examples.
    """

    tokens: NDArray[np.int32]
    offsets: NDArray[np.int64]
    conversations: NDArray[np.int64]
    rejected: tuple[RejectedConversation, ...] = ()

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.conversations)

    def row(self, index: int) -> NDArray[np.int32]:
        """The tokens of a row: a view, not a copy. Raises IndexError."""
        return self.tokens[self._span(index)]

    def _span(self, index: int) -> slice:
        at = range(len(self))[index]
        return slice(int(self.offsets[at]), int(self.offsets[at + 1]))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Batch(PromptBatch):
    """Training examples: a `PromptBatch` with `weights`, float32, a number for each of `tokens`."""

    weights: NDArray[np.float32]

    def example(self, index: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Tokens and weights of a row: views, not copies. Raises IndexError."""
        span = self._span(index)
        return self.tokens[span], self.weights[span]


def examples_in_arrays(
    conversations: Iterable[Sequence[Message]],
    build: Callable[[Sequence[Message]], Sequence[Example]],
    keep_going: bool,
) -> Batch:
    """The rows that `build` makes of each conversation."""
    import numpy as np

    rejected: list[RejectedConversation] = []
    made = [
        (at, example) for at, examples in _built(conversations, build, keep_going, rejected) for example in examples
    ]
    rows = [model_input.to_ints() for _, (model_input, _) in made]
    weights = [np.asarray(weights, np.float32) for _, (_, weights) in made]
    return Batch(
        tokens=np.array([token for row in rows for token in row], np.int32),
        weights=np.concatenate([np.zeros(0, np.float32), *weights]),
        offsets=np.cumsum([0, *map(len, rows)], dtype=np.int64),
        conversations=np.array([at for at, _ in made], np.int64),
        rejected=tuple(rejected),
    )


def prompts_in_arrays(
    conversations: Iterable[Sequence[Message]], build: Callable[[Sequence[Message]], ModelInput], keep_going: bool
) -> PromptBatch:
    """The prompt that `build` makes of each conversation."""
    import numpy as np

    rejected: list[RejectedConversation] = []
    made = [(at, prompt.to_ints()) for at, prompt in _built(conversations, build, keep_going, rejected)]
    return PromptBatch(
        tokens=np.array([token for _, row in made for token in row], np.int32),
        offsets=np.cumsum([0, *[len(row) for _, row in made]], dtype=np.int64),
        conversations=np.array([at for at, _ in made], np.int64),
        rejected=tuple(rejected),
    )


def _built(
    conversations: Iterable[Sequence[Message]],
    build: Callable[[Sequence[Message]], _T],
    keep_going: bool,
    rejected: list[RejectedConversation],
) -> Iterator[tuple[int, _T]]:
    for at, messages in enumerate(conversations):
        try:
            yield at, build(messages)
        except (CookbookError, NotImplementedError) as error:
            if not keep_going:
                error.add_note(f"conversation {at} of the batch")
                raise
            rejected.append(RejectedConversation(at, error))
