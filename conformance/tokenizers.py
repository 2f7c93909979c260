"""The tokenizers that cases name: where they are, fetching them, loading them, offering them to an adapter.

A tokenizer's file is looked for in the store, then in the local Hugging Face cache (where it stays), and is fetched
from the hub or with npm only on request. Whatever gives it, only the bytes that the lock file pins are accepted.

    store = Store()
    store.fetch(["qwen3"], progress=Console(stderr=True))
    store.load("qwen3").encode("Hello")
"""

from __future__ import annotations

import contextlib
import json
import signal
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from conformance.tokenizer_fetching import Fetching
from conformance.tokenizer_files import VARIABLE, FileStore, StoreError, default_directory
from conformance.tokenizer_lock import Entry, Lock, locked
from conformance.tokenizer_lock import lock as golden_lock
from conformance.tokenizer_progress import shown
from conformance.tokenizer_sources import HubDownload, Unavailable, from_hub, in_hugging_face_cache

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import FrameType

    from rich.console import Console

    from conformance.tokenizer_lock import LockedFile
    from cookbook.tokenizer import Tokenizer

__all__ = ["VARIABLE", "Entry", "Fetched", "Row", "Store", "StoreError", "locked"]

IN_GOLDEN, IN_STORE, IN_CACHE, NOT_HERE = "golden", "store", "hugging face cache", "not here"


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A tokenizer that is here now.

    `source` is who gave it: "golden", "store", "hugging face cache", or the hub repository or npm package it was
    fetched from. `refused` has a line for each place that gave other bytes than the pinned ones.
    """

    name: str
    path: Path
    source: str
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of `conformance tokenizers list`; `sha256` is its first 12 digits, `place` is where the file is."""

    name: str
    tier: str
    sha256: str
    place: str
    bos_token: str
    eos_token: str
    note: str


class Store:
    """The locked tokenizers, with the files in `directory` (by default: see `default_directory`).

    `lock` stands for the golden directory's lock file, and `hub` for the Hugging Face hub, where others are wanted.
    """

    def __init__(self, directory: Path | None = None, *, lock: Lock | None = None, hub: HubDownload = from_hub) -> None:
        self._files = FileStore(directory or default_directory())
        self._lock = lock or golden_lock()
        self._hub = hub

    @property
    def directory(self) -> Path:
        """The directory of this store, which need not exist."""
        return self._files.directory

    def path(self, name: str) -> Path | None:
        """The tokenizer.json of `name` when it is on this machine. Asks no network.

        The bytes are hashed once a process, and again when the file has changed. Raises StoreError for a name that
        is not locked.
        """
        return self._place(self._entry(name))[0]

    def companion(self, name: str, filename: str) -> Path:
        """Another file of the same model, such as its `tokenizer_config.json`. Asks no network.

        Raises StoreError when the lock file has none of that name, or it was not fetched.
        """
        entry = self._entry(name)
        if filename not in entry.companions:
            raise StoreError(f"the tokenizer {name} has no companion {filename} in the lock file")
        found = self._find(entry.companions[filename])
        if found is None:
            raise StoreError(
                f"{filename} of the tokenizer {name} is not here: run `conformance tokenizers fetch {name}` with its "
                "companions"
            )
        return found

    def fetch(
        self, names: Iterable[str], *, progress: Console | None = None, companions: bool = False
    ) -> list[Fetched]:
        """Make `names` available, each with its companion files if asked, and say where each came from.

        What is here is not fetched again. `progress` shows what is done: as a bar where it is a terminal, in plain
        lines otherwise; None shows nothing. Of several tokenizers, those that can be had are kept even when another
        cannot; then StoreError is raised with a line for each of these. An interrupted fetch leaves no partial file.
        """
        entries = [self._entry(name) for name in dict.fromkeys(names)]
        wanted = {entry.file.key: entry.file for entry in entries if entry.file is not None}
        if companions:
            wanted |= {file.key: file for entry in entries for file in entry.companions.values()}
        missing = {key: file for key, file in wanted.items() if self._find(file) is None}
        origins, failures = self._obtain(missing, progress) if missing else ({}, {})
        if failures:
            raise StoreError("\n".join(failures.values()))
        return [self._fetched(entry, origins) for entry in entries]

    def load(self, name: str) -> Tokenizer:
        """The tokenizer `name`, with its bos and eos. Raises StoreError when its file is not on this machine."""
        from cookbook.tokenizer import ByteTokenizer, load_tokenizer

        entry = self._entry(name)
        if entry.kind == "bytes":
            return ByteTokenizer.from_json(_handshake_object(entry))
        return load_tokenizer(self._present(entry), bos_token=entry.bos_token, eos_token=entry.eos_token)

    def offer(self, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        """`names` as the handshake gives them to an adapter: with all added tokens, or with the path of a file.

        Raises StoreError for the first that is not on this machine.
        """
        offered: dict[str, dict[str, Any]] = {}
        for entry in map(self._entry, names):
            if entry.kind == "bytes":
                offered[entry.name] = _handshake_object(entry)
            else:
                offered[entry.name] = {
                    "kind": "file",
                    "path": str(self._present(entry)),
                    "sha256": entry.sha256,
                    "bos_token": entry.bos_token,
                    "eos_token": entry.eos_token,
                }
        return offered

    def rows(self) -> list[Row]:
        """Every locked tokenizer for `conformance tokenizers list`, in the order of tier and name."""
        entries = sorted(self._lock.entries.values(), key=lambda entry: (entry.tier, entry.name))
        return [
            Row(
                name=entry.name,
                tier=entry.tier,
                sha256=entry.sha256[:12],
                place=self._place(entry)[1],
                bos_token=entry.bos_token or "",
                eos_token=entry.eos_token or "",
                note=entry.note or "",
            )
            for entry in entries
        ]

    def _entry(self, name: str) -> Entry:
        if name not in self._lock.entries:
            raise StoreError(f"there is no tokenizer {name!r}: choose one of {', '.join(sorted(self._lock.entries))}")
        return self._lock.entries[name]

    def _place(self, entry: Entry) -> tuple[Path | None, str]:
        if entry.file is None:
            return entry.stored, IN_GOLDEN
        if (path := self._files.find(entry.file)) is not None:
            return path, IN_STORE
        if (path := self._in_cache(entry.file)) is not None:
            return path, IN_CACHE
        return None, NOT_HERE

    def _find(self, file: LockedFile) -> Path | None:
        return self._files.find(file) or self._in_cache(file)

    def _in_cache(self, file: LockedFile) -> Path | None:
        return next((path for path in in_hugging_face_cache(file) if self._files.is_right(path, file)), None)

    def _present(self, entry: Entry) -> Path:
        path = self._place(entry)[0]
        if path is None:
            raise StoreError(f"the tokenizer {entry.name} is not here: run `conformance tokenizers fetch {entry.name}`")
        return path

    def _obtain(
        self, missing: dict[str, LockedFile], progress: Console | None
    ) -> tuple[dict[str, Fetched], dict[str, str]]:
        """Fetch files: what is here now by key (with the key for a name), and a line for each that is not."""
        origins: dict[str, Fetched] = {}
        failures: dict[str, str] = {}
        size = sum(file.size for file in missing.values())
        with (
            _ended_by_sigterm(),
            shown(progress, size=size) as display,
            self._files.alone(waiting=lambda: display.now("waiting for another process that fetches")) as work,
        ):
            fetching = Fetching(
                store=self._files,
                files=self._lock.files,
                find=self._find,
                hub=self._hub,
                work=work,
                display=display,
            )
            for key, file in missing.items():
                # Looked for again, because the process that was waited for may have fetched it.
                if self._find(file) is None:
                    spoiled = self._files.spoiled(file)
                    try:
                        got = fetching.obtain(file)
                    except Unavailable as error:
                        place = self._files.place(file)
                        failures[key] = f"{key} was not fetched: {error}. Make one of these work, or put it at {place}"
                        continue
                    refused = (*([f"store: {spoiled}"] if spoiled else []), *got.refused)
                    origins[key] = Fetched(name=key, path=got.path, source=got.source, refused=refused)
                    for line in refused:
                        display.line(f"{key}: {line}")
                    display.line(f"{key}: {file.size / 1e6:.1f} MB, {got.source}")
                display.done(file.size)
        return origins, failures

    def _fetched(self, entry: Entry, origins: dict[str, Fetched]) -> Fetched:
        if entry.file is not None and entry.file.key in origins:
            got = origins[entry.file.key]
            return Fetched(name=entry.name, path=got.path, source=got.source, refused=got.refused)
        path, place = self._place(entry)
        assert path is not None
        return Fetched(name=entry.name, path=path, source=place)


def _handshake_object(entry: Entry) -> dict[str, Any]:
    assert entry.stored is not None
    handshake: dict[str, Any] = json.loads(entry.stored.parent.with_suffix(".json").read_bytes())
    return handshake


@contextlib.contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end the block as an exception does, so that npm is ended and what it wrote is removed."""
    own = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if not own:
        yield
        return
    signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _exit(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
