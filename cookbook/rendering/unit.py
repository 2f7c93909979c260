"""One stretch of rows, rendered."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from cookbook.datasets import Reader, Unreadable
from cookbook.errors import CookbookError
from cookbook.messages import message_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from cookbook.datasets import DataFile, Layout, Stretch
    from cookbook.messages import Message
    from cookbook.renderers import Renderer
    from cookbook.renderers.batch import Batch
    from cookbook.rendering.options import Options


class Rendered(NamedTuple):
    """The examples of a stretch: example `i` is of the row `rows[i]` (int64), has the next `lengths[i]` (int32) of
    `tokens` (int32) and `weights` (float32), and had `whole[i]` (int64) before it was cut.

    `left_out` are the rows without an example, each with the reason.
    """

    rows: NDArray[np.int64]
    lengths: NDArray[np.int32]
    whole: NDArray[np.int64]
    tokens: NDArray[np.int32]
    weights: NDArray[np.float32]
    left_out: tuple[tuple[int, str], ...]


class Unit:
    """Renders stretches, with a renderer and a reader of its own."""

    def __init__(self, options: Options, files: Sequence[DataFile], layouts: Sequence[Layout]) -> None:
        """Raises ConfigurationError and RendererError: the renderer cannot be had."""
        self._options = options
        self._files = files
        self._layouts = layouts
        with _quietly():
            self._renderer: Renderer = options.make_renderer()
        self._reader = Reader(options.fields)

    def render(self, file: int, stretch: Stretch) -> Rendered:
        """The examples of a stretch. Raises DataError: the file has changed, or cannot be read."""
        left_out: dict[int, str] = {}
        numbers: list[int] = []
        conversations: list[list[Message]] = []
        for row in self._reader.rows(self._files[file], self._layouts[file], stretch):
            if isinstance(row, Unreadable):
                left_out[row.number] = row.reason
                continue
            try:
                messages = [message_from_json(message) for message in row.messages]
            except CookbookError as error:
                left_out[row.number] = _one_line(error)
            else:
                numbers.append(row.number)
                conversations.append(messages)
        with _quietly():
            try:
                batch = self._batch(conversations)
            except Exception:
                # One of them is so wrong that the renderer trips over it: which?
                conversations, numbers = self._passable(conversations, numbers, left_out)
                batch = self._batch(conversations)
        left_out |= {numbers[one.conversation]: _one_line(one.error) for one in batch.rejected}
        return _cut(batch, numbers, self._options.max_length, tuple(sorted(left_out.items())))

    def close(self) -> None:
        """Close the file that was read last."""
        self._reader.close()

    def _batch(self, conversations: Sequence[Sequence[Message]]) -> Batch:
        build = (
            self._renderer.build_supervised_examples_batch
            if self._options.split
            else self._renderer.build_supervised_example_batch
        )
        return build(conversations, self._options.train_on_what, keep_going=True)

    def _passable(
        self, conversations: list[list[Message]], numbers: list[int], left_out: dict[int, str]
    ) -> tuple[list[list[Message]], list[int]]:
        good = []
        for number, messages in zip(numbers, conversations, strict=True):
            try:
                self._batch([messages])
            except Exception as error:
                left_out[number] = f"{type(error).__name__}: {_one_line(error)}"
            else:
                good.append((messages, number))
        return [messages for messages, _ in good], [number for _, number in good]


@contextmanager
def _quietly() -> Iterator[None]:
    """What the library warns of, all rows have in common: it was said when the options were checked."""
    library = logging.getLogger("cookbook")
    level = library.level
    library.setLevel(logging.ERROR)
    try:
        yield
    finally:
        library.setLevel(level)


def _cut(
    batch: Batch, numbers: Sequence[int], max_length: int | None, left_out: tuple[tuple[int, str], ...]
) -> Rendered:
    import numpy as np

    rows = np.array(numbers, np.int64)[batch.conversations]
    whole = np.diff(batch.offsets)
    tokens, weights = batch.tokens, batch.weights
    kept = whole
    if max_length is not None and len(whole) and int(whole.max()) > max_length:
        kept = np.minimum(whole, max_length)
        place = np.arange(len(tokens)) - np.repeat(batch.offsets[:-1], whole)
        tokens, weights = tokens[place < max_length], weights[place < max_length]
    return Rendered(rows, kept.astype(np.int32), whole, tokens, weights, left_out)


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else f"{text[:200]}..."
