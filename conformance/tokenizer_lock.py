"""The lock file of tokenizers: golden/tokenizers/lock.json, read and checked.

An entry is a tokenizer that cases name: a file, with the bos and eos that its family gives it. A file is pinned
by its sha256 and says where it can be had. Two entries may share a file, and a file may be derived from another.
"""

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from conformance.exits import SuiteError
from conformance.golden_path import golden_dir


class Hub(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="hub", tag_field="kind"):
    """A file in a repository of the Hugging Face hub, at one revision."""

    repository: str
    revision: str
    path: str

    def __str__(self) -> str:
        return f"hub {self.repository}"


class Npm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="npm", tag_field="kind"):
    """A member of an npm package's tarball."""

    package: str
    version: str
    path: str

    @property
    def spec(self) -> str:
        """The package as npm names it: `package@version`."""
        return f"{self.package}@{self.version}"

    def __str__(self) -> str:
        return f"npm {self.spec}"


class Replacement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Text that occurs exactly once, and what stands there afterwards."""

    find: str
    put: str


class Derived(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="derived", tag_field="kind"):
    """A file that is another locked file (`base`: its key) after some replacements in its text.

    The bytes are: the UTF-8 text of the base, each `find` replaced, `append` added at the end.
    """

    base: str
    replace: tuple[Replacement, ...]
    append: str

    def __str__(self) -> str:
        return f"derived from {self.base}"


Source = Hub | Npm | Derived


class Probe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text, and the ids that this tokenizer gives it. Another tokenizer gives others."""

    text: str
    ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class LockedFile:
    """A file by its content: `key` is its name in the lock file, `size` is in bytes, `sources` in their order."""

    key: str
    sha256: str
    size: int
    sources: tuple[Source, ...]

    @property
    def name(self) -> str:
        """The file's own name, such as `tokenizer.json`."""
        return self.key.rpartition("/")[2]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A tokenizer that cases can name.

    For kind `bytes`, `stored` is its tokenizer.json in golden/tokenizers, `file` is None and `sha256` is that of
    `stored`. For kind `file`, `file` is the pinned file and `companions` are other files of the same model, such
    as its tokenizer_config.json, by name, and `probe` tells this tokenizer from another.
    """

    name: str
    kind: Literal["bytes", "file"]
    tier: str
    sha256: str
    bos_token: str | None
    eos_token: str | None
    file: LockedFile | None = None
    companions: Mapping[str, LockedFile] = field(default_factory=lambda: MappingProxyType({}))
    stored: Path | None = None
    note: str | None = None
    probe: Probe | None = None


@dataclass(frozen=True, kw_only=True)
class Lock:
    """What the lock file says: every file by its key, every tokenizer by its name."""

    files: Mapping[str, LockedFile]
    entries: Mapping[str, Entry]


def locked() -> Mapping[str, Entry]:
    """Every tokenizer of golden/tokenizers/lock.json by its name.

    Raises SuiteError when the golden directory is incomplete or was damaged.
    """
    return lock().entries


@functools.cache
def lock() -> Lock:
    """The lock file of the golden directory, read once a process."""
    return read_lock(golden_dir() / "tokenizers")


def read_lock(directory: Path) -> Lock:
    """Read `lock.json` in `directory`, where the byte tokenizers are as well.

    Raises SuiteError with one line when the lock file, or a file that it names there, is missing or damaged.
    """
    try:
        return _assembled(msgspec.json.decode((directory / "lock.json").read_bytes(), type=_Lock), directory)
    except OSError as error:
        raise SuiteError(f"{error.filename}: {error.strerror}") from error
    except (msgspec.DecodeError, KeyError) as error:
        raise SuiteError(f"{directory / 'lock.json'}: {error}") from error


def _assembled(written: "_Lock", directory: Path) -> Lock:
    files = {
        key: LockedFile(key=key, sha256=file.sha256, size=file.size, sources=file.sources)
        for key, file in written.files.items()
    }
    for key in [source.base for file in files.values() for source in file.sources if isinstance(source, Derived)]:
        _look_up(files, key)
    entries = {
        name: _bytes_entry(name, entry, directory)
        if isinstance(entry, _BytesEntry)
        else _file_entry(name, entry, files)
        for name, entry in written.tokenizers.items()
    }
    return Lock(files=MappingProxyType(files), entries=MappingProxyType(entries))


def _bytes_entry(name: str, entry: "_BytesEntry", directory: Path) -> Entry:
    handshake = directory / entry.file
    stored = handshake.with_suffix("") / "tokenizer.json"
    offered: dict[str, Any] = msgspec.json.decode(handshake.read_bytes())
    return Entry(
        name=name,
        kind="bytes",
        tier=entry.tier,
        sha256=hashlib.sha256(stored.read_bytes()).hexdigest(),
        bos_token=offered["bos_token"],
        eos_token=offered["eos_token"],
        stored=stored,
    )


def _file_entry(name: str, entry: "_FileEntry", files: Mapping[str, LockedFile]) -> Entry:
    file = _look_up(files, entry.file)
    return Entry(
        name=name,
        kind="file",
        tier=entry.tier,
        sha256=file.sha256,
        bos_token=entry.bos_token,
        eos_token=entry.eos_token,
        file=file,
        companions=MappingProxyType({own: _look_up(files, key) for own, key in entry.companions.items()}),
        note=entry.note,
        probe=entry.probe,
    )


def _look_up(files: Mapping[str, LockedFile], key: str) -> LockedFile:
    if key not in files:
        raise msgspec.ValidationError(f"no file {key!r}")
    return files[key]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sha256: str
    size: int
    sources: tuple[Source, ...]


class _BytesEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="bytes", tag_field="kind"):
    tier: str
    file: str


class _FileEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="file", tag_field="kind"):
    tier: str
    file: str
    bos_token: str | None
    eos_token: str | None
    companions: dict[str, str]
    probe: Probe
    note: str | None = None


class _Lock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: Literal[1]
    files: dict[str, _File]
    tokenizers: dict[str, _BytesEntry | _FileEntry]
