# ruff: noqa: RUF001 - DeepSeek's markers are written with a full-width bar.
"""Answers of a model, parsed as a stream: a header, deltas that say where they belong, then the whole message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

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
from conformance.corpus.tokens import encoded, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question

QWEN_END = "<|im_end|>"
DEEPSEEK_END = "<｜end▁of▁sentence｜>"


class Answer(NamedTuple):
    """A text that was sampled; {end} is the stop token."""

    slug: str
    text: str
    flags: tuple[str, ...]
    traps: tuple[str, ...]


SHARED = (
    Answer("text", "tea{end}", (), ("T233",)),
    Answer("truncated", "tea", ("parse_truncated",), ("T233",)),
    Answer("nothing", "", ("empty_content",), ("T237",)),
    Answer("stop-only", "{end}", ("empty_content",), ("T237",)),
    Answer("stop-twice", "a{end}b{end}", ("parse_stop",), ("T237",)),
    Answer("text-after-stop", "a{end}b", ("parse_stop",), ("T237",)),
    Answer("reasoning", "<think>\nr\n</think>\n\na{end}", ("parse_thinking",), ("T233", "T234")),
    Answer("empty-reasoning", "<think></think>a{end}", ("empty_thinking",), ("T233",)),
    Answer("text-first", "a<think>r</think>b{end}", ("parse_thinking",), ("T233",)),
    Answer("two-blocks", "<think>r</think>a<think>s</think>b{end}", ("interleaved_thinking",), ("T233",)),
    Answer("closed-only", "r</think>a{end}", ("parse_thinking",), ("T238",)),
    Answer("unclosed", "<think>r{end}", ("parse_thinking",), ("T237",)),
    Answer("unclosed-truncated", "<think>r", ("parse_thinking", "parse_truncated"), ("T237",)),
    Answer("reasoning-truncated", "<think>r</think>a", ("parse_thinking", "parse_truncated"), ("T234",)),
    Answer("almost-a-tag", "a < b <th x{end}", ("parse_thinking",), ("T235",)),
    Answer("ends-in-half-a-tag", "a <thin{end}", ("parse_thinking",), ("T235",)),
    Answer("half-a-closing-tag", "<think>a</thin b</think>c{end}", ("parse_thinking",), ("T235",)),
    Answer("doubled-bracket", "<<think>r</think>{end}", ("parse_thinking",), ("T235",)),
    Answer("emoji", "🍵 👩‍👧{end}", ("emoji",), ("T236",)),
    Answer("emoji-in-reasoning", "<think>🍵</think>𓃠{end}", ("emoji", "parse_thinking"), ("T236",)),
    Answer("byte-order-mark", "\ufeffa<think>\ufeffr</think>\ufeff{end}", ("invisible", "parse_thinking"), ("T236",)),
    Answer("null", "\u0000a\u0000{end}", ("invisible",), ()),
    Answer("wide-spaces", "\u00a0<think>\u3000r\u001c</think>\u0085a{end}", ("parse_thinking", "trimming"), ("T234",)),
    Answer("broken-lines", "<think>\n \nr\n \n</think>\n \na{end}", ("parse_thinking", "trimming"), ("T234",)),
    Answer("newlines", "\n\na\n{end}", ("parse_whitespace",), ("T234",)),
)

QWEN3_CALLS = (
    Answer(
        "call",
        't\n<tool_call>\n{{"name": "f", "arguments": {{}}}}\n</tool_call>{end}',
        ("parse_tool_calls",),
        ("T239",),
    ),
    Answer("unterminated-call", "t<tool_call>\n{{{end}", ("parse_unparsed",), ("T239",)),
)

DEEPSEEK_CALLS = (
    Answer(
        "call",
        "t<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>f<｜tool▁sep｜>{{}}<｜tool▁call▁end｜><｜tool▁calls▁end｜>{end}",
        ("parse_tool_calls",),
        ("T239",),
    ),
)

BROKEN = (
    ("broken-tail", encoded("tea 𓃠", drop_last=1)),
    ("broken-inside", joined(encoded("𓃠", drop_last=1), encoded("tea"))),
    ("many-broken", joined(*[encoded("𓃠", drop_last=1)] * 6)),
)


CUT = "a<think>é</think>\n🍵 <b"
"""Cut after every byte: tags, newlines and characters that were begun."""
CUT_TOKENS = len("a") + 1 + len("é".encode()) + 1 + len("\n🍵 <b".encode())


# Tags that come as letters, and what nearly is one.
SPELT = (
    ("blocks", "<think>r</think>a"),
    ("nearly", "a<b</thin c<think"),
    ("inside", "<think>r</thin</think>a<"),
    ("begun-twice", "<<think>r<</think>a<<"),
    ("begun-again-and-again", "<t<th<<<think>r</</t<</think>a"),
)


def questions() -> Iterator[Question]:
    for ask, end, calls in (
        (QWEN3, QWEN_END, QWEN3_CALLS),
        (QWEN3_DISABLE, QWEN_END, ()),
        (QWEN3_INSTRUCT, QWEN_END, QWEN3_CALLS),
        (DEEPSEEK, DEEPSEEK_END, DEEPSEEK_CALLS),
        (DEEPSEEK_THINKING, DEEPSEEK_END, DEEPSEEK_CALLS),
    ):
        for answer in (*SHARED, *calls):
            flags = ("parse_streaming", *answer.flags)
            yield from ask.stream(answer.slug, answer.text.format(end=end), flags=flags, traps=answer.traps)
        tokens: Any
        for slug, tokens in BROKEN:
            yield from ask.stream(slug, tokens, flags=("parse_streaming", "broken_utf8"), traps=("T236",))
    for slug, spelt in SPELT:
        tokens = joined(*(encoded(letter) for letter in spelt), encoded(QWEN_END))
        yield from QWEN3.stream(
            "letter-by-letter", tokens, variant=slug, flags=("parse_streaming", "parse_thinking"), traps=("T235",)
        )
    for ask in (QWEN3, QWEN3_INSTRUCT, DEEPSEEK, DEEPSEEK_THINKING):
        for after in range(1, CUT_TOKENS):
            yield from ask.stream(
                "cut",
                encoded(CUT, drop_last=CUT_TOKENS - after),
                flags=("parse_streaming", "parse_truncated"),
                traps=("T235", "T236"),
                variant=f"after-{after}",
                tiers=("bytes",),
            )
    for ask, text in ((ROLE_COLON, " a\n\nUser:"), (LLAMA3, "a<|eot_id|>"), (GPT_OSS, "<|message|>a<|return|>")):
        yield from ask.stream("not-streamed", text, flags=("parse_streaming", "unsupported"), traps=("T232",))
