"""What every renderer refuses alike: unknown modes, a `trainable` that is there or is not, no message, no marker."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.corpus.messages import assistant, call, marked, said, tool, user
from conformance.corpus.modes import ALL_ASSISTANT, ALL_TOKENS, CUSTOM, LAST_MESSAGE, LAST_TURN, UNMARKED
from conformance.corpus.settings import (
    DEEPSEEK,
    DEEPSEEK_KEEP,
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

TURN = [user("p"), assistant("b")]

SETTINGS = (
    ROLE_COLON,
    LLAMA3,
    QWEN3,
    QWEN3_DISABLE,
    QWEN3_INSTRUCT,
    DEEPSEEK,
    DEEPSEEK_THINKING,
    GPT_OSS,
    GPT_OSS_MEDIUM,
)
ROLES = (
    ("space-before", " user"),
    ("space-behind", "user "),
    ("newline-behind", "user\n"),
    ("no-break-space", "\u00a0user"),
    ("upper", "USER"),
)

# What stands among the messages, among the parts of a content, and among the calls of a message.
NO_MESSAGES: tuple[tuple[str, Any], ...] = (("number", 5), ("word", "tea"), ("null", None), ("list", []))
NO_PARTS: tuple[tuple[str, Any], ...] = (
    ("number", 5),
    ("word", "tea"),
    ("null", None),
    ("no-type", {"text": "q"}),
    ("no-text", {"type": "text"}),
    ("number-for-text", {"type": "text", "text": 5}),
    ("null-for-text", {"type": "text", "text": None}),
    ("list-for-text", {"type": "text", "text": ["a"]}),
)
CALL = call("f")
NO_CALLS: tuple[tuple[str, Any], ...] = (
    ("number", [5]),
    ("word", ["f"]),
    ("null", [None]),
    ("no-function", [{"type": "function"}]),
    ("other-type", [{**CALL, "type": "tool"}]),
    ("number-for-id", [{**CALL, "id": 5}]),
    ("arguments-object", [{**CALL, "function": {"name": "f", "arguments": {"a": 1}}}]),
    ("arguments-null", [{**CALL, "function": {"name": "f", "arguments": None}}]),
    ("no-arguments", [{**CALL, "function": {"name": "f"}}]),
    ("no-name", [{**CALL, "function": {"arguments": "{}"}}]),
    ("null-for-name", [{**CALL, "function": {"name": None, "arguments": "{}"}}]),
    ("function-word", [{**CALL, "function": "f"}]),
    ("object", {"0": CALL}),
    ("text", "f"),
    ("bare-number", 5),
)
NO_UNPARSED: tuple[tuple[str, Any], ...] = (
    ("number", [5]),
    ("no-error", [{"raw_text": "x"}]),
    ("null-for-error", [{"raw_text": "x", "error": None}]),
    ("object", {"0": {"raw_text": "x", "error": "y"}}),
)


def questions() -> Iterator[Question]:
    for ask in SETTINGS:
        yield from _modes(ask)
        yield from _trainable(ask)
    for ask in (LLAMA3, QWEN3, DEEPSEEK, GPT_OSS):
        for slug, role in ROLES:
            yield from ask.prompt(
                "role-in-spaces", [said(role, "q")], variant=slug, flags=("odd_role", "trimming"), traps=("T039",)
            )
            yield from ask.prompt(
                "role-in-spaces",
                TURN[:1],
                role=role,
                variant=f"argument-{slug}",
                flags=("role_argument", "odd_role", "trimming"),
                traps=("T027",),
            )
    for ask in (ROLE_COLON, ROLE_COLON_BOS):
        yield from ask.prompt("nothing-said", [], flags=("no_messages",), traps=("T021",))
        yield from ask.prompt("nothing-said", [], prefill=" a", variant="prefill", flags=("no_messages", "prefill"))
        for mode in UNMARKED:
            yield from ask.example("nothing-said", [], mode, flags=("no_messages",), traps=("T021",))
    for ask in (ROLE_COLON, LLAMA3):
        yield from ask.example(
            "result-in-the-turn",
            [*TURN, user("z"), assistant("d"), tool("8", name="f"), assistant("c")],
            LAST_TURN,
            flags=("last_turn", "tool_results"),
            traps=("T005",),
        )
    yield from _no_messages()
    yield from _other_tokenizers()


def _no_messages() -> Iterator[Question]:
    """On the bytes tier only: no token comes of it."""
    about: dict[str, Any] = {"flags": ("malformed",), "tiers": ("bytes",)}
    for slug, role in (("number", 5), ("null", None)):
        yield from ROLE_COLON.prompt("no-role", [{"role": role, "content": "q"}], variant=slug, **about)
    for slug, message in NO_MESSAGES:
        yield from ROLE_COLON.prompt("no-message", [message], variant=slug, **about)
    for ask in (ROLE_COLON, LLAMA3, QWEN3_KEEP, DEEPSEEK_KEEP):
        for slug, part in NO_PARTS:
            messages = [user("q"), assistant([part])]
            parts = {**about, "flags": ("malformed", "content_parts")}
            yield from ask.example("no-part", messages, variant=slug, **parts)
    for ask in (ROLE_COLON, LLAMA3):
        for slug, calls in NO_CALLS:
            messages = [user("q"), said("assistant", "a", tool_calls=calls)]
            yield from ask.example("no-call", messages, variant=slug, **{**about, "flags": ("malformed", "tool_calls")})
    for slug, unparsed in NO_UNPARSED:
        messages = [user("q"), said("assistant", "a", unparsed_tool_calls=unparsed)]
        yield from LLAMA3.example("no-unparsed-call", messages, variant=slug, **about)


def _other_tokenizers() -> Iterator[Question]:
    """What ends a turn is one token of the format's own tokenizer, and several of any other."""
    for ask, tokenizer in ((QWEN3, LLAMA3), (LLAMA3, QWEN3), (DEEPSEEK, QWEN3), (GPT_OSS, QWEN3)):
        other = replace(ask, bytes=tokenizer.bytes, variant="other-tokenizer")
        yield from other.stop("no-marker", flags=("unsupported",), tiers=("bytes",))
        yield from other.parse("no-marker", [97, 98], flags=("unsupported",), tiers=("bytes",))


def _modes(ask: Setting) -> Iterator[Question]:
    for mode in ("foo", "", "LAST_ASSISTANT_TURN", "last-assistant-turn") if ask is QWEN3 else ("foo",):
        yield from ask.example("no-such-mode", TURN, mode, flags=("unknown_name",), traps=("T010",))
        yield from ask.examples("no-such-mode", TURN, mode, flags=("unknown_name",), traps=("T010",))
    flags = ("unknown_name", "no_messages")
    yield from ask.example("no-such-mode-nothing-said", [], "foo", flags=flags, traps=("T010",))
    yield from ask.examples("no-such-mode-nothing-said", [], "foo", flags=flags, traps=("T010",))
    for mode in (LAST_MESSAGE, LAST_TURN):
        yield from ask.examples("nothing-said", [], mode, flags=("no_messages",))


def _trainable(ask: Setting) -> Iterator[Question]:
    about: dict[str, Any] = {"flags": ("trainable_key",), "traps": ("T008",)}
    for mode in (LAST_MESSAGE, ALL_ASSISTANT, ALL_TOKENS):
        yield from ask.example("trainable-null", marked(TURN, [None, None]), mode, **about)
    yield from ask.example("trainable-null-once", [TURN[0], {**TURN[1], "trainable": None}], ALL_ASSISTANT, **about)
    yield from ask.examples("trainable-null", marked(TURN, [None, None]), ALL_ASSISTANT, **about)
    yield from ask.example("trainable-false", marked(TURN, [False, False]), LAST_TURN, **about)
    yield from ask.example("trainable-mixed", marked([*TURN, *TURN], [True, False, False, True]), CUSTOM, **about)
    yield from ask.example("trainable-missing", [*marked(TURN, [True, True]), user("z")], CUSTOM, **about)
    yield from ask.examples("trainable-missing", [TURN[0], *marked(TURN[1:], [True])], CUSTOM, **about)
