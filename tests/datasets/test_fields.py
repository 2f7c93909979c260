"""cookbook/datasets/fields.py: from a row to messages; nothing is changed that was not asked for."""

from __future__ import annotations

from typing import Any

import pytest

from cookbook.datasets.fields import BadRow, Fields


def test_messages_are_left_as_they_are() -> None:
    messages = [{"role": "user", "content": "Hi", "weight": 1}, "no message", {"from": "human", "value": "Hi"}]
    assert Fields().of_row({"messages": messages, "id": 1}) == messages


def test_a_member_that_is_null_is_absent() -> None:
    messages = [{"role": "user", "content": [{"type": "text", "text": "", "image": None}], "name": None}]
    assert Fields().of_value(messages) == [{"role": "user", "content": [{"type": "text", "text": ""}]}]


def test_another_column_and_members_left_out() -> None:
    fields = Fields(column="chat", ignore=("weight", "id"))
    assert fields.of_row({"chat": [{"role": "user", "weight": 1}]}) == [{"role": "user"}]


def test_sharegpt_where_it_was_asked_for() -> None:
    fields = Fields(column="conversations", sharegpt=True)
    given: list[Any] = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho"}]
    assert fields.of_value(given) == [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]
    for bad in ({"from": "alien", "value": ""}, {"from": 1, "value": ""}, {"role": "user", "content": ""}, "text"):
        with pytest.raises(BadRow, match=r"^conversations\[0\]"):
            fields.of_value([bad])


@pytest.mark.parametrize("value", [b"bytes", float("nan"), [float("inf")], object()])
def test_what_json_has_no_form_for(value: Any) -> None:
    with pytest.raises(BadRow, match="for which JSON has no form"):
        Fields().of_value([{"role": "user", "content": value}])


def test_a_null_is_kept_where_it_is_no_member() -> None:
    messages = [None, {"role": "user", "content": [None]}]
    assert Fields().of_value(messages) == messages


def test_nesting_has_an_end() -> None:
    deep: Any = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(BadRow, match="nested too deeply"):
        Fields().of_value([{"role": deep}])
