"""conformance/reports/side_by_side.py: rows, marks, folds."""

from __future__ import annotations

from conformance.events import Token
from conformance.reports import side_by_side
from conformance.reports.page import Page

from . import runs

NAMES = ("golden", "port")


def tokens(left: str, right: str, *, unfold: bool = False, columns: int = 100) -> list[str]:
    page = Page(width=columns)
    side_by_side.tokens(page, NAMES, (runs.tokens(left), runs.tokens(right)), unfold=unfold)
    return page.plain().splitlines()


def texts(left: str, right: str, *, unfold: bool = False, columns: int = 100) -> list[str]:
    page = Page(width=columns)
    side_by_side.texts(page, NAMES, (left, right), unfold=unfold)
    return page.plain().splitlines()


def test_tokens() -> None:
    assert tokens("<abc>", "<axcc>") == [
        "   golden                    port",
        "   index   id  text          index   id  text",
        "       0  256  <|im_start|>      0  256  <|im_start|>",
        "       1   97  a                 1   97  a",
        " !     2   98  b                 2  120  x",
        " +                               3   99  c",
        "       3   99  c                 4   99  c",
        "       4  257  <|im_end|>        5  257  <|im_end|>",
    ]


def test_a_weight_is_a_difference() -> None:
    page = Page()
    side_by_side.tokens(page, NAMES, ((Token(1, "a", 0.0), Token(2, "b", 0.5)), (Token(1, "a", 1.0), Token(2, "b"))))
    assert [line[:3] for line in page.plain().splitlines()] == ["   ", "   ", " ! ", " ! "]
    assert page.plain().splitlines()[2].split() == ["!", "0", "1", "a", "0", "0", "1", "a", "1"]


def test_not_a_number_is_the_same_as_not_a_number() -> None:
    nan = float("nan")
    assert side_by_side.same_weight(nan, -nan)
    assert side_by_side.same_weight(0.0, -0.0)
    assert not side_by_side.same_weight(nan, 0.0)
    assert not side_by_side.same_weight(None, 0.0)


def test_long_equal_runs_are_folded_with_a_count() -> None:
    folded = tokens("a" * 50 + "x", "a" * 50 + "y")
    assert folded[2] == "   ... 47 equal: 0 to 46"
    assert len(folded) == 2 + 1 + 3 + 1
    assert len(tokens("a" * 50 + "x", "a" * 50 + "y", unfold=True)) == 2 + 51


def test_texts_are_json_with_sorted_keys() -> None:
    assert texts('{"b":1,"a":[]}', '{"a":[],"b":1}') == ["   golden                port", "   ... 4 equal lines"]
    assert texts('{"b":1,"a":[]}', '{"a":[],"b":1}', unfold=True) == [
        "   golden                port",
        "   {                     {",
        '     "a": [],              "a": [],',
        '     "b": 1                "b": 1',
        "   }                     }",
    ]


def test_the_first_differing_character_is_pointed_at() -> None:
    shown = texts('{"a":"Paris"}', '{"a":"Parma"}')
    at = shown.index(' !   "a": "Paris"          "a": "Parma"')
    assert shown[at + 1] == " " * 14 + "^" + " " * 21 + "^"


def test_what_is_absent_null_empty_or_nothing_is_told_apart() -> None:
    values = ["{}", '{"a":null}', '{"a":[]}', '{"a":""}', '{"a":{}}', '{"a":0}', '{"a":0.0}', '{"a":"0"}']
    for i, left in enumerate(values):
        for right in values[:i]:
            assert any(line[1] in "!+-" for line in texts(left, right))
        assert not any(line[1] in "!+-" for line in texts(left, left))


def test_text_that_is_no_json_is_shown_as_it_is() -> None:
    assert texts("[1", "one\ntwo")[1:] == [
        " ! [1                    one",
        "   ^                     ^",
        " +" + " " * 23 + "two",
    ]


def test_deep_json_is_no_obstacle() -> None:
    deep = "[" * 100_000
    assert len(texts(deep, deep, columns=60)) >= 2


def test_the_chunk_of_every_row_that_is_drawn_is_told() -> None:
    page = Page()
    left, right = runs.tokens("a" * 20 + "b" + "c" * 20), runs.tokens("a" * 20 + "c" * 21)
    chunks = {0: "the first", 20: "the second", 21: "the third"}
    side_by_side.tokens(page, ("golden", "mine"), (left, right), chunks=chunks)
    told = [line.strip() for line in page.plain().splitlines() if "--" in line or line[1] in "!+-"]
    assert [line[:13] for line in told if line.startswith("--")] == ["-- the first", "-- the second", "-- the third"]
    assert told[2].startswith(("!", "-")), told
