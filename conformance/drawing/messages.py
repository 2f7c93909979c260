"""One message: a role, content as a string or as parts, calls of tools, and the fields that few set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.corpus import thinking as reasoning
from conformance.corpus.messages import Content, Message, Part, call, image, text, thinking
from conformance.drawing.json_texts import json_text
from conformance.drawing.texts import identifier, text_of_any_kind

if TYPE_CHECKING:
    from conformance.drawing.dice import Dice

REASONED = tuple(one.content for one in reasoning.ALL)
ERRORS = ("Invalid JSON: Expecting value", "Missing name", "unterminated tool block", "a: b: c", "")


def message(dice: Dice, role: str, *, plain: bool = False) -> Message:
    """A message of this role. `plain`: parts and calls are rare, for renderers that refuse them."""
    rich = dice.random() < (0.04 if plain else 0.9)
    made: Message = {"role": role, "content": _content(dice, role) if rich else text_of_any_kind(dice)}
    if not rich:
        return made
    if role == "assistant" and dice.chance(0.25):
        made["tool_calls"] = tool_calls(dice)
        if dice.chance(0.5):
            made["content"] = ""
    if role == "tool":
        if dice.chance(0.6):
            made["name"] = identifier(dice)
        if dice.chance(0.5):
            made["tool_call_id"] = identifier(dice)
    elif dice.chance(0.03):
        made[dice.pick(("name", "tool_call_id"))] = identifier(dice)
    if dice.chance(0.02):
        made["unparsed_tool_calls"] = unparsed_tool_calls(dice)
    return made


def _content(dice: Dice, role: str) -> Content:
    if role == "assistant":
        thrown = dice.random()
        if thrown < 0.2:
            known = dice.pick(REASONED)
            # Somebody may change what was drawn, the catalogue's own must stay.
            return known if isinstance(known, str) else [dict(part) for part in known]
        if thrown < 0.35:
            return parts(dice)
    elif dice.chance(0.1):
        return parts(dice)
    return text_of_any_kind(dice)


def parts(dice: Dice) -> list[Part]:
    """Few parts, of text and reasoning; an image now and then."""
    return [_part(dice) for _ in range(1 + dice.few(3))] if dice.chance(0.95) else []


def _part(dice: Dice) -> Part:
    thrown = dice.random()
    if thrown < 0.55:
        return text(text_of_any_kind(dice))
    return thinking(text_of_any_kind(dice)) if thrown < 0.97 else image("https://example.org/cup.png")


def tool_calls(dice: Dice) -> list[dict[str, Any]]:
    """One call or few; none at all now and then."""
    count = 0 if dice.chance(0.04) else 1 + dice.few(2)
    return [
        call(identifier(dice), json_text(dice), identifier(dice) if dice.chance(0.4) else None) for _ in range(count)
    ]


def unparsed_tool_calls(dice: Dice) -> list[dict[str, str]]:
    """What could not be read as calls."""
    return [{"raw_text": text_of_any_kind(dice), "error": dice.pick(ERRORS)} for _ in range(dice.few(2) + 1)]
