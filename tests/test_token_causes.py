"""conformance/token_causes.py: why two token sequences differ."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_answers import GPT_OSS, LLAMA, QWEN, STORE, lexicon

from conformance.causes import CAUSES
from conformance.quoting import quote
from conformance.token_causes import changed_parts, describe_change, explain_tokens, first_difference

if TYPE_CHECKING:
    import random

BYTES = lexicon("bytes-qwen3")
WITH_BOS = lexicon("bytes-llama3")
assert BYTES is not None
assert WITH_BOS is not None

TOKENS = st.lists(st.sampled_from([*b'aA{}":,\n\r \xc3\xa9\xcc\x81', 256, 257, 258, 280, 281, 999]), max_size=12)


def cause(expected: str, got: str) -> str:
    return explain_tokens(QWEN.encode(expected), QWEN.encode(got), BYTES).cause


@given(TOKENS, TOKENS)
def test_any_difference_has_a_cause_and_a_place(expected: list[int], got: list[int]) -> None:
    if expected == got:
        return
    for known in (BYTES, WITH_BOS):
        found = explain_tokens(expected, got, known)
        assert found.cause in CAUSES
        assert found.summary
        assert found.summary.isprintable()
        assert expected[: found.index] == got[: found.index]
        assert expected[found.index : found.index + 1] != got[found.index : found.index + 1]


@given(st.lists(st.integers(0, 3)), st.lists(st.integers(0, 3)))
def test_the_first_difference(one: list[int], other: list[int]) -> None:
    at = first_difference(one, other)
    assert one[:at] == other[:at]
    if one != other:
        assert one[at : at + 1] != other[at : at + 1]
    else:
        assert at == len(one)


# The text alone decides most causes: each property draws texts that differ in one way.

PLAIN = st.text(alphabet="abc xyz,.", min_size=1, max_size=20)


@given(PLAIN, st.lists(st.sampled_from(["\n", "\r\n", "\n\n"]), min_size=1), st.randoms())
def test_newlines(text: str, breaks: list[str], rng: random.Random) -> None:
    other = text
    for piece in breaks:
        at = rng.randint(0, len(other) - 1)
        other = other[:at] + piece + other[at:]
    assert cause(text, other) == "newlines"
    assert cause(other, text) == "newlines"


@given(PLAIN)
def test_letter_case(text: str) -> None:
    if text != text.upper():
        assert cause(text, text.upper()) == "letter-case"


@given(st.text(alphabet="e\u0301a\u0308o", min_size=1, max_size=12))
def test_normalisation(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    if composed != text:
        assert cause(text + "!", composed + "!") == "normalization"


ARGUMENTS = st.dictionaries(
    st.text(alphabet="abé", min_size=1, max_size=3),
    st.recursive(
        st.integers() | st.text(alphabet='aé"\\/ ', max_size=4) | st.booleans() | st.none(),
        lambda inner: (
            st.lists(inner, max_size=2) | st.dictionaries(st.text(alphabet="ab", max_size=2), inner, max_size=2)
        ),
        max_leaves=5,
    ),
    max_size=4,
)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("tea \U0001f375!", "tea \ufffd\ufffd!"),
        ("caf\u00e9", "caf\u00c3\u00a9"),
        ("a", "\ufeffa"),
        ("na\u00efve", "nave"),
    ],
)
def test_damaged_characters(expected: str, got: str) -> None:
    assert cause(expected, got) == "characters"


def test_a_think_block_is_kept_or_dropped_and_not_only_other() -> None:
    block = "<think>so</think>"
    assert cause(f"a{block}b", "ab") == "think-block"
    assert cause("ab", f"a{block}b") == "think-block"
    assert cause(f"a{block}b", f"a{block}{block}b") == "think-block"
    assert cause(f"a{block}b", "a<think>\n</think>b") == "think-block"
    assert cause(f"a{block}b", "a<think>no</think>b") != "think-block"


def test_the_same_pieces_in_another_order() -> None:
    assert (
        cause("<think>so</think>tea, <think>no</think>cake", "<think>so</think><think>no</think>tea, cake")
        == "text-order"
    )
    assert (
        cause(
            "<|im_start|>user\nq<|im_end|><|im_start|>system\ns", "<|im_start|>system\ns<|im_end|><|im_start|>user\nq"
        )
        == "text-order"
    )
    assert cause("one two three", "one three") == "text-missing"
    assert cause("ab", "ba") == "text-other"


def call(arguments: str) -> str:
    return f'<tool_call>\n{{"name": "f", "arguments": {arguments}}}\n</tool_call>'


@given(ARGUMENTS)
def test_json_spacing(value: Any) -> None:
    python, compact = json.dumps(value), json.dumps(value, separators=(",", ":"))
    if python != compact:
        assert cause(call(python), call(compact)) == "json-spacing"


@given(ARGUMENTS)
def test_json_escapes(value: Any) -> None:
    python, raw = json.dumps(value), json.dumps(value, ensure_ascii=False)
    if python != raw:
        assert cause(call(python), call(raw)) == "json-escapes"


@given(ARGUMENTS)
def test_json_key_order(value: Any) -> None:
    python, ordered = json.dumps(value), json.dumps(value, sort_keys=True)
    if python != ordered:
        assert cause(call(python), call(ordered)) == "json-key-order"


@given(ARGUMENTS)
def test_a_compact_sorted_encoder_is_still_a_difference_of_json(value: Any) -> None:
    python = json.dumps(value)
    other = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if python != other:
        assert cause(call(python), call(other)).startswith("json-")


def test_the_case_of_digits_is_no_matter_of_letters() -> None:
    assert cause(call('{"a": "\\u00e9"}'), call('{"a": "\\u00E9"}')) == "json-escapes"
    assert cause(call('{"a": 1e-07}'), call('{"a": 1E-07}')) == "json-numbers"
    assert cause(call('{"a": "b"}'), call('{"a": "B"}')) == "letter-case"


def test_another_value_is_no_difference_of_writing() -> None:
    assert not cause(call('{"a": 1}'), call('{"a": 2}')).startswith("json-")
    assert not cause(call('{"a": true}'), call('{"a": 1}')).startswith("json-")
    assert not cause(call('{"a": "1"}'), call('{"a": 1}')).startswith("json-")


def test_text_around_json_has_to_agree() -> None:
    assert not cause("x " + call('{"a": 1}'), "y " + call('{"a":1}')).startswith("json-")


@pytest.mark.parametrize("text", ["{" * 3000, '{"a":' * 400, '{"a":' * 400 + "1" + "}" * 400, "{" + "1" * 5000 + "}"])
def test_nesting_and_length_break_nothing(text: str) -> None:
    assert cause(text + "x", text + " y") in CAUSES
    assert cause(text + " ", text.replace(":", ": ") + "  ") in CAUSES


def test_a_bos_is_spoken_of_only_where_the_tokenizer_has_one() -> None:
    expected = LLAMA.encode("<|begin_of_text|>a")
    assert explain_tokens(expected, expected[1:], WITH_BOS).cause == "bos-missing"
    assert explain_tokens([257, 97], [97], BYTES).cause == "text-missing"


def test_a_missing_bos_hides_no_other_difference() -> None:
    expected = LLAMA.encode("<|begin_of_text|>abc")
    assert explain_tokens(expected, LLAMA.encode("abd"), WITH_BOS).cause not in ("bos-missing", "bos-extra")
    assert (
        explain_tokens(expected, LLAMA.encode("<|begin_of_text|><|begin_of_text|>abd"), WITH_BOS).cause != "bos-extra"
    )


def test_a_marker_at_the_end_is_a_terminator_and_text_is_a_tail() -> None:
    assert cause("a<|im_end|>", "a") == "terminator-missing"
    assert cause("a<|im_end|>\n", "a") == "tail-missing"
    assert cause("a", "a<|im_end|>") == "terminator-extra"
    assert cause("a", "ab") == "tail-extra"


def harmony(expected: str, got: str) -> tuple[str, str]:
    known = lexicon("bytes-gpt_oss")
    assert known is not None
    found = explain_tokens(GPT_OSS.encode(expected), GPT_OSS.encode(got), known)
    return found.cause, found.summary


def test_another_terminator() -> None:
    assert harmony("a<|return|>", "a<|end|>") == ("terminator-other", '"<|end|>" where "<|return|>" is expected')
    assert harmony("a<|end|>b<|call|>", "a<|return|>b<|return|>")[1].endswith("at 2 places")
    # What ends nothing is no terminator, and a terminator for text is another matter.
    assert harmony("a<|end|>", "a<|start|>")[0] != "terminator-other"
    assert harmony("a<|end|>", "ab")[0] != "terminator-other"
    assert harmony("a<|end|>b", "a<|return|>c")[0] != "terminator-other"


def test_another_channel() -> None:
    said = "<|start|>assistant<|channel|>{}<|message|>{}<|end|>"
    assert harmony(said.format("final", "a"), said.format("commentary", "a"))[0] == "channel"
    assert harmony(said.format("final", "a"), said.format("commentary", "b"))[0] != "channel"
    assert harmony("<|message|>final", "<|message|>analysis")[0] != "channel"


def test_a_marker_in_characters_that_only_look_like_its_own_is_spelled_out() -> None:
    deepseek = STORE.load("bytes-deepseek_v3_1")
    known = lexicon("bytes-deepseek_v3_1")
    assert known is not None
    found = explain_tokens(deepseek.encode("<｜User｜>q"), deepseek.encode("<|User|>q"), known)  # noqa: RUF001
    assert found.cause == "special-as-text"
    assert "U+FF5C" in found.summary
    # Other words that look alike are no marker, and a marker of other words is another matter.
    assert explain_tokens(deepseek.encode("｜q"), deepseek.encode("|q"), known).cause != "special-as-text"  # noqa: RUF001
    assert explain_tokens(deepseek.encode("<｜User｜>q"), deepseek.encode("<|user|>q"), known).cause != found.cause  # noqa: RUF001


def test_the_same_bytes_that_are_no_text_are_no_segmentation() -> None:
    found = explain_tokens([0xC3, 97], [0xC4, 97], BYTES)
    assert (found.cause, found.index) == ("text-other", 0)
    assert found.summary == '"\\\\xc4" where "\\\\xc3" is expected'


# What a reader is told.


@pytest.mark.parametrize(
    ("left", "right", "change"),
    [
        ("abc", "abXc", '"X" does not belong'),
        ("abXc", "abc", '"X" is missing'),
        ("abXc", "abYc", '"Y" where "X" is expected'),
        ("", "a", '"a" does not belong'),
        ("<a<b>>", "<a>", '"<b>" is missing'),
        ("a\nb\nc", "a\nc", '"\\nb" is missing'),
        ("a</think>b", "a<think>b", '"<think>" where "</think>" is expected'),
        ("<|outputs|>", "<|output|>", '"<|output|>" where "<|outputs|>" is expected'),
        ("<a >b", "<a x>b", '"x" does not belong'),
        ("a<b", "a<bc", '"c" does not belong'),
    ],
)
def test_a_change_is_told_in_one_line(left: str, right: str, change: str) -> None:
    assert describe_change(left, right).startswith(change)


@given(st.text(alphabet="ab<{\n", max_size=12), st.text(alphabet="ab<{\n", max_size=12))
def test_the_changed_parts_are_parts(left: str, right: str) -> None:
    removed, inserted = changed_parts(left, right)
    assert removed in left
    assert inserted in right
    assert len(left) - len(removed) == len(right) - len(inserted)
    if left == right:
        assert (removed, inserted) == ("", "")


@given(st.text(max_size=200))
def test_a_quote_is_short_printable_and_reversible_where_it_is_whole(text: str) -> None:
    quoted = quote(text)
    assert quoted.isprintable()
    assert len(quoted) <= 60 * 12 + 3
    if len(text) <= 60 and "…" not in text:
        assert json.loads(quoted) == text
