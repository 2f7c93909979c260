"""The verdict on an answer of an operation `trace.*`: streams are compared under their rules, not member by member."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from conformance.diagnose import diagnose_answer
from conformance.traces.compare import compare_streams
from conformance.traces.judging import NAMES, first_step, runs_of
from conformance.traces.records import checkpoint_differences, metric_differences
from conformance.traces.scenario import PARAMS, Traced, rules_for
from conformance.traces.telling import tell

if TYPE_CHECKING:
    from conformance.cases import Case
    from conformance.events import Diagnosis

CAUSE = "training-loop"


def is_traced(operation: str) -> bool:
    """Whether answers of the operation are streams."""
    return operation in PARAMS


def diagnose_trace(case: Case, raw: bytes) -> Diagnosis | None:
    """None when the stream in the JSON text `raw` is what the case expects, and so are the records if it has any."""
    assert isinstance(case.expect.result, msgspec.Raw), "a case that expects a rejection has no result to compare"
    params = msgspec.json.decode(case.params, type=PARAMS[case.operation])
    expected = msgspec.json.decode(case.expect.result, type=Traced)
    got = msgspec.json.decode(raw, type=Traced)
    compared = compare_streams(tuple(expected.stream), tuple(got.stream), rules=rules_for(params), runs=runs_of(params))
    told = tell(compared, loop=case.operation.removeprefix("trace."), first_step=first_step(params))
    sentences = [each.text for each in told]
    if expected.metrics is not UNSET and got.metrics is not UNSET:
        sentences += metric_differences(expected.metrics, got.metrics, NAMES)
    if expected.checkpoints is not UNSET and got.checkpoints is not UNSET:
        sentences += checkpoint_differences(expected.checkpoints, got.checkpoints, NAMES)
    if not sentences:
        return None
    more = f" (and {len(sentences) - 1} more; `conformance trace` lists them)" if len(sentences) > 1 else ""
    about = told[0].cause if told and told[0].cause else sentences[0]
    return diagnose_answer(CAUSE, sentences[0] + more, signature=f"{CAUSE} {about}")
