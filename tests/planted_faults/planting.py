"""What a planted fault is, and the ways to plant one: each wraps one seam of the library with something wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cookbook.renderers import base, frames
from cookbook.renderers.encode import Encoder
from cookbook.renderers.pieces import RenderedMessage, Text
from cookbook.tokenizer import ByteTokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

    from cookbook.renderers.pieces import Chunk, RenderContext

    Message = dict[str, Any]

_REACHED_BY = {
    "parse_response": "parse_response",
    "restore_prefill": "parse_response",
    "create_conversation_prefix_with_tools": "create_conversation_prefix",
    "build_generation_prompt": "build_generation_prompt",
    "build_supervised_example": "build_supervised",
    "build_supervised_examples": "build_supervised",
    "output_weight": "build_supervised",
    "check_trainable": "build_supervised",
    "first_trained_message": "build_supervised",
    "length_of_prefix": "build_supervised",
}
"""Which operations reach a seam, by a part of their names: only these need to be asked."""


@dataclass(frozen=True)
class Plant:
    """A change to the library's objects. `reached_by` is a part of the names of the operations that can show it."""

    change: Callable[[pytest.MonkeyPatch], None]
    reached_by: str = ""

    def __call__(self, patch: pytest.MonkeyPatch) -> None:
        self.change(patch)


@dataclass(frozen=True, kw_only=True)
class PlantedFault:
    """One way to be wrong. `traps` name what it stands for; `causes` are slugs of `conformance.causes`."""

    family: str
    name: str
    traps: str
    renderers: tuple[str, ...]
    causes: tuple[str, ...]
    plant: Plant

    def __str__(self) -> str:
        return f"{self.family}: {self.name}"


def all_of(*plants: Plant) -> Plant:
    """Several changes that are one fault."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        for one in plants:
            one(patch)

    reached_by = {one.reached_by for one in plants}
    return Plant(plant, reached_by.pop() if len(reached_by) == 1 else "")


def attribute(owner: object, name: str, value: object) -> Plant:
    """Another attribute."""
    return Plant(lambda patch: patch.setattr(owner, name, value), _REACHED_BY.get(name, ""))


def answering(owner: type, name: str, value: object) -> Plant:
    """A method or property that always gives this value."""
    if isinstance(getattr(owner, name), property):
        return attribute(owner, name, property(lambda self: value))
    return attribute(owner, name, lambda self, *args, **given: value)


def wrapped(owner: object, name: str, change: Callable[..., Any]) -> Plant:
    """A function or method that is called as `change(original, *args)`."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        original = getattr(owner, name)
        patch.setattr(owner, name, lambda *args, **given: change(original, *args, **given))

    return Plant(plant, _REACHED_BY.get(name, ""))


# Rendering.


def asked(cls: type, change: Callable[[Message, RenderContext], Message]) -> Plant:
    """Other messages are rendered than were given."""

    def render(original: Any, self: Any, message: Message, ctx: RenderContext) -> RenderedMessage:
        return original(self, change(message, ctx), ctx)

    return wrapped(cls, "render_message", render)


def placed(cls: type, change: Callable[[Message, RenderContext], RenderContext]) -> Plant:
    """Messages are rendered as if they stood elsewhere."""

    def render(original: Any, self: Any, message: Message, ctx: RenderContext) -> RenderedMessage:
        return original(self, message, change(message, ctx))

    return wrapped(cls, "render_message", render)


def rendered(cls: type, change: Callable[[RenderedMessage, Message, RenderContext], RenderedMessage]) -> Plant:
    """What is rendered is changed afterwards."""

    def render(original: Any, self: Any, message: Message, ctx: RenderContext) -> RenderedMessage:
        return change(original(self, message, ctx), message, ctx)

    return wrapped(cls, "render_message", render)


def header(cls: type, change: Callable[[str, Message, RenderContext], str]) -> Plant:
    """Headers are written otherwise."""

    def changed(done: RenderedMessage, message: Message, ctx: RenderContext) -> RenderedMessage:
        if done.header is None:
            return done
        return done._replace(header=_rewritten(done.header, lambda text: change(text, message, ctx)))

    return rendered(cls, changed)


def output(cls: type, change: Callable[[str, Message, RenderContext], str]) -> Plant:
    """Outputs are written otherwise: each stretch of text that is encoded alike."""

    def changed(done: RenderedMessage, message: Message, ctx: RenderContext) -> RenderedMessage:
        chunks = [_rewritten(chunk, lambda text: change(text, message, ctx)) for chunk in done.output]
        return done._replace(output=tuple(chunks))

    return rendered(cls, changed)


def _rewritten(chunk: Chunk, change: Callable[[str], str]) -> Chunk:
    """The chunk with its text changed; neighbouring pieces that are encoded alike are one text."""
    texts: list[Text] = []
    for piece in chunk:
        split = isinstance(piece, Text) and piece.split_special_tokens
        if texts and texts[-1].split_special_tokens == split:
            texts[-1] = Text(texts[-1].text + piece.text, split)
        else:
            texts.append(Text(piece.text, split))
    return tuple(Text(change(text.text), text.split_special_tokens) for text in texts)


def splitting(cls: type, split: bool) -> Plant:
    """Special tokens in message text are protected against, or not."""

    def changed(done: RenderedMessage, _: Message, __: RenderContext) -> RenderedMessage:
        chunks = [
            tuple(Text(piece.text, split) if isinstance(piece, Text) else piece for piece in chunk)
            for chunk in done.output
        ]
        return done._replace(output=tuple(chunks))

    return rendered(cls, changed)


def header_in_loss(*classes: type) -> Plant:
    """The header counts as output, so that it is trained with it. The generation prompt still knows it."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        for cls in classes:
            original: Any = cls.render_message  # type: ignore[attr-defined]
            suffix: Any = cls.generation_suffix  # type: ignore[attr-defined]

            def render(self: Any, message: Message, ctx: RenderContext, original: Any = original) -> RenderedMessage:
                done = original(self, message, ctx)
                return done._replace(header=None, output=(done.header or (), *done.output))

            def opening(
                self: Any, role: str, ctx: RenderContext, original: Any = original, suffix: Any = suffix
            ) -> Chunk:
                return suffix(self, role, ctx) or original(self, {"role": role, "content": ""}, ctx).header or ()

            patch.setattr(cls, "render_message", render)
            patch.setattr(cls, "generation_suffix", opening)

    return Plant(plant)


def prompted(
    cls: type, change: Callable[[Any, Sequence[Message], str, str], tuple[Sequence[Message], str, str]]
) -> Plant:
    """The generation prompt is asked for otherwise: `change(self, messages, role, prefill)`."""

    def build(original: Any, self: Any, messages: Any, role: str = "assistant", prefill: str | None = None) -> Any:
        return original(self, *change(self, messages, role, prefill or ""))

    return wrapped(cls, "build_generation_prompt", build)


# Weights.


def weighted(change: Callable[[int, Message, RenderContext, str], int]) -> Plant:
    """The weight of an output follows another rule: `change(weight, message, ctx, train_on_what)`."""

    def rule(original: Any, message: Message, ctx: RenderContext, mode: str) -> int:
        return change(original(message, ctx, mode), message, ctx, mode)

    return wrapped(base, "output_weight", rule)


def trained_instead(cls: type, modes: dict[str, Callable[[Sequence[Message], int], bool]]) -> Plant:
    """In these modes, other messages are trained: `rule(messages, index)`."""

    def build(original: Any, self: Any, messages: Any, train_on_what: str = "last_assistant_message") -> Any:
        rule = modes.get(str(train_on_what))
        if rule is None or any("trainable" in message for message in messages):
            return original(self, messages, train_on_what)
        chosen = [{**message, "trainable": rule(messages, at)} for at, message in enumerate(messages)]
        return original(self, chosen, "customized")

    return wrapped(cls, "build_supervised_example", build)


def other_mode(cls: type, modes: dict[str, str]) -> Plant:
    """One value of train_on_what is taken for another."""

    def build(original: Any, self: Any, messages: Any, train_on_what: str = "last_assistant_message") -> Any:
        return original(self, messages, modes.get(str(train_on_what), train_on_what))

    return wrapped(cls, "build_supervised_example", build)


def first_weight(cls: type, value: int, *modes: str) -> Plant:
    """The very first token, a BOS, has this weight."""

    def build(original: Any, self: Any, messages: Any, train_on_what: str = "last_assistant_message") -> Any:
        model_input, weights = original(self, messages, train_on_what)
        if train_on_what in modes and len(weights):
            weights[0] = value
        return model_input, weights

    return wrapped(cls, "build_supervised_example", build)


def spelled_out(cls: type, marker: str) -> Plant:
    """A marker of the format is encoded as if it were ordinary text."""

    def changed(done: RenderedMessage, _: Message, __: RenderContext) -> RenderedMessage:
        return done._replace(output=tuple(_without_marker(chunk, marker) for chunk in done.output))

    return rendered(cls, changed)


def _without_marker(chunk: Chunk, marker: str) -> Chunk:
    pieces = []
    for piece in chunk:
        split = isinstance(piece, Text) and piece.split_special_tokens
        first, *rest = piece.text.split(marker)
        pieces.append(Text(first, split))
        for text in rest:
            pieces += [Text(marker, True), Text(text, split)]
    return tuple(pieces)


def last_weight(cls: type, value: int) -> Plant:
    """The very last token of an answer has this weight."""

    def build(original: Any, self: Any, messages: Any, train_on_what: str = "last_assistant_message") -> Any:
        model_input, weights = original(self, messages, train_on_what)
        if messages and role_of(messages[-1]) == "assistant":
            weights[-1:] = value
        return model_input, weights

    return wrapped(cls, "build_supervised_example", build)


BOUNDARY_IGNORED: Plant = attribute(base, "first_trained_message", lambda messages, mode: None)
"""What the generation prompt supplies is trained in the two modes that train what is sampled."""


def _by_length(original: Any, prompt: Any, *rest: Any) -> int:
    encoder = next(one for one in rest if isinstance(one, Encoder))
    return sum(len(encoder.encode(chunk)) for chunk in prompt)


BOUNDARY_BY_LENGTH: Plant = wrapped(frames, "length_of_prefix", _by_length)
"""As many tokens as the prompt has are not trained, whether or not they are the prompt's."""


def _wherever(original: Any, messages: Sequence[Message], mode: str) -> int | None:
    starts = [at for at, message in enumerate(messages) if role_of(message) == "assistant"]
    return starts[0] if starts and mode not in ("customized", "all_tokens") else original(messages, mode)


BOUNDARY_IN_ALL_MODES: Plant = wrapped(base, "first_trained_message", _wherever)
"""What the prompt of the first answer supplies is not trained in any mode."""

TRAINABLE_OPTIONAL: Plant = attribute(base, "check_trainable", lambda message, mode: None)
"""Nobody looks whether `trainable` is there, and where it has to be."""


def turn_start(cls: type, roles: tuple[str, ...]) -> Plant:
    """The last turn begins after the last message of these roles."""

    def start(self: Any, messages: Sequence[Message]) -> int:
        return max((at + 1 for at, message in enumerate(messages) if role_of(message) in roles), default=0)

    return attribute(cls, "last_assistant_turn_start", start)


# Parsing, and the tokenizer.


def parsed(cls: type, change: Callable[[Message, Any, Any, list[int]], tuple[Message, Any]]) -> Plant:
    """A parsed response is changed: `change(message, termination, renderer, tokens)`."""

    def parse(original: Any, self: Any, response: Sequence[int]) -> tuple[Message, Any]:
        message, termination = original(self, response)
        return change(message, termination, self, list(response))

    return wrapped(cls, "parse_response", parse)


def content_parsed(cls: type, change: Callable[[str], str]) -> Plant:
    """Text of a parsed response is changed."""
    return parsed(cls, lambda message, ending, *_: (with_text(message, change), ending))


def read(cls: type, change: Callable[[Any, list[int]], list[int]]) -> Plant:
    """Another response is parsed: `change(renderer, tokens)`."""
    return wrapped(cls, "parse_response", lambda original, self, response: original(self, change(self, list(response))))


def encoded(change: Callable[[str], str]) -> Plant:
    """Another text is encoded."""
    return wrapped(ByteTokenizer, "encode", lambda original, self, text, **given: original(self, change(text), **given))


def with_text(message: Message, change: Callable[[str], str], kinds: tuple[str, ...] = ("text",)) -> Message:
    """The message with its text changed, in a string or in parts of these kinds."""
    content = message.get("content")
    if isinstance(content, str):
        return {**message, "content": change(content)}
    if not isinstance(content, list):
        return message
    parts = [
        {**part, part["type"]: change(part[part["type"]])} if part.get("type") in kinds else part for part in content
    ]
    return {**message, "content": parts}


def parts_of(message: Message) -> list[dict[str, Any]]:
    """The parts of a message; a string is one text part."""
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def last(messages: Sequence[Message], role: str) -> int:
    """Index of the last message of a role, or -1."""
    return max((at for at, message in enumerate(messages) if role_of(message) == role), default=-1)


def role_of(message: Message) -> object:
    """Its role, if it has one: a fault of its own would be another fault."""
    return message.get("role")
