"""Answers of a model for the gpt_oss renderers to parse: channels in any order, and calls by their recipient."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from conformance.corpus.settings import GPT_OSS, GPT_OSS_HIGH, GPT_OSS_MEDIUM
from conformance.corpus.tokens import encoded, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question


class Answer(NamedTuple):
    """The text that was sampled, its end included. `accident`: why a port may differ."""

    slug: str
    text: str
    flags: tuple[str, ...]
    traps: tuple[str, ...] = ()
    accident: str = ""


SPOKEN_OF = "An accident: text that only mentions a recipient counts as a call that cannot be read."

NEXT = "<|start|>assistant"
R = "<|channel|>analysis<|message|>r<|end|>"
A = "<|channel|>final<|message|>a"
C = ' to=functions.f<|channel|>commentary <|constrain|>json<|message|>{"x": 1}'
T = "<|channel|>commentary<|message|>t<|end|>"


def _recipient(name: str, arguments: str = "{}") -> str:
    return f" to={name}<|channel|>commentary <|constrain|>json<|message|>{arguments}<|call|>"


TEXTS = (
    Answer("final", f"{A}<|return|>", ("channels", "parse_stop"), ("T181", "T214")),
    Answer("final-spaces", "<|channel|>final<|message|> a \n<|return|>", ("channels", "parse_whitespace"), ("T181",)),
    Answer("final-blank", "<|channel|>final<|message|> \n<|return|>", ("channels", "parse_whitespace"), ("T181",)),
    Answer("final-empty", "<|channel|>final<|message|><|return|>", ("channels", "empty_content"), ("T181",)),
    Answer("no-channel", "a<|return|>", ("channels",), ("T182",)),
    Answer("stop-only", "<|return|>", ("empty_content", "parse_stop"), ("T224",)),
    Answer("nothing", "", ("empty_content", "parse_truncated"), ("T224",)),
    Answer("truncated", A, ("parse_truncated", "channels"), ("T214",)),
    Answer("message-without-channel", "<|message|>a<|return|>", ("channels",), ("T187",)),
    Answer("channel-without-message", "<|channel|>final<|return|>", ("channels",), ("T182",)),
    Answer("end-is-no-stop", f"{A}<|end|>", ("parse_stop", "parse_truncated"), ("T189",)),
    Answer("end-of-text", f"{A}<|endoftext|>", ("parse_stop", "parse_truncated"), ("T189",)),
    Answer("return-twice", f"{A}<|return|><|return|>", ("parse_stop", "malformed"), ("T190",)),
    Answer("call-twice", f"{C}<|call|><|call|>", ("parse_stop", "malformed"), ("T190",)),
    Answer("return-then-call", f"{A}<|return|>{C}<|call|>", ("parse_stop",), ("T190",)),
    Answer("call-then-return", f"{C}<|call|>{NEXT}{A}<|return|>", ("parse_stop",), ("T190",)),
    Answer("text-after-stop", f"{A}<|return|>b", ("parse_stop",), ("T224", "T190")),
    Answer("unknown-channel", "<|channel|>notes<|message|>a<|return|>", ("channels",), ("T187",)),
    Answer("unknown-and-final", f"<|channel|>notes<|message|>n<|end|>{NEXT}{A}<|return|>", ("channels",), ("T187",)),
    Answer("commentary", "<|channel|>commentary<|message|>t<|return|>", ("channels",), ("T186",)),
    Answer("two-finals", f"{A}<|end|>{NEXT}{A}<|return|>", ("channels",)),
    Answer("unicode", "<|channel|>final<|message|>äö 🍵 e\u0301<|return|>", ("emoji", "nfc")),
    Answer("byte-order-mark", "<|channel|>final<|message|>\ufeffa\ufeff<|return|>", ("invisible",)),
    Answer("null", "<|channel|>final<|message|>\u0000<|return|>", ("invisible",)),
    Answer("wide-spaces", "<|channel|>final<|message|>\u00a0a\u3000\u001c<|return|>", ("parse_whitespace", "trimming")),
    Answer(
        "wide-blank", "<|channel|>final<|message|>\u00a0\u001c<|return|>", ("parse_whitespace", "trimming"), ("T181",)
    ),
    Answer("mark-alone", "<|channel|>final<|message|>\ufeff<|return|>", ("invisible", "trimming"), ("T181",)),
    Answer("text-before-channel", f"well {A}<|return|>", ("channels",)),
    Answer("start-first", f"{NEXT}{A}<|return|>", ("channels",)),
    Answer("message-first", "<|message|>a<|end|>b<|return|>", ("channels",), ("T187",)),
    Answer("end-unfinished", "<|channel|>final<|message|>a<|end| b<|return|>", ("channels", "special_text")),
    Answer("message-unfinished", "<|channel|>final<|message| a<|message|>b<|return|>", ("channels", "special_text")),
    Answer("channel-headless", "|channel|>final<|message|>a<|return|>", ("channels", "special_text")),
    Answer("start-unfinished", f"<|channel|>analysis<|start| {A}<|return|>", ("channels", "special_text")),
    Answer("start-twice", f"{NEXT}<|channel|>analysis{NEXT}{A}<|return|>", ("channels",)),
    Answer("message-first-then-final", f"<|message|>a<|end|>{NEXT}{A}<|return|>", ("channels",), ("T187",)),
)

REASONING = (
    Answer("analysis-and-final", f"{R}{NEXT}{A}<|return|>", ("parse_thinking", "channels", "round_trip"), ("T227",)),
    Answer("analysis-only", "<|channel|>analysis<|message|>r<|return|>", ("parse_thinking",), ("T183",)),
    Answer("analysis-ended", f"{R}<|return|>", ("parse_thinking",), ("T183",)),
    Answer(
        "analysis-empty", f"<|channel|>analysis<|message|><|end|>{NEXT}{A}<|return|>", ("empty_thinking",), ("T181",)
    ),
    Answer(
        "analysis-spaces",
        f"<|channel|>analysis<|message|> r\n<|end|>{NEXT}{A}<|return|>",
        ("parse_whitespace",),
        ("T181",),
    ),
    Answer("analysis-twice", f"{R}{NEXT}{R}{NEXT}{A}<|return|>", ("interleaved_thinking",)),
    Answer("final-then-analysis", f"{A}<|end|>{NEXT}{R}<|return|>", ("interleaved_thinking",)),
    Answer("think-tags", "<|channel|>final<|message|><think>r</think>a<|return|>", ("inline_think",)),
    Answer("no-start-between", f"{R}{A}<|return|>", ("channels",)),
    Answer("truncated", f"{R}{NEXT}{A}", ("parse_truncated", "parse_thinking"), ("T189",)),
)

CALLS = (
    Answer("call", f"{C}<|call|>", ("parse_tool_calls",), ("T184", "T185")),
    Answer("call-with-analysis", f"{R}{NEXT}{C}<|call|>", ("parse_tool_calls", "parse_thinking"), ("T227",)),
    Answer("call-with-preamble", f"{T}{NEXT}{C}<|call|>", ("parse_tool_calls", "channels"), ("T184",)),
    Answer("call-with-both", f"{R}{NEXT}{T}{NEXT}{C}<|call|>", ("parse_tool_calls", "channels"), ("T184",)),
    Answer(
        "recipient-after-channel",
        "<|channel|>commentary to=functions.f<|message|>{}<|call|>",
        ("parse_tool_calls",),
        ("T191",),
    ),
    Answer(
        "recipient-after-channel-json",
        "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>",
        ("parse_tool_calls",),
        ("T191",),
    ),
    Answer(
        "recipient-on-analysis",
        "<|channel|>analysis to=functions.f<|message|>{}<|call|>",
        ("parse_tool_calls",),
        ("T191",),
    ),
    Answer("ended-by-return", f"{C}<|return|>", ("parse_tool_calls", "parse_stop"), ("T190",)),
    Answer(
        "spaces-around-arguments",
        _recipient("functions.f", ' {"b":1,"a":"é"} \n'),
        ("parse_tool_calls", "json_spacing"),
        ("T185",),
    ),
    Answer("list-as-arguments", _recipient("functions.f", "[1]"), ("parse_tool_calls",)),
    Answer("number-as-arguments", _recipient("functions.f", "NaN"), ("parse_tool_calls", "json_numbers")),
    Answer("dotted-name", _recipient("functions.a.b"), ("parse_tool_calls",)),
    Answer("doubled-namespace", _recipient("functions.functions.f"), ("parse_tool_calls",), ("T179",)),
    Answer("empty-name", _recipient("functions."), ("parse_tool_calls",)),
    Answer("unicode-name", _recipient("functions.größe"), ("parse_tool_calls", "scripts")),
    Answer("two-calls", f"{C}<|end|>{NEXT}{C}<|call|>", ("parse_tool_calls",), ("T178",)),
    Answer("other-recipient", _recipient("browser.search"), ("parse_tool_calls", "channels"), ("T186",)),
    Answer("no-namespace", _recipient("f"), ("parse_tool_calls", "channels"), ("T186",)),
    Answer("truncated", C, ("parse_truncated",)),
    Answer("arguments-twice-the-key", _recipient("functions.f", '{"a":1,"b":2,"a":3}'), ("key_order",)),
    Answer("arguments-null", _recipient("functions.f", r'{"a": "\u0000 \ud83c"}'), ("json_escapes",)),
    Answer("arguments-numbers", _recipient("functions.f", '{"a":0.1e1,"b":-0,"c":1E5}'), ("json_numbers",)),
    Answer("wide-spaces", _recipient("functions.f", '\u00a0{"x":1}\u3000\u001c'), ("parse_tool_calls", "trimming")),
    Answer("next-line", _recipient("functions.f", '\u0085{"x":1}\u2028'), ("parse_tool_calls", "trimming")),
    Answer("combining-name", _recipient("functions.e\u0301\u0939\u093f"), ("parse_tool_calls", "scripts")),
    Answer("hyphen-name", _recipient("functions.g-h"), ("parse_tool_calls",)),
    Answer("name-cut-by-space", _recipient("functions.f\u00a0g"), ("parse_tool_calls", "trimming")),
    Answer("name-cut-by-separator", _recipient("functions.f\u001cg"), ("parse_tool_calls", "trimming")),
    Answer("name-and-mark", _recipient("functions.f\ufeff"), ("parse_tool_calls", "invisible")),
    Answer("another-key", " foo=functions.f<|channel|>commentary<|message|>{}<|return|>", ("parse_tool_calls",)),
    Answer("longer-namespace", _recipient("functionsx.f"), ("parse_tool_calls", "channels"), ("T186",)),
    Answer("namespace-spoken-of", "<|channel|>final<|message|>to=functions<|return|>", ("parse_tool_calls",)),
    Answer("another-key-spoken-of", "<|channel|>final<|message|>foo=functions.x<|return|>", ("parse_tool_calls",)),
)

UNPARSED = (
    Answer("bad-json", _recipient("functions.f", "nope"), ("parse_unparsed",), ("T184", "T215")),
    Answer("bad-json-with-preamble", f"{T}{NEXT}{_recipient('functions.f', '{')}", ("parse_unparsed",), ("T184",)),
    Answer("empty-arguments", _recipient("functions.f", ""), ("parse_unparsed",), ("T188",)),
    Answer("trailing-comma", _recipient("functions.f", '{"a":1,}'), ("parse_unparsed",), ("T184",)),
    Answer("double-zero", _recipient("functions.f", '{"a":00}'), ("parse_unparsed", "json_numbers"), ("T184",)),
    Answer("byte-order-mark", _recipient("functions.f", "\ufeff{}"), ("parse_unparsed", "trimming"), ("T184",)),
    Answer("space-inside", _recipient("functions.f", '{"a":\u00a01}'), ("parse_unparsed", "trimming"), ("T184",)),
    Answer("wide-blank-arguments", _recipient("functions.f", "\u00a0"), ("parse_unparsed", "trimming"), ("T188",)),
    Answer("blank-arguments", _recipient("functions.f", "  "), ("parse_unparsed",), ("T188",)),
    Answer("no-message", " to=functions.f<|channel|>commentary<|call|>", ("parse_unparsed",), ("T188",)),
    Answer(
        "spoken-of",
        "<|channel|>final<|message|>use to=functions.x<|return|>",
        ("parse_unparsed",),
        ("T188",),
        SPOKEN_OF,
    ),
    Answer(
        "thought-of",
        f"<|channel|>analysis<|message|>to=functions.x?<|end|>{NEXT}{A}<|return|>",
        ("parse_unparsed",),
        ("T188",),
        SPOKEN_OF,
    ),
    Answer(
        "called-and-spoken-of",
        f"<|channel|>analysis<|message|>to=functions.f<|end|>{NEXT}{C}<|call|>",
        ("parse_unparsed",),
        ("T188",),
        SPOKEN_OF,
    ),
    Answer(
        "good-and-cut", f"{C}<|end|>{NEXT} to=functions.g<|channel|>commentary<|call|>", ("parse_unparsed",), ("T188",)
    ),
    Answer(
        "thought-good-and-cut",
        f"{R}{NEXT}{C}<|end|>{NEXT} to=functions.g <|start| <|channel|>commentary<|call|>",
        ("parse_unparsed",),
        ("T188",),
    ),
    Answer(
        "bad-json-and-final",
        f" to=functions.f<|channel|>commentary<|message|>{{<|end|>{NEXT}{A}<|return|>",
        ("parse_unparsed", "channels"),
        ("T184",),
    ),
)


def questions() -> Iterator[Question]:
    groups = (("answer", TEXTS), ("reasoning", REASONING), ("called", CALLS), ("unparsed", UNPARSED))
    for group, answers in groups:
        for answer in answers:
            yield from GPT_OSS.parse(
                group,
                answer.text,
                variant=answer.slug,
                flags=answer.flags,
                traps=answer.traps,
                notes=answer.accident,
                level="should" if answer.accident else "must",
            )
    for slug, tokens in (
        ("tail", encoded("<|channel|>final<|message|>tea 𓃠", drop_last=1)),
        ("tail-and-stop", joined(encoded("<|channel|>final<|message|>tea 𓃠", drop_last=1), encoded("<|return|>"))),
        ("only-a-broken-tail", joined(encoded("𓃠", drop_last=1), encoded("<|return|>"))),
    ):
        yield from GPT_OSS.parse("broken-utf8", tokens, variant=slug, flags=("broken_utf8",), traps=("T240",))
    # The efforts share the parser.
    for ask in (GPT_OSS_MEDIUM, GPT_OSS_HIGH):
        for answer in (TEXTS[0], REASONING[0], CALLS[0], UNPARSED[0]):
            yield from ask.parse("shared", answer.text, variant=answer.slug, flags=answer.flags, traps=answer.traps)
