"""conformance/atomic.py: a reader sees the old file or the new one, never a part."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from conformance.atomic import WholeFile, write_whole
from conformance.exits import UsageError


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_the_content_is_written_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_whole(tmp_path / "report", b"first")
    write_whole(str(tmp_path / "report"), b"second")
    assert (tmp_path / "report").read_bytes() == b"second"
    assert names(tmp_path) == ["report"]


def test_nothing_is_at_the_path_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "report"
    with WholeFile(path) as file:
        file.write(b"half")
        assert not path.exists()
        file.write(b"-whole")
    assert path.read_bytes() == b"half-whole"


def test_an_error_inside_the_block_keeps_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_bytes(b"old")

    def interrupted() -> None:
        with WholeFile(path) as file:
            file.write(b"new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["report"]


def test_commit_and_discard_are_final(tmp_path: Path) -> None:
    kept = WholeFile(tmp_path / "kept")
    kept.write(b"x")
    kept.commit()
    kept.commit()
    kept.discard()
    dropped = WholeFile(tmp_path / "dropped")
    dropped.discard()
    dropped.discard()
    dropped.commit()
    assert names(tmp_path) == ["kept"]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("missing/report", ["no such file or directory", "create its directory first"]),
        ("file/report", ["not a directory"]),
        ("directory", ["it is a directory", "name a file"]),
    ],
)
def test_a_refusal_is_one_line_that_names_the_path(tmp_path: Path, place: str, words: list[str]) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "directory").mkdir()
    path = tmp_path / place
    with pytest.raises(UsageError) as caught:
        write_whole(path, b"x")
    line = str(caught.value)
    assert "\n" not in line
    assert str(path) in line
    for word in words:
        assert word in line
    assert names(tmp_path) == ["directory", "file"]


def test_a_path_with_control_characters_stays_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        write_whole(tmp_path / "no\n\x1b[31m" / "report", b"x")
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_a_path_that_no_system_takes_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="null"):
        write_whole("re\0port", b"x")


def test_no_permission_is_a_usage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)  # a real directory without permission does not stop root
    with pytest.raises(UsageError, match="permission denied; choose a place where you may write"):
        write_whole(tmp_path / "report", b"x")


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_keeps_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    path = tmp_path / "report"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os if call == "fsync" else Path, call, full)
    with pytest.raises(UsageError, match="no space left on device"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["report"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_device_that_is_really_full() -> None:
    with pytest.raises(UsageError, match="'/dev/full': no space left on device"):
        write_whole("/dev/full", b"x" * 100_000)


def test_the_bytes_are_on_disk_before_the_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    sync, replace = os.fsync, Path.replace

    def seen_sync(descriptor: int) -> None:
        calls.append("directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        sync(descriptor)

    def seen_replace(self: Path, target: Path) -> Path:
        calls.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", seen_sync)
    monkeypatch.setattr(Path, "replace", seen_replace)
    write_whole(tmp_path / "report", b"x")
    assert calls == ["file", "rename", "directory"]


def test_permissions_are_those_of_any_new_file_or_of_the_old_one(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    write_whole(tmp_path / "new", b"x")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    plain.chmod(0o640)
    write_whole(plain, b"x")
    assert stat.S_IMODE(plain.stat().st_mode) == 0o640


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "store" / "report")
    write_whole(link, b"x")
    assert link.is_symlink()
    assert (tmp_path / "store" / "report").read_bytes() == b"x"
    assert names(tmp_path / "store") == ["report"]


def test_a_device_is_written_through_and_stays_a_device() -> None:
    write_whole("/dev/null", b"x")
    assert Path("/dev/null").is_char_device()


def test_a_pipe_is_written_through(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, b"through")
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
    assert names(tmp_path) == ["pipe"]


def test_a_long_name_is_no_obstacle(tmp_path: Path) -> None:
    name = "r" * 255
    write_whole(tmp_path / name, b"x")
    assert names(tmp_path) == [name]
