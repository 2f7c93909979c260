"""Which function answers which path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.service import catalogue, control, retrieving, sampling, sessions, training

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from conformance.service.retrieving import Bytes
    from conformance.service.service import Call, Service

    Answer = dict[str, Any] | Bytes | None
    Handler = Callable[[Service, Call], Answer | Awaitable[Answer]]

CHECKPOINT = "training_runs/{run}/checkpoints/{folder}/{name}"

API: Mapping[tuple[str, str], Handler] = {
    ("GET", "healthz"): sessions.healthz,
    ("POST", "client/config"): sessions.client_config,
    ("POST", "client/dynamic_config"): sessions.dynamic_config,
    ("GET", "get_server_capabilities"): sessions.capabilities,
    ("POST", "create_session"): sessions.create_session,
    ("POST", "session_heartbeat"): sessions.session_heartbeat,
    ("POST", "sessions/{session}/finish"): sessions.finish,
    ("GET", "sessions/{session}"): sessions.get_session,
    ("GET", "sessions"): sessions.list_sessions,
    ("POST", "telemetry"): sessions.telemetry,
    ("POST", "unload_model"): sessions.unload_model,
    ("POST", "cancel_future"): sessions.cancel_future,
    ("POST", "create_model"): training.create_model,
    ("POST", "load_weights"): training.load_weights,
    ("POST", "forward"): training.forward,
    ("POST", "forward_backward"): training.forward_backward,
    ("POST", "optim_step"): training.optim_step,
    ("POST", "save_weights"): training.save_weights,
    ("POST", "save_weights_for_sampler"): training.save_weights_for_sampler,
    ("POST", "create_sampling_session"): sampling.create_sampling_session,
    ("POST", "join_sampling_session"): sampling.join_sampling_session,
    ("GET", "samplers/{sampler}"): sampling.get_sampler,
    ("POST", "asample"): sampling.asample,
    ("POST", "retrieve_future"): retrieving.retrieve_future,
    ("POST", "retrieve_futures"): sampling.retrieve_futures,
    ("POST", "get_info"): catalogue.get_info,
    ("POST", "weights_info"): catalogue.weights_info,
    ("GET", "training_runs"): catalogue.training_runs,
    ("GET", "training_runs/{run}"): catalogue.training_run,
    ("GET", "training_runs/{run}/checkpoints"): catalogue.run_checkpoints,
    ("GET", "checkpoints"): catalogue.all_checkpoints,
    ("DELETE", CHECKPOINT): catalogue.delete_checkpoint,
    ("PUT", CHECKPOINT + "/ttl"): catalogue.checkpoint_ttl,
    ("POST", CHECKPOINT + "/publish"): catalogue.publish,
    ("DELETE", CHECKPOINT + "/publish"): catalogue.publish,
}
"""Under /api/v1/ (tinker 0.15 to 0.38, resources/ and lib/public_interfaces/)."""

OWN: Mapping[tuple[str, str], Handler] = {
    ("GET", "stream"): control.recorded,
    ("GET", "report"): control.report,
    ("POST", "fault"): control.add_fault,
}
"""Under /conformance/."""

OPEN = frozenset(("healthz",))
"""What is answered without an API key."""
