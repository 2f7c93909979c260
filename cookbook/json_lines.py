"""Files of JSON objects, one a line, to which a run appends: what was written stays readable whatever happens next.

A process that is killed, or a disk that fills up, can leave half a line at the end. Such a line was never finished, so
nothing that it says was ever relied upon: a reader passes over it with a warning, and whoever appends drops it first.
"""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING, Any, Self

from cookbook.errors import InvalidInputError, RunDirectoryError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

logger = logging.getLogger(__name__)


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of the file in order; none if there is no file. Empty lines are passed over.

    A last line that was not finished is passed over with a warning. Raises InvalidInputError for any other line that
    is no JSON object, RunDirectoryError if the file cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunDirectoryError.of("read", path, error) from error
    records = []
    lines = content.split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        record = _object(line)
        if record is not None:
            records.append(record)
        elif number == len(lines):
            logger.warning("%s: line %d was not finished and is passed over", path, number)
        else:
            raise InvalidInputError(f"{path}: line {number} is no JSON object: mend the line or take it out")
    return records


class JsonLines:
    """A file to append to. It is created if it is not there; half a line at its end is dropped with a warning."""

    def __init__(self, path: Path) -> None:
        """Raises RunDirectoryError if the file cannot be written."""
        self.path = path
        try:
            self._file = path.open("a+b", buffering=0)
        except OSError as error:
            raise RunDirectoryError.of("write", path, error) from error
        try:
            self._mend()
        except OSError as error:
            self._file.close()
            raise RunDirectoryError.of("write", path, error) from error

    def append(self, record: Mapping[str, Any], *, durable: bool = False) -> None:
        """Write the record as a line; with `durable` it is on the disk when this returns.

        Raises RunDirectoryError if it cannot be written; then the file is as it was.
        """
        line = (json.dumps(record) + "\n").encode()
        end = self._file.seek(0, os.SEEK_END)
        try:
            written = self._file.write(line)
            if written != len(line):
                # What did not fit is refused with its reason.
                self._file.write(line[written:])
            if durable:
                os.fsync(self._file.fileno())
        except OSError as error:
            self._file.truncate(end)
            raise RunDirectoryError.of("write", self.path, error) from error

    def close(self) -> None:
        """Close the file; nothing can be appended any more."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _mend(self) -> None:
        self._file.seek(0)
        content = self._file.read()
        complete = content.rfind(b"\n") + 1
        tail = content[complete:]
        if not tail:
            return
        if _object(tail) is not None:
            self._file.write(b"\n")
            return
        logger.warning("%s: the last line was not finished and is dropped: %r", self.path, tail[:80])
        self._file.truncate(complete)


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
