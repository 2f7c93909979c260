# ruff: noqa: RUF001 - the letters below are there for what capitalising makes of them.
"""Questions for role_colon: a plain `Role: text` transcript, whose stop sequence is a string."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.corpus.messages import assistant, call, image, marked, said, system, text, thinking, user
from conformance.corpus.settings import ROLE_COLON, ROLE_COLON_BOS, Setting
from conformance.corpus.tokens import encoded, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question

TURN = [user("q"), assistant("a")]

# Roles as they are written and what `str.capitalize` makes of them.
ROLES = (
    ("mixed-case", "myROLE"),
    ("upper", "USER"),
    ("sharp-s", "ßa"),
    ("digraph", "ǆa"),
    ("turkish", "ıI"),
    ("greek-sigma", "ΣΑΣ"),
    ("digit-first", "2nd judge"),
    ("two-words", "tea master"),
    ("cyrillic", "судья"),
    ("final-sigma", "ΟΔΟΣ"),
    ("final-sigma-in-quotes", "ΟΔΟΣ'"),
    ("final-sigma-and-accent", "ΑΣ\u0301"),
    ("final-sigma-and-digit", "ΑΣ1"),
    ("final-sigma-after-latin", "aΣ"),
    ("final-sigma-after-latin-and-dot", "a.Σ"),
    ("sigmas-of-two-words", "ΑΣ ΑΣ"),
    ("sigma-first", "Σ"),
    ("sigma-second", "ΣΣ"),
    ("two-sharp-s", "ßß"),
    ("capital-sharp-s", "Aẞ"),
    ("dotted-i-first", "İI"),
    ("dotted-i-inside", "aİI"),
    ("dot-above", "i\u0307İ"),
    ("digraph-upper", "ǄǄ"),
    ("digraph-title", "ǅǅ"),
    ("digraph-lj", "ǉǈ"),
    ("apostrophe-n", "ŉa"),
    ("caron-j", "ǰX"),
    ("ligature", "ﬁN"),
    ("ligature-of-three", "ﬃX"),
    ("iota-subscript", "ᾳX"),
    ("iota-subscript-and-accent", "ᾴX"),
    ("iota-subscript-and-circumflex", "ᾷX"),
    ("iota-accents", "ΐX"),
    ("ypogegrammeni", "\u0345A"),
    ("georgian", "აბგ"),
    ("georgian-upper", "ᲐᲑ"),
    ("deseret", "𐐨𐐀"),
    ("cherokee", "ꭰᎠ"),
    ("space-first", " User"),
    ("mark-first", "\ufeffuSER"),
    ("space-around", "\u00a0uSER\u00a0"),
    ("empty", ""),
)

# What a model may answer, as text: {eos} is the tokenizer's own end-of-sequence token.
ANSWERS = (
    ("clean", " a\n\nUser:", ("parse_stop",), ()),
    ("no-leading-space", "a\n\nUser:", ("parse_whitespace",), ()),
    ("spaces-kept", "  a  \n\nUser:", ("parse_whitespace",), ("T055",)),
    ("blank-line-before", " a\n\n\n\nUser:", ("parse_whitespace",), ("T055",)),
    ("two-blank-lines-before", " a\n\n\n\n\n\nUser:", ("parse_whitespace",), ()),
    ("one-newline-more", " a\n\n\nUser:", ("parse_whitespace",), ()),
    ("lines-inside", " a\n\nb\n\nUser:", ("parse_whitespace",), ()),
    ("tab-before", "\ta\n\nUser:", ("parse_whitespace",), ()),
    ("newline-before", "\n a\n\nUser:", ("parse_whitespace",), ()),
    ("text-after-stop", " a\n\nUser: more", ("parse_stop",), ()),
    ("stop-only", "\n\nUser:", ("parse_stop", "empty_content"), ()),
    ("space-only", " \n\nUser:", ("parse_whitespace", "empty_content"), ()),
    ("stop-twice", " a\n\nUser: x\n\nUser:", ("parse_stop", "malformed"), ("T058",)),
    ("stop-at-once", "\n\nUser:\n\nUser:", ("parse_stop", "malformed"), ("T058",)),
    ("stop-lower", " a\n\nuser:", ("parse_stop", "parse_truncated"), ()),
    ("stop-one-newline", " a\nUser:", ("parse_stop", "parse_truncated"), ()),
    ("stop-no-colon", " a\n\nUser", ("parse_stop", "parse_truncated"), ()),
    ("stop-crlf", " a\r\n\r\nUser:", ("parse_stop", "crlf"), ()),
    ("assistant-header", " a\n\nAssistant: b\n\nUser:", ("parse_stop",), ()),
    ("truncated", "a", ("parse_truncated",), ("T057",)),
    ("truncated-after-blank-line", " a\n\n", ("parse_truncated", "parse_whitespace"), ()),
    ("nothing", "", ("parse_truncated", "empty_content"), ("T057",)),
    ("eos", " a{eos}", ("parse_stop",), ("T056", "T214")),
    ("eos-after-blank-line", " a\n\n{eos}", ("parse_stop", "parse_whitespace"), ("T056",)),
    ("eos-only", "{eos}", ("parse_stop", "empty_content"), ()),
    ("eos-after-stop", " a\n\nUser:{eos}", ("parse_stop", "malformed"), ("T059",)),
    ("eos-twice", " a{eos}{eos}", ("parse_stop",), ("T060",)),
    ("eos-inside", " a{eos}b", ("parse_stop", "parse_truncated"), ("T060",)),
    ("eos-inside-and-stop", " a{eos}b\n\nUser:", ("parse_stop",), ("T060",)),
    ("eos-before-text-eos", " a{eos} b{eos}", ("parse_stop",), ("T060",)),
    ("think-tags", " <think>r</think>a\n\nUser:", ("parse_thinking", "foreign_markers"), ()),
    ("unicode", " äö 🍵 e\u0301\n\nUser:", ("emoji", "nfc"), ()),
    ("byte-order-mark", "\ufeff a\ufeff\n\nUser:", ("invisible",), ()),
    ("null", " \u0000\n\nUser:", ("invisible",), ()),
    ("no-break-space", "\u00a0a\u00a0\n\nUser:", ("parse_whitespace", "trimming"), ("T055",)),
    ("wide-spaces", " \u3000a\u001c\u0085\n\nUser:", ("parse_whitespace", "trimming"), ("T055",)),
    ("line-breaks", " a\u2028\u2029\n\nUser:", ("parse_whitespace", "trimming"), ("T055",)),
    ("return-before-blank-line", " a\r\n\nUser:", ("parse_whitespace", "crlf"), ("T055",)),
)


def questions() -> Iterator[Question]:
    yield from _format()
    yield from _refusals()
    for ask, eos in ((ROLE_COLON, "<|im_end|>"), (ROLE_COLON_BOS, "<|end_of_text|>")):
        yield from _answers(ask, eos)
    yield from ROLE_COLON_BOS.parse(
        "other-eos",
        " a<|eot_id|>",
        flags=("parse_stop", "parse_truncated"),
        traps=("T064",),
        notes="This tokenizer's end-of-sequence token is <|end_of_text|>; <|eot_id|> is text like any other.",
    )
    yield from INSTRUCT.parse("other-eos", " a<|end_of_text|>", flags=("parse_stop",), traps=("T064",))
    yield from INSTRUCT.parse("own-eos", " a<|eot_id|>", flags=("parse_stop",), traps=("T064",))


# A base format asked with the tokenizer of an instruct model: another end-of-sequence token.
INSTRUCT = Setting(
    renderer="role_colon",
    family="role_colon",
    bytes="bytes-llama3_instruct",
    real="llama3_instruct",
    variant="instruct-tokenizer",
)
HARMONY = Setting(
    renderer="role_colon", family="role_colon", bytes="bytes-gpt_oss", real="gpt_oss", variant="harmony-tokenizer"
)


def _format() -> Iterator[Question]:
    ask = ROLE_COLON
    yield from ask.prompt(
        "prompt-ends-with-colon",
        [user("q")],
        flags=("plain", "whitespace"),
        traps=("T051", "T062"),
        notes="The prompt ends with the colon; the space after it belongs to the answer.",
    )
    yield from ask.example(
        "stop-overlap", TURN, "last_assistant_message", flags=("stop_overlap", "last_message"), traps=("T052",)
    )
    yield from ask.example(
        "no-overlap-inside",
        [user("q1"), assistant("a1"), user("q2"), assistant("a2")],
        "all_assistant_messages",
        flags=("stop_overlap", "all_assistant"),
        traps=("T053",),
    )
    for mode in ("all_tokens", "all_messages", "last_assistant_message"):
        yield from ask.example(
            "overlap-of-a-user",
            [user("q")],
            mode,
            flags=("stop_overlap", "trailing_user"),
            traps=("T054",),
            notes="An accident: a placeholder follows a last message of anyone else, with that message's weight.",
            level="should",
        )
    for slug, prefill in (("word", "Sure"), ("space-word", " Sure"), ("empty", ""), ("newlines", "\n\n")):
        yield from ask.prompt(
            "prefill", [user("q")], prefill=prefill, variant=slug, flags=("prefill", "seam"), traps=("T025", "T018")
        )
    for role in ("user", "system", "critic"):
        yield from ask.prompt(
            "role-argument", [user("q")], role=role, variant=role, flags=("role_argument",), traps=("T027",)
        )
    for slug, role in ROLES:
        yield from ask.prompt(
            "capitalised-role",
            [said(role, "q")],
            variant=slug,
            flags=("odd_role", "scripts"),
            traps=("T050", "T039"),
            notes="The first letter is title-cased and the rest lowered, by Unicode's rules.",
        )
    for slug, words in (("text-space", " a"), ("text-newline", "\na"), ("text-newlines-after", "a\n\n")):
        yield from ask.example(
            "seams", [user(words), assistant(words)], variant=slug, flags=("seam", "whitespace"), traps=("T018",)
        )
    for ask in (ROLE_COLON, ROLE_COLON_BOS, HARMONY):
        yield from ask.example(
            "bos-weight", TURN, "all_tokens", flags=("bos", "header_weight"), traps=("T002", "T024", "T062")
        )
        yield from ask.stop(
            "stop", flags=("parse_stop",), traps=("T061",), notes="A string, where other renderers give ids."
        )
        yield from ask.extension("extension", flags=("extension_property",), traps=("T032",))


def _refusals() -> Iterator[Question]:
    ask = ROLE_COLON
    calls = [user("q"), assistant("a", call("f", '{"x": 1}'))]
    yield from ask.example("tool-calls-ignored", calls, flags=("tool_calls", "unsupported"), traps=("T063",))
    yield from ask.example(
        "thinking-part", [user("q"), assistant([thinking("r"), text("a")])], flags=("unsupported",), traps=("T063",)
    )
    yield from ask.example(
        "thinking-part-alone", [user("q"), assistant([thinking("r")])], flags=("unsupported",), traps=("T063",)
    )
    yield from ask.prompt(
        "two-text-parts", [user([text("a"), text("b")])], flags=("content_parts", "unsupported"), traps=("T037",)
    )
    yield from ask.prompt("image", [user([image("https://example.org/a.png")])], flags=("image_part", "unsupported"))
    yield from ask.tools("tools", [], flags=("tool_declaration", "unsupported"), traps=("T063",))
    yield from ask.prompt("null-content", [user(None)], flags=("malformed",), traps=("T036",))  # type: ignore[arg-type]
    yield from ask.prompt("no-content", [{"role": "user"}], flags=("malformed",), traps=("T036",))
    yield from ask.example(
        "untrained-mode-with-key", marked(TURN, [True, True]), flags=("trainable_key",), traps=("T008",)
    )
    yield from ask.example("customized-without-key", TURN, "customized", flags=("trainable_key",), traps=("T007",))
    yield from ask.example("unknown-mode", TURN, "last_sentence", flags=("unknown_name",), traps=("T010",))
    yield from ask.example("mode-in-capitals", TURN, "ALL_TOKENS", flags=("unknown_name",), traps=("T010",))
    for slug, marks in (("first", [True, False, False]), ("all", [True] * 3), ("last", [False, False, True])):
        yield from ask.example(
            "customized",
            marked([system("s"), *TURN], marks),
            "customized",
            variant=slug,
            flags=("custom_weights", "stop_overlap"),
        )


def _answers(ask: Setting, eos: str) -> Iterator[Question]:
    for slug, answer, flags, traps in ANSWERS:
        yield from ask.parse(slug, answer.replace("{eos}", eos), flags=flags, traps=traps)
    yield from ask.parse("broken-tail", encoded(" tea 𓃠", drop_last=1), flags=("broken_utf8",), traps=("T240",))
    yield from ask.parse(
        "broken-before-stop",
        joined(encoded(" tea 𓃠", drop_last=1), encoded("\n\nUser:")),
        flags=("broken_utf8", "parse_stop"),
    )
