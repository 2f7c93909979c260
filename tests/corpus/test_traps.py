"""Every entry of the behaviour map that concerns these families is asked about, or is listed here with its reason."""

from __future__ import annotations

import re

from conformance.corpus import questions

RANGES = ((1, 118), (214, 227), (230, 230), (240, 240))
"""The numbers of the entries in scope; the map has gaps, which `NUMBERS` leaves out."""

GAPS = {*range(45, 50), *range(65, 70), *range(76, 80)}
NUMBERS = {number for first, last in RANGES for number in range(first, last + 1)} - GAPS

TRAPS_NOT_CASES = {
    6: "the renderers that inject a message are of other families",
    9: "the renderers that inject a message are of other families",
    13: "about deepseekv3_thinking",
    16: "weights are compared by value: a dtype does not cross the wire",
    17: "only renderers that write images",
    19: "chunks do not cross the wire, flattened tokens do",
    20: "chunks do not cross the wire, flattened tokens do",
    33: "about qwen3_vl",
    34: "whether the caller's messages are changed cannot be seen from another process",
    35: "a registry of renderers cannot be reached from another process, and an unknown renderer is not declared",
    43: "about the tokenizer of deepseek",
    44: "a tokenizer without a family's tokens is caught by the probe of tokenizers",
    114: "asked by the declarations of tools in the grid",
    115: "asked by the declarations of tools in the grid",
    116: "asked by the declarations of tools in the grid",
    117: "about qwen3_vl",
    118: "about qwen3_vl",
    230: "get_text_content is not an operation",
}


def test_every_trap_is_named_or_excused() -> None:
    named = {int(trap[1:]) for question in questions() for trap in question.traps}
    assert NUMBERS - named - set(TRAPS_NOT_CASES) == set()


def test_traps_are_written_as_in_the_map() -> None:
    traps = {trap for question in questions() for trap in question.traps}
    assert [trap for trap in traps if not re.fullmatch(r"T\d{3}", trap)] == []
