"""What a run of the original writes down, and where it goes on: areas `checkpoint` and `metrics`.

Functions for `conformance.oracles.upstream_numbers`.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from conformance.adapters.serve import NotSupported
from conformance.adapters.wire_numbers import numbers, written
from conformance.oracles.upstream_calls import called, found

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = "conformance/resuming"


def _record(line: str) -> Any:
    return found("checkpoint_utils", "CheckpointRecord").from_dict(json.loads(line))


def _to_dict(_: Any, *, line: str) -> Any:
    record = _record(line).to_dict()
    return {"record": record, "keys": list(record)}


def _has(_: Any, *, line: str, key: str) -> Any:
    return {"has": _record(line).has(key)}


class _Saved:
    """A future, and the response that it gives."""

    def __init__(self, path: str) -> None:
        self.path = path

    async def result_async(self) -> _Saved:
        return self

    def result(self) -> _Saved:
        return self


class _Client:
    """A training client, and at the same time the service that it comes from: it says what is asked of it."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.requests: list[dict[str, Any]] = []
        self.state_path: str | None = None

    async def save_state_async(self, name: str, ttl_seconds: int | None = None) -> _Saved:
        self.requests.append({"kind": "state", "name": name, "ttl_seconds": ttl_seconds})
        return _Saved(f"tinker://run/weights/{name}")

    async def save_weights_for_sampler_async(self, name: str, ttl_seconds: int | None = None) -> _Saved:
        self.requests.append({"kind": "sampler", "name": name, "ttl_seconds": ttl_seconds})
        return _Saved(f"tinker://run/sampler_weights/{name}")

    async def create_lora_training_client_async(self, *_: Any, **__: Any) -> _Client:
        return self

    async def create_training_client_from_state_with_optimizer_async(self, path: str, **_: Any) -> _Client:
        self.state_path = path
        return self

    async def save_weights_and_get_sampling_client_async(self, *_: Any, **__: Any) -> _Client:
        return self


def _save_checkpoint(_: Any, **params: Any) -> Any:
    found("checkpoint_utils", "CheckpointRecord")
    client = _Client()
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(found("checkpoint_utils", "save_checkpoint_async")(client, log_path=directory, **params))
        line = (Path(directory) / "checkpoints.jsonl").read_text().splitlines()[-1]
    record = json.loads(line)
    return {"requests": client.requests, "record": record, "keys": list(record)}


def _in_directory(text: str | None, asked: Callable[[str], Any]) -> Any:
    with tempfile.TemporaryDirectory() as directory:
        if text is not None:
            (Path(directory) / "checkpoints.jsonl").write_text(text, newline="")
        return asked(directory)


def _plain(record: Any) -> Any:
    """Older releases have dictionaries for records."""
    return record.to_dict() if hasattr(record, "to_dict") else record


def _load_checkpoints_file(_: Any, *, text: str | None) -> Any:
    records = _in_directory(text, lambda log_dir: called("checkpoint_utils", "load_checkpoints_file", log_dir))
    return {"records": [_plain(record) for record in records]}


def _get_last_checkpoint(_: Any, *, text: str | None, **given: Any) -> Any:
    record = _in_directory(text, lambda log_dir: called("checkpoint_utils", "get_last_checkpoint", log_dir, **given))
    return {"record": _plain(record)}


def _manager(**given: Any) -> Any:
    saved_tokens = given.pop("saved_tokens", 0)
    manager = called("checkpoint_utils", "CheckpointManager", None, None, ".", **given)
    manager.restore_last_saved_tokens(saved_tokens)
    return manager


def _should_save_periodic(_: Any, *, step: int, elapsed_tokens: int = 0, **given: Any) -> Any:
    return {"due": _manager(**given).should_save_periodic(step, elapsed_tokens=elapsed_tokens)}


def _should_save_rolling(_: Any, *, step: int, **given: Any) -> Any:
    """Whether the manager begins to save one."""
    manager = _manager(**given)
    begun = []

    async def save(step: int, _: Any) -> None:
        begun.append(step)

    manager._do_rolling_save_async = save

    async def ask() -> None:
        await manager.maybe_save_rolling_async(step, {})
        await asyncio.sleep(0)

    asyncio.run(ask())
    return {"due": bool(begun)}


class _Reached(Exception):
    """The loop asks for its first batch, which is all that there is to know."""


class _Batches:
    def __init__(self, length: int) -> None:
        self.length = length
        self.epoch = 0
        self.batch: int | None = None

    def __len__(self) -> int:
        return self.length

    def set_epoch(self, seed: int = 0) -> None:
        self.epoch = seed

    def get_batch(self, index: int) -> Any:
        self.batch = index
        raise _Reached


def _resume_point(_: Any, *, text: str | None, loop: str, n_batches: int, **given: Any) -> Any:
    found("checkpoint_utils", "CheckpointManager")
    client, batches = _Client(), _Batches(n_batches)
    try:
        # What the loop writes to its log is not asked for, and what it would load from a network is not needed.
        with (
            mock.patch("tinker.ServiceClient", return_value=client),
            mock.patch(f"tinker_cookbook.{loop}.train.get_tokenizer"),
            mock.patch("tinker_cookbook.utils.ml_log.configure_logging_module"),
            mock.patch("tinker_cookbook.utils.ml_log.code_state", return_value=""),
        ):
            _in_directory(text, lambda log_dir: asyncio.run(_loop(loop, log_dir, batches, given)))
    except _Reached:
        saves_final = True
    else:
        saves_final = any(request["name"] == "final" for request in client.requests)
    return {
        "state_path": client.state_path,
        "epoch": None if batches.batch is None else batches.epoch,
        "batch": batches.batch,
        "saves_final": saves_final,
    }


async def _loop(loop: str, log_dir: str, batches: _Batches, given: dict[str, Any]) -> None:
    settings = {"log_path": log_dir, "model_name": MODEL, "recipe_name": "conformance", "eval_every": 0}
    main, config = found(f"{loop}.train", "main"), found(f"{loop}.train", "Config")
    if loop == "supervised":
        await main(config(dataset_builder=lambda: (batches, None), **settings, **given))
        return

    async def build() -> Any:
        return batches, None

    given.pop("num_epochs", None)
    await main(config(dataset_builder=build, learning_rate=0.0, max_tokens=1, num_groups_to_log=0, **settings, **given))


def _write_metrics(_: Any, *, step: int | None, metrics: dict[str, Any]) -> Any:
    try:
        from tinker_cookbook.stores import TrainingRunStore
        from tinker_cookbook.stores.storage import storage_from_uri
    except ImportError as error:
        raise NotSupported("this release has no store of metrics") from error
    words = ("NaN", "Infinity", "-Infinity")
    given = {key: numbers(value) if value in words else value for key, value in metrics.items()}
    with tempfile.TemporaryDirectory() as directory:
        TrainingRunStore(storage_from_uri(directory)).write_metrics(given, step)
        record = json.loads((Path(directory) / "metrics.jsonl").read_text().splitlines()[-1])
    return {"record": written(record), "keys": list(record)}


OPERATIONS: dict[str, Callable[..., Any]] = {
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
