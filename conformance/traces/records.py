"""What a loop writes beside the stream: records of metrics and of checkpoints, and where two lists of them differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.traces.causes.view import say
from conformance.traces.rules import EXACT, load_rules
from conformance.traces.values import first_difference

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMED = ("time/", "batch_time")
"""What the clock decides: metrics whose names begin so."""
PATHS = frozenset({"state_path", "sampler_path"})

Record = dict[str, Any]


def metric_differences(one: Sequence[Record], other: Sequence[Record], names: tuple[str, str]) -> list[str]:
    """A sentence for each metric that differs, record by record; what the clock decides is passed over."""
    tolerance = load_rules().tolerance_of("metrics.any")
    told = []
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        before, after = steady(left), steady(right)
        step = before.get("step", before.get("progress/batch", place))
        for key in [*before, *(key for key in after if key not in before)]:
            mine, theirs = ({key: side[key]} if key in side else {} for side in (before, after))
            found = first_difference(mine, theirs, tolerance)
            if found is not None:
                told.append(f"metrics of step {say(step)}: {found.told(*names)}")
    if len(one) != len(other):
        told.append(f"metrics: {names[0]} has {len(one)} records, {names[1]} {len(other)}")
    return told


def checkpoint_differences(one: Sequence[Record], other: Sequence[Record], names: tuple[str, str]) -> list[str]:
    """A sentence for each record of a checkpoint that differs. The run in a path is an id of the server's."""
    told = []
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        found = first_difference(placeless(left), placeless(right), EXACT)
        if found is not None:
            told.append(f"checkpoint record {place}: {found.told(*names)}")
    if len(one) != len(other):
        told.append(f"checkpoints: {names[0]} has {len(one)} records, {names[1]} {len(other)}")
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
