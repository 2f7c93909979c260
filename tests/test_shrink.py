"""Making a value small while something stays true of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.shrink import Shrinking, replaced

if TYPE_CHECKING:
    from collections.abc import Callable

USER = {"role": "user", "content": "Name a river."}


def shrunk(value: Any, interesting: Callable[[Any], bool], **options: int) -> Any:
    """What lacks the members that are looked at is not interesting."""

    def judged(candidate: Any) -> bool:
        try:
            return interesting(candidate)
        except (LookupError, TypeError, ValueError):
            return False

    return Shrinking(value, judged, **options).run()


def test_what_does_not_matter_is_deleted() -> None:
    value = {
        "renderer": "qwen3",
        "messages": [USER, {"role": "assistant", "content": "The\n Loire", "name": "x"}, USER],
        "role": "user",
    }
    small = shrunk(value, lambda one: any("\n" in m["content"] for m in one["messages"]) and "renderer" in one)
    assert small == {"renderer": "qwen3", "messages": [{"content": "\n"}]}


def test_names_are_kept_or_deleted_and_never_shortened() -> None:
    asked = []

    def interesting(value: Any) -> bool:
        asked.append(value)
        return "renderer" in value

    assert shrunk({"renderer": "qwen3", "train_on_what": "all_tokens"}, interesting) == {"renderer": "qwen3"}
    assert {one.get("renderer") for one in asked} == {"qwen3", None}


def test_a_role_becomes_the_simplest_one_that_will_do() -> None:
    def roles(value: Any) -> list[str]:
        return [one["role"] for one in value["messages"]]

    value = {"messages": [{"role": "critic"}, {"role": "assistant"}]}
    assert shrunk(value, lambda one: roles(one) != [] and "user" not in roles(one)) == {
        "messages": [{"role": "assistant"}]
    }
    assert shrunk(value, lambda one: roles(one) != []) == {"messages": [{"role": "user"}]}


def test_parts_become_a_text_where_that_will_do() -> None:
    parts = [{"type": "thinking", "thinking": "r"}, {"type": "text", "text": "a\tb"}]
    assert shrunk({"content": parts}, lambda one: "\t" in json.dumps(one).replace("\\t", "\t")) == {"content": "\t"}
    kept = shrunk({"content": parts}, lambda one: one["content"][0]["thinking"] == "r")
    assert kept == {"content": [{"thinking": "r"}]}


def test_characters_become_plain() -> None:
    assert shrunk({"text": "Köln 🍵 Tee"}, lambda one: len(one["text"]) >= 3 and "🍵" in one["text"]) in (
        {"text": "🍵aa"},
        {"text": "a🍵a"},
        {"text": "aa🍵"},
    )


def test_json_in_a_text_is_made_smaller_as_json() -> None:
    text = '{"leaf": "oolong", "cups": {"small": 2, "large": 12.5}, "list": [1, 2, 3]}'
    small = shrunk({"arguments": text}, lambda one: "large" in json.loads(one["arguments"])["cups"])
    assert json.loads(small["arguments"]) == {"cups": {"large": 0}}


@pytest.mark.parametrize(
    ("before", "least", "after"),
    [(17.25, 3, 4), (1000, 7, 7), (900, 1, 1), (-5, -9, 0), (1, 1, 1), (True, False, False)],
)
def test_numbers_go_towards_zero(before: Any, least: Any, after: Any) -> None:
    assert shrunk({"n": before}, lambda one: one["n"] >= least) == {"n": after}


def test_tokens_become_a_letter() -> None:
    assert shrunk({"tokens": [270, 12, 13, 258]}, lambda one: 258 in one["tokens"] and len(one["tokens"]) > 1) in (
        {"tokens": [97, 258]},
        {"tokens": [258, 97]},
    )


def test_no_question_is_asked_twice_and_never_more_than_allowed() -> None:
    asked = []

    def interesting(value: Any) -> bool:
        asked.append(json.dumps(value))
        return len(value.get("text", "")) > 5

    shrinking = Shrinking({"text": "a long text, with much in it"}, interesting)
    shrinking.run()
    assert len(asked) == len(set(asked)) == shrinking.steps
    few = Shrinking({"text": "a long text, with much in it"}, interesting, steps=4)
    few.run()
    assert few.steps == 4


def test_what_is_beside_a_change_is_left_alone() -> None:
    value = {"a": [1, {"b": 2}], "c": [3]}
    assert replaced(value, ("a", 1, "b"), 0) == {"a": [1, {"b": 0}], "c": [3]}
    assert value == {"a": [1, {"b": 2}], "c": [3]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=4), st.text(max_size=4))
def test_whatever_it_is_the_result_is_interesting_and_not_longer(value: dict[str, Any], key: str) -> None:
    value = {**value, "kept": {"deep": [1, "needle"]}, key: value}
    small = shrunk(value, lambda one: "needle" in json.dumps(one), steps=400)
    assert "needle" in json.dumps(small)
    assert len(json.dumps(small)) <= len(json.dumps(value))


def test_everything_goes_where_nothing_matters() -> None:
    assert shrunk({"a": [1, {"b": "text"}], "c": 2}, lambda one: True) == {}
