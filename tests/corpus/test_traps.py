"""Every entry of the behaviour map that concerns these families is asked about, or is listed here with its reason."""

from __future__ import annotations

import re

from conformance.corpus import questions

RANGES = ((1, 118), (140, 163), (170, 193), (214, 227), (230, 240))
"""The numbers of the entries about these renderers; the map has gaps, which `NUMBERS` leaves out."""

GAPS = {*range(45, 50), *range(65, 70), *range(76, 80)}
NUMBERS = {number for first, last in RANGES for number in range(first, last + 1)} - GAPS

TRAPS_NOT_CASES = {
    17: "only renderers that write images; here images never reach the tokens",
    19: "prompts are compared token by token, and an empty chunk has none",
    33: "qwen3_vl is not among these renderers",
    34: "whether the caller's messages are changed cannot be seen from another process",
    35: "a registry cannot be reached from another process, and an unknown renderer is not declared by any adapter",
    117: "qwen3_vl is not among these renderers",
    118: "qwen3_vl is not among these renderers",
    174: "a constructor's arguments are chosen by the renderer's name",
}


def test_every_trap_is_named_or_excused() -> None:
    named = {int(trap[1:]) for question in questions() for trap in question.traps}
    assert NUMBERS - named - set(TRAPS_NOT_CASES) == set()


def test_traps_are_written_as_in_the_map() -> None:
    traps = {trap for question in questions() for trap in question.traps}
    assert [trap for trap in traps if not re.fullmatch(r"T\d{3}", trap)] == []


def test_no_excuse_is_left_over() -> None:
    named = {int(trap[1:]) for question in questions() for trap in question.traps}
    assert named & set(TRAPS_NOT_CASES) == set()
