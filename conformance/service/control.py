"""Endpoints of the service's own, apart from the API: what was recorded, what happened, and one fault more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.service.bodies import decode
from conformance.service.faults import Fault
from conformance.service.retrieving import Bytes

if TYPE_CHECKING:
    from conformance.service.service import Call, Service


def recorded(service: Service, call: Call) -> Bytes:
    """The canonical stream so far, an operation a line."""
    return Bytes(content=b"".join(line + b"\n" for line in service.recorder.lines()), media_type="application/jsonl")


def report(service: Service, call: Call) -> dict[str, Any]:
    return service.report()


def add_fault(service: Service, call: Call) -> dict[str, Any]:
    """One fault for the script, which counts requests from now on."""
    service.faults.add(decode(call.body, Fault))
    return {}
