"""What every renderer refuses alike: modes that do not exist, and a `trainable` that is there or is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.corpus.messages import assistant, marked, said, tool, user
from conformance.corpus.modes import ALL_ASSISTANT, ALL_TOKENS, CUSTOM, LAST_MESSAGE, LAST_TURN, UNMARKED
from conformance.corpus.settings import (
    DEEPSEEK,
    DEEPSEEK_THINKING,
    GPT_OSS,
    GPT_OSS_MEDIUM,
    LLAMA3,
    QWEN3,
    QWEN3_DISABLE,
    QWEN3_INSTRUCT,
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
