"""Anything that has the form of an operation's params, drawn from its type alone: the raw way.

What the members mean is not known here, so many of these questions are refused, and a refusal is an answer too. A few
names of members are given what usually stands under them; lists of one object mostly have the same length.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import inspect

from conformance.drawing import tensors
from conformance.drawing.json_texts import json_text
from conformance.drawing.texts import role, text_of_any_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.drawing.dice import Dice

    Draw = Callable[[Dice, int], Any]
    """Draws a value; lists that it holds are to have this length."""

DEEPEST = 12
SAMPLES = ("", "0", "1", "12", "-7", "18446744073709551615", "9007199254740993", "NaN", "Infinity", "AAAA", "AACAPw==")
"""Candidates for text that must match a pattern."""
MODELS = ("Qwen/Qwen3-8B", "meta-llama/Llama-3.1-8B", "meta-llama/Llama-3.1-8B-Instruct", "openai/gpt-oss-20b")
FLOATS = (0.0, 1.0, -1.0, 0.5, 0.1, 2.5, 1e-3, 100.0, -0.0, 1e-8, 3.0)


def draw(dice: Dice, form: type[msgspec.Struct]) -> dict[str, Any]:
    """Params of this form."""
    made: dict[str, Any] = _drawer(form)(dice, 1 + dice.few(5))
    return made


@cache
def _drawer(form: type[msgspec.Struct]) -> Draw:
    return _struct(inspect.type_info(form), 0)


def _struct(info: Any, depth: int) -> Draw:
    members = [(member.encode_name, member.required, _member(member, depth + 1)) for member in info.fields]
    tag = {info.tag_field: info.tag} if info.tag_field else {}

    def drawn(dice: Dice, length: int) -> Any:
        made = dict(tag)
        for name, required, value in members:
            if required or dice.chance(0.4):
                made[name] = value(dice, length)
        return made

    return drawn


def _member(member: Any, depth: int) -> Draw:
    hint = HINTS.get(member.encode_name)
    # A hint is taken where the type allows it.
    return hint if hint is not None and _fits(hint, member.type) else _any(member.type, depth)


def _fits(hint: Draw, info: Any) -> bool:
    from conformance.drawing.dice import Dice

    samples = [hint(Dice(at), 2) for at in range(16)]
    return all(_allows(info, sample) for sample in samples)


def _allows(info: Any, value: Any) -> bool:
    if isinstance(info, inspect.UnionType):
        return any(_allows(one, value) for one in info.types)
    if isinstance(info, inspect.Metadata):
        return _allows(info.type, value)
    if isinstance(info, inspect.ListType):
        return isinstance(value, list) and all(_allows(info.item_type, one) for one in value)
    if isinstance(info, inspect.LiteralType):
        return value in info.values
    if isinstance(info, inspect.StrType):
        return isinstance(value, str) and info.pattern is None
    return isinstance(info, inspect.AnyType) or (isinstance(info, inspect.IntType) and isinstance(value, int))


def _any(info: Any, depth: int) -> Draw:
    if isinstance(info, inspect.Metadata):
        return _any(info.type, depth)
    if isinstance(info, inspect.UnionType):
        return _one_of([_any(one, depth) for one in info.types])
    if isinstance(info, inspect.StructType):
        return _struct(info, depth) if depth < DEEPEST else lambda dice, length: {}
    if isinstance(info, inspect.ListType | inspect.VarTupleType):
        return _list(_any(info.item_type, depth + 1), depth)
    if isinstance(info, inspect.DictType):
        return _object(_any(info.value_type, depth + 1))
    if isinstance(info, inspect.LiteralType):
        values = list(info.values)
        return lambda dice, length: dice.pick(values)
    return _scalar(info)


def _scalar(info: Any) -> Draw:
    if isinstance(info, inspect.IntType):
        return _integer(info.ge, info.le)
    if isinstance(info, inspect.FloatType):
        return lambda dice, length: dice.pick(FLOATS) if dice.chance(0.5) else round(dice.random() * 4 - 2, 3)
    if isinstance(info, inspect.BoolType):
        return lambda dice, length: dice.chance(0.5)
    if isinstance(info, inspect.NoneType):
        return lambda dice, length: None
    if isinstance(info, inspect.StrType):
        return _text(info)
    return lambda dice, length: tensors.nested(dice, tensors.shape(dice), dice.pick(tensors.DTYPES))


def _integer(least: int | None, most: int | None) -> Draw:
    def drawn(dice: Dice, length: int) -> Any:
        if least is None and dice.chance(0.05):
            return -1 - dice.few(4)
        number = (least or 0) + (length if dice.chance(0.3) else dice.few(20))
        return number if most is None else min(number, most)

    return drawn


def _text(info: Any) -> Draw:
    if info.pattern is not None:
        matching = [one for one in SAMPLES if re.search(info.pattern, one)] or [""]
        return lambda dice, length: dice.pick(matching)
    least = info.min_length or 0
    return lambda dice, length: text_of_any_kind(dice).ljust(least, "a")


def _one_of(drawers: Sequence[Draw]) -> Draw:
    return drawers[0] if len(drawers) == 1 else lambda dice, length: dice.pick(drawers)(dice, length)


def _list(item: Draw, depth: int) -> Draw:
    def drawn(dice: Dice, length: int) -> Any:
        # What is deep inside is short, or there would be no end of it.
        count = 1 + dice.few(1) if depth > 3 else length if dice.chance(0.9) else dice.few(5)
        return [item(dice, length) for _ in range(count)]

    return drawn


def _object(value: Draw) -> Draw:
    def drawn(dice: Dice, length: int) -> Any:
        return {text_of_any_kind(dice): value(dice, length) for _ in range(dice.few(3))}

    return drawn


def _flat(dice: Dice, length: int) -> list[Any]:
    """Numbers that fit every dtype, as a rule."""
    if dice.chance(0.7):
        return [dice.below(9) for _ in range(length)]
    return [tensors.number(dice, dice.pick(tensors.DTYPES)) for _ in range(length)]


HINTS: dict[str, Draw] = {
    "role": lambda dice, length: role(dice),
    "arguments": lambda dice, length: json_text(dice),
    "parameters": lambda dice, length: json_text(dice),
    "dtype": lambda dice, length: dice.pick(tensors.DTYPES),
    "shape": lambda dice, length: [length],
    "data": lambda dice, length: _flat(dice, length),
    "model_name": lambda dice, length: dice.pick(MODELS) if dice.chance(0.8) else text_of_any_kind(dice),
    "tokens": lambda dice, length: [dice.below(280) for _ in range(length)],
}
"""What usually stands under a name."""
