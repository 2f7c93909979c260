"""Questions for datums of whole conversations, and for pairs of them: every renderer, cut and reduced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.corpus.messages import assistant, call, system, thinking, tool, user
from conformance.corpus.messages import text as said
from conformance.corpus.numbers.asking import Json, ask
from conformance.corpus.numbers.tolerances import FLOAT32_QUOTIENT
from conformance.corpus.question import TIERS
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
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.messages import Message
    from conformance.corpus.question import Question
    from conformance.corpus.settings import Setting

SETTINGS = (
    ROLE_COLON,
    ROLE_COLON_BOS,
    LLAMA3,
    QWEN3,
    QWEN3_KEEP,
    QWEN3_DISABLE,
    QWEN3_INSTRUCT,
    DEEPSEEK,
    DEEPSEEK_THINKING,
    GPT_OSS,
    GPT_OSS_MEDIUM,
)
WITH_PARTS = (QWEN3, QWEN3_KEEP, DEEPSEEK_THINKING)

_ASKED, _ANSWERED = user("Name a lake."), assistant("Lake Van.")
ONE_TURN = [_ASKED, _ANSWERED]
TWO_TURNS = [system("Be brief."), _ASKED, _ANSWERED, user("Deeper?"), assistant("Baikal, 1642 m.")]
OPEN = [_ASKED, _ANSWERED, user("And then?")]
UNICODE = [user("¿Qué? 日本"), assistant("naïve 😀 café")]
REASONED = [_ASKED, assistant([thinking("A big one."), said("Lake Van.")])]
CALLED = [_ASKED, assistant("", call("look", '{"at": "map"}', "c1")), tool("Van", name="look", call_id="c1"), _ANSWERED]
SAID_AND_CALLED = [_ASKED, assistant("I look.", call("look", '{"at": "map"}')), tool("Van", name="look"), _ANSWERED]

PREFIX = [system("Be brief."), user("Name a lake.")]
GOOD, BAD = [assistant("Lake Van.")], [assistant("I would rather not say.")]


def _datum(
    setting: Setting, slug: str, messages: list[Message], flags: tuple[str, ...], **more: Any
) -> Iterator[Question]:
    variant = f"{setting.renderer}{'-' if setting.variant else ''}{setting.variant}"
    for tier in TIERS:
        params: Json = {
            "renderer": setting.renderer,
            "tokenizer": setting.bytes if tier == "bytes" else setting.real,
            "messages": messages,
            **more,
        }
        if setting.options:
            params["options"] = dict(setting.options)
        yield ask(
            "datum.conversation_to_datum",
            f"{variant}/{slug}",
            params,
            ("conversation", *flags),
            traps=("T254",),
            tier=tier,
            tolerance=None if more.get("reduction") == "none" else FLOAT32_QUOTIENT,
        )


def questions() -> Iterator[Question]:
    """Each renderer with its defaults, in the modes, cut off; then pairs."""
    for setting in SETTINGS:
        yield from _datum(setting, "one-turn", ONE_TURN, ("reduction",))
        yield from _datum(setting, "one-turn-none", ONE_TURN, (), reduction="none")
        yield from _datum(setting, "two-turns", TWO_TURNS, ("reduction",))
        yield from _datum(setting, "two-turns-none", TWO_TURNS, (), reduction="none")
        yield from _datum(setting, "unicode", UNICODE, ("scripts",), reduction="none")
        yield from _datum(setting, "open-end", OPEN, ("trailing_user",), reduction="none")
        last = {"train_on_what": "last_assistant_message"}
        yield from _datum(setting, "last-message", TWO_TURNS, ("last_message", "reduction"), **last)
        yield from _datum(setting, "last-message-none", OPEN, ("last_message", "all_zero"), reduction="none", **last)
        everything = {"train_on_what": "all_tokens", "reduction": "none"}
        yield from _datum(setting, "all-tokens", ONE_TURN, ("header_weight",), **everything)
        for most in (8, 24):
            flags: tuple[str, ...] = ("truncation", "reduction")
            yield from _datum(setting, f"cut-{most}", TWO_TURNS, flags, max_length=most)
        yield from _datum(setting, "not-cut", ONE_TURN, ("truncation",), max_length=10_000, reduction="none")
        flags = ("truncation", "too_short", "malformed")
        yield from _datum(setting, "cut-to-one", ONE_TURN, flags, max_length=1, reduction="none")
    for setting in WITH_PARTS:
        yield from _datum(setting, "reasoned", REASONED, ("history_thinking", "reduction"))
        yield from _datum(setting, "reasoned-cut", REASONED, ("truncation",), max_length=20, reduction="none")
    for setting in (QWEN3, DEEPSEEK, GPT_OSS):
        yield from _datum(setting, "called", CALLED, ("tool_calls", "tool_results"), reduction="none")
        yield from _datum(setting, "said-and-called", SAID_AND_CALLED, ("tool_calls", "tool_results"), reduction="none")
        flags = ("tool_calls", "truncation")
        yield from _datum(setting, "said-and-called-cut", SAID_AND_CALLED, flags, max_length=44, reduction="none")
    yield from _datum(QWEN3, "nobody", [], ("no_messages", "too_short", "malformed"), reduction="none")
    yield from _pairs()


def _pairs() -> Iterator[Question]:
    for setting in SETTINGS:
        variant = f"{setting.renderer}{'-' if setting.variant else ''}{setting.variant}"
        for tier in TIERS:
            for slug, label, more in (
                ("first-better", "A", {}),
                ("second-better", "B", {}),
                ("tie", "Tie", {}),
                ("cut", "A", {"max_length": 16}),
            ):
                params: Json = {
                    "renderer": setting.renderer,
                    "tokenizer": setting.bytes if tier == "bytes" else setting.real,
                    "prompt_conversation": PREFIX,
                    "completion_A": GOOD,
                    "completion_B": BAD,
                    "label": label,
                    **more,
                }
                if setting.options:
                    params["options"] = dict(setting.options)
                flags = ("pairs", "truncation") if more else ("pairs", "tie") if label == "Tie" else ("pairs",)
                yield ask(
                    "preference.comparison_to_datums",
                    f"{variant}/{slug}",
                    params,
                    flags,
                    traps=("T340", "T344", "T254"),
                    tier=tier,
                )
