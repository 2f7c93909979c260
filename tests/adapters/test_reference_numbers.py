"""conformance/adapters/reference_numbers.py: the reference gives golden's answers, and names what it refuses."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from conformance.adapters import reference
from conformance.adapters.serve import Rejected
from conformance.corpus.numbers import questions
from conformance.golden_path import golden_dir
from conformance.judge import Judge
from conformance.number_operations import NUMBER_OPERATIONS
from conformance.protocol import Rejection, Result, ascii_json
from conformance.suite import load_suite

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKENIZERS = {
    path.stem: json.loads(path.read_bytes()) for path in sorted((golden_dir() / "tokenizers").glob("bytes-*.json"))
}


@pytest.fixture(scope="module")
def answers() -> Iterator[Any]:
    # The library warns of what golden asks on purpose.
    logging.disable(logging.WARNING)
    made = reference.Reference()
    made.initialize({"tokenizers": TOKENIZERS, "environment": {"current_date": "2025-06-28", "timezone": "UTC"}})
    yield made.answer
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize(
    ("operation", "params", "kind"),
    [
        ("tensor.from_nested", {"data": [1], "dtype": "int2"}, "unknown_dtype"),
        ("tensor.from_nested", {"data": [[1], [2, 3]], "dtype": "int8"}, "ragged"),
        ("tensor.from_nested", {"data": [300], "dtype": "int8"}, "value"),
        ("tensor.from_nested", {"data": [None], "dtype": "int8"}, "value"),
        ("tensor.to_nested", {"data": [1, 2], "dtype": "int8", "shape": [3]}, "shape"),
        ("tensor.from_memory", {"memory": "AAAA", "dtype": "int32", "shape": [1]}, "shape"),
        ("wire.tensor_data", {"data": [1], "dtype": "int32"}, "invalid_message"),
        ("patterns.full", {"shape": [1], "value": 1, "dtype": "float64"}, "invalid_message"),
        ("model.get_model_attributes", {"model_name": "acme/model"}, "config"),
        ("checkpoint.resume_point", {"text": None, "loop": "rl", "n_batches": -1}, "invalid_message"),
        ("hyperparams.get_lr", {"model_name": "openai/gpt-oss-20b"}, "not_implemented"),
    ],
)
def test_kinds_of_rejection(answers: Any, operation: str, params: Any, kind: str) -> None:
    with pytest.raises(Rejected) as caught:
        answers(operation, params)
    assert caught.value.kind == kind


@pytest.mark.filterwarnings("ignore:a system message comes after")
def test_golden_is_answered_kinds_of_rejection_too(answers: Any) -> None:
    judge = Judge(lexicon=lambda _: None, strict_errors=True)
    cases = [one for one in load_suite() if one.case.operation in NUMBER_OPERATIONS and one.tier == "bytes"]
    assert len(cases) >= 2500
    wrong = []
    for planned in cases:
        try:
            raw = ascii_json(answers(planned.case.operation, json.loads(bytes(planned.case.params))))
            answer: Any = Result(raw)
        except Rejected as rejected:
            answer = Rejection(rejected.kind, str(rejected))
        verdict = judge.verdict(planned, answer)
        if verdict.diagnosis is not None:
            wrong.append((planned.case.id, verdict.diagnosis.summary))
    assert wrong == []


def test_no_question_changes_the_next_ones_answer(answers: Any) -> None:
    changing = [one for one in questions() if one.operation.startswith("rl.incorporate")]
    asked = [one for one in changing if "malformed" not in one.flags]
    first = [answers(one.operation, one.params) for one in asked]
    assert [answers(one.operation, one.params) for one in asked] == first
