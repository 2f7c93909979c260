"""conformance/adapters/reference_runs.py: every question about records is answered by the library's own functions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.adapters.reference_runs import OPERATIONS
from conformance.corpus.numbers import checkpoints
from conformance.operations import invalid_result
from cookbook.errors import InvalidInputError

QUESTIONS = list(checkpoints.questions())


def answer(operation: str, **params: Any) -> Any:
    return OPERATIONS[operation](None, params)


def test_every_question_has_an_answer_of_its_form_or_is_refused() -> None:
    for question in QUESTIONS:
        if "malformed" in question.flags:
            with pytest.raises(InvalidInputError):
                OPERATIONS[question.operation](None, dict(question.params))
            continue
        result = OPERATIONS[question.operation](None, dict(question.params))
        assert invalid_result(question.operation, json.dumps(result).encode()) is None, question.id


def test_supervised_training_replays_the_batch_and_reinforcement_learning_does_not_leave_one_out() -> None:
    text = '{"name": "000002", "batch": 2, "epoch": 1, "state_path": "tinker://a"}\n'
    supervised = answer("checkpoint.resume_point", text=text, loop="supervised", n_batches=3, num_epochs=2)
    assert supervised == {"state_path": "tinker://a", "epoch": 1, "batch": 2, "saves_final": True}
    rl = answer("checkpoint.resume_point", text=text, loop="rl", n_batches=3)
    assert rl == {"state_path": "tinker://a", "epoch": 0, "batch": 2, "saves_final": True}
    done = answer("checkpoint.resume_point", text=text, loop="rl", n_batches=2)
    assert done == {"state_path": "tinker://a", "epoch": None, "batch": None, "saves_final": False}


def test_a_line_says_what_is_written_in_its_order() -> None:
    made = answer("checkpoint.to_dict", line='{"state_path": "s", "step": 4, "name": "a", "batch": null}')
    assert made == {"record": {"name": "a", "state_path": "s", "step": 4}, "keys": ["name", "state_path", "step"]}


def test_numbers_that_json_lacks_are_in_words() -> None:
    made = answer("metrics.write_metrics", step=1, metrics={"a": "NaN", "b": "-Infinity", "c": "text"})
    assert made["record"] == {"step": 1, "a": "NaN", "b": "-Infinity", "c": "text"}
