"""Coming for a result: waited for a while, and given on the wire that the client asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.service import json_wire, limits, messages
from conformance.service.bodies import decode
from conformance.service.errors import Refused
from conformance.service.faults import OF_RESULTS
from conformance.service.misfortune import befall
from conformance.service.protobuf_wire import MEDIA_TYPE, REMEDY
from conformance.service.results import Passed, Sampled

if TYPE_CHECKING:
    from conformance.service.service import Call, Service


@dataclass(frozen=True, kw_only=True)
class Bytes:
    """An answer that is not JSON."""

    content: bytes
    media_type: str


async def retrieve_future(service: Service, call: Call) -> dict[str, Any] | Bytes:
    """A result, or `try_again` when it takes too long."""
    asked = decode(call.body, messages.RetrieveFuture)
    future = service.futures.get(asked.request_id)
    misfortune = await befall(service.faults.draw(OF_RESULTS + future.kind))
    if misfortune.try_again or not await future.wait(0 if service.closing else limits.SECONDS_OF_A_POLL):
        return {
            "type": "try_again",
            "request_id": future.id,
            "queue_state": "active",
            "queue_state_reason": None,
        }
    result = future.result
    assert result is not None
    if misfortune.metadata_only and asked.allow_metadata_only:
        return {"status": "complete_metadata", "response_payload_size": result.size}
    if call.accepts_protobuf and isinstance(result, Passed | Sampled):
        if service.protobuf is None:
            raise Refused(406, f"this service answers in JSON alone; to have protobuf, {REMEDY}")
        answer: dict[str, Any] | Bytes = Bytes(content=service.protobuf.result(result), media_type=MEDIA_TYPE)
    else:
        answer = json_wire.content(result)
    service.futures.fetched(future)
    return answer
