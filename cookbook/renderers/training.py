"""Which tokens of a conversation are trained.

Behaviour: tinker-cookbook 0.5.8, `TrainOnWhat`, `Renderer._output_is_trained` and `_train_after_the_generation_prompt`.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

from cookbook.errors import InvalidMessageError, RendererError
from cookbook.messages import shown
from cookbook.renderers.content import role_of
from cookbook.renderers.frames import Boundary
from cookbook.renderers.pieces import last_user_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cookbook.messages import Message
    from cookbook.renderers.pieces import Chunk, RenderContext


class TrainOnWhat(StrEnum):
    """The part of a conversation that carries loss. A plain string of the same value does as well."""

    LAST_ASSISTANT_MESSAGE = "last_assistant_message"
    """The last message, if it is the assistant's: nothing at all if a user speaks last."""
    LAST_ASSISTANT_TURN = "last_assistant_turn"
    """Every assistant message after the last user message (a user message at the very end is not looked at)."""
    ALL_ASSISTANT_MESSAGES = "all_assistant_messages"
    ALL_MESSAGES = "all_messages"
    """Every message, but no header."""
    ALL_TOKENS = "all_tokens"
    """Everything, headers too, except a beginning-of-text token."""
    ALL_USER_AND_SYSTEM_MESSAGES = "all_user_and_system_messages"
    CUSTOMIZED = "customized"
    """What each message's own `trainable` says."""


def _customized(message: Message, _: RenderContext) -> int:
    value = message["trainable"]
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise InvalidMessageError(f"trainable is {shown(value)}: use True or False on every message") from error


_OUTPUT_WEIGHT: dict[str, Callable[[Message, RenderContext], int]] = {
    TrainOnWhat.LAST_ASSISTANT_MESSAGE: lambda message, ctx: ctx.is_last and message["role"] == "assistant",
    TrainOnWhat.LAST_ASSISTANT_TURN: lambda message, ctx: ctx.in_last_assistant_turn and message["role"] == "assistant",
    TrainOnWhat.ALL_ASSISTANT_MESSAGES: lambda message, ctx: message["role"] == "assistant",
    TrainOnWhat.ALL_MESSAGES: lambda message, ctx: 1,
    TrainOnWhat.ALL_TOKENS: lambda message, ctx: 1,
    TrainOnWhat.ALL_USER_AND_SYSTEM_MESSAGES: lambda message, ctx: message["role"] in ("user", "system"),
    TrainOnWhat.CUSTOMIZED: _customized,
}


def output_weight(message: Message, ctx: RenderContext, train_on_what: str) -> int:
    """The weight of a message's output. Raises RendererError for an unknown value of `train_on_what`."""
    rule = _OUTPUT_WEIGHT.get(train_on_what)
    if rule is None:
        known = ", ".join(TrainOnWhat)
        raise RendererError(f"unknown train_on_what {train_on_what!r}: use one of {known}")
    return int(rule(message, ctx))


def check_trainable(message: Message, train_on_what: str) -> None:
    """`trainable` belongs on every message in customized mode and on none in any other; None counts as present.

    Raises InvalidMessageError.
    """
    customized = train_on_what == TrainOnWhat.CUSTOMIZED
    if ("trainable" in message) != customized:
        raise InvalidMessageError(
            f"message {shown(message)} has no 'trainable': customized training needs it on every message"
            if customized
            else f"message {shown(message)} has 'trainable', which only train_on_what='customized' reads, "
            f"not {str(train_on_what)!r}: remove the key or change the mode"
        )


def first_trained_message(messages: Sequence[Message], train_on_what: str) -> int | None:
    """Index of the message at which sampling would have begun, for the two modes that train what sampling produces.

    None in all other modes, and if that message is not the assistant's.
    """
    match train_on_what:
        case TrainOnWhat.LAST_ASSISTANT_MESSAGE:
            start = len(messages) - 1
        case TrainOnWhat.LAST_ASSISTANT_TURN:
            start = last_user_index(messages) + 1
        case _:
            return None
    if 0 <= start < len(messages) and role_of(messages[start]) == "assistant":
        return start
    return None


def boundary_of(prompt: Iterable[Chunk], chunks: Sequence[Chunk], message: int) -> Boundary:
    """How far an example has the very chunks of the prompt for `message`, and what of the prompt is left there.

    What is left may still begin the rest of the example, since the two may cut the same tokens into different chunks.
    """
    prompt = iter(prompt)
    shared = 0
    for chunk in prompt:
        if shared == len(chunks) or chunk != chunks[shared]:
            return Boundary(message, shared, chain([chunk], prompt))
        shared += 1
    return Boundary(message, shared)
