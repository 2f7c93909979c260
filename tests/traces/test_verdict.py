"""Answers of `trace.*` through `run`: judged as streams."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.events import Outcome
from conformance.judge import Judge
from conformance.protocol import Result
from conformance.suite import load_suite
from conformance.traces.verdict import CAUSE

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.events import CaseFinished

CASES = {planned.case.id: planned for planned in load_suite() if planned.case.operation.startswith("trace.")}
SL = "trace/loops/sl/supervised@bytes"
RL = "trace/loops/rl/rl@bytes"


def verdict(id: str, change: Callable[[dict[str, Any]], Any]) -> CaseFinished:
    answer = json.loads(bytes(CASES[id].case.expect.result))  # type: ignore[arg-type]
    change(answer)
    return Judge(lexicon=lambda name: None).verdict(CASES[id], Result(json.dumps(answer).encode()))


def optim(answer: dict[str, Any], **adam: float) -> None:
    for operation in answer["stream"]:
        if operation["op"] == "optim_step":
            operation["adam"].update(adam)


@pytest.mark.parametrize("id", CASES)
def test_the_expected_answer_passes_in_whatever_form(id: str) -> None:
    def change(answer: dict[str, Any]) -> None:
        answer["stream"].insert(0, {"op": "create_session"})
        answer["stream"] = json.loads(json.dumps(answer["stream"]).replace('"m0"', '"run-1"'))

    assert verdict(id, change).outcome is Outcome.PASSED


def test_a_stream_that_differs_fails_with_the_first_difference() -> None:
    failed = verdict(SL, lambda answer: optim(answer, beta2=0.999))
    assert failed.diagnosis is not None
    assert failed.diagnosis.cause == CAUSE
    assert failed.diagnosis.summary == "every step: optim_step has beta2 0.999, upstream 0.95: PyTorch's default"


def test_further_differences_are_counted() -> None:
    failed = verdict(SL, lambda answer: (optim(answer, beta2=0.999, eps=0.1), answer["metrics"].pop()))
    assert failed.diagnosis is not None
    assert failed.diagnosis.summary.endswith("(and 2 more; `conformance trace` lists them)")


def test_records_are_compared_where_they_are_given() -> None:
    assert verdict(SL, lambda answer: answer.pop("metrics")).outcome is Outcome.PASSED
    failed = verdict(SL, lambda answer: answer["metrics"][1].update(train_mean_nll=9.0))
    assert failed.diagnosis is not None
    assert failed.diagnosis.summary.startswith("metrics of step 1: train_mean_nll is ")


def test_numbers_may_be_close() -> None:
    rate = 0.0010000000000000002
    assert verdict(SL, lambda a: a["stream"][4]["adam"].update(learning_rate=rate)).outcome is Outcome.PASSED


def test_datums_of_a_group_may_stand_in_any_order() -> None:
    def change(answer: dict[str, Any]) -> None:
        next(one for one in answer["stream"] if one["op"] == "forward_backward")["datums"].reverse()

    assert verdict(RL, change).outcome is Outcome.PASSED
    assert verdict(SL, change).outcome is Outcome.FAILED


def test_what_is_no_stream_is_malformed() -> None:
    failed = verdict(SL, lambda answer: answer["stream"][0].update(op="nosuch"))
    assert failed.diagnosis is not None
    assert failed.diagnosis.cause == "malformed-result"


def test_equal_faults_have_equal_signatures() -> None:
    one, other = (verdict(id, lambda answer: optim(answer, beta2=0.999)).diagnosis for id in (SL, RL))
    assert one is not None
    assert other is not None
    assert one.signature == other.signature == f"{CAUSE} adam default"


def test_equal_faults_of_records_have_equal_signatures_at_every_step() -> None:
    signatures = []
    for step, value in ((0, 9.0), (1, 7.0)):
        failed = verdict(SL, lambda answer: answer["metrics"][step].update(train_mean_nll=value))  # noqa: B023
        assert failed.diagnosis is not None
        signatures.append(failed.diagnosis.signature)
    assert signatures == [f"{CAUSE} metric 'train_mean_nll'"] * 2


def test_records_of_checkpoints_are_told_apart_by_what_differs() -> None:
    failed = verdict(RL, lambda answer: answer["checkpoints"][1].update(batch=0))
    assert failed.diagnosis is not None
    assert failed.diagnosis.signature == f"{CAUSE} checkpoint record 'batch'"
    failed = verdict(RL, lambda answer: answer["checkpoints"].pop())
    assert failed.diagnosis is not None
    assert failed.diagnosis.signature == f"{CAUSE} number of checkpoint records"


def test_another_checkpoint_that_is_loaded_is_named() -> None:
    def change(answer: dict[str, Any]) -> None:
        load = next(one for one in answer["stream"] if one["op"] == "load_weights")
        load["path"] = load["path"].replace("/weights/", "/sampler_weights/")

    failed = verdict("trace/loops/rl-resume/rl@bytes", change)
    assert failed.diagnosis is not None
    assert failed.diagnosis.signature == f"{CAUSE} other checkpoint loaded"
