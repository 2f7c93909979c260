# ruff: noqa: RUF001 - DeepSeek's markers are written with a full-width bar.
"""Questions for tokenizers: where ports differ before any renderer is involved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.corpus import text as texts
from conformance.corpus.question import TIERS, Question, Tier
from conformance.corpus.tokens import encoded, joined

if TYPE_CHECKING:
    from collections.abc import Iterator


class Tokenizer(NamedTuple):
    """A tokenizer under the name of its family, with the text of its special and its other added tokens."""

    family: str
    bytes: str | None
    real: str
    special: tuple[str, ...]
    plain: tuple[str, ...]


TOKENIZERS = (
    Tokenizer("qwen3", "bytes-qwen3", "qwen3", ("<|im_start|>", "<|im_end|>"), ("<think>", "</tool_call>")),
    Tokenizer("llama3", "bytes-llama3", "llama3", ("<|begin_of_text|>", "<|eot_id|>"), ()),
    Tokenizer("gpt_oss", "bytes-gpt_oss", "gpt_oss", ("<|start|>", "<|return|>"), ()),
    Tokenizer(
        "deepseek_v3_1",
        "bytes-deepseek_v3_1",
        "deepseek_v3_1",
        ("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
        ("<｜User｜>", "</think>"),
    ),
)
# The file of DeepSeek V3 has no <think>: a port that loads it for V3.1 parses no reasoning.
V3 = Tokenizer("deepseek_v3", None, "deepseek_v3", ("<｜begin▁of▁sentence｜>",), ("<think>",))

PROSE = (
    ("word", "tea"),
    ("two-spaces", "tea  or  coffee"),
    ("numbers", "3.14 12345 007"),
    ("code", "def f(x):\n\treturn x ** 2\n"),
    ("mixed-case", "teaPOT TeaPot"),
    ("apostrophes", "it's we'll IT'S"),
    ("many-newlines", "a\n\n\n\nb"),
    ("trailing-spaces", "a   "),
    ("url", "https://example.org/a?b=c&d=%20"),
)

_LEADS = (
    *range(0x100, 0x800, 0x40),
    0x900,
    *range(0x1000, 0x10000, 0x1000),
    0x10000,
    0x40000,
    0x80000,
    0xC0000,
    0x100000,
)
LEADS = "".join(map(chr, _LEADS))
"""A character for each byte that one of several bytes can begin with, from U+0100 up."""

TRAPS = {
    "decomposed": ("T041",),
    "composed": ("T041",),
    "emoji-family": ("T042",),
    "deepseek-ascii": ("T043",),
    "deepseek": ("T043",),
    "crlf": ("T040",),
}


def questions() -> Iterator[Question]:
    for tokenizer in TOKENIZERS:
        yield from _texts(tokenizer)
        yield from _markers(tokenizer)
        yield from _decode(tokenizer)
    yield from _markers(V3)


def _texts(tokenizer: Tokenizer) -> Iterator[Question]:
    for slug, value in PROSE:
        yield from _ask(tokenizer, f"prose-{slug}", "encode", {"text": value}, ("encoding",))
    for awkward in texts.ALL:
        yield from _ask(
            tokenizer,
            awkward.name,
            "encode",
            {"text": awkward.value},
            ("encoding", *(flag for flag in awkward.flags if flag not in {"tool_calls", "tool_results", "seam"})),
            traps=TRAPS.get(awkward.name, ()),
        )
    asked = {"text": "e\u0301 🍵\r\n", "split_special_tokens": True}
    yield from _ask(tokenizer, "text-without-markers", "encode-split", asked, ("encoding", "split_special"))


def _markers(tokenizer: Tokenizer) -> Iterator[Question]:
    for slug, value in _marked(tokenizer):
        yield from _ask(tokenizer, slug, "encode", {"text": value}, ("encoding", "special_text"), traps=("T024",))
        asked = {"text": value, "split_special_tokens": True}
        yield from _ask(tokenizer, slug, "encode-split", asked, ("encoding", "split_special"), traps=("T098",))


def _marked(tokenizer: Tokenizer) -> Iterator[tuple[str, str]]:
    """Texts with this tokenizer's own markers in them."""
    first = tokenizer.special[0]
    for place, marker in enumerate((*tokenizer.special, *tokenizer.plain)):
        yield f"marker-{place}", marker
        yield f"marker-{place}-in-text", f"tea {marker} tea"
        yield f"marker-{place}-tight", f"tea{marker}\n{marker}tea"
    yield "marker-cut", first[:-1]
    yield "marker-headless", first[1:]
    yield "marker-overlapping", f"{first[:-2]}{first}"
    yield "marker-in-brackets", f"<{first}>"
    yield "marker-upper", first.upper()
    yield "marker-with-space", f"{first[:4]} {first[4:]}"
    yield "marker-after-accent", f"e\u0301{first}\u0301"


def _decode(tokenizer: Tokenizer) -> Iterator[Question]:
    first, *_ = tokenizer.special
    for slug, tokens, flags in (
        ("nothing", [], ("decoding", "empty_content")),
        ("text", encoded("Tea, please."), ("decoding",)),
        ("space-first", encoded(" tea"), ("decoding", "whitespace")),
        ("spaces-before-punctuation", encoded("tea , n't . !"), ("decoding", "whitespace")),
        ("newlines", encoded("\n\n tea \n"), ("decoding", "whitespace")),
        ("crlf", encoded("a\r\nb"), ("decoding", "crlf")),
        ("decomposed", encoded("cafe\u0301"), ("decoding", "nfc")),
        ("emoji-family", encoded("👩‍👩‍👧‍👦"), ("decoding", "emoji")),
        ("han", encoded("一杯茶"), ("decoding", "scripts")),
        ("null", encoded("te\u0000a"), ("decoding", "invisible")),
        ("null-first", encoded("\u0000tea\u0000"), ("decoding", "invisible")),
        ("byte-order-mark", encoded("\ufefftea"), ("decoding", "invisible")),
        ("byte-order-marks", encoded("\ufeff\ufefftea\ufeff"), ("decoding", "invisible")),
        ("byte-order-mark-alone", encoded("\ufeff"), ("decoding", "invisible")),
        ("byte-order-mark-behind-special", encoded(f"{first}\ufefftea"), ("decoding", "invisible", "special_text")),
        ("lone-cr", encoded("\rone\rtwo\r"), ("decoding", "crlf")),
        ("line-separators", encoded("one\u2028two\u2029\u0085"), ("decoding", "whitespace")),
        ("separators", encoded("\u001ctea\u001f"), ("decoding", "whitespace")),
        ("noncharacters", encoded("\ufffe\uffff\ufdd0\U0001ffff\U0010ffff"), ("decoding", "invisible")),
        ("replacement", encoded("te\ufffda"), ("decoding", "invisible")),
        ("special", encoded(f"{first}tea {first}"), ("decoding", "special_text")),
        ("special-only", encoded(first), ("decoding", "special_text")),
        ("special-twice", encoded(first * 2), ("decoding", "special_text")),
        ("cut-emoji", encoded("tea 𓃠", drop_last=1), ("decoding", "broken_utf8")),
        ("cut-emoji-more", encoded("tea 𓃠", drop_last=2), ("decoding", "broken_utf8")),
        ("beheaded-emoji", encoded("𓃠 tea", drop_first=1), ("decoding", "broken_utf8")),
        ("cut-then-text", joined(encoded("𓃠", drop_last=1), encoded("tea")), ("decoding", "broken_utf8")),
        ("cut-then-special", joined(encoded("𓃠", drop_last=1), encoded(first)), ("decoding", "broken_utf8")),
        ("cut-twice", joined(*[encoded("𓃠", drop_last=1)] * 2), ("decoding", "broken_utf8")),
        ("rejoined", joined(encoded("𓃠", drop_last=1), encoded("𓃠")), ("decoding", "broken_utf8")),
        # Byte-level vocabularies write every byte as a character: most as themselves, the others from U+0100 up.
        ("latin-1", encoded("".join(map(chr, range(0x100)))), ("decoding", "scripts")),
        ("every-lead", encoded(LEADS), ("decoding", "scripts")),
        # Models may sample ids that their vocabularies leave out.
        ("no-token", joined(encoded("te"), [999_999], encoded("a")), ("decoding",)),
        ("no-token-within-a-character", joined(encoded("𓃠", drop_last=1), [999_999]), ("decoding", "broken_utf8")),
    ):
        yield from _ask(tokenizer, slug, "decode", {"tokens": tokens}, flags, traps=("T240",) if "cut" in slug else ())
    for slug, ids in (
        ("lone-continuation", [0x80]),
        ("overlong", [0xC0, 0xAF]),
        ("surrogate", [0xED, 0xA0, 0x80]),
        ("beyond-unicode", [0xF4, 0x90, 0x80, 0x80]),
        ("never-a-byte", [0xFF, 0x61, 0xFE]),
        ("cut-in-three", [0xE4, 0xB8]),
        ("cut-by-ascii", [0xF0, 0x9F, 0x61]),
        ("four-of-four", [0xF0, 0x9F, 0x8D, 0xB5]),
        ("byte-order-mark", [0xEF, 0xBB, 0xBF, 0x41]),
        ("byte-order-mark-cut", [0xEF, 0xBB, 0x41]),
        ("utf-16-mark", [0xFF, 0xFE, 0x41, 0x00]),
        ("null", [0x00, 0x41, 0x00]),
        ("noncharacter", [0xEF, 0xBF, 0xBF, 0xF4, 0x8F, 0xBF, 0xBF]),
        ("overlong-null", [0xC0, 0x80]),
        ("overlong-in-three", [0xE0, 0x9F, 0xBF]),
        ("surrogate-pair", [0xED, 0xA0, 0xBC, 0xED, 0xBD, 0xB5]),
        ("five-bytes", [0xF8, 0x88, 0x80, 0x80, 0x80]),
        ("cut-by-another-lead", [0xE2, 0x82, 0xE2, 0x82, 0xAC]),
        ("cut-by-special", [0xE2, 0x82, 256, 0xAC]),
    ):
        yield from _ask(
            tokenizer,
            f"bytes-{slug}",
            "decode",
            {"tokens": ids},
            ("decoding", "broken_utf8"),
            tiers=("bytes",),
            notes="One U+FFFD for each maximal piece of an ill-formed sequence, as the Unicode standard recommends.",
        )


def _ask(
    tokenizer: Tokenizer,
    slug: str,
    op: str,
    asked: dict[str, Any],
    flags: tuple[str, ...],
    *,
    traps: tuple[str, ...] = (),
    tiers: tuple[Tier, ...] = TIERS,
    notes: str = "",
) -> Iterator[Question]:
    for tier in tiers:
        name = tokenizer.bytes if tier == "bytes" else tokenizer.real
        if name is not None:
            yield Question(
                id=f"tokenizer/{tokenizer.family}/{slug}/{op}@{tier}",
                operation=f"tokenizer.{op.removesuffix('-split')}",
                params={"tokenizer": name, **asked},
                flags=tuple(dict.fromkeys(flags)),
                traps=traps,
                notes=notes,
            )
