"""Many conversations in flat arrays: what a training set or a step of sampling needs, without an object a token.

    batch = renderer.build_supervised_example_batch(conversations)
    tokens, weights = batch.example(0)

The arrays take 8 bytes a token. Each row is what the renderer builds for that conversation alone.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass
from itertools import groupby, islice, pairwise
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
    from cookbook.renderers.frames import Frame, Opening

_REFUSALS = (CookbookError, NotImplementedError)
# Characters that are encoded in one go: enough to keep all threads of an engine at work, and no more.
_SLAB = 1 << 20
# Conversations whose frames are looked up in one go.
_BLOCK = 64
# Characters from which it takes longer to hash a text than to count its length.
_LONG = 256
# What `Row.layout` says of each part.
_LAYOUT = [("length", "i8"), ("weight", "f4"), ("begins", "i4")]


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
Fillings = tuple[list["Frame"], list[str]]
"""Frames, and the texts that go into all of them, in their order."""


class _Slab:
    """Rows that are encoded and laid out in one go: for each its conversation and its frame, and the texts of all."""

    __slots__ = ("conversations", "frames", "texts")

    def __init__(self) -> None:
        self.conversations: list[int] = []
        self.frames: list[Frame] = []
        self.texts: list[str] = []


class _Opened(NamedTuple):
    """Texts, by their index in a slab, of which the first `tokens` tokens are the prompt's."""

    texts: list[int]
    tokens: int


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
        self._tokens: bytearray | memoryview = bytearray()
        self._weights: bytearray | memoryview = bytearray()
        self._lengths: list[NDArray[np.int64]] = []
        self._conversations = array("q")
        self._rejected: list[RejectedConversation] = []

    def gather(
        self,
        conversations: Iterable[Sequence[Message]],
        frames: Callable[[Sequence[Message]], list[Filling]],
        known: Callable[[list[Sequence[Message]]], Fillings | None],
    ) -> Self:
        """Add the rows that `frames` makes of each conversation.

        `known` is asked before, for some conversations at once. It has one row for each, or None.
        """
        slab = _Slab()
        characters = end = 0
        left = iter(conversations)
        while block := [*islice(left, _BLOCK)]:
            start, end = end, end + len(block)
            texts_before = len(slab.texts)
            together = known(block)
            if together is None:
                self._one_by_one(slab, enumerate(block, start), frames)
            else:
                slab.conversations += range(start, end)
                slab.frames += together[0]
                slab.texts += together[1]
            characters += sum(map(len, slab.texts[texts_before:]))
            if characters > _SLAB:
                self._add(slab)
                slab, characters = _Slab(), 0
        self._add(slab)
        return self

    def _one_by_one(
        self,
        slab: _Slab,
        conversations: Iterable[tuple[int, Sequence[Message]]],
        frames: Callable[[Sequence[Message]], list[Filling]],
    ) -> None:
        for at, messages in conversations:
            try:
                made = frames(messages)
            except _REFUSALS as error:
                if not self._keep_going:
                    self._add(slab)  # An earlier one may be refused as well.
                self._refuse(at, error)
                continue
            for frame, texts in made:
                slab.conversations.append(at)
                slab.frames.append(frame)
                slab.texts += texts

    def prompts(self) -> PromptBatch:
        """What was gathered."""
        return PromptBatch(**self._arrays())

    def examples(self) -> Batch:
        """What was gathered, with weights."""
        import numpy as np

        return Batch(weights=_array(self._weights, np.float32), **self._arrays())

    def _arrays(self) -> dict[str, Any]:
        import numpy as np

        return {
            "tokens": _array(self._tokens, np.int32),
            "offsets": np.concatenate(([0], *self._lengths), dtype=np.int64).cumsum(),
            "conversations": _array(self._conversations, np.int64),
            "rejected": tuple(sorted(self._rejected, key=lambda rejected: rejected.conversation)),
        }

    def _refuse(self, at: int, error: Exception) -> None:
        if not self._keep_going:
            error.add_note(f"conversation {at} of the batch")
            raise error
        self._rejected.append(RejectedConversation(at, error))

    def _add(self, slab: _Slab) -> None:
        different = {*slab.frames}
        rules = {frame.split for frame in different}
        each_alone = False
        try:
            ids = self._encode(slab, rules, self._encode_alike)
        except CookbookError:
            # One of the texts cannot be encoded: find out which.
            ids = self._encode(slab, rules, lambda texts, split: [self._encode_alone(text, split) for text in texts])
            each_alone = True
        untrained: list[tuple[int, int]] = []
        opened: _Opened | None = _Opened([], 0)
        if self._supplied is not None and not each_alone:
            undecided = {frame.opening for frame in different if frame.boundary.rest is not None}
            opened = _all_opened(slab, ids, undecided) if undecided else opened
        if each_alone or opened is None:
            slab, ids, untrained = self._accepted(slab, ids)
        if slab.frames:
            self._lay_out(slab, ids, untrained, opened or _Opened([], 0))

    def _lay_out(
        self, slab: _Slab, ids: Sequence[memoryview], untrained: list[tuple[int, int]], opened: _Opened
    ) -> None:
        """Write the rows. `untrained` has rows whose first tokens are not trained, and how many."""
        import numpy as np

        # All rows at once: a call of numpy costs as much as a row.
        rows = [frame.row for frame in slab.frames]
        texts = iter(ids)
        ids_of_parts = [next(texts) if part is None else part for row in rows for part in row.parts]
        self._tokens = _extended(self._tokens, bytearray().join(ids_of_parts))
        parts = np.frombuffer(bytearray().join([row.layout for row in rows]), _LAYOUT)
        lengths = parts["length"]
        of_texts = lengths < 0
        lengths[of_texts] = [*map(len, ids)]
        of_rows = np.add.reduceat(lengths, parts["begins"].nonzero()[0])
        self._lengths.append(of_rows)
        self._conversations.extend(slab.conversations)
        if self._supplied is None:
            return
        weights = np.repeat(parts["weight"], lengths)
        for row, supplied in untrained:
            start = of_rows[:row].sum()
            weights[start : start + supplied] = 0
        if opened.texts:
            starts = (lengths.cumsum() - lengths)[of_texts][opened.texts]
            weights[starts[:, None] + np.arange(opened.tokens)] = 0
        self._weights = _extended(self._weights, weights.data)

    def _encode(
        self, slab: _Slab, rules: set[bool | None], encode: Callable[[list[str], bool], list[Any]]
    ) -> list[Any]:
        """The ids of all texts of a slab, in their order; `encode` has those of texts that have one rule."""
        if len(rules) == 1 and None not in rules:
            return encode(slab.texts, True in rules)
        splits = [split for frame in slab.frames for split in frame.splits]
        by_rule = [
            iter(encode([text for text, own in zip(slab.texts, splits, strict=True) if own is split], split))
            for split in (False, True)
        ]
        return [next(by_rule[split]) for split in splits]

    def _encode_alike(self, texts: list[str], split: bool) -> list[memoryview]:
        if _all_differ(texts):
            return self._encode_each(texts, split)
        each_once = [*dict.fromkeys(texts)]
        ids = dict(zip(each_once, self._encode_each(each_once, split), strict=True))
        return [*map(ids.__getitem__, texts)]

    def _encode_each(self, texts: list[str], split: bool) -> list[memoryview]:
        tokens, offsets = self._encoder.flat(texts, split)
        all_ids = memoryview(tokens).cast("i")
        return [all_ids[start:end] for start, end in pairwise(offsets)]

    def _encode_alone(self, text: str, split: bool) -> memoryview | CookbookError:
        try:
            return memoryview(self._encoder.flat([text], split).tokens).cast("i")
        except CookbookError as error:
            return error

    def _accepted(self, slab: _Slab, ids: Sequence[Any]) -> tuple[_Slab, list[memoryview], list[tuple[int, int]]]:
        """What is not refused, and the rows with tokens at the start that are not trained: how many."""
        accepted = _Slab()
        accepted_ids: list[memoryview] = []
        untrained: list[tuple[int, int]] = []
        end = 0
        for at, rows in groupby(zip(slab.conversations, slab.frames, strict=True), itemgetter(0)):
            frames = [frame for _, frame in rows]
            start, end = end, end + sum(len(frame.splits) for frame in frames)
            try:
                supplied = self._decide(frames, ids[start:end])
            except _REFUSALS as error:
                self._refuse(at, error)
                continue
            untrained += [(row, tokens) for row, tokens in enumerate(supplied, len(accepted.frames)) if tokens]
            accepted.conversations += [at] * len(frames)
            accepted.frames += frames
            accepted_ids += ids[start:end]
        return accepted, accepted_ids, untrained

    def _decide(self, frames: Sequence[Frame], ids: Sequence[Any]) -> list[int | None]:
        """What `supplied` says of each row of one conversation. Raises why it is refused."""
        supplied = []
        end = 0
        for frame in frames:
            start, end = end, end + len(frame.splits)
            for tokens in ids[start:end]:
                if isinstance(tokens, CookbookError):
                    raise tokens
            if self._supplied is not None:
                supplied.append(self._supplied(frame, ids[start:end]))
        return supplied


def _all_differ(texts: Sequence[str]) -> bool:
    """Whether no text comes twice. Long ones are hashed only if they are as long as others: most are not."""
    lengths = [*map(len, texts)]
    if sum(lengths) > _LONG * len(lengths):
        often = Counter(lengths)
        texts = [text for text, length in zip(texts, lengths, strict=True) if often[length] > 1]
    return len({*texts}) == len(texts)


def _all_opened(slab: _Slab, ids: Sequence[memoryview], openings: set[Opening | None]) -> _Opened | None:
    """The texts that decide about boundaries, if all begin with what is asked for; None if one does not or may not."""
    asked = {None if opening is None else opening.ids for opening in openings}
    expected = asked.pop()
    if expected is None or asked:
        return None
    texts = []
    end = 0
    for frame in slab.frames:
        if frame.opening is not None:
            texts.append(end + frame.opening.text)
        end += len(frame.splits)
    begun = b"".join([ids[text][: len(expected)] for text in texts])
    return _Opened(texts, len(expected)) if begun == array("i", expected).tobytes() * len(texts) else None


def _extended(buffer: bytearray | memoryview, more: bytearray | memoryview) -> bytearray | memoryview:
    """The two in one. Most batches are one slab, which is not copied."""
    if not buffer:
        return more
    if isinstance(buffer, memoryview):
        buffer = bytearray(buffer)
    buffer += more
    return buffer


def _array(buffer: bytearray | memoryview | array[int], dtype: type[np.generic]) -> NDArray[Any]:
    import numpy as np

    return np.frombuffer(buffer, dtype) if buffer else np.zeros(0, dtype)
