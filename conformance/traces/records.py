"""What a loop writes beside the stream: records of metrics and of checkpoints, and where two lists of them differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.traces.causes.view import say
from conformance.traces.rules import EXACT, load_rules
from conformance.traces.values import first_difference

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMED = ("time/", "batch_time")
"""What the clock decides: metrics whose names begin so."""
PATHS = frozenset({"state_path", "sampler_path"})

Record = dict[str, Any]


class Recorded(NamedTuple):
    """A sentence about records that differ, and what it has in common with those of other records: the member."""

    text: str
    cause: str


def metric_differences(one: Sequence[Record], other: Sequence[Record], names: tuple[str, str]) -> list[str]:
    """A sentence for each metric that differs, record by record; what the clock decides is passed over."""
    return [each.text for each in told_of_metrics(one, other, names)]


def checkpoint_differences(one: Sequence[Record], other: Sequence[Record], names: tuple[str, str]) -> list[str]:
    """A sentence for each record of a checkpoint that differs. The run in a path is an id of the server's."""
    return [each.text for each in told_of_checkpoints(one, other, names)]


def told_of_metrics(one: Sequence[Record], other: Sequence[Record], names: tuple[str, str]) -> list[Recorded]:
    """As `metric_differences`, with a cause each."""
    tolerance = load_rules().tolerance_of("metrics.any")
    told = []
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        before, after = steady(left), steady(right)
        step = before.get("step", before.get("progress/batch", place))
        for key in [*before, *(key for key in after if key not in before)]:
            mine, theirs = ({key: side[key]} if key in side else {} for side in (before, after))
            found = first_difference(mine, theirs, tolerance)
            if found is not None:
                text = f"metrics of step {say(step)}: {found.told(*names)}"
                told.append(Recorded(text, f"metric {say(str(key))}"))
    if len(one) != len(other):
        text = f"metrics: {names[0]} has {len(one)} records, {names[1]} {len(other)}"
        told.append(Recorded(text, "number of metric records"))
    return told


def told_of_checkpoints(one: Sequence[Record], other: Sequence[Record], names: tuple[str, str]) -> list[Recorded]:
    """As `checkpoint_differences`, with a cause each."""
    told = []
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        found = first_difference(placeless(left), placeless(right), EXACT)
        if found is not None:
            text = f"checkpoint record {place}: {found.told(*names)}"
            told.append(Recorded(text, f"checkpoint record {say(found.path)}"))
    if len(one) != len(other):
        text = f"checkpoints: {names[0]} has {len(one)} records, {names[1]} {len(other)}"
        told.append(Recorded(text, "number of checkpoint records"))
    return told


def steady(record: Record) -> Record:
    """A record without what the clock decides, paths without their run."""
    return placeless({key: value for key, value in record.items() if not str(key).startswith(TIMED)})


def placeless(record: Record) -> Record:
    """A record whose paths lack the run: a server hands that out."""
    return {
        key: "/".join(value.split("/")[-2:]) if key in PATHS and isinstance(value, str) else value
        for key, value in record.items()
    }
