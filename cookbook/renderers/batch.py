"""Many conversations in flat arrays: what a training set or a step of sampling needs, without an object a token.

    batch = renderer.build_supervised_example_batch(conversations)
    tokens, weights = batch.example(0)

The arrays take 8 bytes a token. Each row is what the renderer builds for that conversation alone.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from cookbook.errors import CookbookError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray

    from cookbook.messages import Message
    from cookbook.renderers.encode import Encoder
    from cookbook.renderers.frames import Frame

_REFUSALS = (CookbookError, NotImplementedError)
# Characters that are encoded in one go: enough to keep all threads of an engine at work, and no more.
_SLAB = 1 << 20


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


Filling = tuple["Frame", "Sequence[str]"]
"""A frame and the texts that go into it."""


class Gathering:
    """Rows as they are made, a slab of conversations at a time, so that little more than the arrays is ever held.

    `supplied` is asked as `Frame.supplied` is, and may refuse. Errors that this package raises on purpose refuse a
    conversation: with `keep_going` it is written down, without it the error is raised.
    """

    def __init__(
        self,
        encoder: Encoder,
        supplied: Callable[[Frame, Sequence[Sequence[int]]], int | None] | None,
        *,
        keep_going: bool,
    ) -> None:
        self._encoder = encoder
        self._supplied = supplied
        self._keep_going = keep_going
        self._tokens, self._weights = bytearray(), bytearray()
        self._lengths, self._conversations = array("q"), array("q")
        self._rejected: list[RejectedConversation] = []

    def gather(
        self, conversations: Iterable[Sequence[Message]], frames: Callable[[Sequence[Message]], list[Filling]]
    ) -> Self:
        """Add the rows that `frames` makes of each conversation."""
        slab: list[tuple[int, list[Filling]]] = []
        characters = 0
        for at, messages in enumerate(conversations):
            try:
                made = frames(messages)
            except _REFUSALS as error:
                if not self._keep_going:
                    self._add(slab)  # An earlier one may be refused as well.
                self._refuse(at, error)
                continue
            slab.append((at, made))
            for _, texts in made:
                characters += sum(map(len, texts))
            if characters > _SLAB:
                self._add(slab)
                slab, characters = [], 0
        self._add(slab)
        return self

    def prompts(self) -> PromptBatch:
        """What was gathered."""
        return PromptBatch(**self._arrays())

    def examples(self) -> Batch:
        """What was gathered, with weights."""
        import numpy as np

        return Batch(weights=_array(self._weights, np.float32), **self._arrays())

    def _arrays(self) -> dict[str, Any]:
        import numpy as np

        offsets = np.zeros(len(self._lengths) + 1, np.int64)
        np.cumsum(self._lengths, out=offsets[1:])
        return {
            "tokens": _array(self._tokens, np.int32),
            "offsets": offsets,
            "conversations": np.array(self._conversations, np.int64),
            "rejected": tuple(sorted(self._rejected, key=lambda rejected: rejected.conversation)),
        }

    def _refuse(self, at: int, error: Exception) -> None:
        if not self._keep_going:
            error.add_note(f"conversation {at} of the batch")
            raise error
        self._rejected.append(RejectedConversation(at, error))

    def _add(self, slab: Sequence[tuple[int, list[Filling]]]) -> None:
        import numpy as np

        encoded = [self._encode(slab, split) for split in (False, True)]
        parts: list[memoryview] = []
        weights = array("f")
        ends: list[int] = []
        untrained: list[tuple[int, int]] = []
        for at, made in slab:
            try:
                filled = [self._fill(frame, texts, encoded) for frame, texts in made]
            except _REFUSALS as error:
                self._refuse(at, error)
                continue
            for row_parts, row_weights, supplied in filled:
                if supplied:
                    untrained.append((len(ends), supplied))
                parts += row_parts
                weights.extend(row_weights)
                ends.append(len(parts))
                self._conversations.append(at)
        if not ends:
            return
        lengths = np.fromiter(map(len, parts), np.int64, len(parts))
        row_ends = np.concatenate([[0], np.cumsum(lengths)])[[0, *ends]]
        self._lengths.frombytes(np.diff(row_ends).tobytes())
        self._tokens += b"".join(parts)
        if self._supplied is not None:
            per_token = np.repeat(np.frombuffer(weights, np.float32), lengths)
            for row, supplied in untrained:
                per_token[row_ends[row] : row_ends[row] + supplied] = 0
            self._weights += per_token.data.cast("B")

    def _encode(self, slab: Sequence[tuple[int, list[Filling]]], split: bool) -> dict[str, memoryview | Exception]:
        """The ids of all texts that follow one rule for special tokens, or why there are none: each text once."""
        wanted: dict[str, Any] = {}
        for _, made in slab:
            for frame, texts in made:
                if frame.split is split:
                    wanted.update(dict.fromkeys(texts))
                elif frame.split is None:
                    wanted.update((text, None) for text, own in zip(texts, frame.splits, strict=True) if own is split)
        if not wanted:
            return wanted
        try:
            tokens, offsets = self._encoder.flat([*wanted], split)
        except CookbookError:
            # One of them cannot be encoded: find out which.
            for text in wanted:
                try:
                    wanted[text] = self._encoder.flat([text], split).tokens
                except CookbookError as error:
                    wanted[text] = error
            return wanted
        return dict(zip(wanted, [tokens[start:end] for start, end in pairwise(offsets)], strict=True))

    def _fill(
        self, frame: Frame, texts: Sequence[str], encoded: Sequence[dict[str, Any]]
    ) -> tuple[list[memoryview], array[float], int | None]:
        if frame.split is None:
            ids = [encoded[split][text] for text, split in zip(texts, frame.splits, strict=True)]
        else:
            ids = [*map(encoded[frame.split].__getitem__, texts)]
        for tokens in ids:
            if type(tokens) is not memoryview:
                raise tokens
        parts, gaps, weights = frame.row
        parts = parts.copy()
        for at, text in gaps:
            parts[at] = ids[text]
        return parts, weights, None if self._supplied is None else self._supplied(frame, ids)


def _array(buffer: bytearray, dtype: type[np.generic]) -> NDArray[Any]:
    import numpy as np

    return np.frombuffer(buffer, dtype) if buffer else np.zeros(0, dtype)
