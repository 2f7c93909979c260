"""Frames of conversations that differ in nothing but their words.

Most conversations are plain: messages of a role and a text, of which the format copies the text as it is. Then the
frame follows from the roles. It is worked out once, from a conversation whose texts are stand-ins, and used for all
others of the same roles.
"""

from __future__ import annotations

import re
from itertools import accumulate, chain, pairwise
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Literal, NamedTuple

from cookbook.errors import CookbookError
from cookbook.renderers.frames import Boundary, Frame
from cookbook.renderers.pieces import Constant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cookbook.messages import Message
    from cookbook.renderers.encode import Encoder
    from cookbook.renderers.frames import Script
    from cookbook.renderers.pieces import Chunk, Piece

    Settings = tuple[str, ...]
    Roles = tuple[str, ...]
    # What the frame depends on.
    Key = tuple[Settings, Roles]
    # `Format.copies_text`.
    Copied = Callable[[Sequence[str], Sequence[str]], bool]
    # What is before, which message's text, and what is after.
    Fill = tuple[str, int | None, str]

_role, _content = itemgetter("role"), itemgetter("content")
_STAND_IN = re.compile("\ue000(\\d+)\ue001")
# Callers choose roles and their order: what is remembered of them must not grow without end.
_MAX_SHAPES = 2048
# Characters: a prefill is the caller's, too.
_LONGEST_CONSTANT = 2048


class Shape(NamedTuple):
    """A frame, and which of the given texts go into it in another form.

    `changed` has those by their index, with what is before and after them. If the frame does not take one text a
    message in their order, as one with a system prompt of the format's own does, there is no `changed`, and `fills`
    has for each text what is before, which message's text it is, and what is after: no message, if it is all before.
    With `copies` all texts go in as they are given.
    """

    frame: Frame
    fills: tuple[Fill, ...]
    changed: tuple[tuple[int, str, str], ...] | None
    copies: bool

    def texts(self, given: list[str]) -> list[str]:
        """What goes into the frame for another conversation of the same roles. `given` may be changed."""
        if self.copies:
            return given
        if self.changed is None:
            return [before if at is None else f"{before}{given[at]}{after}" for before, at, after in self.fills]
        for at, before, after in self.changed:
            given[at] = f"{before}{given[at]}{after}"
        return given


def _changed(fills: Sequence[Fill], roles: Sequence[str]) -> tuple[tuple[int, str, str], ...] | None:
    if [at for _, at, _ in fills] != [*range(len(roles))]:
        return None
    return tuple((at, before, after) for before, at, after in fills if at is not None and (before or after))


_changed_of = attrgetter("changed")


class Shapes:
    """The shapes that a renderer has met, by what the frame depends on: `known` has False where there is none.

    With `must_begin`, an example that its prompt does not begin is refused, so it has no shape.
    """

    def __init__(self, encoder: Encoder, *, must_begin: bool = False) -> None:
        self._must_begin = must_begin
        self.known: dict[Key, Shape | Literal[False]] = {}
        self._encoder = encoder
        self._met: set[Key] = set()

    def known_of(
        self, settings: Settings, block: list[Sequence[Message]], copied: Copied
    ) -> tuple[list[Frame], list[str]] | None:
        """A frame for each conversation and the texts that go into them, or None if a shape is not known."""
        plain = all_plain(block, copied)
        if plain is None:
            return None
        roles, given = plain
        known = self.known.get
        spans = [*pairwise(accumulate(map(len, block), initial=0))]
        shapes = [shape for start, end in spans if (shape := known((settings, roles[start:end])))]
        if len(shapes) < len(block):
            return None
        frames = [shape.frame for shape in shapes]
        if None not in map(_changed_of, shapes):
            for shape, (start, _) in zip(shapes, spans, strict=True):
                for at, before, after in shape.changed or ():
                    given[start + at] = f"{before}{given[start + at]}{after}"
            return frames, given
        texts = [shape.texts(given[start:end]) for shape, (start, end) in zip(shapes, spans, strict=True)]
        return frames, [*chain.from_iterable(texts)]

    def meet(self, key: Key, describe: Callable[[list[Message]], Script]) -> Shape | Literal[False]:
        """The shape for `key`, which is not known yet. The last item of `key` is the roles.

        Many are met only once, so the shape is worked out the second time: `describe` describes messages of the roles.
        """
        if key not in self._met:
            if len(self._met) >= _MAX_SHAPES:
                self._met.clear()
                self.known.clear()
            self._met.add(key)
            return False
        shape = self.known[key] = self._shape(key[-1], describe) or False
        return shape

    def _shape(self, roles: Roles, describe: Callable[[list[Message]], Script]) -> Shape | None:
        messages: list[Message] = [{"role": role, "content": f"\ue000{at}\ue001"} for at, role in enumerate(roles)]
        try:
            script = describe(messages)
        except CookbookError:
            # Refused, and the refusal may quote the words.
            return None
        if any(
            _STAND_IN.search(piece.text) for chunk in script.chunks for piece in chunk if isinstance(piece, Constant)
        ):
            return None
        script = script._replace(chunks=[tuple(map(_settled, chunk)) for chunk in script.chunks])
        frame = Frame(script, self._encoder)
        if script.boundary.rest is not None and not self._decided(frame, script.boundary.rest):
            return None
        fills = [*map(_fill, frame.texts)]
        whole = [fill for fill in fills if fill is not None]
        if len(whole) < len(fills):
            return None
        changed = _changed(whole, roles)
        return Shape(frame, tuple(whole), changed, copies=changed == ())

    def _decided(self, frame: Frame, rest: Iterable[Chunk]) -> bool:
        """Note in the frame what is known of its boundary before the words are. False if nothing is."""
        kept: list[Chunk] = []
        expected: list[int] = []
        known = frame.known_after_boundary()
        for chunk in rest:
            if any(_STAND_IN.search(piece.text) for piece in chunk):
                return False
            try:
                expected += self._encoder.encode(chunk)
            except CookbookError:
                return False
            kept.append(chunk)
            comparable = min(len(expected), len(known))
            if expected[:comparable] != known[:comparable]:
                # The prompt does not begin the example, whatever the words are.
                frame.boundary = Boundary()
                return not self._must_begin
        frame.expect(expected, tuple(kept))
        return True


def _settled(piece: Piece) -> Piece:
    """Text without a word of the messages, such as a system prompt of the format's own: it is encoded once, too."""
    if isinstance(piece, Constant) or piece.split_special_tokens or len(piece.text) > _LONGEST_CONSTANT:
        return piece
    return piece if _STAND_IN.search(piece.text) else Constant(piece.text)


def _fill(text: str) -> Fill | None:
    found = [*_STAND_IN.finditer(text)]
    if not found:
        return text, None, ""
    if len(found) > 1:
        return None
    return text[: found[0].start()], int(found[0][1]), text[found[0].end() :]


def plain(messages: Sequence[Message], copied: Copied) -> tuple[Roles, list[str]] | None:
    """The roles and texts of messages that have nothing else, if `copied` says yes to them."""
    roles: list[str] = []
    texts: list[str] = []
    try:
        for message in messages:
            role, text = message["role"], message["content"]
            if type(message) is not dict or len(message) != 2:
                return None
            if type(role) is not str or type(text) is not str or not text:
                return None
            roles.append(role)
            texts.append(text)
    except (KeyError, TypeError):
        return None
    return (tuple(roles), texts) if copied(roles, texts) else None


def all_plain(block: Sequence[Sequence[Message]], copied: Copied) -> tuple[Roles, list[str]] | None:
    """The same of many conversations, one after the other: what is asked of all in one go costs a fraction."""
    try:
        messages = [*chain.from_iterable(block)]
        roles, texts = tuple(map(_role, messages)), [*map(_content, messages)]
    except (KeyError, TypeError):
        return None
    # Two keys, so no others than these.
    if {*map(type, messages)} != {dict} or {*map(len, messages)} != {2} or {*map(type, chain(roles, texts))} != {str}:
        return None
    return (roles, texts) if all(texts) and copied(roles, texts) else None
