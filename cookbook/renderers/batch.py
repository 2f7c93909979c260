"""Many conversations in flat arrays: what a training set or a step of sampling needs, without an object a token.

    batch = renderer.build_supervised_example_batch(conversations)
    tokens, weights = batch.example(0)

The arrays take 8 bytes a token. Each row is what the renderer builds for that conversation alone.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter
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
# Bytes of a token id in a buffer.
_SIZE = 4


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
Placed = tuple[int, "Frame", "Sequence[str]"]
"""The same after the index of its conversation."""


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
        slab: list[Placed] = []
        characters = 0
        for at, messages in enumerate(conversations):
            try:
                made = frames(messages)
            except _REFUSALS as error:
                if not self._keep_going:
                    self._add(slab)  # An earlier one may be refused as well.
                self._refuse(at, error)
                continue
            for frame, texts in made:
                slab.append((at, frame, texts))
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

    def _add(self, slab: list[Placed]) -> None:
        ids = self._encode(slab)
        untrained: list[tuple[int, int]] = []
        if self._may_be_refused(slab, ids):
            slab, ids, untrained = self._accepted(slab, ids)
        if slab:
            self._lay_out(slab, ids, untrained)

    def _lay_out(self, slab: list[Placed], ids: list[bytes], untrained: list[tuple[int, int]]) -> None:
        """Write the rows. `untrained` has rows whose first tokens are not trained, and how many."""
        import numpy as np

        parts: list[bytes] = []
        stretches = array("d")
        counts = array("q", [0])
        end = 0
        for at, frame, texts in slab:
            start, end = end, end + len(texts)
            row_parts, row_stretches = frame.row
            gaps = len(parts) + 1
            parts += row_parts
            parts[gaps::2] = ids[start:end]
            stretches += row_stretches
            counts.append(len(row_stretches) // 3)
            self._conversations.append(at)
        self._tokens = _extended(self._tokens, bytearray().join(parts))
        # From here on all rows at once: a call of numpy costs as much as a row.
        weights, constants, texts_in = np.array(stretches).reshape(-1, 3).T
        text_ends = np.zeros(len(ids) + 1)
        text_ends[1:] = np.array([*map(len, ids)]).cumsum()
        ends = np.zeros(len(weights) + 1, np.int64)
        ends[1:] = constants.cumsum() + text_ends[texts_in.cumsum().astype(np.int64)] / _SIZE
        row_ends = ends[np.array(counts).cumsum()]
        self._lengths.frombytes((row_ends[1:] - row_ends[:-1]).tobytes())
        if self._supplied is not None:
            zeros = bytearray(_SIZE * int(row_ends[-1]))
            per_token = np.frombuffer(zeros, np.float32) if zeros else np.zeros(0)
            trained = weights.nonzero()[0]
            for start, end, weight in zip(
                ends[trained].tolist(), ends[trained + 1].tolist(), weights[trained].tolist(), strict=True
            ):
                per_token[start:end] = weight
            for row, supplied in untrained:
                per_token[row_ends[row] : row_ends[row] + supplied] = 0
            self._weights = _extended(self._weights, zeros)

    def _encode(self, slab: Sequence[Placed]) -> list[Any]:
        """The ids of all texts of a slab, in their order, or why there are none."""
        texts = [text for _, _, texts in slab for text in texts]
        rules = {frame.split for _, frame, _ in slab}
        if len(rules) == 1 and None not in rules:
            return self._encode_alike(texts, True in rules)
        splits = [split for _, frame, _ in slab for split in frame.splits]
        by_rule = [
            iter(self._encode_alike([text for text, own in zip(texts, splits, strict=True) if own is split], split))
            for split in (False, True)
        ]
        return [next(by_rule[split]) for split in splits]

    def _encode_alike(self, texts: list[str], split: bool) -> list[Any]:
        by_text: dict[str, Any] = dict.fromkeys(texts)
        each_once = texts if len(by_text) == len(texts) else [*by_text]
        try:
            tokens, offsets = self._encoder.flat(each_once, split)
            ids: list[Any] = [tokens[start:end] for start, end in pairwise([_SIZE * offset for offset in offsets])]
        except CookbookError:
            # One of them cannot be encoded: find out which.
            ids = [self._encode_alone(text, split) for text in each_once]
        if each_once is texts:
            return ids
        by_text.update(zip(each_once, ids, strict=True))
        return [by_text[text] for text in texts]

    def _encode_alone(self, text: str, split: bool) -> bytes | CookbookError:
        try:
            return self._encoder.flat([text], split).tokens
        except CookbookError as error:
            return error

    def _may_be_refused(self, slab: Sequence[Placed], ids: Sequence[Any]) -> bool:
        if self._supplied is not None and any(frame.boundary.rest is not None for _, frame, _ in slab):
            return True
        return not {*map(type, ids)} <= {bytes}

    def _accepted(
        self, slab: Sequence[Placed], ids: Sequence[Any]
    ) -> tuple[list[Placed], list[bytes], list[tuple[int, int]]]:
        """What is not refused, and the rows with tokens at the start that are not trained: how many."""
        accepted: list[Placed] = []
        accepted_ids: list[bytes] = []
        untrained: list[tuple[int, int]] = []
        end = 0
        for at, placed in groupby(slab, itemgetter(0)):
            rows = [*placed]
            start, end = end, end + sum(len(texts) for _, _, texts in rows)
            try:
                supplied = self._decide(rows, ids[start:end])
            except _REFUSALS as error:
                self._refuse(at, error)
                continue
            untrained += [(row, tokens) for row, tokens in enumerate(supplied, len(accepted)) if tokens]
            accepted += rows
            accepted_ids += ids[start:end]
        return accepted, accepted_ids, untrained

    def _decide(self, rows: Sequence[Placed], ids: Sequence[Any]) -> list[int | None]:
        """What `supplied` says of each row of one conversation. Raises why it is refused."""
        supplied = []
        end = 0
        for _, frame, texts in rows:
            start, end = end, end + len(texts)
            for tokens in ids[start:end]:
                if isinstance(tokens, CookbookError):
                    raise tokens
            if self._supplied is not None:
                supplied.append(self._supplied(frame, [memoryview(tokens).cast("i") for tokens in ids[start:end]]))
        return supplied


def _extended(buffer: bytearray, more: bytearray) -> bytearray:
    """The two in one. Most batches are one slab, which is not copied."""
    if not buffer:
        return more
    buffer += more
    return buffer


def _array(buffer: bytearray, dtype: type[np.generic]) -> NDArray[Any]:
    import numpy as np

    return np.frombuffer(buffer, dtype) if buffer else np.zeros(0, dtype)
