"""conformance/reports/tokens.py: the window around the first difference."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.events import Diagnosis, Token, Window
from conformance.reports import tokens
from conformance.reports.page import Page, width

from . import runs
from .streams import diagnoses, hostile
from .test_escape import unseen


def drawn(diagnosis: Diagnosis, *, columns: int = 100, indent: int = 0) -> str:
    page = Page(width=columns)
    tokens.difference(page, diagnosis, indent=indent)
    return page.plain()


def test_both_sides_stand_under_one_index_and_the_difference_is_marked() -> None:
    assert drawn(runs.diagnosis("x", "<user\nHi>", "<userHi>"), indent=2) == (
        "                       0    1    2    3    4   5    6           7           8\n"
        "  expected  <|im_start|>    u    s    e    r   ␊    H           i  <|im_end|>\n"
        "    id               256  117  115  101  114  10   72         105         257\n"
        "  got       <|im_start|>    u    s    e    r   H    i  <|im_end|>       (end)\n"
        "    id               256  117  115  101  114  72  105         257\n"
        "                                              ^^\n"
    )


def test_weights_have_a_row_of_their_own() -> None:
    shown = drawn(runs.wrong_weight("<assistant\nYes>"))
    assert shown.splitlines()[3] == "  weight    0   0    0    0   0   1    1    1"
    assert shown.splitlines()[6] == "  weight    0   0    0    0   1   1    1    1"
    assert shown.splitlines()[7] == "                             ^^"
    assert "weight" not in drawn(runs.diagnosis("x", "ab", "ac"))


def test_an_answer_that_ends_early_says_so() -> None:
    shown = drawn(runs.diagnosis("x", "ab", "a"))
    assert shown.splitlines()[3].split() == ["got", "a", "(end)"]
    assert shown.splitlines()[-1].strip() == "^^^^^"


def test_an_answer_without_tokens() -> None:
    empty = Window(start=0, tokens=(), length=0)
    shown = drawn(Diagnosis("x", "x", "x", index=0, expected=Window(0, runs.tokens("a"), 1), got=empty))
    assert shown.splitlines()[3].split() == ["got", "(end)"]
    assert drawn(Diagnosis("x", "x", "x", index=0, expected=empty, got=empty)).count("(end)") == 2


def test_what_does_not_fit_is_left_out_from_the_edges() -> None:
    found = runs.diagnosis("x", "abcdefghijk", "abcde_ghijk")
    full, less = drawn(found), drawn(found, columns=40)
    assert full.splitlines()[0].split() == [str(i) for i in range(11)]
    kept = less.splitlines()[0].split()
    assert "5" in kept
    assert kept == [str(i) for i in range(int(kept[0]), int(kept[-1]) + 1)]
    assert 3 < len(kept) < 11


def test_long_tokens_are_cut_and_the_differing_one_less() -> None:
    long = Token(1, "x" * 100)
    side = Window(0, (long, long, long), 3)
    shown = drawn(Diagnosis("x", "x", "x", index=1, expected=side, got=side))
    assert shown.splitlines()[1].split() == ["expected", "x" * 9 + "...", "x" * 21 + "...", "x" * 9 + "..."]


def test_weights_that_look_alike_get_more_digits() -> None:
    assert tokens.weight_text(0.1) == "0.1"
    assert tokens.weight_text(0.1, 1.0) == "0.1"
    assert tokens.weight_text(0.10000000149011612, 0.1000000089406967) == "0.100000001"
    assert tokens.weight_text(float("nan")) == "nan"
    assert tokens.weight_text(None, 1.0) == ""


def test_values_are_cut_around_the_difference() -> None:
    left, right = "a" * 300 + "X" + "b" * 300, "a" * 300 + "Y" + "b" * 300
    shown = drawn(Diagnosis("x", "x", "x", expected_value=left, got_value=right)).splitlines()
    at = shown[2].index("^")
    assert [line[at] for line in shown[:2]] == ["X", "Y"]
    assert all(len(line) <= 100 for line in shown)
    assert shown[0].startswith("expected  ...a")
    assert shown[0].endswith("b...")


def test_a_value_on_one_side_only() -> None:
    assert drawn(Diagnosis("x", "x", "x", got_value="[]")) == "expected  (nothing)\ngot       []\n          ^\n"


@settings(deadline=None)
@given(diagnoses(hostile), st.integers(40, 120))
def test_every_diagnosis_can_be_drawn(diagnosis: Diagnosis, columns: int) -> None:
    shown = drawn(diagnosis, columns=columns)
    assert set(unseen(shown)) <= {"\n"}
    # One column is always shown, however wide its numbers are; beyond it the page is kept to.
    assert all(width(line) <= max(columns, 60) for line in shown.splitlines())


def test_a_window_that_claims_to_be_far_away_costs_nothing() -> None:
    far = Window(start=10**15, tokens=runs.tokens("ab"), length=10**15 + 2)
    shown = drawn(Diagnosis("x", "x", "x", index=3, expected=far, got=Window(0, runs.tokens("ab"), 2)))
    assert shown.splitlines()[0].split() == ["0", "1", "3", "1000000000000000", "1000000000000001"]
