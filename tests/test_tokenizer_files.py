"""conformance/tokenizer_files.py: a file is believed after its bytes were hashed, and appears whole or not at all."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from conformance import tokenizer_files
from conformance.tokenizer_files import FileStore, StoreError, WrongBytes, check, default_directory
from conformance.tokenizer_lock import LockedFile

CONTENT = b"content" * 1000
FILE = LockedFile(key="a/file.json", sha256=hashlib.sha256(CONTENT).hexdigest(), size=len(CONTENT), sources=())


def put(path: Path, content: bytes = CONTENT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def count_hashes(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    hashed: list[Path] = []
    really = tokenizer_files.check

    def counting(path: Path, file: LockedFile) -> None:
        hashed.append(path)
        really(path, file)

    monkeypatch.setattr(tokenizer_files, "check", counting)
    return hashed


def test_the_directory_is_the_variables_or_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("COOKBOOK_CONFORMANCE_STORE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert default_directory() == tmp_path / ".cache" / "cookbook-conformance" / "tokenizers"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert default_directory() == tmp_path / ".cache" / "cookbook-conformance" / "tokenizers"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_directory() == tmp_path / "xdg" / "cookbook-conformance" / "tokenizers"
    monkeypatch.setenv("COOKBOOK_CONFORMANCE_STORE", "~/mine")
    assert default_directory() == tmp_path / "mine"
    monkeypatch.setenv("COOKBOOK_CONFORMANCE_STORE", "mine")
    assert default_directory() == Path.cwd() / "mine"


def test_a_kept_file_is_found_under_its_hash_and_own_name(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    kept = store.keep(FILE, put(tmp_path / "download"))
    assert kept == tmp_path / "store" / FILE.sha256 / "file.json"
    assert store.find(FILE) == FileStore(tmp_path / "store").find(FILE) == kept
    assert kept.read_bytes() == CONTENT
    assert [path.name for path in kept.parent.iterdir()] == ["file.json"]


def test_a_file_is_hashed_once_a_process_and_again_when_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = count_hashes(monkeypatch)
    store = FileStore(tmp_path)
    path = put(store.place(FILE))
    assert [store.find(FILE), store.find(FILE)] == [path, path]
    assert len(hashed) == 1
    before = path.stat()
    put(path, CONTENT.replace(b"c", b"k"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # what a careless copy does
    assert store.find(FILE) is None
    put(path)
    assert store.find(FILE) == path
    assert len(hashed) == 3


def test_wrong_bytes_are_not_kept_and_the_old_file_stays(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    bad = put(tmp_path / "download", CONTENT[:-1])
    with pytest.raises(WrongBytes):
        store.keep(FILE, bad)
    assert not store.place(FILE).parent.exists()
    kept = store.keep(FILE, put(tmp_path / "good"))
    with pytest.raises(WrongBytes):
        store.keep(FILE, bad)
    assert kept.read_bytes() == CONTENT


def test_a_spoiled_file_is_described_and_replaced(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    assert store.spoiled(FILE) is None
    put(store.place(FILE), b"bad")
    bad = hashlib.sha256(b"bad").hexdigest()
    assert store.spoiled(FILE) == f"expected sha256 {FILE.sha256} ({FILE.size} bytes), got {bad} (3 bytes)"
    store.keep(FILE, put(tmp_path / "good"))
    assert store.spoiled(FILE) is None


def test_check_hashes_all_of_a_longer_file(tmp_path: Path) -> None:
    longer = CONTENT + b"x" * (2 << 20)
    with pytest.raises(WrongBytes, match=f"got {hashlib.sha256(longer).hexdigest()} \\({len(longer)} bytes\\)"):
        check(put(tmp_path / "longer", longer), FILE)


def test_one_at_a_time_works_in_a_directory_that_goes_away(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    with store.alone(waiting=lambda: pytest.fail("nobody else is here")) as work:
        put(work / "download")
        assert work.parent == store.directory
    assert [path.name for path in store.directory.iterdir()] == [".lock"]


def test_the_next_one_is_told_to_wait_and_comes_in_afterwards(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    first = store.alone(waiting=lambda: None)
    first.__enter__()
    told: list[str] = []

    def waiting() -> None:
        told.append("wait")
        first.__exit__(None, None, None)

    with FileStore(tmp_path / "store").alone(waiting=waiting) as work:
        assert told == ["wait"]
        assert work.is_dir()


def test_the_lock_is_given_up_when_the_block_fails(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    with pytest.raises(KeyboardInterrupt), store.alone(waiting=lambda: None):
        raise KeyboardInterrupt
    with store.alone(waiting=lambda: pytest.fail("the lock was not given up")):
        pass


def test_an_error_of_the_block_is_not_taken_for_the_stores(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    with pytest.raises(StoreError, match="as it is"), store.writing():
        raise StoreError("as it is")
    with pytest.raises(ValueError, match="as it is"), store.writing():
        raise ValueError("as it is")
