"""JSON as text: what calls of tools carry. Spacing, escapes, the form of numbers and the order of keys all vary."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.corpus.tool_calls import ILL_FORMED, WELL_FORMED
from conformance.drawing.texts import identifier, text_of_any_kind

if TYPE_CHECKING:
    from conformance.drawing.dice import Dice

KNOWN = tuple(one.value for one in WELL_FORMED if not one.should)
BROKEN = tuple(one.value for one in ILL_FORMED)
SCALARS = (
    "0", "1", "-1", "7", "1.0", "1.50", "-0", "-0.0", "1e3", "1E-7", "0.1", "1e16", "1e22", "123456789012345680.0",
    "12345678901234567890", "9007199254740993", "5e-324", "true", "false", "null", '""', '"a"', r'"\u00e9"',
    r'"\ud83c\udf75"', r'"a\/b"', r'"\""',
)  # fmt: skip
SEPARATORS = ((", ", ": "), (",", ":"), (" , ", " : "), (",\n  ", ": "))


def json_text(dice: Dice) -> str:
    """Mostly an object; well-formed nineteen times of twenty."""
    thrown = dice.random()
    if thrown < 0.05:
        return dice.pick(BROKEN)
    if thrown < 0.35:
        return dice.pick(KNOWN)
    return json_object(dice)


def json_object(dice: Dice, depth: int = 0) -> str:
    """An object with few members."""
    comma, colon = dice.pick(SEPARATORS) if dice.chance(0.3) else SEPARATORS[0]
    members = (f"{_string(identifier(dice), dice)}{colon}{_value(dice, depth + 1)}" for _ in range(dice.few(4)))
    return "{" + comma.join(members) + "}"


def _value(dice: Dice, depth: int) -> str:
    thrown = dice.random()
    if depth < 4 and thrown < 0.15:
        return json_object(dice, depth)
    if depth < 4 and thrown < 0.3:
        return "[" + ", ".join(_value(dice, depth + 1) for _ in range(dice.few(3))) + "]"
    return dice.pick(SCALARS) if thrown < 0.7 else _string(text_of_any_kind(dice), dice)


def _string(value: str, dice: Dice) -> str:
    return json.dumps(value, ensure_ascii=dice.chance(0.5))
