"""Tools that are offered to a model: names, descriptions, and the JSON text of a schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.corpus.tool_calls import TOOL_LISTS, declared
from conformance.drawing.json_texts import json_object
from conformance.drawing.texts import identifier, text_of_any_kind

if TYPE_CHECKING:
    from conformance.drawing.dice import Dice

KNOWN = tuple(tool for one in TOOL_LISTS for tool in one.tools)
TYPES: tuple[Any, ...] = (
    "string",
    "integer",
    "number",
    "boolean",
    "null",
    "array",
    "object",
    "date",
    ["string", "null"],
)
VALUES: tuple[Any, ...] = ("a", "\u00e9", "", 1, 1.0, 0.1, True, None, [], {})


def tools(dice: Dice) -> list[dict[str, str]]:
    """Few tools, none now and then."""
    return [_tool(dice) for _ in range(0 if dice.chance(0.05) else 1 + dice.few(2))]


def _tool(dice: Dice) -> dict[str, str]:
    thrown = dice.random()
    if thrown < 0.35:
        return dict(dice.pick(KNOWN))
    parameters = json_object(dice) if thrown < 0.4 else json.dumps(schema(dice), ensure_ascii=dice.chance(0.5))
    return declared(identifier(dice), text_of_any_kind(dice), parameters)


def schema(dice: Dice, depth: int = 0) -> dict[str, Any]:
    """A JSON Schema, with its keywords in any order."""
    kind = "object" if depth == 0 else dice.pick(TYPES)
    made: dict[str, Any] = {"type": kind}
    if kind == "object" and (depth == 0 or dice.chance(0.7)):
        names = [identifier(dice) for _ in range(dice.few(4))]
        made["properties"] = {name: schema(dice, depth + 1) if depth < 2 else {} for name in names}
        if dice.chance(0.6):
            made["required"] = dice.sample(names, dice.below(len(names) + 1))
    elif kind == "array" and dice.chance(0.7):
        made["items"] = schema(dice, depth + 1) if depth < 2 else {"type": "string"}
    for keyword, probability in (("description", 0.4), ("title", 0.1)):
        if dice.chance(probability):
            made[keyword] = text_of_any_kind(dice)
    if dice.chance(0.15):
        made["enum"] = [dice.pick(VALUES[:6]) for _ in range(1 + dice.few(2))]
    if dice.chance(0.15):
        made["default"] = dice.pick(VALUES)
    if depth and dice.chance(0.08):
        made["nullable"] = dice.chance(0.8)
    if depth == 1 and dice.chance(0.08):
        made[dice.pick(("oneOf", "anyOf"))] = [schema(dice, depth + 1) for _ in range(1 + dice.few(2))]
    if dice.chance(0.2):
        keys = list(made)
        dice.shuffle(keys)
        made = {key: made[key] for key in keys}
    return made
