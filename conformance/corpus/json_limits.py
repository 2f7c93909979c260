# ruff: noqa: RUF001 - DeepSeek's markers are written with a full-width bar.
"""JSON at the limits of parsers: nested deep, or with long integers. The bytes tier suffices.

How deep Python's own parser goes depends on its release, so that nothing is asked beyond that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.corpus.messages import assistant, call, user
from conformance.corpus.settings import DEEPSEEK, GPT_OSS, QWEN3

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question

DIGITS = 4300
"""So many digits of an integer Python reads; one more is an error."""
DEEP = 200
"""Many parsers stop at 100 or 128."""

VALUES = (
    ("longest-integer", "9" * DIGITS),
    ("too-long-integer", "9" * (DIGITS + 1)),
    ("deep", "[" * DEEP + "]" * DEEP),
)

CALLS = (
    (QWEN3, '<tool_call>{{"name": "f", "arguments": {json}}}</tool_call><|im_end|>', VALUES),
    (
        DEEPSEEK,
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>f<｜tool▁sep｜>{json}<｜tool▁call▁end｜><｜tool▁calls▁end｜>"
        "<｜end▁of▁sentence｜>",
        VALUES[1:],
    ),
    (GPT_OSS, " to=functions.f<|channel|>commentary <|constrain|>json<|message|>{json}<|call|>", VALUES[2:]),
)


def questions() -> Iterator[Question]:
    for ask, answer, values in CALLS:
        for slug, value in values:
            about = _about(slug)
            arguments = f'{{"x": {value}}}'
            if slug == "deep" or (ask is QWEN3 and slug == "too-long-integer"):
                messages = [user("q"), assistant("", call("f", arguments))]
                yield from ask.example("json-limits", messages, **about)
            yield from ask.parse("json-limits", answer.format(json=arguments), **about)


def _about(slug: str) -> dict[str, Any]:
    accident = slug == "too-long-integer"
    return {
        "variant": slug,
        "flags": ("json_limits", "tool_calls"),
        "level": "should" if accident else "must",
        "notes": "An accident: Python refuses integers of more than 4300 digits." if accident else "",
        "tiers": ("bytes",),
    }
