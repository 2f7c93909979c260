"""The renderer: the one walk over a conversation that all formats share.

A family describes itself through `render_message` and the other hooks of `cookbook.renderers.format`. Token ids,
chunks, weights and the reach of the generation prompt are worked out here, from the pieces it describes. Behaviour:
tinker-cookbook 0.5.8, `renderers/base.py`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from cookbook.errors import ConfigurationError, InvalidMessageError, RendererError
from cookbook.model_input import ModelInput
from cookbook.renderers.batch import Gathering
from cookbook.renderers.content import role_of
from cookbook.renderers.encode import Encoder
from cookbook.renderers.format import Format
from cookbook.renderers.frames import Boundary, Frame, Script
from cookbook.renderers.openai import to_openai_message
from cookbook.renderers.pieces import RenderContext, RenderedMessage, Text, contexts, last_user_index
from cookbook.renderers.shapes import Shapes, plain
from cookbook.renderers.training import (
    TrainOnWhat,
    boundary_of,
    check_trainable,
    first_trained_message,
    output_weight,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from cookbook.messages import Message, Role
    from cookbook.renderers.batch import Batch, Fillings, PromptBatch
    from cookbook.renderers.pieces import Chunk
    from cookbook.tokenizer import Tokenizer

logger = logging.getLogger(__name__)

SupervisedExample = tuple[ModelInput, "NDArray[np.float32] | NDArray[np.int64]"]


class _Described(NamedTuple):
    """A message, where it stands, and what the format writes for it."""

    message: Message
    context: RenderContext
    rendered: RenderedMessage


class Renderer(Format):
    """A chat format, bound to a tokenizer.

    It keeps no state between calls except the ids of its own constant text, and never changes a message it is given.
    """

    learns_shapes: ClassVar[bool] = True
    """Whether what is worked out for a plain conversation is used for others of the same roles: see `copies_text`."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Raises ConfigurationError if a marker is no such token of this tokenizer."""
        self.tokenizer = tokenizer
        self.marker_ids = {marker: self._marker_id(marker) for marker in self.markers}
        self._encoder = Encoder(tokenizer)
        # A subclass may look into words where its parent copies them: it says so itself or does without shapes.
        self._copied = self.copies_text if self.learns_shapes and "copies_text" in vars(type(self)) else None
        self._adds_messages = type(self).conversation is not Format.conversation
        self._example_shapes = Shapes(self._encoder, must_begin=self.disables_thinking)
        self._prompt_shapes = Shapes(self._encoder)

    def build_generation_prompt(
        self, messages: Sequence[Message], role: Role = "assistant", prefill: str | None = None
    ) -> ModelInput:
        """The prompt for the next message, which `role` will write and `prefill` begins.

        One chunk for each stretch that is encoded in one piece, empty ones left out. Raises what `render_message`
        raises.
        """
        frame, texts = self._prompt_frame(messages, role, prefill)
        return frame.prompt(self._encoded(frame, texts))

    def build_supervised_example(
        self,
        messages: Sequence[Message],
        train_on_what: TrainOnWhat | str = TrainOnWhat.LAST_ASSISTANT_MESSAGE,
    ) -> SupervisedExample:
        """The whole conversation as (model input, weights), weights having one number a token.

        Weights are float32 if the format has a beginning-of-text token or the generation prompt decided where
        training begins, and int64 otherwise. Empty chunks are kept. Raises RendererError for an unknown
        `train_on_what` and for a turn that reasons in a format that disables it; InvalidMessageError if `trainable`
        does not fit the mode.
        """
        self._warn(train_on_what)
        frame, texts = self._example_frame(messages, train_on_what)
        return self._example(frame, self._encoded(frame, texts))

    def build_supervised_examples(
        self,
        messages: Sequence[Message],
        train_on_what: TrainOnWhat | str = TrainOnWhat.LAST_ASSISTANT_TURN,
    ) -> list[SupervisedExample]:
        """As many examples as it takes to show every trained turn the context that it is sampled in.

        One with the extension property; otherwise one for each trained assistant message, which it ends with. Raises
        NotImplementedError if there are several and the mode also trains what no one samples.
        """
        if self.has_extension_property:
            return [self.build_supervised_example(messages, train_on_what)]
        frames = self._example_frames(messages, train_on_what)
        texts = [text for _, texts in frames for text in texts]
        encoded = self._encoder.texts(texts, [split for frame, _ in frames for split in frame.splits])
        examples = []
        start = 0
        for frame, _ in frames:
            end = start + len(frame.splits)
            examples.append(self._example(frame, encoded[start:end]))
            start = end
        return examples

    def build_supervised_example_batch(
        self,
        conversations: Iterable[Sequence[Message]],
        train_on_what: TrainOnWhat | str = TrainOnWhat.LAST_ASSISTANT_MESSAGE,
        *,
        keep_going: bool = False,
    ) -> Batch:
        """`build_supervised_example` of each conversation, in flat arrays.

        Weights are float32 throughout. The first conversation that is refused raises its error, with a note that says
        its index; with `keep_going`, such conversations have no row and stand in `rejected`.
        """
        self._warn(train_on_what)
        gathering = Gathering(self._encoder, self._supplied, keep_going=keep_going)
        return gathering.gather(
            conversations,
            lambda messages: [self._row(messages, train_on_what)],
            lambda block: self._known_rows(block, train_on_what),
        ).examples()

    def build_supervised_examples_batch(
        self,
        conversations: Iterable[Sequence[Message]],
        train_on_what: TrainOnWhat | str = TrainOnWhat.LAST_ASSISTANT_TURN,
        *,
        keep_going: bool = False,
    ) -> Batch:
        """`build_supervised_examples` of each conversation, in flat arrays: `conversations` says whose each row is.

        Refuses as `build_supervised_example_batch` does.
        """
        gathering = Gathering(self._encoder, self._supplied, keep_going=keep_going)
        return gathering.gather(
            conversations,
            lambda messages: self._rows(messages, train_on_what),
            lambda block: self._known_rows(block, train_on_what) if self.has_extension_property else None,
        ).examples()

    def build_generation_prompt_batch(
        self,
        conversations: Iterable[Sequence[Message]],
        role: Role = "assistant",
        prefill: str | None = None,
        *,
        keep_going: bool = False,
    ) -> PromptBatch:
        """`build_generation_prompt` of each conversation, in flat arrays.

        Refuses as `build_supervised_example_batch` does.
        """
        gathering = Gathering(self._encoder, None, keep_going=keep_going)
        return gathering.gather(
            conversations,
            lambda messages: [self._prompt_frame(messages, role, prefill)],
            lambda block: self._known(self._prompt_shapes, block, (role, prefill or "")),
        ).prompts()

    def forget(self) -> None:
        """Forget the message texts whose ids are remembered, some megabytes at most. They are encoded anew."""
        self._encoder.forget()

    def to_openai_message(self, message: Message) -> dict[str, Any]:
        """The message as OpenAI's API and chat templates take it. Raises NotImplementedError for images."""
        return to_openai_message(message, reasoning_field=self.openai_reasoning_field)

    def _marker_id(self, marker: str) -> int:
        encode = self.tokenizer.encode
        tokens = encode(marker)
        # Line breaks beside it, because some tokenizers have tokens that take in the whitespace around them.
        if len(tokens) != 1 or encode(f"a\n{marker}\na") != [*encode("a\n"), *tokens, *encode("\na")]:
            raise ConfigurationError(
                f"{type(self).__name__} needs {marker!r} as one token that cuts text, but this tokenizer makes it "
                f"{tokens}: use the tokenizer of the model that the format belongs to"
            )
        return tokens[0]

    def _describe(
        self, messages: Sequence[Message], turn_start: int, known: Sequence[_Described] = ()
    ) -> Iterator[_Described]:
        """Each message with its context and what is written for it; not asked again if `known` has it already."""
        for message, ctx in zip(messages, contexts(messages, turn_start), strict=True):
            if ctx.idx < len(known) and known[ctx.idx].message is message and known[ctx.idx].context == ctx:
                yield known[ctx.idx]
            else:
                yield _Described(message, ctx, self.render_message(message, ctx))

    def _prompt(
        self,
        messages: Sequence[Message],
        role: Role = "assistant",
        prefill: str | None = None,
        known: Sequence[_Described] = (),
    ) -> Iterator[Chunk]:
        yield self.bos
        for described in self._describe(messages, self.last_assistant_turn_start(messages), known):
            if described.rendered.header is not None:
                yield described.rendered.header
            yield from described.rendered.output
        suffix_ctx = RenderContext(
            idx=len(messages),
            is_last=True,
            prev_message=messages[-1] if messages else None,
            last_user_index=last_user_index(messages),
            in_last_assistant_turn=True,
        )
        yield self.generation_suffix(role, suffix_ctx)
        text = self.prefill(messages, prefill or "")
        if text:
            yield (Text(text),)

    def _prompt_script(self, messages: Sequence[Message], role: Role, prefill: str) -> Script:
        """The conversation as a prompt; `messages` are those of `conversation`."""
        return Script([*self._prompt(messages, role, prefill)])

    def _script(self, messages: Sequence[Message], train_on_what: str) -> Script:
        """The conversation as an example; `messages` are those of `conversation`."""
        turn_start = self.last_assistant_turn_start(messages[:-1])
        header_weight = int(train_on_what == TrainOnWhat.ALL_TOKENS)
        described: list[_Described] = []
        # The chunk of the beginning-of-text token counts if the format has one.
        chunks: list[Chunk] = [self.bos] if self.bos else []
        weights = [0] * len(chunks)
        for message, ctx in zip(messages, contexts(messages, turn_start), strict=True):
            check_trainable(message, train_on_what)
            rendered = self.render_message(message, ctx)
            described.append(_Described(message, ctx, rendered))
            if rendered.header is not None:
                chunks.append(rendered.header)
                weights.append(header_weight)
            output = rendered.output
            if ctx.is_last and rendered.stop_overlap is not None:
                output = (*output, rendered.stop_overlap)
            chunks += output
            weights += [output_weight(message, ctx, train_on_what)] * len(output)
        target = first_trained_message(messages, train_on_what)
        boundary = Boundary()
        if target is not None:
            prompt = self._prompt(self.conversation(messages[:target]), known=described)
            boundary = boundary_of((chunk for chunk in prompt if chunk), chunks, target)
        # Upstream's accident: weights that count a beginning-of-text token, or nothing at all, become floats.
        return Script(chunks, weights, boundary, floats=bool(self.bos) or not messages)

    # From messages to frames.

    def _example_frame(self, messages: Sequence[Message], train_on_what: str) -> tuple[Frame, Sequence[str]]:
        """The frame of an example, and the texts that go into it."""
        return self._framed(self._example_shapes, self._script, messages, (train_on_what,))

    def _row(self, messages: Sequence[Message], train_on_what: str) -> tuple[Frame, Sequence[str]]:
        """The same for a batch, where a subclass may build otherwise."""
        if type(self).build_supervised_example is Renderer.build_supervised_example:
            return self._framed(self._example_shapes, self._script, messages, (train_on_what,))
        model_input, weights = self.build_supervised_example(messages, train_on_what)
        return Frame.finished(model_input.to_ints(), weights.tolist(), self._encoder), []

    def _known_rows(self, block: list[Sequence[Message]], train_on_what: str) -> Fillings | None:
        """`_row` of many, if they can be looked up."""
        if type(self).build_supervised_example is not Renderer.build_supervised_example:
            return None
        return self._known(self._example_shapes, block, (train_on_what,))

    def _rows(self, messages: Sequence[Message], train_on_what: str) -> list[tuple[Frame, Sequence[str]]]:
        """As many as it takes: see `build_supervised_examples`."""
        if self.has_extension_property:
            return [self._row(messages, train_on_what)]
        return self._example_frames(messages, train_on_what)

    def _example_frames(self, messages: Sequence[Message], train_on_what: str) -> list[tuple[Frame, Sequence[str]]]:
        """A frame for each trained turn: see `build_supervised_examples`."""
        match train_on_what:
            case TrainOnWhat.LAST_ASSISTANT_MESSAGE:
                if not messages:
                    raise InvalidMessageError("there is no last message in an empty conversation: give at least one")
                start = len(messages) - 1
            case TrainOnWhat.LAST_ASSISTANT_TURN:
                start = self.last_assistant_turn_start(messages)
            case TrainOnWhat.ALL_ASSISTANT_MESSAGES:
                start = 0
            case _:
                raise NotImplementedError(
                    f"{type(self).__name__} cannot split a conversation for {str(train_on_what)!r}, which trains more "
                    "than sampled turns: use build_supervised_example, or an assistant mode"
                )
        return [
            self._example_frame(messages[: end + 1], TrainOnWhat.LAST_ASSISTANT_MESSAGE)
            for end in range(start, len(messages))
            if role_of(messages[end]) == "assistant"
        ]

    def _prompt_frame(
        self, messages: Sequence[Message], role: Role, prefill: str | None
    ) -> tuple[Frame, Sequence[str]]:
        """The frame of a prompt, and the texts that go into it."""
        return self._framed(self._prompt_shapes, self._prompt_script, messages, (role, prefill or ""))

    def _framed(
        self, shapes: Shapes, describe: Callable[..., Script], messages: Sequence[Message], settings: tuple[str, ...]
    ) -> tuple[Frame, Sequence[str]]:
        rendered = self.conversation(messages) if self._adds_messages else messages
        roles_and_texts = None if self._copied is None else plain(messages, self._copied)
        if roles_and_texts is not None:
            roles, texts = roles_and_texts
            key = (settings, roles)
            shape = shapes.known.get(key)
            if shape is None:
                shape = shapes.meet(key, lambda stand_ins: describe(self.conversation(stand_ins), *settings))
            if shape:
                return shape.frame, texts if shape.copies else shape.texts(texts)
        frame = Frame(describe(rendered, *settings), self._encoder)
        return frame, frame.texts

    def _encoded(self, frame: Frame, texts: Sequence[str]) -> Sequence[tuple[int, ...]]:
        split = frame.split
        return self._encoder.texts(texts, frame.splits) if split is None else self._encoder.alike(texts, split)

    def _known(self, shapes: Shapes, block: list[Sequence[Message]], settings: tuple[str, ...]) -> Fillings | None:
        """What `_framed` gives for each of many conversations, if they can be looked up."""
        known = None if self._copied is None else shapes.known_of(settings, block, self._copied)
        if known is not None and self._adds_messages:
            for messages in dict(zip(known[0], block, strict=True)).values():
                self.conversation(messages)  # It may have a warning, which one of each kind brings.
        return known

    def _example(self, frame: Frame, encoded: Sequence[tuple[int, ...]]) -> SupervisedExample:
        return frame.example(encoded, 0 if frame.boundary.rest is None else self._supplied(frame, encoded))

    def _supplied(self, frame: Frame, encoded: Sequence[Sequence[int]]) -> int | None:
        """See `Frame.supplied`. Raises RendererError if thinking is disabled and the target goes on otherwise."""
        supplied = frame.supplied(encoded, self._encoder)
        if supplied is None and self.disables_thinking:
            raise RendererError(
                f"{type(self).__name__} closes the think block in its prompt, but the turn to be trained, message "
                f"{frame.boundary.message}, reasons: remove its reasoning or use the format with thinking"
            )
        return supplied

    def _warn(self, train_on_what: str) -> None:
        if train_on_what == TrainOnWhat.ALL_ASSISTANT_MESSAGES and not self.has_extension_property:
            logger.warning(
                "%s shows earlier turns otherwise than they were sampled: train them with "
                "build_supervised_examples, which makes an example of each",
                type(self).__name__,
            )
