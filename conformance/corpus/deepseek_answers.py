# ruff: noqa: RUF001 - DeepSeek's markers are written with a full-width bar.
"""Answers of a model for the DeepSeek renderers to parse: the prompt's own <think>, and sections of calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from conformance.corpus import text as texts
from conformance.corpus.settings import DEEPSEEK, DEEPSEEK_ALIAS, DEEPSEEK_KEEP, DEEPSEEK_THINKING
from conformance.corpus.tokens import encoded, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question
    from conformance.corpus.settings import Setting

END = "<｜end▁of▁sentence｜>"
OPEN, CLOSE = "<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"
BEGIN, SEP, STOP = "<｜tool▁call▁begin｜>", "<｜tool▁sep｜>", "<｜tool▁call▁end｜>"


def _call(name: str, arguments: str) -> str:
    return f"{BEGIN}{name}{SEP}{arguments}{STOP}"


def _section(*calls: str) -> str:
    return OPEN + "".join(calls) + CLOSE


F = _call("f", '{"x": 1}')


class Answer(NamedTuple):
    """A text that was sampled. `stopped`: the stop token follows it. `accident`: why a port may differ."""

    slug: str
    text: str
    flags: tuple[str, ...]
    traps: tuple[str, ...] = ()
    stopped: bool = True
    accident: str = ""


VANISHED = "An accident: a call whose name is not one word goes unseen, and no error says so."

TEXTS = (
    Answer("text", "a", ("parse_stop",), ("T214",)),
    Answer("whitespace", " \n a \n", ("parse_whitespace",)),
    Answer("nothing", "", ("parse_stop", "empty_content"), ("T224",)),
    Answer("nothing-at-all", "", ("parse_truncated", "empty_content"), ("T224",), stopped=False),
    Answer("truncated", "reason", ("parse_truncated",), ("T156",), stopped=False),
    Answer("unfinished-reasoning", "reason", ("parse_thinking",), ("T156",)),
    Answer("text-after-stop", f"a{END}b", ("parse_stop",), ("T224",), stopped=False),
    Answer("stop-twice", f"a{END}", ("parse_stop", "malformed"), ("T074",)),
    Answer("forged-user", "a<｜User｜>b", ("special_text", "parse_stop")),
    Answer("next-turn-begins", "a<｜User｜>b", ("special_text", "parse_truncated"), (), stopped=False),
    Answer("unicode", "äö 🍵 e\u0301 \u200b", ("emoji", "nfc", "invisible")),
    Answer("byte-order-mark", "\ufeffa\ufeff", ("invisible",)),
    Answer("null", "\u0000a\u0000", ("invisible",)),
    Answer("wide-spaces", "\u00a0\u3000a\u0085\u001c", ("parse_whitespace", "trimming")),
)

REASONING = (
    Answer("prefilled", "r</think>a", ("parse_thinking", "round_trip"), ("T153", "T227")),
    Answer("prefilled-truncated", "r</think>a", ("parse_thinking", "parse_truncated"), ("T154",), stopped=False),
    Answer("sampled-think", "<think>r</think>a", ("parse_thinking", "round_trip"), ("T155",)),
    Answer(
        "sampled-think-truncated", "<think>r</think>a", ("parse_thinking", "parse_truncated"), ("T155",), stopped=False
    ),
    Answer("close-only", "</think>a", ("parse_thinking", "empty_thinking"), ("T153",)),
    Answer("close-alone", "</think>", ("parse_thinking", "empty_content"), ("T153",)),
    Answer("empty-block", "<think></think>a", ("parse_thinking", "empty_thinking"), ("T222",)),
    Answer("whitespace", "\n r \n</think>\n\n a", ("parse_thinking", "parse_whitespace"), ("T153",)),
    Answer("closed-twice", "r</think>a</think>b", ("parse_thinking",), ("T153",)),
    Answer("think-later", "a<think>r</think>b", ("parse_thinking",), ("T155",)),
    Answer("two-blocks", "<think>r</think>a<think>s</think>b", ("parse_thinking", "interleaved_thinking")),
    Answer("open-only", "<think>r", ("parse_thinking",), ("T226",)),
    Answer("nested", "<think>a<think>b</think>c", ("parse_thinking",), ("T225",)),
    Answer("space-before-think", " <think>r</think>a", ("parse_thinking", "parse_whitespace"), ("T155",)),
    Answer("upper-case", "<THINK>r</THINK>a", ("parse_thinking",), ("T225",)),
    Answer("wide-spaces", "\u00a0r\u3000</think>\u0085\u001ca", ("parse_thinking", "trimming"), ("T153",)),
    Answer("broken-lines", "<think>\n \nr\n</think>\n \na", ("parse_thinking", "trimming"), ("T153",)),
    Answer("blank-in-unicode", "<think>\u00a0\u001c</think>a", ("empty_thinking", "trimming"), ("T222",)),
    Answer("mark-alone", "<think>\ufeff</think>\ufeff", ("parse_thinking", "invisible", "trimming")),
    Answer("longer-tag", "a<thinking>b</thinking>", ("parse_thinking", "special_text")),
)

# What stands before and behind a section, and in its place.
NEAR_SECTIONS = (
    ("space-before", "a \n", "b"),
    ("spaces-before", "a  ", " b "),
    ("space-behind", "a", " \n b"),
    ("newlines-both", "\n\na\n\n", "\n\nb\n\n"),
    ("tab-and-return", "a\t\r", "\r\tb"),
    ("nothing-behind", "a \n", ""),
    ("nothing-before", "", " \n b"),
)

# A name is a word as Python's regular expressions have it.
NAMES = (
    ("combining-mark", "e\u0301f", False),
    ("leading-mark", "\u0301f", False),
    ("devanagari", "\u0939\u093f\u0928\u094d\u0926\u0940", False),
    ("thai-vowel", "\u0e0a\u0e32\u0e34", False),
    ("enclosing-mark", "f\u20dd", False),
    ("variation-selector", "f\ufe0f", False),
    ("superscript", "x\u00b2", True),
    ("fraction", "\u00bdx", True),
    ("roman-numeral", "\u2167", True),
    ("circled-digit", "f\u2460", True),
    ("other-digits", "f\u0661\u0662", True),
    ("digits-first", "2f", True),
    ("underscores", "_f_2_", True),
    ("undertie", "a\u203fb", False),
    ("full-width-low-line", "a\uff3fb", False),
    ("letter-modifier", "f\u02b0", True),
    ("ordinal", "\u00aax", True),
    ("han", "\u8336\u58f6", True),
    ("astral-letter", "\U0001d41f", True),
    ("emoji", "f\U0001f375", False),
    ("joiner", "a\u200db", False),
    ("middle-dot", "a\u00b7b", False),
    ("soft-hyphen", "a\u00adb", False),
    ("trailing-newline", "f\n", False),
    ("no-break-space", "f\u00a0", False),
)

CALLS = (
    Answer("call", _section(F), ("parse_tool_calls", "empty_content")),
    Answer("two-calls", _section(F, _call("g", "{}")), ("parse_tool_calls",)),
    Answer("text-before", f"I'll.\n{_section(F)}", ("parse_tool_calls", "parse_whitespace"), ("T158",)),
    Answer(
        "no-break-space-before",
        f"\u00a0t\u00a0{_section(F)}",
        ("parse_tool_calls", "parse_whitespace"),
        ("T158", "T481"),
    ),
    Answer("text-after", f"t{_section(F)} u ", ("parse_tool_calls", "parse_whitespace"), ("T158",)),
    Answer("unicode-name", _section(_call("größe", "{}")), ("parse_tool_calls", "scripts"), ("T157",)),
    Answer(
        "hyphen-name", f" t {_section(_call('g-h', '{}'))}", ("parse_tool_calls",), ("T157", "T158"), accident=VANISHED
    ),
    Answer("dotted-name", _section(_call("a.b", "{}")), ("parse_tool_calls",), ("T157",), accident=VANISHED),
    Answer("space-in-name", _section(_call(" f", "{}")), ("parse_tool_calls",), ("T157",), accident=VANISHED),
    Answer("empty-name", _section(_call("", "{}")), ("parse_tool_calls",), ("T157",), accident=VANISHED),
    Answer("hyphen-and-good", _section(_call("g-h", "{}"), F), ("parse_tool_calls",), ("T157",), accident=VANISHED),
    Answer(
        "arguments-verbatim", _section(_call("f", ' {"b":1,"a":"é"}\n')), ("parse_tool_calls", "key_order"), ("T158",)
    ),
    Answer("arguments-a-list", _section(_call("f", "[1]")), ("parse_tool_calls",)),
    Answer("arguments-a-number", _section(_call("f", "NaN")), ("parse_tool_calls", "json_numbers")),
    Answer("arguments-null", _section(_call("f", r'{"a": "\u0000 \ud83c"}')), ("parse_tool_calls", "json_escapes")),
    Answer(
        "arguments-twice-the-key",
        _section(_call("f", '{"a":1,"b":2,"a":{"c":1,"c":2}}')),
        ("parse_tool_calls", "key_order"),
        ("T158",),
    ),
    Answer("arguments-numbers", _section(_call("f", '{"a":0.1e1,"b":-0,"c":1E5}')), ("json_numbers",), ("T158",)),
    Answer("arguments-overflow", _section(_call("f", "[1e400,-Infinity]")), ("parse_tool_calls", "json_numbers")),
    Answer("section-and-spaces", f"a \n{_section(F)} b \n{_section(F)} c", ("parse_tool_calls", "parse_whitespace")),
    Answer("lines-in-arguments", _section(_call("f", '{\n"x":\n1}')), ("parse_tool_calls",), ("T487",)),
    Answer("reasoning-and-call", f"r</think>t{_section(F)}", ("parse_tool_calls", "parse_thinking"), ("T153",)),
    Answer("call-in-reasoning", f"<think>{_section(F)}</think>a", ("parse_tool_calls", "parse_thinking"), ("T220",)),
    Answer("two-sections", f"{_section(F)}t{_section(_call('g', '{}'))}", ("parse_tool_calls",)),
    Answer("empty-section", f" t {_section()}", ("parse_tool_calls",), ("T158",)),
    Answer("junk-in-section", _section("junk ", F), ("parse_tool_calls",)),
    Answer("truncated-after-call", _section(F), ("parse_tool_calls", "parse_truncated"), (), stopped=False),
)

UNPARSED = (
    Answer("bad-arguments", f" t {_section(_call('f', 'nope'))}", ("parse_unparsed",), ("T159", "T215")),
    Answer("bad-after-thinking", f"<think>r</think> t{_section(_call('f', 'nope'))}", ("parse_unparsed",), ("T159",)),
    Answer("empty-arguments", _section(_call("f", "")), ("parse_unparsed",), ("T159",)),
    Answer("blank-arguments", _section(_call("f", " \u00a0\n")), ("parse_unparsed", "trimming"), ("T159",)),
    Answer("double-zero", _section(_call("f", '{"a": 00}')), ("parse_unparsed", "json_numbers"), ("T159",)),
    Answer("trailing-comma", _section(_call("f", '{"a": 1,}')), ("parse_unparsed",), ("T159",)),
    Answer("comment", _section(_call("f", "{} // none")), ("parse_unparsed",), ("T159",)),
    Answer("single-quotes", _section(_call("f", "{'a': 1}")), ("parse_unparsed",), ("T159",)),
    Answer("space-inside", _section(_call("f", '{"a":\u00a01}')), ("parse_unparsed", "trimming"), ("T159",)),
    Answer("form-feed-inside", _section(_call("f", '{"a":\f1}')), ("parse_unparsed", "trimming"), ("T159",)),
    Answer("spaces-and-bad", f"a \n{_section(_call('f', 'x'))} b \u00a0", ("parse_unparsed", "trimming"), ("T159",)),
    Answer("good-in-spaces-and-bad", f" a {_section(F)} b {_section(_call('g', '{'))} ", ("parse_unparsed",)),
    Answer("good-and-bad", _section(F, _call("g", "{")), ("parse_unparsed",), ("T159",)),
    Answer("unterminated-section", f"t{OPEN}{F}", ("parse_unparsed",), ("T160",)),
    Answer("unterminated-call", f"t{OPEN}{BEGIN}f{SEP}{{}}{CLOSE}", ("parse_unparsed",), ("T160",)),
    Answer("unterminated-second-call", f"{OPEN}{F}{BEGIN}g{SEP}{{", ("parse_unparsed",), ("T160", "T221")),
    Answer("section-and-unterminated", f"{_section(F)}{OPEN}", ("parse_unparsed",), ("T221",)),
    Answer("only-close", f"t{CLOSE}", ("parse_unparsed",), ("T160",)),
    Answer("call-outside-section", f"t{F}", ("parse_unparsed",), ("T160",)),
    Answer("text-before-call", f"{OPEN}so {_call('f', '{')}{CLOSE}", ("parse_unparsed",), ("T159",)),
    Answer("ascii-markers", "t<|tool_calls_begin|>", ("parse_unparsed", "special_text"), ("T043",)),
)


def questions() -> Iterator[Question]:
    groups = (("answer", TEXTS), ("reasoning", REASONING), ("called", CALLS), ("unparsed", UNPARSED))
    for ask in (DEEPSEEK, DEEPSEEK_THINKING):
        for group, answers in groups:
            for answer in answers:
                yield from ask.parse(
                    group,
                    answer.text + (END if answer.stopped else ""),
                    variant=answer.slug,
                    flags=answer.flags,
                    traps=answer.traps,
                    notes=answer.accident,
                    level="should" if answer.accident else "must",
                )
        for slug, tokens in (
            ("tail", encoded("tea 𓃠", drop_last=1)),
            ("tail-and-stop", joined(encoded("tea 𓃠", drop_last=1), encoded(END))),
            ("in-reasoning", joined(encoded("𓃠", drop_last=1), encoded(f"</think>a{END}"))),
        ):
            yield from ask.parse("broken-utf8", tokens, variant=slug, flags=("broken_utf8",), traps=("T240",))
    yield from _trimmed(DEEPSEEK)
    # The alias and the option share a parser with the two above; a few answers show that a port knows it.
    for ask in (DEEPSEEK_ALIAS, DEEPSEEK_KEEP):
        for answer in (TEXTS[0], *REASONING[:4], CALLS[0], UNPARSED[0]):
            yield from ask.parse(
                "shared",
                answer.text + (END if answer.stopped else ""),
                variant=answer.slug,
                flags=answer.flags,
                traps=answer.traps,
            )


def _trimmed(ask: Setting) -> Iterator[Question]:
    """White space around arguments and sections, and which names are words."""
    for slug, space, stripped in texts.SPACES:
        yield from ask.parse(
            "arguments-in-spaces",
            _section(_call("f", f'{space}{{"x": 1}}{space}')) + END,
            variant=slug,
            flags=("parse_tool_calls" if stripped else "parse_unparsed", "trimming"),
            traps=("T158",),
            notes="" if stripped else "Python does not strip this character, and JSON does not allow it.",
        )
        yield from ask.parse(
            "section-in-spaces",
            f"a{space}{_section(F)}b{space}{END}",
            variant=slug,
            flags=("parse_tool_calls", "parse_whitespace", "trimming"),
            traps=("T158",),
        )
    for slug, before, behind in NEAR_SECTIONS:
        yield from ask.parse(
            "section-in-text",
            f"{before}{_section(F)}{behind}{END}",
            variant=slug,
            flags=("parse_tool_calls", "parse_whitespace"),
            traps=("T158",),
            notes="White space before a section goes with it, in the middle of a text too.",
        )
    for slug, name, is_word in NAMES:
        yield from ask.parse(
            "name",
            f"a{_section(_call(name, '{}'))}{END}",
            variant=slug,
            flags=("parse_tool_calls", "scripts"),
            traps=("T157",),
            notes="" if is_word else VANISHED,
            level="must" if is_word else "should",
        )
