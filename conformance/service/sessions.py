"""Sessions, what a client asks before it starts, and what it tells in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.service import messages
from conformance.service.bodies import decode
from conformance.service.errors import Refused
from conformance.service.protobuf_wire import REMEDY
from conformance.service.recorder import encoded
from conformance.service.results import Plain
from conformance.service.state import Session
from conformance.traces import stream

if TYPE_CHECKING:
    from conformance.service.service import Call, Service

MODELS = ("Qwen/Qwen3-8B", "meta-llama/Llama-3.1-8B-Instruct", "deepseek-ai/DeepSeek-V3.1", "openai/gpt-oss-20b")
"""Named where a client asks which there are. Every other name is served as well."""


def healthz(service: Service, call: Call) -> dict[str, Any]:
    return {"status": "ok"}


def client_config(service: Service, call: Call) -> dict[str, Any]:
    """Flags for a client. A client passes over those that it does not know."""
    decode(call.body, messages.ClientConfig)
    flags: dict[str, Any] = {"conformance_wires": service.wires()}
    if service.protobuf is None:
        flags["conformance_note"] = f"SDKs from 0.25 on cannot be served: {REMEDY}"
    return flags | service.script.config


def dynamic_config(service: Service, call: Call) -> dict[str, Any]:
    decode(call.body, messages.ClientConfig)
    return dict(service.script.dynamic_config)


def create_session(service: Service, call: Call) -> dict[str, Any]:
    asked = decode(call.body, messages.CreateSession)
    session = Session(
        id=f"session-{len(service.state.sessions) + 1}",
        user_metadata=asked.user_metadata,
        display_name=asked.display_name,
    )
    service.state.sessions[session.id] = session
    service.recorder.operation(encoded(stream.CreateSession()))
    return {"type": "create_session", "session_id": session.id}


def session_heartbeat(service: Service, call: Call) -> dict[str, Any]:
    service.state.session(decode(call.body, messages.OfSession).session_id)
    return {"type": "session_heartbeat"}


def finish(service: Service, call: Call) -> dict[str, Any]:
    """The end of a session. The first end stays."""
    decode(call.body, messages.Anything)
    session = service.state.sessions.get(call.path["session"])
    if session is None:
        raise Refused(404, "no such session")
    session.finished = True
    return {}


def telemetry(service: Service, call: Call) -> dict[str, Any]:
    """Taken, and forgotten."""
    decode(call.body, messages.Anything)
    return {"status": "accepted"}


def get_session(service: Service, call: Call) -> dict[str, Any]:
    session = service.state.sessions.get(call.path["session"])
    if session is None:
        raise Refused(404, "no such session")
    return {
        "training_run_ids": [model.id for model in service.state.models.values() if model.session == session.id],
        "sampler_ids": [id for id in service.state.samplers if id.startswith(f"{session.id}:")],
        "user_metadata": session.user_metadata,
        "display_name": session.display_name,
    }


def list_sessions(service: Service, call: Call) -> dict[str, Any]:
    return {"sessions": list(service.state.sessions)}


def capabilities(service: Service, call: Call) -> dict[str, Any]:
    return {
        "supported_models": [
            {"model_name": name, "max_context_length": 32768, "trainable": True, "sampleable": True} for name in MODELS
        ]
    }


def unload_model(service: Service, call: Call) -> dict[str, Any]:
    model = service.state.model(decode(call.body, messages.OfModel).model_id)
    future = service.resolved(call, Plain(content={"type": "unload_model", "model_id": model.id}))
    return {"request_id": future.id, "model_id": model.id}


def cancel_future(service: Service, call: Call) -> dict[str, Any]:
    """Nothing is under way that could be cancelled."""
    service.futures.get(decode(call.body, messages.RetrieveFuture).request_id)
    return {}
