"""Whole conversations: who speaks when, from the usual to the absurd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.drawing.messages import message
from conformance.drawing.texts import role

if TYPE_CHECKING:
    from conformance.corpus.messages import Message
    from conformance.drawing.dice import Dice

MODES = (
    "last_assistant_message",
    "last_assistant_turn",
    "all_assistant_messages",
    "all_messages",
    "all_tokens",
    "all_user_and_system_messages",
    "customized",
)
NO_MODE = ("LAST_ASSISTANT_MESSAGE", "everything", "")


def conversation(dice: Dice, *, plain: bool = False, answered: bool = False) -> list[Message]:
    """Short ones more often. `answered`: an assistant has the last word, as a rule."""
    thrown = dice.random()
    if thrown < 0.15:
        roles = [role(dice) for _ in range(dice.few(4) + (not dice.chance(0.1)))]
    else:
        roles = _turns(dice, plain=plain)
    if answered and roles and roles[-1] != "assistant" and not dice.chance(0.3):
        roles.append("assistant")
    return [message(dice, one, plain=plain) for one in roles]


def _turns(dice: Dice, *, plain: bool) -> list[str]:
    roles = ["system"] if dice.chance(0.3) else []
    for _ in range(1 + dice.few(2)):
        roles.append("user")
        if dice.chance(0.7):
            roles.append("assistant")
            if dice.chance(0.05 if plain else 0.2):
                roles += ["tool"] * (1 + dice.few(1)) + ["assistant"]
    return roles


def train_on_what(dice: Dice, messages: list[Message]) -> str | None:
    """What to train, None for the default. For `customized`, the messages are marked."""
    if dice.chance(0.15):
        return None
    mode = dice.pick(MODES) if dice.chance(0.98) else dice.pick(NO_MODE)
    # Marks that are missing, or that do not belong there, are refused.
    if (mode == "customized") != dice.chance(0.03):
        for one in messages:
            one["trainable"] = dice.chance(0.5)
        if messages and dice.chance(0.03):
            del dice.pick(messages)["trainable"]
    return mode
