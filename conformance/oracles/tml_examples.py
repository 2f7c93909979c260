"""Which of the training examples that tml-renderers makes of a conversation are the answer to a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.adapters.serve import NotSupported

if TYPE_CHECKING:
    from collections.abc import Sequence


def chosen(roles: Sequence[str], count: int, train_on_what: str, *, plural: bool) -> list[int]:
    """The places, among the `count` examples made of a conversation, of those that are asked for.

    `roles` are those of the messages. Where there is an example for each assistant's message, each has the loss on
    that message; where there is one for all, it has the loss on all. Raises NotSupported where the answer would take
    an example with another loss than any that was made.
    """
    assistants = [place for place, role in enumerate(roles) if role == "assistant"]
    after_user = max((place for place, role in enumerate(roles) if role == "user"), default=-1)
    if train_on_what == "all_assistant_messages":
        wanted = assistants
    elif train_on_what == "last_assistant_turn":
        wanted = [place for place in assistants if place > after_user]
    elif train_on_what == "last_assistant_message":
        wanted = assistants[-1:] if roles[-1:] == ["assistant"] else []
    else:
        raise NotSupported("tml-renderers trains assistants alone")
    if not plural and roles[-1:] != ["assistant"]:
        raise NotSupported("its examples end with a trained message")
    if wanted == assistants and (plural or count == 1):
        return list(range(count))
    if count != len(assistants) or not (plural or len(wanted) == 1):
        raise NotSupported("tml-renderers makes no example with this loss alone")
    return [assistants.index(place) for place in wanted]
