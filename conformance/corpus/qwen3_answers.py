"""Answers of a model for the Qwen3 renderers to parse: reasoning, calls, and everything half finished."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from conformance.corpus import text as texts
from conformance.corpus.settings import QWEN3, QWEN3_DISABLE, QWEN3_FAMILY, QWEN3_INSTRUCT
from conformance.corpus.tokens import encoded, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question

END = "<|im_end|>"


class Answer(NamedTuple):
    """A text that was sampled. `stopped`: the stop token follows it."""

    slug: str
    text: str
    flags: tuple[str, ...]
    traps: tuple[str, ...] = ()
    stopped: bool = True


def _call(json_text: str) -> str:
    return f"<tool_call>\n{json_text}\n</tool_call>"


JSON = '{"name": "f", "arguments": {"x": 1}}'


def _arguments(json_text: str) -> str:
    return _call(f'{{"name": "f", "arguments": {json_text}}}')


F = _call('{"name": "f", "arguments": {}}')
G = _call('{"name": "g", "arguments": {"k": []}}')
BAD = _call("bad")

TEXTS = (
    Answer("text", "a", ("parse_stop",), ("T214",)),
    Answer("nothing", "", ("parse_stop", "empty_content"), ("T224",)),
    Answer("nothing-at-all", "", ("parse_truncated", "empty_content"), ("T224",), stopped=False),
    Answer("truncated", "a", ("parse_truncated",), ("T214",), stopped=False),
    Answer("whitespace", " \n a \n\n", ("parse_whitespace",), ("T223",)),
    Answer("text-after-stop", "a<|im_end|>b", ("parse_stop",), ("T224",), stopped=False),
    Answer("stop-twice", "a<|im_end|>", ("parse_stop", "malformed"), ("T074",)),
    Answer("end-of-text", "a<|endoftext|>", ("parse_stop", "parse_truncated"), (), stopped=False),
    Answer("next-turn-begins", "a<|im_end|>\n<|im_start|>user\n", ("parse_stop",), (), stopped=False),
    Answer("unicode", "äö 🍵 e\u0301 \u200b", ("emoji", "nfc", "invisible")),
    Answer("byte-order-mark", "\ufeffa\ufeff", ("invisible",)),
    Answer("null", "\u0000a\u0000", ("invisible",)),
    Answer("wide-spaces", "\u00a0\u3000a\u0085\u001c", ("parse_whitespace", "trimming")),
)

REASONING = (
    Answer("framed", "<think>\nr\n</think>\n\na", ("parse_thinking", "round_trip"), ("T223", "T227")),
    Answer("unframed", "<think>r</think>a", ("parse_thinking", "round_trip"), ("T223", "T227")),
    Answer("padded", "<think>\n\n r \n\n</think>\n\n\n a\n", ("parse_thinking", "parse_whitespace"), ("T223",)),
    Answer("carriage-returns", "<think>\r\nr\r\n</think>\r\n\r\na", ("parse_thinking", "crlf"), ("T223",)),
    Answer("empty-block", "<think>\n\n</think>\n\na", ("parse_thinking", "empty_thinking"), ("T222",)),
    Answer("empty-tags", "<think></think>a", ("parse_thinking", "empty_thinking"), ("T222",)),
    Answer("blank-block", "<think> </think>a", ("parse_thinking", "empty_thinking"), ("T222",)),
    Answer("only-empty-block", "<think>\n\n</think>\n\n", ("parse_thinking", "empty_thinking"), ("T222",)),
    Answer("reasoning-only", "<think>\nr\n</think>\n\n", ("parse_thinking",)),
    Answer("nested", "<think>a<think>b</think>c", ("parse_thinking",), ("T225",)),
    Answer("nested-twice", "<think>a<think>b</think>c</think>d", ("parse_thinking",), ("T225",)),
    Answer("upper-case", "<THINK>r</THINK>a", ("parse_thinking",), ("T225",)),
    Answer("unclosed", "<think>r", ("parse_thinking",), ("T226",)),
    Answer("unclosed-truncated", "<think>r", ("parse_thinking", "parse_truncated"), ("T226",), stopped=False),
    Answer("closed-truncated", "<think>r</think>a", ("parse_thinking", "parse_truncated"), (), stopped=False),
    Answer("only-close", "r\n</think>\n\na", ("parse_thinking",)),
    Answer("text-before", "\nwell <think>r</think>\na", ("parse_thinking", "parse_whitespace")),
    Answer("two-blocks", "<think>r1</think>\na\n<think>r2</think>\nb", ("parse_thinking", "interleaved_thinking")),
    Answer("adjacent-blocks", "<think>r1</think><think>r2</think>\na", ("parse_thinking", "interleaved_thinking")),
    Answer(
        "wide-spaces",
        "<think>\u00a0r\u3000</think>\u0085\u001ca\u2028",
        ("parse_thinking", "parse_whitespace", "trimming"),
        ("T223",),
    ),
    Answer(
        "broken-lines",
        "<think>\n \nr\n \n</think>\n \na\n\n",
        ("parse_thinking", "parse_whitespace", "trimming"),
        ("T223",),
    ),
    Answer("blank-in-unicode", "<think>\u00a0\u3000</think>a", ("parse_thinking", "empty_thinking", "trimming")),
    Answer("separators-alone", "<think>\u001c\u001f</think>a", ("parse_thinking", "empty_thinking", "trimming")),
    Answer("mark-alone", "<think>\ufeff</think>\ufeff", ("parse_thinking", "invisible", "trimming")),
    Answer("many-lines", "<think>\na\n\nb\nc\n</think>\n\nd\n\ne", ("parse_thinking",), ("T487",)),
    Answer(
        "three-blocks",
        "<think>q</think>a<think>r</think>b<think>s</think>c",
        ("parse_thinking", "interleaved_thinking"),
    ),
    Answer("longer-tag", "a<thinking>b</thinking>", ("parse_thinking", "special_text")),
)

CALLS = (
    Answer("call", _call('{"name": "f", "arguments": {"x": 1}}'), ("parse_tool_calls", "empty_content"), ("T219",)),
    Answer("call-compact", '<tool_call>{"name":"f","arguments":{}}</tool_call>', ("parse_tool_calls",)),
    Answer("text-around", f"x\n{F}\ny", ("parse_tool_calls",), ("T219",)),
    Answer(
        "two-calls",
        f"{F}\n{G}",
        ("parse_tool_calls",),
        ("T219",),
    ),
    Answer(
        "reasoning-and-call",
        f"<think>\nr\n</think>\n\n{F}",
        ("parse_tool_calls", "parse_thinking", "round_trip"),
        ("T227",),
    ),
    Answer(
        "reasoning-text-call",
        f"<think>\nr\n</think>\n\nt\n{F}",
        ("parse_tool_calls", "parse_thinking", "round_trip"),
        ("T227",),
    ),
    Answer(
        "call-in-reasoning",
        f"<think>{F}</think>a",
        ("parse_tool_calls", "parse_thinking"),
        ("T220",),
    ),
    Answer(
        "arguments-rewritten",
        _call('{"name": "f", "arguments": {"b":1,"a":"é","x":1.0,"y":1E3}}'),
        ("parse_tool_calls", "json_numbers", "json_escapes"),
        ("T218",),
    ),
    Answer("key-order", _call('{"arguments": {"z": 1, "a": 2}, "name": "f"}'), ("parse_tool_calls", "key_order")),
    Answer("with-id", _call('{"name": "f", "arguments": {}, "id": "c1"}'), ("parse_tool_calls",), ("T217",)),
    Answer("id-is-a-number", _call('{"name": "f", "arguments": {}, "id": 7}'), ("parse_tool_calls",), ("T217",)),
    Answer("extra-keys", _call('{"name": "f", "arguments": {}, "why": "x"}'), ("parse_tool_calls",)),
    Answer("empty-name", _call('{"name": "", "arguments": {}}'), ("parse_tool_calls",)),
    Answer("big-integer", _call('{"name": "f", "arguments": {"n": 9007199254740993}}'), ("json_numbers",), ("T218",)),
    Answer(
        "numbers",
        _arguments('{"a":0.1e1,"b":10E-1,"c":-0,"d":-0.0,"e":1e22,"f":0.000012,"g":1.7976931348623157e308}'),
        ("parse_tool_calls", "json_numbers"),
        ("T218",),
    ),
    Answer("duplicate-keys", _arguments('{"a":1,"b":2,"a":{"c":1,"d":2,"c":3}}'), ("parse_tool_calls", "key_order")),
    Answer("name-twice", _call('{"name": "f", "arguments": {}, "name": "g"}'), ("parse_tool_calls", "key_order")),
    Answer("escapes", _arguments(r'{"a":"\u0000\/\u007f\b","b":"\ud83c\udf75"}'), ("parse_tool_calls", "json_escapes")),
    Answer("lone-surrogates", _arguments(r'{"a":"\ud83c b \udf75\ud83c"}'), ("parse_tool_calls", "json_escapes")),
    Answer(
        "noncharacters", _arguments('{"a":"\uffff\ufeff\u0080"}'), ("parse_tool_calls", "json_escapes", "invisible")
    ),
    Answer("name-escaped", _call(r'{"name": "f\u00e9\u0000", "arguments": {}}'), ("parse_tool_calls", "json_escapes")),
    Answer("name-with-spaces", _call('{"name": " f\u00a0", "arguments": {}}'), ("parse_tool_calls", "trimming")),
    Answer("truncated-after-call", F, ("parse_truncated",), (), stopped=False),
)

UNPARSED = (
    Answer("not-json", "<tool_call>nope</tool_call>", ("parse_unparsed",), ("T215", "T216")),
    Answer("empty", "<tool_call></tool_call>", ("parse_unparsed",), ("T216",)),
    Answer("list", _call("[1]"), ("parse_unparsed",), ("T216",)),
    Answer("null", _call("null"), ("parse_unparsed",), ("T216",)),
    Answer("no-name", _call('{"arguments": {}}'), ("parse_unparsed",), ("T216",)),
    Answer("name-is-null", _call('{"name": null, "arguments": {}}'), ("parse_unparsed",), ("T216",)),
    Answer("no-arguments", _call('{"name": "f"}'), ("parse_unparsed",), ("T216",)),
    Answer("args-not-arguments", _call('{"name": "f", "args": {}}'), ("parse_unparsed",), ("T217", "T112")),
    Answer("arguments-as-text", _call('{"name": "f", "arguments": "{}"}'), ("parse_unparsed",), ("T217",)),
    Answer("arguments-as-list", _call('{"name": "f", "arguments": []}'), ("parse_unparsed",), ("T217",)),
    Answer("trailing-comma", _call('{"name": "f", "arguments": {},}'), ("parse_unparsed",), ("T216",)),
    Answer("good-and-bad", f"{F}\n{BAD}", ("parse_unparsed",), ("T215",)),
    Answer("text-and-bad", f"x {BAD} y", ("parse_unparsed",), ("T219",)),
    Answer("unterminated", '<tool_call>\n{"name": "f"', ("parse_unparsed",), ("T221",)),
    Answer(
        "good-and-unterminated",
        f'{F}\n<tool_call>\n{{"name"',
        ("parse_unparsed",),
        ("T221",),
    ),
    Answer("only-close", "a</tool_call>", ("parse_unparsed",)),
    Answer(
        "nested-opens",
        '<tool_call><tool_call>{"name": "f", "arguments": {}}</tool_call>',
        ("parse_unparsed",),
        ("T221",),
    ),
    Answer("space-inside", _call('{"name": "f",\u00a0"arguments": {}}'), ("parse_unparsed", "trimming"), ("T216",)),
    Answer("form-feed-inside", _call('{"name": "f",\f"arguments": {}}'), ("parse_unparsed", "trimming"), ("T216",)),
    Answer("double-zero", _arguments('{"a": 00}'), ("parse_unparsed", "json_numbers"), ("T216",)),
    Answer("point-last", _arguments('{"a": 1.}'), ("parse_unparsed", "json_numbers"), ("T216",)),
    Answer("comment", _arguments("{} /* none */"), ("parse_unparsed",), ("T216",)),
    Answer("single-quotes", _call("{'name': 'f', 'arguments': {}}"), ("parse_unparsed",), ("T216",)),
    Answer("bare-newline", _arguments('{"a": "b\nc"}'), ("parse_unparsed",), ("T216",)),
    Answer("bare-delete", _arguments('{"a": "\u007f"} {'), ("parse_unparsed",), ("T216",)),
    Answer("bad-escape", _arguments(r'{"a": "\x41"}'), ("parse_unparsed", "json_escapes"), ("T216",)),
    Answer("two-json-values", _call('{"name": "f", "arguments": {}} {}'), ("parse_unparsed",), ("T216",)),
    Answer("open-block-before-call", f"<think>r{F}", ("parse_tool_calls", "parse_thinking")),
    Answer("longer-tag", "a<tool_calls>b</tool_calls>", ("parse_tool_calls", "special_text")),
    Answer("longer-tag-and-block", "<think>r</think><tool_calls>b", ("parse_tool_calls", "special_text")),
    Answer("longer-closing-tag", "<tool_call>{}</tool_calls>", ("parse_unparsed", "special_text")),
    Answer("cut-closing-tag", "<tool_call>{}/tool_call>", ("parse_unparsed", "special_text")),
)


def questions() -> Iterator[Question]:
    for group, answers in (
        ("answer", TEXTS),
        ("reasoning", REASONING),
        ("called", CALLS),
        ("unparsed", UNPARSED),
    ):
        for ask in (QWEN3, QWEN3_INSTRUCT):
            for answer in answers:
                yield from ask.parse(
                    group,
                    answer.text + (END if answer.stopped else ""),
                    variant=answer.slug,
                    flags=answer.flags,
                    traps=answer.traps,
                )
    yield from QWEN3.parse(
        "unparsed",
        f"t<tool_call>{'x' * 16_380}{END}",
        variant="open-for-long",
        flags=("parse_unparsed",),
        tiers=("bytes",),
        notes="Of a call that nothing closes, 16,384 characters are kept, its tag among them.",
    )
    yield from _trimmed()
    # These two share the parser of qwen3; a few answers show that a port knows it.
    for ask in QWEN3_FAMILY[1:3]:
        for answer in (*TEXTS[:4], *REASONING[:5], *CALLS[:2], *UNPARSED[:1]):
            yield from ask.parse(
                "shared",
                answer.text + (END if answer.stopped else ""),
                variant=answer.slug,
                flags=answer.flags,
                traps=answer.traps,
            )
    for ask in (QWEN3, QWEN3_DISABLE):
        for slug, tokens in (
            ("tail", encoded("😀 𓀀", drop_last=1)),
            ("tail-and-stop", joined(encoded("😀 𓀀", drop_last=1), encoded(END))),
            ("head", encoded("𓀀 a" + END, drop_first=1)),
            ("in-reasoning", joined(encoded("<think>𓀀", drop_last=1), encoded("</think>a" + END))),
        ):
            yield from ask.parse("broken-utf8", tokens, variant=slug, flags=("broken_utf8",), traps=("T240",))


def _trimmed() -> Iterator[Question]:
    """White space around a call's JSON, which is stripped as `str.strip` does before it is read."""
    for slug, space, stripped in texts.SPACES:
        yield from QWEN3.parse(
            "call-in-spaces",
            f"t<tool_call>{space}{JSON}{space}</tool_call>{END}",
            variant=slug,
            flags=("parse_tool_calls" if stripped else "parse_unparsed", "trimming"),
            traps=("T216",),
            notes="" if stripped else "Python does not strip this character, and JSON does not allow it.",
        )
    for ask in (QWEN3, QWEN3_INSTRUCT):
        for slug, number in (("not-a-number", "NaN"), ("infinite", "-Infinity"), ("overflow", "1e400")):
            yield from ask.parse(
                "called",
                _arguments(f'{{"a": {number}}}') + END,
                variant=slug,
                flags=("parse_tool_calls", "json_numbers"),
                level="should",
                notes="Python reads and writes numbers that JSON does not have.",
            )
