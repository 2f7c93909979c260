"""The reference on what a run writes down: areas `checkpoint` and `metrics`."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.adapters.scratch import scratch_directory
from conformance.adapters.wire_numbers import numbers, written
from cookbook import checkpoints
from cookbook.client import SaveWeightsResponse
from cookbook.errors import InvalidInputError
from cookbook.run_directory import METRICS_BASE_NAME, RunDirectory

if TYPE_CHECKING:
    from collections.abc import Callable

Params = dict[str, Any]


def _object(line: str) -> Params:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise InvalidInputError(f"the line is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise InvalidInputError("the line is no JSON object")
    return found


def _written(path: Path) -> Params:
    record = json.loads(path.read_text().splitlines()[-1])
    return {"record": {key: written(value) for key, value in record.items()}, "keys": list(record)}


def _to_dict(_: Any, params: Params) -> Any:
    record = checkpoints.CheckpointRecord.from_dict(_object(params["line"])).to_dict()
    return {"record": record, "keys": list(record)}


def _has(_: Any, params: Params) -> Any:
    return {"has": checkpoints.CheckpointRecord.from_dict(_object(params["line"])).has(params["key"])}


@dataclass(frozen=True)
class _Saved:
    path: str

    async def result_async(self) -> SaveWeightsResponse:
        return SaveWeightsResponse(self.path)


@dataclass
class _Client:
    """Records what it is to save."""

    requests: list[Params] = field(default_factory=list)

    async def save_state_async(self, name: str, ttl_seconds: int | None = None) -> _Saved:
        self.requests.append({"kind": "state", "name": name, "ttl_seconds": ttl_seconds})
        return _Saved(f"tinker://run/weights/{name}")

    async def save_weights_for_sampler_async(self, name: str, ttl_seconds: int | None = None) -> _Saved:
        self.requests.append({"kind": "sampler", "name": name, "ttl_seconds": ttl_seconds})
        return _Saved(f"tinker://run/sampler_weights/{name}")


def _save_checkpoint(_: Any, params: Params) -> Any:
    client = _Client()
    with scratch_directory() as directory:
        asyncio.run(checkpoints.save_checkpoint_async(client, log_path=directory, **params))  # type: ignore[arg-type]
        return {"requests": client.requests, **_written(Path(directory) / checkpoints.CHECKPOINTS_BASE_NAME)}


def _in_directory(text: str | None, asked: Callable[[str], Any]) -> Any:
    with scratch_directory() as directory:
        if text is not None:
            (Path(directory) / checkpoints.CHECKPOINTS_BASE_NAME).write_text(text, newline="")
        return asked(directory)


def _load_checkpoints_file(_: Any, params: Params) -> Any:
    records = _in_directory(params["text"], checkpoints.load_checkpoints_file)
    return {"records": [record.to_dict() for record in records]}


def _get_last_checkpoint(_: Any, params: Params) -> Any:
    given = {key: params[key] for key in ("required_key",) if key in params}
    record = _in_directory(params["text"], lambda log_dir: checkpoints.get_last_checkpoint(log_dir, **given))
    return {"record": None if record is None else record.to_dict()}


def _manager(params: Params) -> Any:
    names = ("save_every", "save_every_tokens", "rolling_save_every")
    given: Params = {key: params[key] for key in names if key in params}
    if "saved_tokens" in params:
        given = {**given, "elapsed_tokens": params["saved_tokens"]}
    nothing: Any = None
    return checkpoints.CheckpointManager(nothing, nothing, ".", **given)


def _should_save_periodic(_: Any, params: Params) -> Any:
    tokens = params.get("elapsed_tokens", 0)
    return {"due": _manager(params).should_save_periodic(params["step"], elapsed_tokens=tokens)}


def _should_save_rolling(_: Any, params: Params) -> Any:
    return {"due": _manager(params).should_save_rolling(params["step"])}


class _Reached(Exception):
    """The loop asks for its first batch, which is all that there is to know."""


@dataclass
class _Batches:
    """A dataset that says what is asked of it first."""

    length: int
    epoch: int = 0
    batch: int | None = None

    def __len__(self) -> int:
        return self.length

    def set_epoch(self, seed: int = 0) -> None:
        self.epoch = seed

    def get_batch(self, index: int) -> Any:
        self.batch = index
        raise _Reached


@dataclass
class _Service(_Client):
    """Records what is loaded."""

    state_path: str | None = None

    async def create_lora_training_client_async(self, *_: Any, **__: Any) -> _Service:
        return self

    async def create_training_client_from_state_with_optimizer_async(self, path: str, **_: Any) -> _Service:
        self.state_path = path
        return self

    async def save_weights_and_get_sampling_client_async(self) -> _Service:
        return self


def _resume_point(_: Any, params: Params) -> Any:
    if params["n_batches"] < 0:
        raise InvalidInputError(f"{params['n_batches']} batches: there are none or more")
    service, batches = _Service(), _Batches(params["n_batches"])
    try:
        _in_directory(params["text"], lambda log_dir: asyncio.run(_loop(params, log_dir, service, batches)))
    except _Reached:
        saves_final = True
    else:
        saves_final = any(request["name"] == "final" for request in service.requests)
    return {
        "state_path": service.state_path,
        "epoch": None if batches.batch is None else batches.epoch,
        "batch": batches.batch,
        "saves_final": saves_final,
    }


async def _loop(params: Params, log_dir: str, service: Any, batches: _Batches) -> None:
    given: Params = {"log_path": log_dir, "model_name": "", "max_steps": params.get("max_steps")}
    if params["loop"] == "supervised":
        from cookbook.supervised import train

        epochs = params.get("num_epochs", 1)
        config = train.Config(dataset_builder=lambda: (batches, None), num_epochs=epochs, **given)
        nothing: Any = None
        await train.main(config, service_client=service, tokenizer=nothing)
    else:
        from cookbook.rl import train as rl

        async def build() -> Any:
            return batches, None

        rl_config = rl.Config(dataset_builder=build, learning_rate=0.0, max_tokens=1, eval_every=0, **given)
        await rl.main(rl_config, service_client=service)


def _write_metrics(_: Any, params: Params) -> Any:
    with scratch_directory() as directory, RunDirectory(directory, {}) as run:
        metrics = {key: _number(value) for key, value in params["metrics"].items()}
        run.log_metrics(metrics, params["step"])
        return _written(Path(directory) / METRICS_BASE_NAME)


def _number(value: Any) -> Any:
    return numbers([value])[0] if value in ("NaN", "Infinity", "-Infinity") else value


OPERATIONS: dict[str, Callable[[Any, Params], Any]] = {
    "checkpoint.to_dict": _to_dict,
    "checkpoint.has": _has,
    "checkpoint.save_checkpoint": _save_checkpoint,
    "checkpoint.load_checkpoints_file": _load_checkpoints_file,
    "checkpoint.get_last_checkpoint": _get_last_checkpoint,
    "checkpoint.should_save_periodic": _should_save_periodic,
    "checkpoint.should_save_rolling": _should_save_rolling,
    "checkpoint.resume_point": _resume_point,
    "metrics.write_metrics": _write_metrics,
}
