"""What is made of a message once it is parsed: its text, the OpenAI form, and what kind of failure it was."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from conformance.corpus.messages import assistant, call, image, said, text, thinking, tool, user
from conformance.corpus.question import Question
from conformance.corpus.settings import (
    DEEPSEEK,
    DEEPSEEK_THINKING,
    GPT_OSS,
    LLAMA3,
    QWEN3,
    QWEN3_DISABLE,
    QWEN3_INSTRUCT,
    ROLE_COLON,
)
from conformance.corpus.thinking import PARTS, STRINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.corpus.messages import Message

TERMINATIONS = ("stop_sequence", "eos", "malformed")

MIXED: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("nothing", "", ("empty_content",)),
    ("no-parts", [], ("empty_content", "content_parts")),
    ("string", "tea", ()),
    ("string-with-tags", "<think>r</think>tea", ("inline_think",)),
    ("thinking-and-text", [thinking("r"), text("tea")], ("content_parts",)),
    ("text-and-thinking", [text("tea"), thinking("r")], ("content_parts",)),
    ("several", [thinking("a"), text("b"), thinking("c"), text("d")], ("interleaved_thinking",)),
    ("empty-parts", [text(""), thinking(""), text("")], ("empty_content", "content_parts")),
    ("newlines", [thinking("\nr\n"), text("\ntea\n")], ("whitespace", "content_parts")),
    ("unicode", [thinking("逐一"), text("🍵 e\u0301")], ("scripts", "content_parts")),
    ("image", [text("see "), image("https://example.org/cup.png"), text("!")], ("content_parts",)),
    ("unknown-part", [{"type": "smell", "smell": "mint"}], ("malformed",)),
)

NO_CONTENTS: tuple[tuple[str, Any], ...] = (
    ("null", None),
    ("number", 5),
    ("part-alone", text("q")),
    ("number-for-part", [5]),
    ("word-for-part", ["tea"]),
    ("part-without-type", [{"text": "q"}]),
    ("number-for-text", [{"type": "text", "text": 5}]),
)

UNPARSED = {"raw_text": "<tool_call>nope</tool_call>", "error": "Invalid JSON: nope"}

MESSAGES: tuple[tuple[str, Message, tuple[str, ...]], ...] = (
    ("user", user("Tea?"), ()),
    ("assistant", assistant("Mint."), ()),
    ("empty", assistant(""), ("empty_content",)),
    ("no-parts", assistant([]), ("empty_content", "content_parts")),
    ("thinking-and-text", assistant([thinking("r"), text("Mint.")]), ("content_parts",)),
    ("thinking-alone", assistant([thinking("r")]), ("content_parts",)),
    ("empty-thinking", assistant([thinking(""), text("Mint.")]), ("empty_thinking",)),
    ("two-thoughts", assistant([thinking("a"), text("b"), thinking("c"), text("d")]), ("interleaved_thinking",)),
    ("thinking-of-a-user", user([thinking("r"), text("Tea?")]), ("content_parts",)),
    ("call", assistant("", call("brew", '{"b":1,"a":"é"}', "call-1")), ("tool_calls", "key_order")),
    ("call-without-id", assistant("On it.", call("brew")), ("tool_calls",)),
    ("calls", assistant("", call("brew"), call("pour", "{}", "2")), ("tool_calls",)),
    ("no-calls", said("assistant", "Mint.", tool_calls=[]), ("tool_calls",)),
    ("call-and-thinking", assistant([thinking("r"), text("")], call("brew")), ("tool_calls",)),
    ("result", tool("steeping", name="brew", call_id="call-1"), ("tool_results",)),
    ("result-bare", tool("steeping"), ("tool_results",)),
    ("fields-of-a-user", said("user", "Tea?", name="Ada", tool_call_id="x"), ("message_fields",)),
    ("unparsed", said("assistant", "", unparsed_tool_calls=[UNPARSED]), ("parse_unparsed",)),
    ("trainable", said("assistant", "Mint.", trainable=True), ("message_fields",)),
    ("image", user([text("see"), image("https://example.org/cup.png")]), ("unsupported",)),
    ("developer", said("developer", "Be brief."), ("odd_role",)),
)

RENDERERS = (ROLE_COLON, LLAMA3, QWEN3, QWEN3_DISABLE, QWEN3_INSTRUCT, DEEPSEEK, DEEPSEEK_THINKING, GPT_OSS)


def questions() -> Iterator[Question]:
    """Every question about contents and whole messages. No tokens: one tier suffices."""
    for slug, content, flags in MIXED:
        if "malformed" not in flags:
            yield _asked(slug, "text", "get_text_content", {"message": said("assistant", content)}, flags, ("T230",))
        for name, separator in (("string", None), ("string-joined", ""), ("string-spaced", " | ")):
            params = {"content": content} if separator is None else {"content": content, "separator": separator}
            yield _asked(slug, name, "format_content_as_string", params, flags, ("T229",))
    asked = [content for _, content, _ in MIXED]
    for reasoning in (*PARTS, *STRINGS):
        if reasoning.content in asked:
            continue
        params = {"content": reasoning.content}
        slug = f"thinking-{reasoning.name}"
        yield _asked(slug, "string", "format_content_as_string", params, reasoning.flags, ("T229",))
    yield from _no_contents()
    yield from _failures()
    for setting, (slug, message, flags) in product(RENDERERS, MESSAGES):
        yield from setting.openai(slug, message, flags=("openai_form", *flags), traps=("T231",), tiers=("bytes",))


def _no_contents() -> Iterator[Question]:
    flags = ("malformed",)
    for slug, content in NO_CONTENTS:
        yield _asked(slug, "string", "format_content_as_string", {"content": content}, flags, ("T229",))
        yield _asked(slug, "text", "get_text_content", {"message": said("assistant", content)}, flags, ("T230",))
    yield _asked("no-image", "string", "format_content_as_string", {"content": [{"type": "image"}]}, flags, ("T229",))
    yield _asked("no-content", "text", "get_text_content", {"message": {"role": "assistant"}}, flags, ("T230",))


def _failures() -> Iterator[Question]:
    good = assistant("", call("brew"))
    two = {"raw_text": "<tool_call>{", "error": "unterminated tool block"}
    long = {"raw_text": "x", "error": "e" * 16_400}
    for (slug, message), termination in product(
        (
            ("clean", assistant("Mint.")),
            ("call", good),
            ("unparsed", {**assistant(""), "unparsed_tool_calls": [UNPARSED]}),
            ("both", {**good, "unparsed_tool_calls": [UNPARSED]}),
            ("two-unparsed", {**assistant(""), "unparsed_tool_calls": [UNPARSED, two]}),
            ("none-unparsed", {**assistant(""), "unparsed_tool_calls": []}),
        ),
        TERMINATIONS,
    ):
        params = {"message": message, "termination": termination}
        yield _asked(slug, f"failure-{termination}", "classify_parse_failure", params, ("parse_failure",), ("T214",))
    params = {"message": {**assistant(""), "unparsed_tool_calls": [long]}, "termination": "eos"}
    yield _asked("long-error", "failure-eos", "classify_parse_failure", params, ("parse_failure",), ("T214",))
    unparsed = {"raw_text": "x", "error": "e" * 16_382 + "🍵" * 3}
    params = {"message": {**assistant(""), "unparsed_tool_calls": [unparsed]}, "termination": "eos"}
    flags = ("parse_failure", "emoji")
    yield _asked("cut-among-astral", "failure-eos", "classify_parse_failure", params, flags, ("T214",))


def _asked(
    slug: str, op: str, function: str, params: Mapping[str, Any], flags: tuple[str, ...], traps: tuple[str, ...]
) -> Question:
    return Question(
        id=f"renderer/content/{slug}/{op}@bytes",
        operation=f"renderer.{function}",
        params=dict(params),
        flags=tuple(dict.fromkeys(("content_form", *flags) if function != "classify_parse_failure" else flags)),
        traps=traps,
    )
