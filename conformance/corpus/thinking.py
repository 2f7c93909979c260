"""Content with reasoning in it, as parts and as tags inside a string."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.corpus.messages import Content, text, thinking


@dataclass(frozen=True)
class Reasoning:
    """The content of an assistant's message, under a name."""

    name: str
    content: Content
    flags: tuple[str, ...]


PARTS = (
    Reasoning("then-text", [thinking("count"), text("Two.")], ("think_frame",)),
    Reasoning("alone", [thinking("count")], ("think_frame",)),
    Reasoning("empty-then-text", [thinking(""), text("Two.")], ("empty_thinking",)),
    Reasoning("empty-alone", [thinking("")], ("empty_thinking",)),
    Reasoning("blank-then-text", [thinking("  "), text("Two.")], ("empty_thinking", "whitespace")),
    Reasoning("newlines-then-text", [thinking("\n\n"), text("Two.")], ("empty_thinking", "whitespace")),
    Reasoning("padded", [thinking("\n\ncount\n"), text("\n\nTwo.")], ("think_frame", "whitespace")),
    Reasoning("spaces", [thinking("  count  "), text("  Two.")], ("think_frame", "whitespace")),
    Reasoning("carriage-returns", [thinking("\r\ncount\r\n"), text("\r\nTwo.")], ("think_frame", "crlf")),
    Reasoning("tabs-and-newlines", [thinking("\t\ncount\n\t"), text("\n\tTwo.")], ("think_frame", "whitespace")),
    Reasoning("lines", [thinking("one\n\ntwo"), text("Two.\n\nYes.")], ("think_frame",)),
    Reasoning("empty-text-after", [thinking("count"), text("")], ("think_frame", "empty_content")),
    Reasoning("newline-after", [thinking("count"), text("\n")], ("think_frame", "whitespace")),
    Reasoning("text-first", [text("Well: "), thinking("count"), text("Two.")], ("interleaved_thinking",)),
    Reasoning("text-only-after", [text("Two."), thinking("count")], ("interleaved_thinking",)),
    Reasoning(
        "interleaved",
        [thinking("one"), text("One."), thinking("two"), text("Two.")],
        ("interleaved_thinking",),
    ),
    Reasoning("two-blocks", [thinking("one"), thinking("two"), text("Two.")], ("interleaved_thinking",)),
    Reasoning("two-texts", [thinking("count"), text("\nTw"), text("\no.")], ("interleaved_thinking", "seam")),
    Reasoning("tags-in-thinking", [thinking("a</think>b"), text("Two.")], ("inline_think", "special_text")),
    Reasoning("tags-in-text", [thinking("count"), text("<think>x</think>Two.")], ("inline_think", "special_text")),
    Reasoning("unicode", [thinking("逐一 🍵 e\u0301"), text("二。")], ("think_frame", "nfc", "scripts")),
    Reasoning("text-parts-only", [text("Tw"), text("o.")], ("content_parts",)),
    Reasoning("one-text-part", [text("\n\nTwo.")], ("content_parts", "whitespace")),
    Reasoning("empty-text-part", [text("")], ("content_parts", "empty_content")),
    Reasoning("no-parts", [], ("content_parts", "empty_content")),
    Reasoning("broken-lines", [thinking("\n \ncount\n \n"), text("\n \nTwo.\n")], ("think_frame", "trimming")),
    Reasoning("line-breaks", [thinking("\u0085\u2028count\u2029\n"), text("\v\nTwo.\f")], ("think_frame", "trimming")),
    Reasoning("wide-spaces", [thinking("\u00a0count\u3000"), text("\u00a0\n\nTwo.")], ("think_frame", "trimming")),
    Reasoning("separators", [thinking("\u001ccount\u001f"), text("\ufeffTwo.\u001d")], ("think_frame", "trimming")),
    Reasoning("blank-in-unicode", [thinking("\u00a0\u3000"), text("\n\u2028")], ("empty_thinking", "trimming")),
)

STRINGS = (
    Reasoning("inline", "<think>count</think>Two.", ("inline_think",)),
    Reasoning("inline-framed", "<think>\ncount\n</think>\n\nTwo.", ("inline_think", "think_frame")),
    Reasoning("inline-one-newline", "<think>\ncount\n</think>\nTwo.", ("inline_think", "whitespace")),
    Reasoning("inline-empty", "<think></think>Two.", ("inline_think", "empty_thinking")),
    Reasoning("inline-empty-framed", "<think>\n\n</think>\n\nTwo.", ("inline_think", "empty_thinking")),
    Reasoning("inline-alone", "<think>count</think>", ("inline_think",)),
    Reasoning("inline-after-text", "Well: <think>count</think>Two.", ("inline_think",)),
    Reasoning("inline-twice", "<think>one</think>One.<think>two</think>Two.", ("inline_think",)),
    Reasoning("inline-nested", "<think>a<think>b</think>c</think>Two.", ("inline_think",)),
    Reasoning("inline-open", "<think>count", ("inline_think",)),
    Reasoning("inline-close", "count</think>Two.", ("inline_think",)),
    Reasoning("inline-close-only", "</think>", ("inline_think", "empty_content")),
    Reasoning("inline-reversed", "</think>Two.<think>", ("inline_think",)),
    Reasoning("inline-upper", "<THINK>count</THINK>Two.", ("inline_think",)),
    Reasoning("inline-spaced", "<think >count</think >Two.", ("inline_think",)),
    Reasoning("newlines-before", "\n\nTwo.", ("think_frame", "whitespace")),
    Reasoning("spaces-before", " \n Two.", ("think_frame", "whitespace")),
    Reasoning("only-newlines", "\n\n", ("think_frame", "whitespace")),
    Reasoning("inline-broken-lines", "<think>\n \ncount\n \n</think>\n \nTwo.", ("inline_think", "trimming")),
    Reasoning(
        "inline-wide-spaces", "\u00a0<think>\u3000count\u00a0</think>\u0085\n\nTwo.", ("inline_think", "trimming")
    ),
    Reasoning("inline-separators", "\ufeff<think>\u001c\ncount\u001f</think>\u2028Two.", ("inline_think", "trimming")),
    Reasoning("wide-space-before", "\u00a0\n\u3000\nTwo.", ("think_frame", "trimming")),
    Reasoning("newlines-after", "Two.\n\n", ("think_frame", "whitespace")),
)

ALL = (*PARTS, *STRINGS)
