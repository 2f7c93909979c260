"""Placeholders for tokens, resolved by a tokenizer that is one code point a token."""

from __future__ import annotations

from conformance.corpus.tokens import encoded, joined, resolve


def code_points(text: str) -> list[int]:
    return [ord(character) for character in text]


def test_params_without_tokens_are_left_alone() -> None:
    assert resolve({"text": "ab"}, code_points) == {"text": "ab"}


def test_a_list_stands_for_itself() -> None:
    assert resolve({"tokens": [3, 1]}, code_points) == {"tokens": [3, 1]}


def test_text_is_encoded() -> None:
    assert resolve({"tokens": encoded("ab"), "renderer": "r"}, code_points) == {"tokens": [97, 98], "renderer": "r"}


def test_tokens_are_dropped_at_either_end() -> None:
    assert resolve({"tokens": encoded("abcd", drop_first=1, drop_last=2)}, code_points) == {"tokens": [98]}


def test_dropping_more_than_there_is_leaves_nothing() -> None:
    assert resolve({"tokens": encoded("a", drop_first=1)}, code_points) == {"tokens": []}


def test_lists_are_joined_in_order() -> None:
    tokens = joined(encoded("ab", drop_last=1), [7], joined(encoded("c")))
    assert resolve({"tokens": tokens}, code_points) == {"tokens": [97, 7, 99]}


def test_params_are_not_changed_in_place() -> None:
    params = {"tokens": encoded("a")}
    resolve(params, code_points)
    assert params == {"tokens": {"$encode": "a"}}
