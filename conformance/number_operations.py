"""The operations about numbers: tensors, datums, losses, advantages, schedules, models, the order of data, and records.

A part of the table in `conformance.operations`, kept apart because it is long.
"""

from __future__ import annotations

from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING

from conformance.number_forms import checkpoints, data, datums, patterns, preference, rl, supervised, tensors, wire
from conformance.traces import scenario as traces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.forms import Operation

_AREAS = (tensors, wire, datums, supervised, data, preference, rl, patterns, checkpoints, traces)

NUMBER_OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {operation.name: operation for operation in chain.from_iterable(area.OPERATIONS for area in _AREAS)}
)
"""By name. `tensor.from_nested` and `tensor.to_nested` take the place of what the first table says of them."""
