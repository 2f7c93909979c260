"""conformance/sweep/ledger.py: what is in it stays in it, whatever happens to whoever writes it."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import pytest

from conformance.exits import UsageError
from conformance.sweep.asking import Found, UnitReport
from conformance.sweep.ledger import Ledger

if TYPE_CHECKING:
    from pathlib import Path

IDENTITY = {
    "suite": "1",
    "settings": {"renderer": "qwen3", "command": ("a", "b")},
    "files": [{"name": "x", "sha256": "1"}],
}


def unit(number: int) -> UnitReport:
    found = (Found(number, "differing", "newlines", "newlines tokens", 9), Found(7, "faulted", "é", "\n", 1))
    return UnitReport(unit=number, rows=10, equal=5, refused=2, found=found, unreadable=((3, "why\u2028"),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def test_units_come_back_in_their_order(path: Path) -> None:
    with Ledger(path, IDENTITY) as ledger:
        for number in (3, 1, 2):
            ledger.add(unit(number))
    with Ledger(path, IDENTITY) as ledger:
        assert set(ledger.done) == {1, 2, 3}
        ledger.add(unit(0))
        assert list(ledger.reports()) == [unit(number) for number in range(4)]


def test_cut_off_anywhere_it_has_lost_nothing_but_the_last_unit(path: Path) -> None:
    with Ledger(path, IDENTITY) as ledger:
        ledger.add(unit(0))
        whole = path.read_bytes()
        ledger.add(unit(1))
    longer = path.read_bytes()
    for length in range(len(whole), len(longer)):
        path.write_bytes(longer[:length])
        with Ledger(path, IDENTITY) as ledger:
            assert set(ledger.done) == {0}
            ledger.add(unit(1))
        assert path.read_bytes() == longer
    for length in range(len(whole.splitlines()[0])):
        path.write_bytes(longer[:length])
        with Ledger(path, IDENTITY) as ledger:
            assert not ledger.done


def test_damage_elsewhere_is_no_kill(path: Path) -> None:
    with Ledger(path, IDENTITY) as ledger:
        ledger.add(unit(0))
        ledger.add(unit(1))
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"equal":5', b'"equal":6', 1))
    with pytest.raises(UsageError, match="is damaged"):
        Ledger(path, IDENTITY)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"suite": "2"}, 'its suite is "1", not "2"'),
        ({"settings": {"renderer": "llama3", "command": ["a", "b"]}}, 'its renderer is "qwen3", not "llama3"'),
        ({"settings": {"renderer": "qwen3", "command": ["a", "c"]}}, 'its command is ["a","b"], not ["a","c"]'),
        ({"files": [{"name": "x", "sha256": "2"}]}, "x has changed since"),
        ({"files": [{"name": "x", "sha256": "1"}, {"name": "y"}]}, "y is not in its data"),
        ({"files": []}, "its x is not in the data"),
    ],
)
def test_another_sweep_is_refused_and_told_why(change: dict[str, Any], why: str, path: Path) -> None:
    with Ledger(path, IDENTITY) as ledger:
        ledger.add(unit(0))
    before = path.read_bytes()
    with pytest.raises(UsageError) as raised:
        Ledger(path, {**IDENTITY, **change})
    assert f"holds a sweep of something else: {why}; give another --output" in str(raised.value)
    assert path.read_bytes() == before


def test_two_at_a_time_are_refused(path: Path) -> None:
    with Ledger(path, IDENTITY), pytest.raises(UsageError, match="another sweep is at work"):
        Ledger(path, IDENTITY)


def test_what_does_not_add_up_is_not_recorded(path: Path) -> None:
    with Ledger(path, IDENTITY) as ledger:
        with pytest.raises(ValueError, match="does not add up"):
            ledger.add(UnitReport(unit=1, rows=10, equal=9))
        ledger.add(unit(1))
        with pytest.raises(ValueError, match="done already"):
            ledger.add(unit(1))


@pytest.mark.parametrize("taken", [0, 30])
def test_a_full_disk_loses_nothing(taken: int, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`taken`: bytes of the line that still find room."""
    with Ledger(path, IDENTITY) as ledger:
        ledger.add(unit(0))
        before = path.read_bytes()
        room = [taken]
        real = os.write

        def full(fd: int, data: memoryview) -> int:
            if not room[0]:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            written, room[0] = real(fd, data[: room[0]]), 0
            return written

        with monkeypatch.context() as patch:
            patch.setattr(os, "write", full)
            with pytest.raises(UsageError) as raised:
                ledger.add(unit(1))
        assert "no space left on device; 1 units are kept" in str(raised.value)
        assert path.read_bytes() == before
        ledger.add(unit(1))
    with Ledger(path, IDENTITY) as ledger:
        assert list(ledger.reports()) == [unit(0), unit(1)]
