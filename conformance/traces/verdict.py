"""The verdict on an answer of an operation `trace.*`: streams are compared under their rules, not member by member."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from conformance.diagnose import diagnose_answer
from conformance.traces.compare import compare_streams
from conformance.traces.judging import NAMES, first_step, runs_of
from conformance.traces.records import Recorded, told_of_checkpoints, told_of_metrics
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
    found = [Recorded(each.text, each.cause) for each in told]
    if expected.metrics is not UNSET and got.metrics is not UNSET:
        found += told_of_metrics(expected.metrics, got.metrics, NAMES)
    if expected.checkpoints is not UNSET and got.checkpoints is not UNSET:
        found += told_of_checkpoints(expected.checkpoints, got.checkpoints, NAMES)
    if not found:
        return None
    first = found[0]
    more = f" (and {len(found) - 1} more; `conformance trace` lists them)" if len(found) > 1 else ""
    return diagnose_answer(CAUSE, first.text + more, signature=f"{CAUSE} {first.cause or first.text}")
