"""conformance/diagnose.py: the cause, one line, and the neighbourhood of the first difference."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_answers import PLANTED_ANSWERS, QWEN, lexicon

from conformance.compare import ABSENT, Mismatch, compare_results
from conformance.diagnose import (
    NEIGHBOURS,
    VALUE_LIMIT,
    diagnose,
    diagnose_answer,
    rounded_weights,
    shown_answer,
    shown_tokens,
    shown_value,
)
from conformance.judge import Judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from syrupy.assertion import SnapshotAssertion

    from conformance.events import Diagnosis

BYTES = lexicon("bytes-qwen3")


def difference(expected: Any, got: Any, *, known: bool = True) -> Diagnosis:
    mismatch = compare_results(expected, got)
    assert mismatch is not None
    return diagnose(mismatch, BYTES if known else None)


def test_what_is_said_of_the_planted_answers(snapshot: SnapshotAssertion) -> None:
    lines = []
    for planted in PLANTED_ANSWERS:
        found = Judge(lexicon=lexicon, strict_errors=True).verdict(planted.case, planted.answer).diagnosis
        assert found is not None
        lines += [f"{found.cause} | {found.path}", f"    {found.summary}", f"    {found.signature}"]
        if found.expected_value or found.got_value:
            lines.append(f"    {found.expected_value[:60]} | {found.got_value[:60]}")
    assert "\n".join(lines) == snapshot


def test_a_difference_of_tokens_shows_their_neighbours() -> None:
    expected = [*b"0123456789abcdefghij"]
    found = difference({"tokens": expected}, {"tokens": [*expected[:10], 65, *expected[11:]]})
    assert (found.path, found.index) == ("tokens[10]", 10)
    assert found.expected is not None
    assert found.got is not None
    assert (found.expected.start, found.expected.length) == (10 - NEIGHBOURS, 20)
    assert "".join(token.text for token in found.expected.tokens) == "56789abcdef"
    assert "".join(token.text for token in found.got.tokens) == "56789Abcdef"
    assert all(token.weight is None for token in found.expected.tokens)


def test_a_window_is_cut_at_both_ends() -> None:
    found = difference({"tokens": [65]}, {"tokens": [65, 66]})
    assert found.expected is not None
    assert found.got is not None
    assert (found.expected.start, len(found.expected.tokens), found.expected.length) == (0, 1, 1)
    assert (found.got.start, len(found.got.tokens), found.got.length) == (0, 2, 2)
    assert found.signature == "tail-extra tokens@1 got 66"
    assert difference({"tokens": [65]}, {"tokens": []}).signature == "tail-missing tokens@0 got the end"


def test_weights_are_shown_beside_their_tokens() -> None:
    found = difference({"tokens": [65, 66], "weights": [0, 1]}, {"tokens": [65, 66], "weights": [0.1, 1]})
    assert (found.path, found.index) == ("weights[0]", 0)
    assert found.got is not None
    assert [token.weight for token in found.got.tokens] == rounded_weights([0.1, 1])


def test_tokens_are_told_before_weights_whatever_the_order_of_keys() -> None:
    expected = {"weights": [0, 1], "tokens": [65, 66]}
    found = difference(expected, {"weights": [1, 1], "tokens": [65, 67]})
    assert found.path == "tokens[1]"


def test_fewer_weights_than_tokens_break_no_window() -> None:
    found = difference({"tokens": [65, 66], "weights": [0, 1]}, {"tokens": [65, 66], "weights": [0]})
    assert (found.cause, found.path) == ("weights-length", "weights[1]")
    assert found.got is not None
    assert [token.weight for token in found.got.tokens] == [0, None]


def test_one_of_several_examples_is_named() -> None:
    one = {"tokens": [65], "weights": [1]}
    found = difference({"examples": [one, one]}, {"examples": [one, {"tokens": [66], "weights": [1]}]})
    assert (found.path, found.index) == ("examples[1].tokens[0]", 0)


def test_a_value_inside_a_message_is_named() -> None:
    expected = {"message": {"role": "assistant", "content": [{"type": "text", "text": "a"}]}}
    got = {"message": {"role": "assistant", "content": [{"type": "text", "text": "b"}]}}
    found = difference(expected, got)
    assert found.path == "message.content[0].text"
    assert (found.expected_value, found.got_value) == ('"a"', '"b"')
    assert found.expected is None


def test_without_a_lexicon_ids_are_shown() -> None:
    found = difference({"tokens": [65, 66]}, {"tokens": [65, 67]}, known=False)
    assert found.expected is not None
    assert [token.text for token in found.expected.tokens] == ["65", "66"]


def test_the_same_failure_has_the_same_signature_and_another_has_another() -> None:
    expected = {"tokens": [65, 66, 67]}
    assert (
        difference(expected, {"tokens": [65, 67, 67]}).signature
        == difference(expected, {"tokens": [65, 67, 99]}).signature
    )
    assert difference(expected, {"tokens": [65, 67, 67]}) != difference(expected, {"tokens": [65, 68, 67]})


def test_an_answer_of_the_wrong_kind_is_its_own_signature() -> None:
    assert diagnose_answer("declined", "not supported").signature == "declined"
    assert diagnose_answer("rejected", "no", signature="rejected x").signature == "rejected x"


def test_long_values_are_cut() -> None:
    assert shown_value(ABSENT) == "(absent)"
    assert shown_value("é") == '"é"'
    assert shown_value([1, None]) == "[1,null]"
    shown = shown_value("x" * 5000)
    assert len(shown) < VALUE_LIMIT + 40
    assert shown.endswith("(5002 characters)")


def test_tokens_are_shown_with_their_weights() -> None:
    shown = shown_tokens([257, 195], [1.0], BYTES)
    assert [(token.id, token.text, token.weight) for token in shown] == [
        (257, "<|im_start|>", 1.0),
        (195, "\\xc3", None),
    ]
    assert shown_tokens([300], None, None)[0].text == "300"


@pytest.mark.parametrize("weight", ["NaN", "Infinity", "-Infinity", 1e39, 10**400])
def test_a_weight_may_be_any_number(weight: Any) -> None:
    found = difference({"tokens": [65], "weights": [1]}, {"tokens": [65], "weights": [weight]})
    assert found.cause.startswith("weights-")
    msgspec.json.encode(found)


RESULTS = st.fixed_dictionaries(
    {},
    optional={
        "tokens": st.lists(st.sampled_from([65, 66, 257, 258]), max_size=4),
        "weights": st.lists(st.sampled_from([0, 1, 0.5, "NaN"]), max_size=4),
        "message": st.dictionaries(
            st.sampled_from(["content", "role", "tool_calls", "unparsed_tool_calls"]),
            st.none() | st.text(max_size=3) | st.lists(st.text(max_size=2) | st.none(), max_size=2),
        ),
        "examples": st.lists(
            st.fixed_dictionaries({"tokens": st.lists(st.integers(65, 67), max_size=2), "weights": st.just([1])}),
            max_size=2,
        ),
        "termination": st.sampled_from(["eos", "malformed"]),
        "stop": st.lists(st.integers(0, 3), max_size=2),
        "data": st.recursive(st.integers(), st.lists, max_leaves=4),
    },
)


@given(RESULTS, RESULTS)
def test_any_mismatch_can_be_diagnosed_and_written(expected: Any, got: Any) -> None:
    mismatch = compare_results(expected, got)
    if mismatch is None:
        return
    for known in (BYTES, None):
        found = diagnose(mismatch, known)
        assert found.summary.isprintable()
        assert found.path
        assert json.loads(msgspec.json.encode(found))["cause"] == found.cause


def datum(text: str, weights: str) -> dict[str, Any]:
    """The datum of an example, as `conversation_to_datum` makes it: tokens but the last, targets but the first."""
    tokens = QWEN.encode(text)
    return {
        "tokens": tokens[:-1],
        "loss_fn_inputs": {
            "target_tokens": {"data": tokens[1:], "dtype": "int64", "shape": [len(tokens) - 1]},
            "weights": {
                "data": [float(digit) for digit in weights[1:]],
                "dtype": "float32",
                "shape": [len(tokens) - 1],
            },
        },
    }


@pytest.mark.parametrize("wrap", [lambda made: made, lambda made: {"data": [made]}], ids=["alone", "in a list"])
@pytest.mark.parametrize(
    ("expected", "got", "cause", "index"),
    [
        (("a\nb", "011"), ("ab", "01"), "newlines", 1),
        (('{"a": 1}', "00000000"), ('{"a":1}', "0000000"), "json-spacing", 5),
        (("ab<|im_end|>", "011"), ("ab<|im_end|>", "010"), "weights-terminator", 2),
        (("abcd", "0110"), ("abcd", "0011"), "weights-shifted", 1),
    ],
)
def test_a_datum_is_explained_by_what_was_rendered(
    expected: Any, got: Any, cause: str, index: int, wrap: Callable[[Any], Any]
) -> None:
    mismatch = compare_results(wrap(datum(*expected)), wrap(datum(*got)))
    assert isinstance(mismatch, Mismatch)
    found = diagnose(mismatch, lexicon("bytes-qwen3"))
    assert (found.cause, found.index) == (cause, index)
    assert found.path.endswith("as rendered")
    assert found.expected is not None
    assert found.expected.length == len(QWEN.encode(expected[0]))


def test_a_datum_that_does_not_hold_together_is_compared_as_it_is() -> None:
    broken = datum("abc", "011")
    broken["loss_fn_inputs"]["target_tokens"]["data"][0] = 99
    mismatch = compare_results(datum("abc", "011"), broken)
    assert isinstance(mismatch, Mismatch)
    assert diagnose(mismatch, lexicon("bytes-qwen3")).cause == "value"
    assert diagnose(mismatch, None).cause == "value"


def test_an_answer_that_should_not_be_is_shown_as_text() -> None:
    raw = json.dumps({"tokens": QWEN.encode("<|im_start|>user\nHi"), "weights": [0] * 8}).encode()
    assert shown_answer(raw, lexicon("bytes-qwen3")) == '"<|im_start|>user\\nHi" (8 tokens)'
    assert shown_answer(raw, None).startswith('"{\\"tokens\\": [')
    assert shown_answer(b'{"examples": [' + raw + b"]}", lexicon("bytes-qwen3")) == '"<|im_start|>user\\nHi" (8 tokens)'
    assert shown_answer(b'{"message": 1}', lexicon("bytes-qwen3")) == '"{\\"message\\": 1}"'
