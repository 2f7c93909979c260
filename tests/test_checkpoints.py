"""cookbook/checkpoints.py: facts of tinker-cookbook 0.5.8, `checkpoint_utils`. Golden has the records themselves."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.traces.recorder import Recorder
from cookbook.checkpoints import (
    CheckpointManager,
    CheckpointRecord,
    check_renderer_name_for_checkpoint_async,
    get_last_checkpoint,
    last_with_key,
    load_checkpoints_file,
    resume_point,
)
from cookbook.errors import InvalidInputError
from tests.training import MODEL, lines, names

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, *records: dict[str, Any]) -> None:
    (path / "checkpoints.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))


def managed(path: Path, *, steps: int, final: bool = True, recorder: Recorder | None = None, **given: Any) -> Recorder:
    """A manager that is asked after each of the steps, and at the end to save the final checkpoint."""
    service = recorder or Recorder()

    async def run() -> None:
        client = await service.create_lora_training_client_async(MODEL)
        manager = CheckpointManager(client, service, path, **given)
        for step in range(steps):
            await manager.maybe_save_async(step, {"batch": step}, elapsed_tokens=100 * (step + 1))
            for _ in range(10):
                await asyncio.sleep(0)
        if final:
            await manager.save_final_async({"batch": steps})
        else:
            await manager.finalize_async()

    asyncio.run(run())
    return service


def test_a_record_keeps_what_it_does_not_know() -> None:
    line = {"step": 7, "name": "a", "batch": None, "state_path": "s", "note": None}
    record = CheckpointRecord.from_dict(line)
    assert record.extra == {"step": 7, "note": None}
    assert list(record.to_dict().items()) == [("name", "a"), ("state_path", "s"), ("step", 7), ("note", None)]
    assert (record.has("batch"), record.has("note"), record.has("other")) == (False, True, False)
    assert (record.get("batch", 5), record.get("note", 5), record.get("other", 5)) == (None, None, 5)


def test_extra_members_never_double_the_known_ones(caplog: pytest.LogCaptureFixture) -> None:
    record = CheckpointRecord("a", batch=1, extra={"batch": 2, "step": 3})
    assert record.to_dict() == {"name": "a", "batch": 1, "step": 3}
    assert "['batch']" in caplog.text


def test_the_last_line_wins_whatever_batch_it_says(tmp_path: Path) -> None:
    write(
        tmp_path, {"name": "000002", "batch": 2, "state_path": "b"}, {"name": "000001", "batch": 1, "state_path": "a"}
    )
    last = get_last_checkpoint(tmp_path)
    assert last is not None
    assert last.name == "000001"
    assert get_last_checkpoint(tmp_path, "sampler_path") is None
    assert last_with_key([], "state_path") is None
    assert load_checkpoints_file(tmp_path / "none") == []


def test_a_torn_last_record_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path, {"name": "000002", "batch": 2, "state_path": "b"})
    whole = (tmp_path / "checkpoints.jsonl").read_bytes()
    for length in range(1, len(whole) - 1):
        (tmp_path / "checkpoints.jsonl").write_bytes(whole + whole[:length])
        last = get_last_checkpoint(tmp_path)
        assert last is not None
        assert last.batch == 2
    assert "was not finished" in caplog.text


def test_where_a_run_goes_on() -> None:
    assert resume_point(None) == (0, 0)
    assert resume_point(CheckpointRecord("a", batch=3)) == (0, 3)
    assert resume_point(CheckpointRecord("a", batch=3, epoch=2)) == (2, 3)
    with pytest.raises(InvalidInputError, match=r"'a' does not say its batch.*load_checkpoint_path=s"):
        resume_point(CheckpointRecord("a", state_path="s"))


def test_periodic_checkpoints_expire_and_the_final_one_does_not(tmp_path: Path) -> None:
    service = managed(tmp_path, steps=5, save_every=2)
    saved = list(zip(names(service), (getattr(op, "ttl_seconds", 0) for op in service.operations), strict=True))[1:]
    both = ("SaveWeights", "SaveWeightsForSampler")
    assert saved == [
        *((f"{kind} 000002", 604800) for kind in both),
        *((f"{kind} 000004", 604800) for kind in both),
        *((f"{kind} final", None) for kind in both),
    ]
    assert [record["name"] for record in lines(tmp_path / "checkpoints.jsonl")] == ["000002", "000004", "final"]


def test_a_rolling_checkpoint_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    service = managed(tmp_path, steps=5, save_every=3, rolling_save_every=1)
    assert names(service)[1:] == [
        "SaveWeights 000001",
        "SaveWeights 000002",
        "DeleteCheckpoint",
        "SaveWeights 000003",
        "SaveWeightsForSampler 000003",
        "SaveWeights 000004",
        "DeleteCheckpoint",
        "SaveWeights final",
        "SaveWeightsForSampler final",
        "DeleteCheckpoint",
    ]
    rolling = [operation for operation in service.operations if getattr(operation, "name", "") == "000001"]
    assert rolling[0].ttl_seconds == 7200  # type: ignore[union-attr]
    records = {record["name"]: record for record in lines(tmp_path / "checkpoints.jsonl")}
    assert records["000001"] == {
        "name": "000001",
        "batch": 1,
        "state_path": "tinker://m0/weights/000001",
        "rolling": True,
    }
    assert "rolling" not in records["000003"]
    assert set(service.saved) == {
        f"tinker://m0/{kind}/{name}" for kind in ("weights", "sampler_weights") for name in ("000003", "final")
    }


def test_a_run_without_a_final_checkpoint_drops_the_rolling_one(tmp_path: Path) -> None:
    service = managed(tmp_path, steps=3, rolling_save_every=2, final=False)
    assert names(service)[1:] == ["SaveWeights 000002", "DeleteCheckpoint"]


class Forgetful(Recorder):
    """A service that has lost what it is to drop."""

    async def delete_checkpoint_from_tinker_path_async(self, tinker_path: str) -> None:
        raise OSError("gone")


def test_what_cannot_be_dropped_is_left_to_expire(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    managed(tmp_path, steps=3, rolling_save_every=1, recorder=Forgetful())
    assert caplog.text.count("was not dropped, it will expire: gone") == 2
    assert lines(tmp_path / "checkpoints.jsonl")[-1]["name"] == "final"


def test_a_rolling_checkpoint_that_fails_does_not_end_the_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Refusing(Recorder):
        async def create_lora_training_client_async(self, *_: Any, **__: Any) -> Any:
            client = await super().create_lora_training_client_async(MODEL)

            async def refuse(name: str, ttl_seconds: int | None = None) -> Any:
                if ttl_seconds == 7200:
                    raise OSError("no room")
                return await type(client).save_state_async(client, name, ttl_seconds)

            client.save_state_async = refuse  # type: ignore[method-assign]
            return client

    managed(tmp_path, steps=3, rolling_save_every=1, recorder=Refusing())
    assert caplog.text.count("a rolling checkpoint was not saved: no room") == 2
    assert [record["name"] for record in lines(tmp_path / "checkpoints.jsonl")] == ["final"]


def test_periodic_checkpoints_in_the_background_are_recorded_before_the_final_one(tmp_path: Path) -> None:
    managed(tmp_path, steps=3, save_every=1, async_periodic_saves=True)
    assert [record["name"] for record in lines(tmp_path / "checkpoints.jsonl")] == ["000001", "000002", "final"]


def test_tokens_are_counted_from_the_last_checkpoint(tmp_path: Path) -> None:
    service = managed(tmp_path, steps=6, save_every_tokens=250, elapsed_tokens=0)
    assert [name for name in names(service) if name.startswith("SaveWeights 0")] == [
        "SaveWeights 000002",
        "SaveWeights 000005",
    ]
    resumed = managed(tmp_path / "..", steps=6, save_every_tokens=250, elapsed_tokens=200)
    assert [name for name in names(resumed) if name.startswith("SaveWeights 0")] == ["SaveWeights 000004"]


def test_seconds_are_counted_from_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([float(second) for second in range(0, 1000, 4)])
    monkeypatch.setattr("cookbook.checkpoints.monotonic", lambda: next(clock))
    service = managed(tmp_path, steps=4, save_every_seconds=5.0)
    assert [name for name in names(service) if name.startswith("SaveWeights 0")] == ["SaveWeights 000002"]


def test_another_renderer_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    service = Recorder(metadata={"m0": {"renderer_name": "qwen3"}, "m1": {}})

    def check(path: str, renderer: str | None) -> None:
        asyncio.run(check_renderer_name_for_checkpoint_async(service, path, renderer))

    check("tinker://m0/weights/a", "qwen3")
    check("tinker://m1/weights/a", "llama3")
    check("tinker://m0/weights/a", None)
    assert not caplog.text
    check("tinker://m0/weights/a", "llama3")
    assert "trained with the renderer qwen3, this run uses llama3" in caplog.text


def test_a_service_that_does_not_know_the_renderer_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Silent(Recorder):
        async def get_training_run_by_tinker_path_async(self, tinker_path: str) -> Any:
            raise OSError("no answer")

    asyncio.run(check_renderer_name_for_checkpoint_async(Silent(), "tinker://m0/weights/a", "qwen3"))
    assert "is not known: no answer" in caplog.text
