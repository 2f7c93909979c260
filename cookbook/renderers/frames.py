"""What is left of a rendered conversation when the texts of its messages are taken out.

A frame knows the format's own ids, where each text goes and what is trained. Filled with the ids of the texts it gives
chunks and weights, or the parts of a row of flat arrays.
"""

from __future__ import annotations

from array import array
from functools import cache, cached_property
from itertools import chain, groupby, islice, takewhile
from operator import itemgetter
from struct import pack
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from cookbook.model_input import EncodedTextChunk, ModelInput
from cookbook.renderers.pieces import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from cookbook.renderers.encode import Encoder
    from cookbook.renderers.pieces import Chunk

    Tokens = tuple[int, ...]
    # The ids of a constant, or the index of a text.
    Part = Tokens | int
    # The chunks of constants only, with empty ones for others; for each chunk with one text its index, the ids before
    # the text, the index of the text and the ids after it; the indices of the chunks with several texts.
    _Made = tuple[list["EncodedTextChunk"], list[tuple[int, Tokens, int, Tokens]], list[int]]

_EMPTY = EncodedTextChunk(())
# Twice as fast as to call the classes, whose frozen instances are filled attribute by attribute, each by its name.
_new = object.__new__
_set_tokens, _set_chunks = vars(EncodedTextChunk)["tokens"].__set__, vars(ModelInput)["chunks"].__set__


class Boundary(NamedTuple):
    """Where the generation prompt of the first trained message ends; `message` is None if no prompt is looked at.

    It has the first `shared` chunks of the example, and then those in `rest`: whether they begin what follows in the
    example, tokens decide. If that is None, nothing is left to decide: there are `more` constant ids in both.
    """

    message: int | None = None
    shared: int = 0
    rest: Iterable[Chunk] | None = None
    more: int = 0


class Opening(NamedTuple):
    """What decides about a boundary: whether the text of index `text` begins with `ids`.

    `before` is the number of constant ids before that text.
    """

    text: int
    ids: Tokens
    before: int


class Script(NamedTuple):
    """A conversation as its format describes it, before anything is encoded: chunks, and a weight for each.

    `floats` says that weights are floats whatever the boundary is.
    """

    chunks: Sequence[Chunk]
    weights: Sequence[int] = ()
    boundary: Boundary = Boundary()
    floats: bool = False


class Stretch(NamedTuple):
    """Neighbours of one weight that is not 0: how many constant ids and texts there are before them, and with them."""

    weight: float
    constants_before: int
    texts_before: int
    constants: int
    texts: int


class Row(NamedTuple):
    """A frame for arrays: parts of one weight each, at least one.

    `parts` has the ids of constants, C's int each, and None for a text. `layout` has a record for each part: the number
    of its ids, -1 for a text (int64), its weight (float32), and 1 for the first part, else 0 (int32).
    """

    parts: list[bytes | None]
    layout: bytes


class Frame:
    """Chunks with gaps: for each chunk, the ids of its constants and the indices of its texts."""

    def __init__(self, script: Script, encoder: Encoder) -> None:
        self.texts: list[str] = []
        """What fills the gaps, unless the frame is used again with other texts."""
        self.splits: list[bool] = []
        """The rule for special tokens of each text."""
        self.boundary = script.boundary
        self.opening: Opening | None = None
        """Set if it is known which ids the boundary asks for: see `expect`."""
        self._chunks = [self._parts(chunk, encoder) for chunk in script.chunks]
        self._weights = script.weights or [0] * len(self._chunks)
        self._floats = script.floats
        # Worked out when it is needed. `cached_property` takes a lock, and most frames are used once.
        self._made: _Made | None = None
        self._counted: tuple[int, list[Stretch]] | None = None

    @classmethod
    def finished(cls, tokens: Sequence[int], weights: Sequence[int], encoder: Encoder) -> Frame:
        """A frame of what was built elsewhere, a weight for each token, and no text to fill in."""
        frame = cls(Script(()), encoder)
        frame._chunks, frame._weights = [[(token,)] for token in tokens], weights
        return frame

    def _parts(self, chunk: Chunk, encoder: Encoder) -> list[Part]:
        parts: list[Part] = []
        for piece in chunk:
            if not piece.text:
                continue
            if isinstance(piece, Text):
                parts.append(len(self.texts))
                self.texts.append(piece.text)
                self.splits.append(piece.split_special_tokens)
            else:
                parts.append(encoder.constant(piece.text))
        return parts

    @cached_property
    def split(self) -> bool | None:
        """The rule that all texts follow, or None if they differ."""
        return None if len({*self.splits}) > 1 else self.splits[:1] == [True]

    # As objects.

    def prompt(self, encoded: Sequence[Tokens]) -> ModelInput:
        """The chunks that are not empty. `encoded` has the ids of each text."""
        return _model_input([chunk for chunk in self._filled(encoded) if chunk.tokens])

    def example(self, encoded: Sequence[Tokens], supplied: int | None) -> tuple[ModelInput, NDArray[Any]]:
        """All chunks, and a weight for each token; `supplied` is what `supplied` says.

        Weights are float32 where upstream's accident makes them floats: with a beginning-of-text token, with no
        message, and where a prompt decided what is trained. Otherwise they are int64.
        """
        np = _numpy()
        counted = self._counted
        if counted is None:
            counted = self._counted = self._count()
        constants, stretches = counted
        lengths = [*map(len, encoded)]
        as_floats = self._floats or (self.boundary.message is not None and supplied is not None)
        weights = np.zeros(constants + sum(lengths), np.float32 if as_floats else np.int64)
        for weight, constants_before, texts_before, constants, texts in stretches:
            start = constants_before + sum(lengths[:texts_before])
            weights[start : constants + sum(lengths[:texts])] = weight
        if supplied:
            weights[:supplied] = 0
        return _model_input(self._filled(encoded)), weights

    def _filled(self, encoded: Sequence[Tokens]) -> list[EncodedTextChunk]:
        made = self._made
        if made is None:
            made = self._made = self._make()
        template, gaps, mixed = made
        chunks = template.copy()
        for at, before, text, after in gaps:
            chunk = chunks[at] = _new(EncodedTextChunk)
            _set_tokens(chunk, before + encoded[text] + after)
        for at in mixed:
            chunks[at] = EncodedTextChunk(tuple(_joined(self._chunks[at], encoded)))
        return chunks

    def _make(self) -> _Made:
        template: list[EncodedTextChunk] = []
        gaps: list[tuple[int, Tokens, int, Tokens]] = []
        mixed: list[int] = []
        for at, parts in enumerate(self._chunks):
            texts = [n for n, part in enumerate(parts) if type(part) is int]
            template.append(_EMPTY if texts else EncodedTextChunk(tuple(_joined(parts, ()))))
            if len(texts) > 1:
                mixed.append(at)
            for n in texts[: len(texts) == 1]:
                before, after = (tuple(_joined(side, ())) for side in (parts[:n], parts[n + 1 :]))
                gaps.append((at, before, cast(int, parts[n]), after))
        return template, gaps, mixed

    def _count(self) -> tuple[int, list[Stretch]]:
        """The number of constant ids, and the stretches."""
        stretches: list[Stretch] = []
        texts = constants = 0
        for weight, neighbours in groupby(self._weighted, itemgetter(0)):
            before = constants, texts
            for _, part in neighbours:
                if isinstance(part, int):
                    texts += 1  # Texts stand in the order of their indices.
                else:
                    constants += len(part)
            if weight:
                stretches.append(Stretch(weight, *before, constants, texts))
        return constants, stretches

    # As a row.

    @cached_property
    def row(self) -> Row:
        """The same for arrays."""
        parts: list[bytes | None] = []
        layout = bytearray()
        for (weight, is_text), alike in groupby(self._weighted, lambda part: (part[0], isinstance(part[1], int))):
            if is_text:
                for _ in alike:
                    layout += pack("=qfi", -1, weight, not parts)
                    parts.append(None)
            else:
                ids = array("i", _joined((part for _, part in alike), ()))
                layout += pack("=qfi", len(ids), weight, not parts)
                parts.append(ids.tobytes())
        return Row(parts, bytes(layout)) if parts else Row([b""], pack("=qfi", 0, 0, True))

    # What both need.

    @property
    def _weighted(self) -> Iterator[tuple[int, Part]]:
        """Every part with its weight. What the prompt is known to supply is not trained."""
        return self._less_given() if self.boundary.more else self._weighted_by_chunk()

    def _weighted_by_chunk(self) -> Iterator[tuple[int, Part]]:
        given = self.boundary.shared if self.boundary.rest is None else 0
        for at, (weight, parts) in enumerate(zip(self._weights, self._chunks, strict=True)):
            for part in parts:
                yield 0 if at < given else weight, part

    def _less_given(self) -> Iterator[tuple[int, Part]]:
        shared = sum(map(len, self._chunks[: self.boundary.shared]))
        more = self.boundary.more
        for at, (weight, part) in enumerate(self._weighted_by_chunk()):
            if at < shared or isinstance(part, int):
                yield weight, part
                continue
            for own_weight, ids in ((0, part[:more]), (weight, part[more:])):
                if ids:
                    yield own_weight, ids
            more -= len(part[:more])

    def known_after_boundary(self) -> list[int]:
        """The ids that follow the shared chunks, as far as no text comes between."""
        after = chain.from_iterable(self._chunks[self.boundary.shared :])
        return [*chain.from_iterable(takewhile(lambda part: not isinstance(part, int), after))]  # type: ignore[arg-type]

    def expect(self, ids: Sequence[int], rest: Sequence[Chunk]) -> None:
        """The boundary asks for these after the shared chunks; they are the ids of `rest`, and begin as is known."""
        known = len(self.known_after_boundary())
        if len(ids) <= known:
            self.boundary = self.boundary._replace(rest=None, more=len(ids))
            return
        self.boundary = self.boundary._replace(rest=rest)
        before = [*chain.from_iterable(self._chunks[: self.boundary.shared])]
        text = sum(isinstance(part, int) for part in before)
        if text < len(self.texts):
            constants = sum(len(part) for part in before if not isinstance(part, int))
            self.opening = Opening(text, tuple(ids[known:]), constants + known)

    def supplied(self, encoded: Sequence[Sequence[int]], encoder: Encoder) -> int | None:
        """How many tokens the boundary's prompt supplies: those lose their weight. None if they do not begin it.

        0 as well if it is known without the tokens: then they have no weight anyway.
        """
        if self.boundary.rest is None:
            return 0
        if (quickly := self._supplied_quickly(encoded)) is not None:
            return quickly
        shared = self.boundary.shared
        after = chain.from_iterable(_joined(parts, encoded) for parts in self._chunks[shared:])
        more = length_of_prefix(self.boundary.rest, after, encoder)
        if more is None:
            return None
        before = chain.from_iterable(self._chunks[:shared])
        return more + sum(len(encoded[part] if isinstance(part, int) else part) for part in before)

    def _supplied_quickly(self, encoded: Sequence[Sequence[int]]) -> int | None:
        """`supplied` where one look at one text is enough to say so."""
        if self.opening is None:
            return None
        text, ids, constants = self.opening
        if tuple(encoded[text][: len(ids)]) != ids:
            return None
        return constants + sum(map(len, encoded[:text])) + len(ids)


def _model_input(chunks: Iterable[EncodedTextChunk]) -> ModelInput:
    model_input = _new(ModelInput)
    _set_chunks(model_input, tuple(chunks))
    return model_input


def length_of_prefix(prompt: Iterable[Chunk], tokens: Iterable[int], encoder: Encoder) -> int | None:
    """How many tokens `prompt` has if `tokens` begin with them, else None. Both are read only as far as they agree."""
    tokens = iter(tokens)
    length = 0
    for chunk in prompt:
        expected = encoder.encode(chunk)
        if [*islice(tokens, len(expected))] != expected:
            return None
        length += len(expected)
    return length


def _joined(parts: Iterable[Part], encoded: Sequence[Sequence[int]]) -> Iterator[int]:
    return chain.from_iterable(encoded[part] if isinstance(part, int) else part for part in parts)


@cache
def _numpy() -> Any:
    # Not at the top, because a process that only builds prompts has no use for numpy and its start-up time.
    import numpy as np

    return np
