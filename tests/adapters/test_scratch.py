"""Where the reference has runs write: in memory if it can, where the environment says if it says, and not for long."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from conformance.adapters import scratch
from conformance.adapters.scratch import scratch_directory


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)


def test_it_is_in_memory_where_there_is_such_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "IN_MEMORY", str(tmp_path))
    with scratch_directory() as name:
        (Path(name) / "metrics.jsonl").write_text("{}\n")
        assert Path(name).parent == tmp_path
    assert not list(tmp_path.iterdir())


def test_elsewhere_it_is_where_temporary_files_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "IN_MEMORY", str(tmp_path / "nowhere"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with scratch_directory() as name:
        assert Path(name).parent == tmp_path


def test_the_environment_has_the_last_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / "named").mkdir()
    monkeypatch.setattr(scratch, "IN_MEMORY", str(tmp_path / "memory"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "named"))
    monkeypatch.setattr(tempfile, "tempdir", None)  # It is looked up once a process.
    with scratch_directory() as name:
        assert Path(name).parent == tmp_path / "named"
