"""cookbook/starting.py: facts of tinker-cookbook 0.5.8, the beginning of each loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.traces.recorder import Recorder
from conformance.traces.stream import CreateModel, LoadWeights
from cookbook.checkpoints import CheckpointRecord
from cookbook.starting import start_training_client
from tests.training import MODEL

if TYPE_CHECKING:
    import pytest

SAVED = {"tinker://m0/weights/a": 2, "tinker://m0/weights/b": 3}


@dataclass(frozen=True)
class Settings:
    model_name: str = MODEL
    lora_rank: int = 8
    renderer_name: str | None = None
    load_checkpoint_path: str | None = None


def started(settings: Settings, resumed: CheckpointRecord | None = None) -> Recorder:
    recorder = Recorder(saved=dict(SAVED), metadata={"m0": {"renderer_name": "llama3"}}, models=1)
    asyncio.run(start_training_client(settings, recorder, resumed))
    return recorder


def test_a_fresh_adapter() -> None:
    (made,) = started(Settings(renderer_name="qwen3")).operations
    assert isinstance(made, CreateModel)
    assert (made.base_model, made.lora.rank) == (MODEL, 8)


def test_weights_that_were_saved() -> None:
    (made,) = started(Settings(load_checkpoint_path="tinker://m0/weights/a")).operations
    assert made == LoadWeights(model="m1", path="tinker://m0/weights/a", optimizer=False)


def test_a_run_that_was_left_goes_before_weights_to_load(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(load_checkpoint_path="tinker://m0/weights/a", renderer_name="qwen3")
    recorder = started(settings, CheckpointRecord("b", batch=1, state_path="tinker://m0/weights/b"))
    assert recorder.operations == [LoadWeights(model="m1", path="tinker://m0/weights/b", optimizer=True)]
    assert recorder.metadata["m1"] == {"renderer_name": "qwen3"}
    assert "was trained with the renderer llama3, this run uses qwen3" in caplog.text


def test_an_unfitting_renderer_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    started(Settings(renderer_name="role_colon"))
    assert "was not made for the model" in caplog.text
