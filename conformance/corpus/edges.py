# ruff: noqa: RUF001 - DeepSeek's markers are written with a full-width bar.
"""Where pieces of text meet, and where a trained span begins and ends.

On the bytes tier a port that joins all text and encodes it once gives the same tokens; in the real tier a newline
or a word at a seam merges with its neighbour, or must not. The flag `apart` marks these, by family and kind of seam:
the first word of the slug.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from conformance.corpus.messages import Message, assistant, call, system, text, thinking, tool, user
from conformance.corpus.modes import (
    ALL_ASSISTANT,
    ALL_MESSAGES,
    ALL_TOKENS,
    LAST_MESSAGE,
    MODE_FLAGS,
    UNMARKED,
    USER_AND_SYSTEM,
)
from conformance.corpus.settings import (
    DEEPSEEK,
    DEEPSEEK_THINKING,
    GPT_OSS,
    GPT_OSS_MEDIUM,
    LLAMA3,
    QWEN3,
    QWEN3_DISABLE,
    QWEN3_INSTRUCT,
    QWEN3_KEEP,
    ROLE_COLON,
    ROLE_COLON_BOS,
    Setting,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question

Q, A, Z = user("q"), assistant("a"), user("z")


class Seam(NamedTuple):
    """Two texts that meet, in a conversation that is asked as an example. `slug` begins with the kind."""

    slug: str
    messages: list[Message]


TEXT_SEAMS = (
    Seam("header-newline", [user("\nq"), assistant("\na")]),
    Seam("header-newlines", [user("\n\nq"), assistant("\n\na")]),
    Seam("header-space", [user(" q"), assistant(" a")]),
    Seam("header-blank", [user("\n"), assistant("\n")]),
    Seam("terminator-newline", [user("q\n"), assistant("a\n")]),
    Seam("terminator-newlines", [user("q\n\n"), assistant("a\n\n")]),
    Seam("terminator-bracket", [user("q<"), assistant("a <|")]),
    Seam("terminator-space", [user("q "), assistant("a  ")]),
    Seam("header-system", [system("\ns\n"), Q, A]),
)
THINK_SEAMS = (
    Seam("think-newlines", [Q, assistant([thinking("\nr\n"), text("\na")])]),
    Seam("think-blank-lines", [Q, assistant([thinking("\n\nr\n\n"), text("\n\n\na")])]),
    Seam("think-spaces", [Q, assistant([thinking(" r "), text(" a")])]),
    Seam("think-letters", [Q, assistant([thinking("r"), text("so a")])]),
    Seam("think-empty", [Q, assistant([thinking(""), text("\na")])]),
    Seam("think-text-parts", [Q, assistant([thinking("r"), text("tea"), text("pot")])]),
)
CALL_SEAMS = (
    Seam("call-newline", [Q, assistant("t\n", call("f", '{"x": 1}'))]),
    Seam("call-newlines", [Q, assistant("t\n\n", call("f", '{"x": 1}'))]),
    Seam("call-space", [Q, assistant("t ", call("f", '{"x": 1}'), call("g", "{}"))]),
    Seam("call-name", [Q, assistant("", call("1f", '{"x": "\\n"}'))]),
    Seam("call-result", [Q, assistant("", call("f")), tool("\n8\n", name="f"), A]),
    Seam("call-result-spaces", [Q, assistant("", call("f")), tool(" 8 ", name="f"), A]),
)
PREFILLS = (
    ("newline", "\n"),
    ("newlines", "\n\n"),
    ("newline-word", "\nSure"),
    ("space-word", " Sure"),
    ("contraction", "'s"),
    ("word", "s"),
)

BOTH = (*THINK_SEAMS, *CALL_SEAMS)
SETTINGS = (
    (ROLE_COLON, TEXT_SEAMS),
    (ROLE_COLON_BOS, TEXT_SEAMS),
    (LLAMA3, TEXT_SEAMS),
    (QWEN3, (*TEXT_SEAMS, *BOTH)),
    (QWEN3_KEEP, THINK_SEAMS),
    (QWEN3_DISABLE, (*TEXT_SEAMS, *CALL_SEAMS)),
    (QWEN3_INSTRUCT, (*TEXT_SEAMS, *BOTH)),
    (DEEPSEEK, (*TEXT_SEAMS, *BOTH)),
    (DEEPSEEK_THINKING, (*TEXT_SEAMS, *BOTH)),
    (GPT_OSS, (*TEXT_SEAMS, *BOTH)),
)

# The text with which each family ends a message, where a text can spell it.
TERMINATORS = (
    (ROLE_COLON, "\n\n"),
    (ROLE_COLON_BOS, "\n\nUser:"),
    (LLAMA3, "<|eot_id|>"),
    (QWEN3, "<|im_end|>"),
    (QWEN3_DISABLE, "<|im_end|>"),
    (DEEPSEEK, "<｜end▁of▁sentence｜>"),
    (DEEPSEEK_THINKING, "<｜end▁of▁sentence｜>"),
    (GPT_OSS_MEDIUM, "<|return|>"),
)


def questions() -> Iterator[Question]:
    for ask, seams in SETTINGS:
        for seam in seams:
            yield from ask.example(f"apart-{seam.slug}", seam.messages, ALL_ASSISTANT, flags=("apart", "seam"))
        for slug, prefill in PREFILLS:
            yield from ask.prompt(
                f"apart-prefill-{slug}", [Q, A, Z], prefill=prefill, flags=("apart", "prefill", "seam")
            )
    yield from _without_think_tokens()
    for ask, terminator in TERMINATORS:
        yield from _spans(ask, terminator)


def _without_think_tokens() -> Iterator[Question]:
    """With DeepSeek V3's file the tags of reasoning are text, which the answer's first word could join."""
    for ask in (DEEPSEEK, DEEPSEEK_THINKING):
        v3 = Setting(renderer=ask.renderer, family="deepseek", bytes="", real="deepseek_v3", variant="v3-tokenizer")
        for seam in (*THINK_SEAMS, *TEXT_SEAMS[:3]):
            yield from v3.example(f"apart-{seam.slug}", seam.messages, flags=("apart", "seam"), tiers=("real",))
        for slug, prefill in PREFILLS:
            yield from v3.prompt(
                f"apart-prefill-{slug}", [Q], prefill=prefill, flags=("apart", "prefill", "seam"), tiers=("real",)
            )


def _spans(ask: Setting, terminator: str) -> Iterator[Question]:
    for mode in UNMARKED:
        flags = ("span_edges", *MODE_FLAGS[mode])
        messages = [Q, assistant(""), user(""), A]
        yield from ask.example("span-of-empty", messages, mode, flags=(*flags, "empty_content"))
    for mode in (LAST_MESSAGE, ALL_ASSISTANT):
        messages = [Q, assistant(f"a{terminator}"), user(f"z{terminator}"), assistant(f"{terminator}b")]
        flags = ("span_edges", "special_text", *MODE_FLAGS[mode])
        yield from ask.example("span-with-terminator", messages, mode, flags=flags)
    for mode in (USER_AND_SYSTEM, ALL_MESSAGES, ALL_TOKENS):
        flags = ("span_edges", "trailing_user", *MODE_FLAGS[mode])
        yield from ask.example("span-of-last-user", [system("s"), Q, A, Z], mode, flags=flags)
    for mode in (ALL_MESSAGES, ALL_TOKENS):
        flags = ("span_edges", "tool_results", *MODE_FLAGS[mode])
        yield from ask.example("span-of-last-tool", [Q, A, tool("8", name="f")], mode, flags=flags)
