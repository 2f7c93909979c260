"""conformance/flags.py: the notes of flags, from golden."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance import flags
from conformance.exits import SuiteError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    flags.flag_notes.cache_clear()
    yield
    flags.flag_notes.cache_clear()


def test_flags_have_notes() -> None:
    notes = flags.flag_notes()
    assert len(notes) > 10
    assert all(notes.values())


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"a": 1}', b'{"a": "\xff"}'])
def test_a_damaged_file_breaks_the_suite(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content is not None:
        (tmp_path / "flags.json").write_bytes(content)
    monkeypatch.setattr(flags, "golden_dir", lambda: tmp_path)
    with pytest.raises(SuiteError, match=r"^golden/flags\.json: "):
        flags.flag_notes()


def test_a_missing_golden_breaks_the_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    def golden_dir() -> Path:
        raise FileNotFoundError("no golden files")

    monkeypatch.setattr(flags, "golden_dir", golden_dir)
    with pytest.raises(SuiteError, match="no golden files"):
        flags.flag_notes()
