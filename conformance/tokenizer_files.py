"""The store of tokenizer files: a directory in which a file is found by the sha256 of its content.

A file is `<store>/<sha256>/<its own name>`, so that who gets the path also gets a directory as tokenizer libraries
like it. A file appears whole or not at all, and is believed only after its bytes were hashed in this process.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.atomic import WholeFile
from conformance.exits import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.tokenizer_lock import LockedFile

VARIABLE = "COOKBOOK_CONFORMANCE_STORE"
"""The environment variable that names another store."""

_CHUNK = 1 << 20
_WORK = ".work-"


class StoreError(UsageError):
    """The store cannot give what was asked. The text is a line for each thing that it cannot give."""


class WrongBytes(Exception):
    """A file has not the bytes that the lock file pins. The text holds both hashes."""


def default_directory() -> Path:
    """`$COOKBOOK_CONFORMANCE_STORE`, or a directory below the user's cache directory (XDG)."""
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser().absolute()
    cache = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification: a relative path here is to be ignored.
    base = Path(cache) if Path(cache).is_absolute() else Path("~/.cache").expanduser()
    return base / "cookbook-conformance" / "tokenizers"


class FileStore:
    """The files in `directory`, which is made when the first file is kept."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        # Hashing costs about a millisecond a megabyte: less than a hundredth of what loading the tokenizer costs. So
        # every process hashes a file once, and nothing on disk has to be believed about what an earlier one saw.
        self._seen: dict[tuple[Path, str], tuple[int, ...]] = {}

    def place(self, file: LockedFile) -> Path:
        """Where `file` is, or would be."""
        return self.directory / file.sha256 / file.name

    def find(self, file: LockedFile) -> Path | None:
        """The path of `file` when it is here and its bytes are right."""
        path = self.place(file)
        return path if self.is_right(path, file) else None

    def spoiled(self, file: LockedFile) -> str | None:
        """What is wrong with the bytes in the place of `file`; None when there are none, or nothing is wrong."""
        try:
            check(self.place(file), file)
        except WrongBytes as error:
            return str(error)
        except OSError:
            return None
        return None

    def is_right(self, path: Path, file: LockedFile) -> bool:
        """Whether `path` holds the pinned bytes. Hashes at the first call, and again when the file has changed."""
        try:
            state = _state(path)
            if self._seen.get((path, file.sha256)) == state:
                return True
            check(path, file)
        except (OSError, WrongBytes):
            return False
        self._seen[path, file.sha256] = state
        return True

    def keep(self, file: LockedFile, found: Path) -> Path:
        """Copy `found` into the store.

        Raises WrongBytes when its bytes are not the pinned ones, and StoreError when the store cannot be
        written; nothing is left behind then, and a file that was in its place stays.
        """
        place = self.place(file)
        with self.writing():
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                with WholeFile(place) as whole:
                    _copy(found, file, whole.write)
            except BaseException:
                with contextlib.suppress(OSError):
                    place.parent.rmdir()
                raise
        self._seen[place, file.sha256] = _state(place)
        return place

    @contextlib.contextmanager
    def alone(self, *, waiting: Callable[[], None]) -> Iterator[Path]:
        """Be the only process that fetches into this store, and have a directory to work in, which is emptied.

        `waiting` is called once when another process is fetching. The kernel gives up the lock of a process that was
        killed, and what such a process left behind is removed here.
        """
        with self.writing():
            self.directory.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.directory / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            with self.writing():
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    waiting()
                    fcntl.flock(lock, fcntl.LOCK_EX)
                self._remove_leavings()
                work = Path(tempfile.mkdtemp(prefix=_WORK, dir=self.directory))
            try:
                yield work
            finally:
                shutil.rmtree(work, ignore_errors=True)
        finally:
            os.close(lock)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Turn what the system refuses inside the block into a StoreError with the remedy."""
        try:
            yield
        except UsageError as error:
            if not isinstance(error.__cause__, OSError):
                raise
            raise self._refused(error.__cause__) from error
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> StoreError:
        elsewhere = f"set {VARIABLE} to another directory"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            text = f"no space left for the tokenizer store {self.directory}: free some, or {elsewhere}"
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            text = f"cannot write to the tokenizer store {self.directory}: make it writable, or {elsewhere}"
        elif error.errno in (errno.ENOTDIR, errno.EEXIST, errno.EISDIR):
            at = error.filename or self.directory
            text = f"the tokenizer store {self.directory} needs a directory where {at} is: remove that, or {elsewhere}"
        else:
            text = f"cannot use the tokenizer store {self.directory} ({error.strerror or error}): {elsewhere}"
        return StoreError(text)

    def _remove_leavings(self) -> None:
        for work in self.directory.glob(f"{_WORK}*"):
            shutil.rmtree(work, ignore_errors=True)
        for partial in self.directory.glob("*/.*.tmp"):
            with contextlib.suppress(OSError):
                partial.unlink()


def check(path: Path, file: LockedFile) -> None:
    """Raise WrongBytes unless `path` holds the pinned bytes of `file`; OSError when it cannot be read."""
    _copy(path, file, lambda chunk: None)


def _copy(path: Path, file: LockedFile, write: Callable[[bytes], object]) -> None:
    digest, size = hashlib.sha256(), 0
    with path.open("rb", buffering=0) as source:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            digest.update(chunk)
            if size <= file.size:
                write(chunk)
    if digest.hexdigest() != file.sha256:
        raise WrongBytes(f"expected sha256 {file.sha256} ({file.size} bytes), got {digest.hexdigest()} ({size} bytes)")


def _state(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
