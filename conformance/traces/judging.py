"""What is to be said of a trace: how the stream differs, what the loop wrote, whether it is pipelined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, Struct

from conformance.traces.compare import compare_streams
from conformance.traces.records import checkpoint_differences, metric_differences
from conformance.traces.scenario import PreferenceParams, RlParams, Scenario, SupervisedParams
from conformance.traces.telling import tell

if TYPE_CHECKING:
    from conformance.traces.causes.view import Told
    from conformance.traces.running import Trace
    from conformance.traces.stream import Stream

NAMES = ("upstream", "the loop")


class Judged(Struct, frozen=True, kw_only=True):
    """Differences of the stream, first difference first; other differences; what was not compared and why."""

    told: tuple[Told, ...]
    others: tuple[str, ...]
    notes: tuple[str, ...]
    operations: int
    tolerated: int

    @property
    def conforms(self) -> bool:
        return not self.told and not self.others


def judge_stream(scenario: Scenario, got: Stream) -> tuple[list[Told], int]:
    """The differences of a stream from the expected one in words, and how many numbers were close but not equal."""
    assert scenario.expect is not UNSET
    params = scenario.decoded()
    compared = compare_streams(scenario.expect.stream, got, rules=scenario.rules, runs=runs_of(params))
    return tell(compared, loop=scenario.loop, first_step=first_step(params)), compared.tolerated


def judge(scenario: Scenario, trace: Trace) -> Judged:
    """All that is to be said of a trace."""
    assert scenario.expect is not UNSET
    told, tolerated = judge_stream(scenario, trace.stream)
    others, notes, lacking = list(trace.unread), [], []
    if trace.metrics is not None:
        others += metric_differences(scenario.expect.metrics, trace.metrics, NAMES)
    else:
        lacking.append("metrics.jsonl")
    if trace.checkpoints is not None:
        others += checkpoint_differences(scenario.expect.checkpoints, trace.checkpoints, NAMES)
    else:
        lacking.append("checkpoints.jsonl")
    if lacking:
        notes.append(f"not compared: the loop wrote no {' and no '.join(lacking)}")
    if scenario.expect.pipelined:
        if trace.sent_ahead is None:
            notes.append("not tested: whether the loop is pipelined, which takes a service")
        elif not trace.pipelined:
            others.insert(0, _not_pipelined(trace))
    return Judged(
        told=tuple(told),
        others=tuple(others),
        notes=tuple(notes),
        operations=len(trace.stream),
        tolerated=tolerated,
    )


def _not_pipelined(trace: Trace) -> str:
    sent, steps = trace.sent_ahead, trace.steps
    where = "at every step" if not sent else f"at {steps - (sent or 0)} of {steps} steps"
    return (
        f"not pipelined: {where} the loop awaits the result of forward_backward before it submits optim_step, "
        "upstream submits both and then awaits"
    )


def runs_of(params: SupervisedParams | PreferenceParams | RlParams) -> set[str]:
    """The runs in paths that the scenario names."""
    return {held.path.split("/")[2] for held in params.held}


def first_step(params: SupervisedParams | PreferenceParams | RlParams) -> int:
    """The number of the first step: after a resume the one of the last checkpoint."""
    if not params.checkpoints:
        return 0
    last = params.checkpoints[-1]
    batches = len(params.batches) if isinstance(params, RlParams) else len(params.epochs[0])
    return int(last.get("epoch") or 0) * batches + int(last["batch"])
