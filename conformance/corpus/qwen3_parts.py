"""Questions for the Qwen3 renderers about parts in unusual places: images between, and reasoning of anyone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from conformance.corpus.messages import Message, assistant, call, image, system, text, thinking, tool, user
from conformance.corpus.modes import ALL_ASSISTANT, ALL_TOKENS
from conformance.corpus.settings import QWEN3, QWEN3_DISABLE, QWEN3_INSTRUCT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question

Q, A, Z = user("q"), assistant("a"), user("z")
PICTURE = image("https://example.org/a.png")
R = thinking("r")


class Row(NamedTuple):
    """A conversation, asked as a prompt and as an example."""

    slug: str
    messages: list[Message]
    flags: tuple[str, ...]


ROWS = (
    Row("image-after-thinking", [Q, assistant([R, PICTURE, text("\n\na")])], ("image_part", "think_frame")),
    Row(
        "image-after-thinking-open", [Q, assistant([R, PICTURE, text("\n\na")]), Z], ("image_part", "history_thinking")
    ),
    Row("image-before-thinking", [Q, assistant([PICTURE, R, text("\na")])], ("image_part", "think_frame")),
    Row("image-before-text", [Q, assistant([PICTURE, text("\n\na")])], ("image_part", "think_frame")),
    Row("images-around", [Q, assistant([PICTURE, text("a"), PICTURE, text("b")])], ("image_part", "content_parts")),
    Row("image-alone", [user([PICTURE]), assistant([PICTURE])], ("image_part", "empty_content")),
    Row("image-and-call", [Q, assistant([PICTURE], call("f"))], ("image_part", "tool_calls")),
    Row("image-of-a-tool", [Q, tool([text("8"), PICTURE, text("9")]), A], ("image_part", "tool_results")),
    Row("user-thinks", [user([R, text("\n\nq")]), A], ("content_parts", "think_frame")),
    Row("user-thinks-in-history", [user([R, text("q")]), A, Z], ("content_parts", "history_thinking")),
    Row("user-thinks-empty", [user([thinking(""), text("q")]), A], ("content_parts", "empty_thinking")),
    Row("user-thinks-twice", [user([text("p"), R, thinking("s")]), A], ("content_parts", "interleaved_thinking")),
    Row("user-writes-tags", [user("<think>r</think>\n\nq"), A], ("inline_think",)),
    Row("system-thinks", [system([R, text("s")]), Q, A], ("content_parts", "system_message")),
    Row("tool-thinks", [Q, tool([R, text("8")]), A], ("content_parts", "tool_results")),
)

# Without a user's message, where thinking is disabled.
USERLESS = (
    Row("empty", [assistant("")], ("empty_content",)),
    Row("no-parts", [assistant([])], ("empty_content", "content_parts")),
    Row("empty-part", [assistant([text("")])], ("empty_content", "content_parts")),
    Row("newlines", [assistant("\n\n")], ("whitespace",)),
    Row("image", [assistant([PICTURE])], ("image_part", "empty_content")),
    Row("system-and-empty", [system("s"), assistant("")], ("empty_content", "system_message")),
    Row("call", [system("s"), assistant("", call("f"))], ("tool_calls", "empty_content")),
    Row("call-and-text", [assistant("t", call("f"))], ("tool_calls",)),
    Row("reasoned", [assistant([R, text("a")])], ("think_frame",)),
    Row("reasoned-alone", [assistant([R])], ("think_frame", "empty_content")),
    Row("tool-before", [tool("8"), A], ("tool_results",)),
    Row("two-answers", [assistant(""), A], ("consecutive_roles", "empty_content")),
)


def questions() -> Iterator[Question]:
    for ask in (QWEN3, QWEN3_DISABLE, QWEN3_INSTRUCT):
        for row in ROWS:
            yield from ask.prompt(row.slug, row.messages, flags=row.flags, traps=("T038",))
            yield from ask.example(row.slug, row.messages, ALL_TOKENS, flags=row.flags, traps=("T038",))
    for row in USERLESS:
        flags = ("disabled_thinking", "no_user", *row.flags)
        yield from QWEN3_DISABLE.prompt("userless", row.messages, variant=row.slug, flags=flags, traps=("T101",))
        for mode in (None, ALL_ASSISTANT):
            yield from QWEN3_DISABLE.example(
                "userless", row.messages, mode, variant=row.slug, flags=flags, traps=("T101",)
            )
