"""Token streams to parse: what a renderer wrote for an answer, then cut, doubled and sprinkled with markers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.drawing.texts import FOREIGN, FRAGMENTS, text_of_any_kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.drawing.dice import Dice

MARKUP = (
    "<think>r</think>", "<think>\nr\n</think>\n\n", "</think>", "<think>",
    '<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call>', '<tool_call>\n{"arguments": {}}\n</tool_call>',
    "<tool_call>\n{", "</tool_call>", "<function=f></function>",
    '<tool_call>\n{"name": "f", "arguments": {"a": 1}, "id": "c-1"}\n</tool_call>',
    "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end_of_text|>", "<|eom_id|>",
    "<|channel|>analysis<|message|>", "<|channel|>final<|message|>",
    "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}",
    "<|start|>assistant<|channel|>commentary<|message|>",
    "<|start|>assistant", "<|end|>", "<|return|>", "<|call|>", "<|message|>",
    "<\uff5cend\u2581of\u2581sentence\uff5c>", "<\uff5ctool\u2581calls\u2581begin\uff5c>",
    "<\uff5ctool\u2581call\u2581begin\uff5c>f<\uff5ctool\u2581sep\uff5c>{}",
    "<\uff5ctool\u2581call\u2581end\uff5c>", "<\uff5ctool\u2581calls\u2581end\uff5c>",
    "\n\nUser:", "\n\nUser: again\n\nUser:",
)  # fmt: skip
PIECES = (*MARKUP, *FOREIGN, *FRAGMENTS)


def written(dice: Dice, encode: Callable[[str], list[int]]) -> list[int]:
    """A stream of pieces that were never rendered."""
    pieces = [dice.pick(PIECES) if dice.chance(0.6) else text_of_any_kind(dice) for _ in range(dice.few(6))]
    return encode("".join(pieces))


def mutated(dice: Dice, tokens: list[int], encode: Callable[[str], list[int]]) -> list[int]:
    """The tokens after few changes; unchanged one time in three."""
    made = list(tokens)
    if dice.chance(0.33):
        return made
    for _ in range(1 + dice.few(3)):
        made = _changed(dice, made, encode)
    return made


def _changed(dice: Dice, tokens: list[int], encode: Callable[[str], list[int]]) -> list[int]:
    at = dice.place(len(tokens))
    thrown = dice.random()
    if thrown < 0.15:
        return tokens[:at]
    if thrown < 0.3:
        return tokens[:at] + tokens[at + 1 :]
    if thrown < 0.4:
        return tokens[:at] + tokens[at : at + 1 + dice.few(4)] * 2 + tokens[at:]
    if thrown < 0.5:
        return tokens[at:]
    if thrown < 0.55 and tokens:
        return [*tokens[:at], dice.pick(tokens), *tokens[at:]]
    return tokens[:at] + encode(dice.pick(PIECES)) + tokens[at:]


def random_tokens(dice: Dice, known: list[int]) -> list[int]:
    """Bytes and markers in any order: broken characters, markers where none belongs."""
    return [dice.pick(known) if dice.chance(0.5) else dice.below(256) for _ in range(dice.few(12))]
