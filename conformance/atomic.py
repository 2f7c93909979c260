"""Write a file whole or not at all.

A reader of the path sees the old content until the new one is complete on disk: the bytes go to a temporary file in
the same directory, are synced, and the file is then renamed over the path. Whatever the system refuses on the way
(no such directory, no permission, disk full) is one `UsageError` that names the path.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Self

from conformance.exits import UsageError

if TYPE_CHECKING:
    from types import TracebackType

REMEDIES = {
    FileNotFoundError: "create its directory first",
    NotADirectoryError: "a part of its path is not a directory",
    IsADirectoryError: "name a file",
    PermissionError: "choose a place where you may write",
}


def write_whole(path: Path | str, content: bytes) -> None:
    """Make `content` the content of the file `path`, or leave `path` as it was.

    Raises:
        UsageError: the file cannot be written. One line, with the path and the system's reason.
    """
    with WholeFile(path) as file:
        file.write(content)


class WholeFile:
    """A file under construction, which appears under its name only when it is complete.

    As a context manager it is kept when the block ends well and discarded when the block raises. Without one, call
    `commit` or `discard`; a second call of either does nothing. An existing file keeps its permission bits, and a
    symbolic link stays a link. A device or a pipe (`/dev/stdout`, `/dev/null`) is written straight through, because
    it has no content to protect and must not be replaced by a file.

    Raises:
        UsageError: from the constructor, `write` or `commit`, when the system refuses.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._temporary: Path | None = None
        self._open = True
        try:
            mode = _mode(self.path)
            if _is_stream(self.path, mode):
                self._file = self.path.open("wb")
                return
            if mode is not None and stat.S_ISDIR(mode):
                raise IsADirectoryError(None, "it is a directory")
            self._target = Path(os.path.realpath(self.path))
            self._temporary = self._target.with_name(f".{self._target.name[:40]}.{secrets.token_hex(6)}.tmp")
            # Not tempfile.mkstemp: it forbids others to read, whatever the umask says, and a rename keeps that.
            descriptor = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            if mode is not None:
                with contextlib.suppress(OSError):
                    os.fchmod(descriptor, stat.S_IMODE(mode))
            self._file = os.fdopen(descriptor, "wb")
        except OSError as error:
            raise self._refused(error) from error
        except ValueError as error:  # a NUL in the path
            raise UsageError(f"cannot write {str(self.path)!r}: {error}") from error

    def write(self, content: bytes | bytearray | memoryview) -> None:
        """Append `content`."""
        try:
            self._file.write(content)
        except OSError as error:
            self.discard()
            raise self._refused(error) from error

    def commit(self) -> None:
        """Put the file in its place."""
        if not self._open:
            return
        try:
            self._file.flush()
            if self._temporary is not None:
                os.fsync(self._file.fileno())
            self._file.close()
            if self._temporary is not None:
                self._temporary.replace(self._target)
                _sync_directory(self._target.parent)
        except OSError as error:
            self.discard()
            raise self._refused(error) from error
        self._open = False

    def discard(self) -> None:
        """Drop what was written; the path keeps its old content."""
        if not self._open:
            return
        self._open = False
        with contextlib.suppress(OSError):  # closing flushes, and a full disk refuses that a second time
            self._file.close()
        if self._temporary is not None:
            with contextlib.suppress(OSError):
                self._temporary.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self.discard()

    def _refused(self, error: OSError) -> UsageError:
        reason = (error.strerror or str(error)).lower()
        remedy = next((text for kind, text in REMEDIES.items() if isinstance(error, kind)), "")
        return UsageError(f"cannot write {str(self.path)!r}: {reason}{remedy and f'; {remedy}'}")


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _is_stream(path: Path, mode: int | None) -> bool:
    if mode is None or stat.S_ISDIR(mode):
        return False
    # /dev/stdout redirected to a file is a regular file, but the one that the shell holds open: keep its inode.
    return not stat.S_ISREG(mode) or path.absolute().parts[1:2] in (("dev",), ("proc",))


def _sync_directory(directory: Path) -> None:
    """Make the rename itself durable. Some file systems refuse to sync a directory; the file is in place anyway."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
