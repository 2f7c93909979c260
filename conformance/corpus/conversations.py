"""Shapes of conversations: who speaks when. Texts are short, so that the shape is what is asked about."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.corpus.messages import (
    Message,
    assistant,
    call,
    image,
    said,
    system,
    text,
    thinking,
    tool,
    user,
)


@dataclass(frozen=True)
class Conversation:
    """A list of messages under a name.

    `weighed`: worth asking under every `train_on_what`. `needs`: what a renderer must be able to write
    ("parts", "tools"); one that cannot is asked once, for its refusal.
    """

    name: str
    messages: tuple[Message, ...]
    flags: tuple[str, ...]
    weighed: bool = False
    needs: str = ""


def _shape(
    name: str, *messages: Message, flags: tuple[str, ...], weighed: bool = False, needs: str = ""
) -> Conversation:
    return Conversation(name, messages, flags, weighed, needs)


_S = system("Be brief.")
_Q = user("Name a river.")
_A = assistant("The Loire.")
_Q2 = user("And a lake?")
_A2 = assistant("Garda.")
_BREW = assistant("", call("brew", '{"leaf": "oolong"}', "call_1"))
_POUR = assistant("On it.", call("pour", '{"cups": 2}'))
_BREWED = tool("steeping", name="brew", call_id="call_1")

PLAIN = (
    _shape("user", _Q, flags=("plain", "trailing_user")),
    _shape("user-assistant", _Q, _A, flags=("plain",), weighed=True),
    _shape("system-user", _S, _Q, flags=("system_message", "trailing_user")),
    _shape("system-user-assistant", _S, _Q, _A, flags=("system_message",), weighed=True),
    _shape("two-turns", _Q, _A, _Q2, _A2, flags=("plain", "splitting")),
    _shape("two-turns-open", _Q, _A, _Q2, flags=("trailing_user", "splitting"), weighed=True),
    _shape("system-two-turns", _S, _Q, _A, _Q2, _A2, flags=("system_message", "splitting"), weighed=True),
    _shape("three-turns", _Q, _A, _Q2, _A2, user("A sea?"), assistant("Kara."), flags=("plain", "splitting")),
)

ODD = (
    _shape("assistant-only", _A, flags=("no_user",), weighed=True),
    _shape("system-only", _S, flags=("no_user", "system_message")),
    _shape("system-assistant", _S, _A, flags=("no_user",), weighed=True),
    _shape("assistant-assistant", _A, _A2, flags=("no_user", "consecutive_roles")),
    _shape("assistant-user", _A, _Q, flags=("trailing_user",)),
    _shape("assistant-user-assistant", _A, _Q, _A2, flags=("splitting",)),
    _shape("two-users", _Q, _Q2, _A2, flags=("consecutive_roles",)),
    _shape("two-assistants", _Q, _A, _A2, flags=("consecutive_roles", "splitting"), weighed=True),
    _shape("two-assistants-then-user", _Q, _A, _A2, _Q2, flags=("consecutive_roles", "trailing_user")),
    _shape("two-systems", _S, system("Be kind."), _Q, _A, flags=("system_message", "consecutive_roles")),
    _shape("system-between", _Q, _A, _S, _Q2, _A2, flags=("system_message",), weighed=True),
    _shape("system-last", _Q, _A, _S, flags=("system_message",)),
    _shape("developer", said("developer", "Be brief."), _Q, _A, flags=("odd_role",), weighed=True),
    _shape("odd-role", _Q, said("critic", "Too short."), _A, flags=("odd_role",)),
    _shape("odd-role-last", _Q, _A, said("critic", "Too short."), flags=("odd_role",)),
    _shape("empty-role", said("", "Hm."), _A, flags=("odd_role",)),
    _shape("role-case", said("User", "Hm."), said("ASSISTANT", "Hm."), flags=("odd_role", "no_user")),
    _shape("role-with-space", said("user two", "Hm."), _A, flags=("odd_role", "no_user")),
    _shape("role-unicode", said("ñandú", "Hm."), _Q, _A, flags=("odd_role", "nfc")),
    _shape("empty-system", system(""), _Q, _A, flags=("empty_content", "system_message")),
    _shape("empty-user", user(""), _A, flags=("empty_content",)),
    _shape("empty-assistant", _Q, assistant(""), flags=("empty_content",)),
    _shape("empty-history", _Q, assistant(""), _Q2, _A2, flags=("empty_content",)),
    _shape("all-empty", system(""), user(""), assistant(""), flags=("empty_content",)),
    _shape("named-user", user("Name a river.", name="ines"), _A, flags=("message_fields",)),
)

PARTS = (
    _shape("text-part", user([text("Name a river.")]), assistant([text("The Loire.")]), flags=("content_parts",)),
    _shape("text-parts", user([text("Name "), text("a river.")]), _A, flags=("content_parts",), needs="parts"),
    _shape("no-parts", user([]), _A, flags=("content_parts", "empty_content"), needs="parts"),
    _shape("system-parts", system([text("Be "), text("brief.")]), _Q, _A, flags=("content_parts",), needs="parts"),
    _shape(
        "image-part",
        user([image("https://example.org/loire.png"), text("Which river?")]),
        _A,
        flags=("image_part",),
        needs="parts",
    ),
)

THINKING = (
    _shape(
        "reasoned",
        _Q,
        assistant([thinking("France, then."), text("The Loire.")]),
        flags=("think_frame",),
        needs="parts",
    ),
    _shape(
        "reasoned-history",
        _Q,
        assistant([thinking("France, then."), text("The Loire.")]),
        _Q2,
        _A2,
        flags=("history_thinking", "splitting"),
        weighed=True,
        needs="parts",
    ),
    _shape(
        "reasoned-twice",
        _Q,
        assistant([thinking("France, then."), text("The Loire.")]),
        _Q2,
        assistant([thinking("Italy."), text("Garda.")]),
        flags=("history_thinking", "splitting"),
        needs="parts",
    ),
    _shape(
        "reasoned-open",
        _Q,
        assistant([thinking("France, then."), text("The Loire.")]),
        _Q2,
        flags=("history_thinking", "trailing_user"),
        needs="parts",
    ),
    _shape(
        "reasoned-no-user",
        _S,
        assistant([thinking("Say hello."), text("Hello.")]),
        flags=("no_user", "think_frame"),
        needs="parts",
    ),
    _shape(
        "reasoned-two-assistants",
        _Q,
        assistant([thinking("France, then."), text("The Loire.")]),
        assistant([thinking("More."), text("Or the Rhône.")]),
        flags=("history_thinking", "consecutive_roles", "splitting"),
        needs="parts",
    ),
    _shape(
        "inline-history",
        _Q,
        assistant("<think>France.</think>The Loire."),
        _Q2,
        _A2,
        flags=("history_thinking", "inline_think"),
    ),
)

TOOLS = (
    _shape("call", _Q, _BREW, flags=("tool_calls",), needs="tools"),
    _shape("call-with-text", _Q, _POUR, flags=("tool_calls",), needs="tools"),
    _shape("tool-waiting", _Q, _BREW, _BREWED, flags=("tool_results",), weighed=True, needs="tools"),
    _shape(
        "tool-answered",
        _Q,
        _BREW,
        _BREWED,
        assistant("Ready soon."),
        flags=("tool_results", "splitting"),
        needs="tools",
    ),
    _shape(
        "tool-then-user",
        _Q,
        _BREW,
        _BREWED,
        assistant("Ready soon."),
        user("Thanks."),
        assistant("Any time."),
        flags=("tool_results", "splitting"),
        weighed=True,
        needs="tools",
    ),
    _shape(
        "two-rounds",
        _Q,
        _BREW,
        _BREWED,
        _POUR,
        tool("poured", name="pour"),
        assistant("Here."),
        flags=("tool_results", "splitting"),
        weighed=True,
        needs="tools",
    ),
    _shape(
        "parallel-calls",
        _Q,
        assistant("Both.", call("brew", '{"leaf": "sencha"}', "a"), call("pour", '{"cups": 1}', "b")),
        tool("brewed", name="brew", call_id="a"),
        tool("poured", name="pour", call_id="b"),
        assistant("Done."),
        flags=("tool_calls", "tool_results"),
        needs="tools",
    ),
    _shape(
        "reasoned-call",
        _Q,
        assistant([thinking("Need water."), text("A moment.")], call("boil")),
        flags=("tool_calls", "think_frame"),
        needs="tools",
    ),
    _shape(
        "reasoned-loop",
        _Q,
        assistant([thinking("Need water.")], call("boil")),
        tool("boiled", name="boil"),
        assistant([thinking("Now brew."), text("It boils.")]),
        flags=("tool_results", "history_thinking", "splitting"),
        weighed=True,
        needs="tools",
    ),
    _shape("tool-first", tool("steeping", name="brew"), _A, flags=("tool_results", "no_user")),
    _shape("tool-unnamed", _Q, _BREW, tool("steeping"), _A, flags=("tool_results", "message_fields"), needs="tools"),
    _shape("tool-empty", _Q, _BREW, tool("", name="brew"), flags=("tool_results", "empty_content"), needs="tools"),
    _shape("empty-calls", _Q, assistant("The Loire.", tool_calls=[]), flags=("tool_calls",)),
    _shape(
        "empty-calls-history",
        _Q,
        assistant("The Loire.", tool_calls=[]),
        _Q2,
        _A2,
        flags=("tool_calls",),
    ),
)

_F = assistant("", call("f"))
_G = assistant("g?", call("g", '{"x": 1}', "c2"))


def _thought(reason: str, answer: str) -> Message:
    return assistant([thinking(reason), text(answer)])


# Several turns, each with an answer of its own; asked under every mode, so their words are few.
LONG = (
    _shape(
        "long-open",
        *(system("s"), user("q1"), assistant("a1"), user("q2"), assistant("a2"), user("q3"), assistant("a3")),
        user("q4"),
        flags=("long", "trailing_user", "splitting"),
        weighed=True,
    ),
    _shape(
        "long-doubled",
        *(user("q1"), user("q2"), assistant("a1"), assistant("a2")),
        *(user("q3"), user("q4"), assistant("a3"), assistant("a4")),
        flags=("long", "consecutive_roles", "splitting"),
        weighed=True,
    ),
    _shape(
        "long-systems",
        *(system("s1"), system("s2"), user("q1"), assistant("a1")),
        *(system("s3"), user("q2"), assistant("a2"), user("q3"), assistant("a3")),
        flags=("long", "system_message"),
        weighed=True,
    ),
    _shape(
        "long-tool-without-call",
        *(user("q1"), assistant("a1"), tool("r1", name="f"), assistant("a2")),
        *(user("q2"), assistant("a3"), tool("r2", name="f"), assistant("a4")),
        flags=("long", "tool_results", "splitting"),
        weighed=True,
    ),
    _shape(
        "long-loops-open",
        *(user("q1"), assistant("a1"), user("q2"), assistant("a2"), _F, tool("r1", name="f")),
        *(_G, tool("r2", name="g"), tool("r3", name="g")),
        flags=("long", "tool_results", "consecutive_roles", "splitting"),
        weighed=True,
        needs="tools",
    ),
    _shape(
        "long-user-after-tool",
        *(user("q1"), assistant("a1"), user("q2"), _F, tool("r1", name="f"), user("q3")),
        flags=("long", "tool_results", "trailing_user", "splitting"),
        weighed=True,
        needs="tools",
    ),
    _shape(
        "long-reasoned-doubled",
        *(user("q1"), _thought("r1", "a1"), user("q2"), _thought("r2", "a2")),
        *(user("q3"), _thought("r3", "a3"), _thought("r4", "a4")),
        flags=("long", "history_thinking", "consecutive_roles", "splitting"),
        weighed=True,
        needs="parts",
    ),
    _shape(
        "long-reasoned-loops",
        *(user("q1"), assistant([thinking("r1")], call("f")), tool("r1", name="f"), _thought("r2", "a1")),
        *(user("q2"), assistant([thinking("r3"), text("a2")], call("g")), tool("r2", name="g"), _thought("r4", "a3")),
        flags=("long", "history_thinking", "tool_results", "splitting"),
        weighed=True,
        needs="tools",
    ),
)

ALL = (*PLAIN, *ODD, *PARTS, *THINKING, *TOOLS, *LONG)
