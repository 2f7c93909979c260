"""Which units of a sweep are done, and what came of each: a file that is only ever added to, a line a unit.

A line begins with the checksum of the rest, so that one that was cut off by a kill is known for what it is, and the
unit is done again. The first line says what is swept and how; a sweep of anything else is refused.
"""

from __future__ import annotations

import fcntl
import os
import time
import zlib
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.exits import UsageError
from conformance.sweep.asking import UnitReport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import Self

FORMAT = 1
SYNC = 1.0
"""Seconds of work that a loss of power may cost. A kill costs none."""


class Ledger:
    """The ledger of one sweep, open. Nobody else can open it meanwhile. A context manager.

    `identity` is everything that decides the report: under which heading, what. `done` are the units that are in it.
    """

    def __init__(self, path: Path, identity: dict[str, Any]) -> None:
        """Go on with the ledger that is there, or begin one.

        Raises:
            UsageError: it is another sweep's, another process is at work on it, or it cannot be written.
        """
        self.path = path
        self.done: dict[int, int] = {}  # where in the file each unit's line begins
        self._synced = time.monotonic()
        self._end = 0
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise self._refused(error) from error
        try:
            self._lock()
            self._read(identity)
        except BaseException:
            os.close(self._fd)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, report: UnitReport) -> None:
        """Record a unit. When this returns, a kill cannot undo it.

        Raises:
            UsageError: it cannot be written. The ledger is then as it was before.
            ValueError: the report does not add up, or the unit is there already.
        """
        if not report.adds_up:
            raise ValueError(f"the account of unit {report.unit} does not add up: {report}")
        if report.unit in self.done:
            raise ValueError(f"unit {report.unit} is done already")
        begin = self._end
        self._append(report)
        self.done[report.unit] = begin

    def reports(self) -> Iterator[UnitReport]:
        """What came of every unit, in the order of their numbers.

        Raises:
            UsageError: the file was changed by somebody else.
        """
        for unit in sorted(self.done):
            report = msgspec.convert(self._line_at(self.done[unit]), UnitReport)
            if report.unit != unit or not report.adds_up:
                raise self._damaged()
            yield report

    def close(self) -> None:
        if self._fd >= 0:
            try:
                os.fsync(self._fd)
            except OSError:
                pass  # A device that is full or gone: what was written before stands.
            finally:
                os.close(self._fd)
                self._fd = -1

    def _lock(self) -> None:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(f"another sweep is at work in {str(self.path.parent)!r}; wait for it") from error

    def _read(self, identity: dict[str, Any]) -> None:
        header = msgspec.json.decode(msgspec.json.encode({"format": FORMAT, **identity}))
        begin = 0
        before: Any = None
        with os.fdopen(os.dup(self._fd), "rb") as stream:
            stream.seek(0)
            for line in stream:
                value = _checked(line)
                if value is None:
                    break
                if before is None:
                    before = value
                else:
                    self.done[value["unit"]] = begin
                begin += len(line)
            cut_off = not stream.read(1)
        if not cut_off:
            raise self._damaged()
        self._end = begin
        self._cut()
        if before is None:
            self._append(header)
        elif before != header:
            self._refuse(before, header)

    def _refuse(self, before: Any, now: Any) -> None:
        headings = [key for key in {**before, **now} if before.get(key) != now.get(key)]
        what = _what_changed(before, now, headings[0])
        raise UsageError(
            f"{str(self.path.parent)!r} holds a sweep of something else: {what}; give another --output, or remove it"
        )

    def _append(self, value: object) -> None:
        body = msgspec.json.encode(value)
        line = b"%08x %b\n" % (zlib.crc32(body), body)
        try:
            os.lseek(self._fd, self._end, os.SEEK_SET)
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(self._fd, rest) :]
            if time.monotonic() - self._synced > SYNC:
                os.fsync(self._fd)
                self._synced = time.monotonic()
        except OSError as error:
            self._cut()
            raise self._refused(error) from error
        self._end += len(line)

    def _cut(self) -> None:
        """Take off what was not written whole."""
        if os.fstat(self._fd).st_size > self._end:
            os.ftruncate(self._fd, self._end)

    def _line_at(self, place: int) -> Any:
        os.lseek(self._fd, place, os.SEEK_SET)
        with os.fdopen(os.dup(self._fd), "rb") as stream:
            value = _checked(stream.readline())
        if value is None:
            raise self._damaged()
        return value

    def _damaged(self) -> UsageError:
        return UsageError(f"{str(self.path)!r} is damaged; remove {str(self.path.parent)!r} and sweep again")

    def _refused(self, error: OSError) -> UsageError:
        kept = f"; {len(self.done)} units are kept: make room and run the same command again" if self.done else ""
        return UsageError(f"cannot write {str(self.path)!r}: {(error.strerror or str(error)).lower()}{kept}")


def _checked(line: bytes) -> Any:
    """What a line says, None if it was not written whole."""
    checksum, _, body = line.partition(b" ")
    if not body.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(body[:-1]):
        return None
    return msgspec.json.decode(body)


def _what_changed(before: Any, now: Any, heading: str) -> str:
    old, new = before.get(heading), now.get(heading)
    if heading == "files" and isinstance(old, list) and isinstance(new, list):
        names = [{file["name"]: file for file in files} for files in (old, new)]
        for name in {**names[0], **names[1]}:
            if name not in names[1]:
                return f"its {name} is not in the data"
            if name not in names[0]:
                return f"{name} is not in its data"
            if names[0][name] != names[1][name]:
                return f"{name} has changed since"
        return "its files come in another order"
    if isinstance(old, dict) and isinstance(new, dict):
        key = next(key for key in {**old, **new} if old.get(key) != new.get(key))
        return f"its {key.replace('_', ' ')} is {_short(old.get(key))}, not {_short(new.get(key))}"
    return f"its {heading} is {_short(old)}, not {_short(new)}"


def _short(value: object) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 100 else f"{text[:100]}..."
