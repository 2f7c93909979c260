"""cookbook/datasets_of_runs.py: rows of a file as the datasets of the loops."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cookbook.datasets_of_runs import comparisons, conversations, problems
from cookbook.errors import DataValidationError
from cookbook.preference.dpo_datasets import comparison_to_datums
from cookbook.preference.types import Comparison, LabeledComparison
from cookbook.renderers import get_renderer
from cookbook.run_file import DatasetSource
from cookbook.shuffle import permutation
from cookbook.supervised.data import conversation_to_datum
from tests.training import BYTES

RENDERER = get_renderer("qwen3", BYTES)


def source(**given: Any) -> DatasetSource:
    return DatasetSource(path="-", **{"batch_size": 2, **given})


def talk(text: str) -> list[Any]:
    return [{"role": "user", "content": text}, {"role": "assistant", "content": text.upper()}]


def test_conversations_are_split_then_shuffled_anew_for_each_epoch() -> None:
    rows = [{"messages": talk(f"row {number}")} for number in range(7)]
    train, test = conversations(rows, source(test_size=2), RENDERER)()
    order = permutation(0, 7)
    assert test is not None
    assert (len(train), len(test)) == (2, 1)
    wanted = [conversation_to_datum(rows[place]["messages"], RENDERER, None) for place in order[:2]]
    assert [datum.model_input for datum in test.get_batch(0)] == [datum.model_input for datum in wanted]
    train.set_epoch(0)
    first = rows[order[2:][permutation(0, 5)[0]]]["messages"]
    datum = train.get_batch(0)[0]
    assert datum.model_input == conversation_to_datum(first, RENDERER, None).model_input
    assert datum.tensor("weights").data.sum() == pytest.approx(1.0)


def test_without_a_seed_the_order_is_that_of_the_file() -> None:
    rows = [{"messages": talk(f"row {number}")} for number in range(2)]
    train, test = conversations(rows, source(shuffle_seed=None, max_length=9), RENDERER)()
    assert test is None
    assert [datum.model_input.length for datum in train.get_batch(0)] == [8, 8]


def test_comparisons_give_the_chosen_answer_then_the_rejected_one() -> None:
    rows = [{"prompt": talk("a")[:1], "chosen": talk("b")[1:], "rejected": talk("c")[1:]}] * 3
    train, test = comparisons(rows, source(test_size=1), RENDERER)()
    labelled = LabeledComparison(Comparison(*(rows[0][key] for key in ("prompt", "chosen", "rejected"))), "A")
    wanted = [datum.model_input for datum in comparison_to_datums(labelled, RENDERER)]
    assert [datum.model_input for datum in train.get_batch(0)] == wanted * 2
    assert test is not None
    assert [datum.model_input for datum in test.get_batch(0)] == wanted


def test_problems_are_tried_several_times_and_tested_once() -> None:
    rows = [{"question": f"{number}?", "answer": str(number)} for number in range(5)]
    train, test = asyncio.run(problems(rows, source(test_size=1, group_size=3), RENDERER)())
    assert test is not None
    assert (len(train), len(test)) == (2, 1)
    assert [group.num_envs for group in (*train.get_batch(0), *test.get_batch(0))] == [3, 3, 1]
    env = test.get_batch(0)[0].env_thunk()
    number = permutation(0, 5)[0]
    assert env.question == f"{number}?"
    assert (env.check_answer(f"it is {number}"), env.check_answer("no")) == (True, False)


@pytest.mark.parametrize(
    ("make", "row", "reason"),
    [
        (conversations, {"text": "a"}, "row 2 has no messages"),
        (conversations, {"messages": ["a"]}, "row 2 has no messages"),
        (comparisons, {"prompt": [], "chosen": []}, "row 2 has no rejected"),
        (problems, {"question": "a"}, "row 2 needs a question and an answer"),
        (problems, {"question": "a", "answer": 4}, "row 2 needs a question and an answer"),
    ],
)
def test_a_row_that_lacks_something_is_named(make: Any, row: dict[str, Any], reason: str) -> None:
    good = {
        "messages": talk("a"),
        "prompt": talk("a"),
        "chosen": talk("a"),
        "rejected": talk("a"),
        "question": "a",
        "answer": "b",
    }
    with pytest.raises(DataValidationError, match=reason):
        make([good, row], source(), RENDERER)
