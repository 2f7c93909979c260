"""What is asked about models and checkpoints, apart from training."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from conformance.service import messages
from conformance.service.bodies import decode
from conformance.service.errors import Refused
from conformance.service.recorder import encoded
from conformance.traces import stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.service.service import Call, Service
    from conformance.service.state import Checkpoint, Model


def get_info(service: Service, call: Call) -> dict[str, Any]:
    """A model's names. `tokenizer_id` may be a directory, so that no hub is asked."""
    model = service.state.model(decode(call.body, messages.OfModel).model_id)
    return {
        "type": "get_info",
        "model_id": model.id,
        "model_data": {
            "arch": "formula",
            "model_name": model.base_model,
            "tokenizer_id": service.tokenizer or model.base_model,
        },
        "model_name": model.base_model,
        "is_lora": True,
        "lora_rank": model.lora.rank,
    }


def weights_info(service: Service, call: Call) -> dict[str, Any]:
    """What is to be known to load a checkpoint."""
    found = service.state.checkpoint(decode(call.body, messages.TinkerPath).tinker_path)
    return {
        "base_model": found.base_model,
        "is_lora": True,
        "lora_rank": found.lora.rank,
        "train_unembed": found.lora.train_unembed,
        "train_mlp": found.lora.train_mlp,
        "train_attn": found.lora.train_attn,
    }


def training_runs(service: Service, call: Call) -> dict[str, Any]:
    page, cursor = _page(call, [_run(service, model) for model in service.state.models.values()])
    return {"training_runs": page, "cursor": cursor}


def training_run(service: Service, call: Call) -> dict[str, Any]:
    found = service.state.models.get(call.path["run"])
    if found is None:
        raise Refused(404, "no such training run")
    return _run(service, found)


def _run(service: Service, model: Model) -> dict[str, Any]:
    last: dict[str, dict[str, Any] | None] = {"training": None, "sampler": None}
    for checkpoint in service.state.checkpoints.values():
        if checkpoint.run == model.id:
            last[checkpoint.kind] = checkpoint.told()
    return {
        "training_run_id": model.id,
        "base_model": model.base_model,
        "model_owner": "conformance",
        "is_lora": True,
        "corrupted": False,
        "lora_rank": model.lora.rank,
        "last_request_time": model.last_request.isoformat(),
        "last_checkpoint": last["training"],
        "last_sampler_checkpoint": last["sampler"],
        "user_metadata": model.user_metadata,
    }


def run_checkpoints(service: Service, call: Call) -> dict[str, Any]:
    run = call.path["run"]
    found = [item for item in service.state.checkpoints.values() if item.run == run]
    if not found and run not in service.state.models:
        raise Refused(404, "no such training run")
    return {"checkpoints": [item.told() for item in found], "cursor": None}


def all_checkpoints(service: Service, call: Call) -> dict[str, Any]:
    page, cursor = _page(call, [item.told() for item in service.state.checkpoints.values()])
    return {"checkpoints": page, "cursor": cursor}


def delete_checkpoint(service: Service, call: Call) -> None:
    found = _named(service, call)
    del service.state.checkpoints[found.path]
    service.recorder.operation(encoded(stream.DeleteCheckpoint(path=found.recorded)))


def checkpoint_ttl(service: Service, call: Call) -> None:
    seconds = decode(call.body, messages.CheckpointTtl).ttl_seconds
    _named(service, call).expires = None if seconds is None else datetime.now(UTC) + timedelta(seconds=seconds)


def publish(service: Service, call: Call) -> None:
    """There is nobody to publish to."""
    _named(service, call)


def _named(service: Service, call: Call) -> Checkpoint:
    return service.state.checkpoint("tinker://{run}/{folder}/{name}".format(**call.path))


def _page(call: Call, items: Sequence[dict[str, Any]]) -> tuple[Sequence[dict[str, Any]], dict[str, int]]:
    limit, offset = _whole(call, "limit", 20), _whole(call, "offset", 0)
    return items[offset : offset + limit], {"offset": offset, "limit": limit, "total_count": len(items)}


def _whole(call: Call, name: str, default: int) -> int:
    text = call.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise Refused(422, f"{name} is not a whole number")
    return int(text)
