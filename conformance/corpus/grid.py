"""Every shape of conversation, every awkward text, for every renderer, under every way of weighting.

The files of the families ask about what each format is known for; this one asks about the rest, evenly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from conformance.corpus import conversations, text, thinking, tool_calls
from conformance.corpus.messages import assistant, call, marked, user
from conformance.corpus.modes import (
    ALL_ASSISTANT,
    CUSTOM,
    LAST_MESSAGE,
    LAST_TURN,
    MODE_FLAGS,
    UNMARKED,
    USER_AND_SYSTEM,
)
from conformance.corpus.question import TIERS
from conformance.corpus.settings import (
    DEEPSEEK,
    DEEPSEEK_ALIAS,
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
    from collections.abc import Iterator, Sequence

    from conformance.corpus.conversations import Conversation
    from conformance.corpus.messages import Message
    from conformance.corpus.question import Question


class Asked(NamedTuple):
    """A setting and how much of the grid it is asked.

    `depth`: "all" shapes; "weighed", only those that show how messages are weighed; "sample", those and only as a
    prompt and one example. `writes`: what of "parts" and "tools" the format can write. `splits`: whether one
    conversation becomes several examples. `rest`: which of the awkward things are asked about.
    """

    ask: Setting
    depth: Literal["all", "weighed", "sample"]
    writes: frozenset[str] = frozenset()
    rest: frozenset[str] = frozenset()
    splits: bool = False


BOTH = frozenset({"parts", "tools"})
TEXTS = frozenset({"texts"})
EVERYTHING = frozenset({"texts", "thinking", "history", "arguments", "tools"})

RENDERERS = (
    Asked(ROLE_COLON, "all", rest=TEXTS),
    Asked(ROLE_COLON_BOS, "sample"),
    Asked(LLAMA3, "all", rest=TEXTS),
    Asked(QWEN3, "all", BOTH, EVERYTHING, splits=True),
    Asked(QWEN3_KEEP, "sample", BOTH, frozenset({"history"})),
    Asked(QWEN3_DISABLE, "weighed", BOTH, frozenset({"thinking"}), splits=True),
    Asked(QWEN3_INSTRUCT, "sample", BOTH, frozenset({"thinking"})),
    Asked(DEEPSEEK, "all", BOTH, EVERYTHING),
    Asked(DEEPSEEK_ALIAS, "sample", BOTH),
    Asked(DEEPSEEK_THINKING, "weighed", BOTH, frozenset({"thinking", "history"}), splits=True),
    Asked(DEEPSEEK_KEEP, "sample", BOTH, frozenset({"history"})),
    Asked(GPT_OSS, "all", BOTH, EVERYTHING, splits=True),
    Asked(GPT_OSS_MEDIUM, "weighed", BOTH, splits=True),
)

LONG_MODES = frozenset({LAST_TURN, ALL_ASSISTANT, USER_AND_SYSTEM})
"""Where long conversations can go wrong. They are weighed in the bytes tier alone: who is trained is asked there."""

# Which of a conversation's messages are trained: by place, repeated to its length.
MARKS = (
    ("every-other", (True, False)),
    ("all-but-first", (False, True, True, True, True, True, True)),
)
LONG_MARKS = (("irregular", (False, True, True, False, True, False, False, True, True, False)),)


def questions() -> Iterator[Question]:
    for asked in RENDERERS:
        for shape in conversations.ALL:
            if shape.name.startswith("long-") and asked.ask in (GPT_OSS_MEDIUM, DEEPSEEK_ALIAS):
                continue  # asked of the renderer that they share their code with
            if shape.weighed or asked.depth == "all":
                yield from _shape(asked, shape)
        for what, catalogue in (
            ("texts", _texts),
            ("thinking", _produced),
            ("history", _history),
            ("arguments", _arguments),
            ("tools", _declarations),
        ):
            if what in asked.rest:
                yield from catalogue(asked.ask)


def _shape(asked: Asked, shape: Conversation) -> Iterator[Question]:
    """One conversation, as a prompt and as examples."""
    ask, name = asked.ask, f"shape-{shape.name}"
    long = "long" in shape.flags
    tiers = TIERS[:1] if long else TIERS
    yield from ask.prompt(name, shape.messages, flags=shape.flags)
    if shape.needs and shape.needs not in asked.writes:
        yield from ask.example(name, shape.messages, flags=(*shape.flags, "unsupported"))
        return
    for mode in _modes(asked, shape):
        yield from ask.example(name, shape.messages, mode, flags=_with(shape.flags, mode), tiers=tiers)
    if shape.weighed and asked.depth != "sample":
        for variant, pattern in LONG_MARKS if long else MARKS:
            messages = _marked(shape.messages, pattern)
            yield from ask.example(
                name, messages, CUSTOM, variant=variant, flags=_with(shape.flags, CUSTOM), tiers=tiers
            )
    if asked.splits and "splitting" in shape.flags:
        for mode in (LAST_TURN, ALL_ASSISTANT):
            yield from ask.examples(name, shape.messages, mode, flags=_with(shape.flags, mode), tiers=tiers)


def _modes(asked: Asked, shape: Conversation) -> tuple[str, ...]:
    if asked.depth == "sample":
        return (LAST_TURN,)
    if "long" in shape.flags:
        return tuple(mode for mode in UNMARKED if mode in LONG_MODES)
    return UNMARKED if shape.weighed else (LAST_MESSAGE, ALL_ASSISTANT)


def _texts(ask: Setting) -> Iterator[Question]:
    """Every awkward text as question and as answer, and those that touch their neighbours as a prefill."""
    for awkward in text.ALL:
        messages = [user(awkward.value), assistant(awkward.value)]
        yield from ask.example(f"text-{awkward.name}", messages, flags=awkward.flags)
        if awkward.seam:
            yield from ask.prompt(
                f"text-{awkward.name}",
                [*messages, user("So?")],
                prefill=awkward.value,
                flags=(*awkward.flags, "prefill"),
            )


def _produced(ask: Setting) -> Iterator[Question]:
    """Every way to write reasoning, in the turn being produced."""
    for content in thinking.ALL:
        messages = [user("How many?"), assistant(content.content)]
        yield from ask.example(f"thinking-{content.name}", messages, ALL_ASSISTANT, flags=content.flags)


def _history(ask: Setting) -> Iterator[Question]:
    """Every way to write reasoning, in a turn that is history."""
    for content in thinking.ALL:
        messages = [user("How many?"), assistant(content.content), user("Sure?")]
        flags = (*content.flags, "history_thinking")
        yield from ask.prompt(f"thinking-{content.name}", messages, flags=flags)


def _arguments(ask: Setting) -> Iterator[Question]:
    """Every kind of argument."""
    for arguments in (*tool_calls.WELL_FORMED, *tool_calls.ILL_FORMED):
        yield from ask.example(
            f"arguments-{arguments.name}",
            [user("Go."), assistant("", call("act", arguments.value))],
            flags=("tool_calls", *arguments.flags),
            level="should" if arguments.should else "must",
            notes="Python's json reads and writes what is no JSON number." if arguments.should else "",
        )


# The entries of the behaviour map about declarations: of an empty list, of text that is not ASCII, of the rest.
DECLARATION_TRAPS = {
    "qwen3": ("T115", "T116", "T114"),
    "deepseek": ("T162", "T116", "T162"),
    "gpt_oss": ("T193", "T116", "T192"),
}


def _declarations(ask: Setting) -> Iterator[Question]:
    """Every kind of tool, with and without a system prompt."""
    none, not_ascii, rest = DECLARATION_TRAPS[ask.family]
    traps = {"none": (none,), "accents": (not_ascii,)}
    for listed in tool_calls.TOOL_LISTS:
        flags = tuple(dict.fromkeys((*listed.flags, "tool_declaration")))
        yield from ask.tools(f"tools-{listed.name}", listed.tools, flags=flags, traps=traps.get(listed.name, (rest,)))
    for slug, prompt in (
        ("brief", "Be brief."),
        ("empty", ""),
        ("lines", "Be brief.\n\n"),
        ("unicode", "Sei kurz, ü 🍵"),
    ):
        for listed in tool_calls.TOOL_LISTS[:3]:
            yield from ask.tools(
                f"tools-{listed.name}",
                listed.tools,
                prompt,
                variant=slug,
                flags=("tool_declaration", "system_message"),
                traps=traps.get(listed.name, (rest,)),
            )


def _with(flags: tuple[str, ...], mode: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*flags, *MODE_FLAGS[mode])))


def _marked(messages: Sequence[Message], pattern: tuple[bool, ...]) -> list[Message]:
    return marked(messages, [pattern[place % len(pattern)] for place in range(len(messages))])
