"""conformance/weight_causes.py: why two rows of weights differ."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from planted_answers import LLAMA, lexicon

from conformance.causes import CAUSES
from conformance.weight_causes import explain_weights

if TYPE_CHECKING:
    from conformance.token_causes import TokenDifference

LEXICON = lexicon("bytes-llama3")
assert LEXICON is not None
ROWS = st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=10)


def test_a_header_marker_that_is_trained_is_no_terminator() -> None:
    text = "<|begin_of_text|>a<|eot_id|><|start_header_id|>u"
    assert explain(text, "0 11 00", "0 11 10").cause == "weights-end"
    assert explain(text, "0 10 00", "0 11 00").cause == "weights-terminator"
    assert explain(text, "0 11 10", "0 11 00").cause == "weights-end"


def test_a_shift_says_which_way() -> None:
    assert explain(TURN, "0 00 11", "0 01 10").summary.startswith("every weight stands one token too early: ")
    assert explain(TURN, "0 01 10", "0 00 11").summary.startswith("every weight stands one token too late: ")


def test_a_mean_over_other_tokens_is_a_difference_of_what_is_trained() -> None:
    assert LEXICON is not None
    half = 0.5
    found = explain_weights(LLAMA.encode(TURN), [0, 0, 0, half, half], [0, 0, 0, 1, 0], LEXICON)
    assert (found.cause, found.index) == ("weights-terminator", 4)
    assert "on 1 of 5 tokens" in found.summary
    scaled = explain_weights(LLAMA.encode(TURN), [0, 0, 0, half, half], [0, 0, 0, 1, 1], LEXICON)
    assert scaled.cause == "weights-scaled"


def explain(text: str, expected: str, got: str) -> TokenDifference:
    """Weights as digits, one a token of the text."""
    rows = [[float(digit) for digit in row.replace(" ", "")] for row in (expected, got)]
    return explain_weights(LLAMA.encode(text), rows[0], rows[1], LEXICON)


TURN = "<|begin_of_text|>u<|eot_id|>a<|eot_id|>"  # 5 tokens: bos, a user's text and its end, an answer and its end


@pytest.mark.parametrize(
    ("expected", "got", "cause", "index"),
    [
        ("0 00 11", "0 00 1", "weights-length", 4),
        ("0 00 11", "0 00 110", "weights-length", 5),
        ("0 00 11", "0 01 10", "weights-shifted", 2),
        ("0 01 10", "0 00 11", "weights-shifted", 2),
        ("0 00 11", "0 00 01", "weights-start", 3),
        ("0 00 11", "0 00 00", "weights-none", 3),
        ("0 00 11", "0 00 22", "weights-scaled", 3),
        ("0 00 11", "0 00 12", "weights-terminator", 4),
        ("0 11 11", "1 11 11", "weights-bos", 0),
        ("0 00 11", "0 00 10", "weights-terminator", 4),
        ("0 10 11", "0 11 11", "weights-terminator", 2),
        ("0 00 11", "0 11 11", "weights-prefix", 1),
        ("0 00 11", "1 11 11", "weights-prefix", 0),
        ("0 11 11", "0 00 11", "weights-start", 1),
        ("0 00 11", "0 11 00", "weights-other", 1),
        ("1 10 11", "1 10 00", "weights-messages", 3),
        ("0 11 11", "0 11 00", "weights-end", 3),
        ("1 00 11", "1 10 11", "weights-end", 1),
        ("0 00 10", "0 10 10", "weights-messages", 1),
        # Nothing is trained where nothing was: no shift can explain the one that is.
        ("0 00 00", "0 00 01", "weights-messages", 4),
        ("1 11 11", "1 11 10", "weights-terminator", 4),
    ],
)
def test_a_cause(expected: str, got: str, cause: str, index: int) -> None:
    found = explain(TURN, expected, got)
    assert (found.cause, found.index) == (cause, index), found.summary


def test_the_summary_counts_and_quotes() -> None:
    assert explain(TURN, "0 00 11", "0 11 11").summary == (
        'weight 1 where 0 is expected, on 2 of 5 tokens, first on "u<|eot_id|>"'
    )
    assert explain(TURN, "0 00 11", "0 00 1").summary == "4 weights for 5 tokens"


@given(ROWS, st.lists(st.sampled_from([0.0, 1.0, -1.0, 0.5, math.inf, math.nan, 1e-45]), min_size=1, max_size=10))
def test_any_difference_has_a_cause(expected: list[float], got: list[float]) -> None:
    assume([*map(repr, expected)] != [*map(repr, got)])
    found = explain_weights([65] * len(expected), expected, got, LEXICON)
    assert found.cause in CAUSES
    assert found.cause.startswith("weights-")
    assert 0 <= found.index <= max(len(expected), len(got))
    assert found.summary


@given(ROWS)
def test_a_true_shift_is_named_so(row: list[float]) -> None:
    assume(any(row))
    for shifted in ([*row[1:], 0.0], [0.0, *row[:-1]]):
        differences = sum(one != other for one, other in zip(row, shifted, strict=True))
        if any(shifted) and differences:
            cause = explain_weights([65] * len(row), row, shifted, LEXICON).cause
            assert (cause == "weights-shifted") == (differences > 1)


@given(ROWS, st.sampled_from([0.5, 2.0, 1 / 3, -1.0]))
def test_scaled_weights_are_named_so(row: list[float], factor: float) -> None:
    assume(any(row))
    scaled = [weight * factor for weight in row]
    assert explain_weights([65] * len(row), row, scaled, LEXICON).cause == "weights-scaled"


def test_what_differs_in_the_sign_of_zero_alone_is_told() -> None:
    found = explain_weights([65, 66], [0.0, 1.0], [-0.0, 1.0], LEXICON)
    assert (found.cause, found.index) == ("weights-other", 0)
    assert found.summary == "the sign of zero differs on 1 of 2 tokens"


def test_nan_is_equal_to_nan_and_to_nothing_else() -> None:
    found = explain_weights([65, 66], [math.nan, 1.0], [math.nan, math.nan], LEXICON)
    assert (found.cause, found.index) == ("weights-other", 1)
    assert found.summary == 'weight nan where 1 is expected, on 1 of 2 tokens, first on "B"'
