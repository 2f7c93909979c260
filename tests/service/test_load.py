"""Many clients at once. The full number is in conformance/benchmarks/service.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.service.load import load
from conformance.traces.stream import OptimStep

if TYPE_CHECKING:
    from .running import Served

REQUESTS = 800


def test_nothing_is_lost_or_done_twice(own: Served) -> None:
    found = load(own.port, clients=16, requests=REQUESTS)
    assert found.complaints == []
    assert found.requests >= REQUESTS
    report = own.report()
    assert report["refused"] == {}
    assert report["gaps"] == []
    steps = [operation for operation in own.stream() if isinstance(operation, OptimStep)]
    assert len(steps) == found.steps
