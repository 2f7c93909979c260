"""cookbook/run_directory.py: what a run leaves behind."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cookbook.errors import RunDirectoryError
from cookbook.run_directory import RunDirectory, plain, write_whole


class Colour(enum.Enum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    path: Path
    colour: Colour = Colour.RED


@dataclass(frozen=True)
class Outer:
    inner: Inner
    numbers: tuple[int, ...] = (1, 2)
    settings: dict[str, Any] = field(default_factory=dict)


def build() -> None:
    """A function in a configuration."""


def test_a_configuration_is_written_whatever_is_in_it() -> None:
    config = Outer(Inner(Path("a/b")), settings={"f": build, "c": Outer, "o": object(), "n": None})
    assert plain(config) == {
        "inner": {"path": "a/b", "colour": "red"},
        "numbers": [1, 2],
        "settings": {
            "f": f"{__name__}.build",
            "c": f"{__name__}.Outer",
            "o": "builtins.object",
            "n": None,
        },
    }


def test_metrics_are_appended_and_the_configuration_is_written_anew(tmp_path: Path) -> None:
    for run in range(2):
        with RunDirectory(tmp_path / "new" / "run", {"run": run}) as directory:
            directory.log_metrics({"nll": 0.5}, run)
    assert json.loads((tmp_path / "new" / "run" / "config.json").read_bytes()) == {"run": 1}
    lines = (tmp_path / "new" / "run" / "metrics.jsonl").read_text().splitlines()
    assert lines == ['{"step": 0, "nll": 0.5}', '{"step": 1, "nll": 0.5}']
    assert not (tmp_path / "new" / "run" / "checkpoints.jsonl").exists()


def test_a_tilde_is_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with RunDirectory("~/run", {}) as directory:
        assert directory.path == tmp_path / "run"


def test_the_line_without_a_step(tmp_path: Path) -> None:
    with RunDirectory(tmp_path, {}) as directory:
        directory.log_metrics({"a": float("nan")})
    assert (tmp_path / "metrics.jsonl").read_text() == '{"a": NaN}\n'


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    write_whole(path, b"old")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cookbook.run_directory.os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["a.json"]
    with pytest.raises(RunDirectoryError, match="no space left on device; make room or give another log_path"):
        RunDirectory(tmp_path, {})
