"""Strings as people and models write them, and as nobody should."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.corpus import text

if TYPE_CHECKING:
    from conformance.drawing.dice import Dice

WORDS = (
    "tea",
    "Name a river.",
    "The Loire.",
    "why?",
    "No",
    "1234",
    "brew it, please",
    "def f(x):\n    return x",
    "- one\n- two",
    'she said "yes"',
    "it's",
    "x = 3.14",
    "https://example.org/a?b=c",
)
AWKWARD = tuple(one.value for one in (*text.EDGES, *text.UNICODE))
FOREIGN = tuple(one.value for one in text.FOREIGN)
FRAGMENTS = (
    " ", "\n", "\n\n", "\t", "\r\n", ":", "<", ">", "</", "|", "{", "}", '"', "\\", "\\n", "\u00e9", "e\u0301",
    "\u00df",
    "\u0130", "\U0001f375", "\u200b", "\u2028", "\u4e00", "<think>", "</think>", "<tool_call>", "</tool_call>",
    "<|im_end|>", "<|eot_id|>", "<|end|>", "<\uff5cUser\uff5c>", "\n\nUser:", "\n\nAssistant:", "a", "B", "0", "-", ".",
)  # fmt: skip
IDENTIFIERS = (
    "brew", "ring", "a", "get_weather", "call-1", "gr\u00f6\u00dfe", "x.y", "10", "9", "", " ", "functions.f",
)  # fmt: skip
ROLES = ("user", "assistant", "system", "tool", "developer")
ODD_ROLES = (
    "critic", "", "User", "user two", "\u00f1and\u00fa", "ASSISTANT", "mcLaren", "a\nb", "tool_response",
    " user ", "\u01c6",
)  # fmt: skip


def words(dice: Dice) -> str:
    """Something ordinary."""
    return dice.pick(WORDS)


def text_of_any_kind(dice: Dice) -> str:
    """Ordinary half of the time; else awkward at its edges, in its characters, or by the markers that it forges."""
    thrown = dice.random()
    if thrown < 0.45:
        return dice.pick(WORDS)
    if thrown < 0.65:
        return dice.pick(AWKWARD)
    if thrown < 0.73:
        return dice.pick(FOREIGN)
    if thrown < 0.88:
        return patchwork(dice)
    return dice.pick(WORDS) + dice.pick(FRAGMENTS) + dice.pick(AWKWARD)


def patchwork(dice: Dice) -> str:
    """Fragments in any order."""
    return "".join([dice.pick(FRAGMENTS) for _ in range(dice.few(8))])


def role(dice: Dice) -> str:
    """A role, now and then one that nobody has."""
    return dice.pick(ODD_ROLES) if dice.chance(0.1) else dice.pick(ROLES)


def identifier(dice: Dice) -> str:
    """The name of a tool, a key, an id."""
    return dice.pick(IDENTIFIERS)
