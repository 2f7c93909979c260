"""cookbook/supervised/data.py: facts of tinker-cookbook 0.5.8, `supervised.data`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.golden_path import golden_dir
from cookbook.errors import BatchIndexError, ConfigurationError, InvalidInputError
from cookbook.renderers import get_renderer
from cookbook.supervised.common import datum_from_model_input_weights
from cookbook.supervised.data import SupervisedDatasetFromRows, conversation_to_datum, split_rows
from cookbook.tokenizer import ByteTokenizer

QWEN3 = ByteTokenizer.from_json(json.loads((golden_dir() / "tokenizers" / "bytes-qwen3.json").read_bytes()))
CONVERSATION: Any = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]


def dataset(rows: int, size: int, seeds: tuple[int, ...] = (), **functions: Any) -> SupervisedDatasetFromRows[int]:
    made = SupervisedDatasetFromRows(range(rows), size, **(functions or {"map_fn": lambda row: row}))
    for seed in seeds:
        made.set_epoch(seed)
    return made


def test_a_conversation_is_reduced_unless_told_otherwise() -> None:
    renderer = get_renderer("qwen3", QWEN3)
    model_input, weights = renderer.build_supervised_example(CONVERSATION, train_on_what="all_assistant_messages")
    plain = datum_from_model_input_weights(model_input, weights)
    assert conversation_to_datum(CONVERSATION, renderer, None).tensor("weights").data.sum() == pytest.approx(1)
    unreduced = conversation_to_datum(CONVERSATION, renderer, None, reduction="none")
    assert unreduced.tensor("weights").to_nested() == plain.tensor("weights").to_nested()
    assert conversation_to_datum(CONVERSATION, renderer, 5).model_input.length == 4


def test_batches_are_in_the_order_of_the_rows_until_an_epoch_begins() -> None:
    assert [dataset(7, 3).get_batch(index) for index in (0, 1)] == [[0, 1, 2], [3, 4, 5]]
    assert dataset(5, 5, (0,)).get_batch(0) == [2, 4, 3, 0, 1]


@given(rows=st.integers(1, 30), size=st.integers(1, 10), before=st.lists(st.integers(0, 9)), seed=st.integers(0, 9))
def test_epochs_do_not_build_upon_each_other(rows: int, size: int, before: list[int], seed: int) -> None:
    plain, after = dataset(rows, size, (seed,)), dataset(rows, size, (*before, seed))
    assert len(plain) == rows // size
    batches = [after.get_batch(index) for index in range(len(after))]
    assert batches == [plain.get_batch(index) for index in range(len(plain))]
    seen = [row for batch in batches for row in batch]
    assert len(set(seen)) == len(seen) == rows // size * size


@pytest.mark.parametrize("index", [2, 3, 100, -1, -3])
def test_a_batch_that_is_not_there(index: int) -> None:
    with pytest.raises(BatchIndexError, match="2 batches have 3 rows each"):
        dataset(7, 3).get_batch(index)
    with pytest.raises(IndexError):
        dataset(7, 3).get_batch(index)


def test_without_rows_every_batch_is_empty() -> None:
    assert [dataset(0, 3).get_batch(index) for index in (0, 5)] == [[], []]


def test_rows_may_give_any_number_of_datums() -> None:
    made = dataset(3, 3, flatmap_fn=lambda row: [row] * row)
    assert made.get_batch(0) == [1, 2, 2]


def test_one_function_makes_datums() -> None:
    for functions in ({}, {"map_fn": lambda row: row, "flatmap_fn": lambda row: [row]}):
        with pytest.raises(ConfigurationError, match="give one of"):
            SupervisedDatasetFromRows([1], 1, **functions)
    with pytest.raises(InvalidInputError, match="batch_size must be positive"):
        dataset(3, 0)


def test_rows_are_mapped_when_their_batch_is_asked_for() -> None:
    mapped: list[int] = []
    made = dataset(4, 2, map_fn=lambda row: mapped.append(row))
    assert mapped == []
    made.get_batch(1)
    assert mapped == [2, 3]


@pytest.mark.parametrize(
    ("rows", "test_size", "seed", "expected"),
    [
        (5, 2, None, ([2, 3, 4], [0, 1])),
        (5, 2, 0, ([3, 0, 1], [2, 4])),
        (5, 0, None, ([0, 1, 2, 3, 4], None)),
        (5, 5, None, ([0, 1, 2, 3, 4], None)),
        (5, 9, 0, ([2, 4, 3, 0, 1], None)),
        (5, -1, None, ([0, 1, 2, 3, 4], None)),
        (0, 1, 0, ([], None)),
    ],
)
def test_splits(rows: int, test_size: int, seed: int | None, expected: Any) -> None:
    assert split_rows(range(rows), test_size, seed) == expected


@given(rows=st.integers(0, 40), test_size=st.integers(-2, 45), seed=st.one_of(st.none(), st.integers(0, 99)))
def test_a_split_loses_nothing(rows: int, test_size: int, seed: int | None) -> None:
    train, test = split_rows(range(rows), test_size, seed)
    assert sorted([*train, *(test or [])]) == list(range(rows))
    assert test is None or (len(test) == test_size and train)
