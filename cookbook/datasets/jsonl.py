"""JSON Lines, plain or packed with gzip or zstd: a row a line. Lines that are empty are no rows, but are counted."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from cookbook.datasets.fields import BadRow
from cookbook.datasets.files import DataError
from cookbook.datasets.layout import STRETCH_BYTES, STRETCH_ROWS, Layout, Row, Stretch, Unreadable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from cookbook.datasets.fields import Fields
    from cookbook.datasets.files import DataFile

Loads = Callable[[bytes], Any]
"""Reads JSON: as `json.loads`, whose errors are ValueErrors."""

BLOCK = 1 << 20
BROKEN = (EOFError, OSError, zlib.error)
"""What unpacking raises for bytes that were cut off or damaged."""
EMPTY = (b"\n", b"\r\n", b"\r")


def scan(file: DataFile, tell: Callable[[int], None]) -> Layout:
    """Where the lines of a file are. `tell` is given how many of its bytes have been read. Raises OSError."""
    size = file.path.stat().st_size
    digest = hashlib.sha256()
    if not file.packing:
        lines = _Lines()
        with file.path.open("rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
                lines.add(block)
                tell(len(block))
        lines.end()
        return Layout(size=size, sha256=digest.hexdigest(), rows=lines.rows, stretches=tuple(lines.stretches))
    with file.path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
            tell(len(block))
    lines = _Lines()
    problem = ""
    try:
        with opened(file) as stream:
            # What could be unpacked before the damage, which `read` would keep to itself.
            while block := stream.read1(BLOCK):
                lines.add(block)
        lines.end()
    except BROKEN as error:
        # What stands before it is read; the line in which it broke off is not.
        lines.close_stretch()
        problem = f"cannot be unpacked beyond line {lines.number}: {one_line(error)}"
    return Layout(
        size=size, sha256=digest.hexdigest(), rows=lines.rows, stretches=tuple(lines.stretches), problem=problem
    )


def opened(file: DataFile) -> io.BufferedReader:
    """The unpacked bytes of a file, to be read from its beginning."""
    if file.packing == "gz":
        return cast("io.BufferedReader", gzip.open(file.path, "rb"))
    if file.packing == "zst":
        from cookbook.datasets.columns import pyarrow

        arrow = pyarrow()
        return io.BufferedReader(arrow.CompressedInputStream(arrow.OSFile(str(file.path), "rb"), "zstd"), BLOCK)
    return file.path.open("rb")


def one_line(error: BaseException) -> str:
    """What an error says, in one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else f"{text[:200]}..."


class _Lines:
    """Finds the lines of a text that comes in blocks, and divides them into stretches."""

    def __init__(self) -> None:
        self.stretches: list[Stretch] = []
        self.rows = 0
        self.number = 0
        """Lines so far that have ended."""
        self._at = 0  # where the next block begins
        self._line = 0  # where the line begins that has not ended
        self._last = b""  # the byte before the next block
        self._begin = (0, 1)  # where the stretch begins: offset and number of its first line
        self._in_stretch = 0

    def add(self, block: bytes) -> None:
        start = 0
        while (end := block.find(b"\n", start)) >= 0:
            before = block[end - 1 : end] if end else self._last
            self._ended(self._at + end, before)
            start = end + 1
        self._at += len(block)
        self._last = block[-1:]

    def end(self) -> None:
        """The text is over; its last line may lack its end."""
        if self._line < self._at:
            self._ended(self._at, self._last)
        self.close_stretch()

    def close_stretch(self) -> None:
        if self._in_stretch:
            offset, first = self._begin
            self.stretches.append(Stretch(offset, 0, first, self._in_stretch))
        self._begin = (self._line, self.number + 1)
        self._in_stretch = 0

    def _ended(self, end: int, before: bytes) -> None:
        length = end - self._line
        self.number += 1
        self._line = end + 1
        if length > 1 or (length == 1 and before != b"\r"):
            self.rows += 1
            self._in_stretch += 1
        if self._in_stretch >= STRETCH_ROWS or self._line - self._begin[0] >= STRETCH_BYTES:
            self.close_stretch()


class JsonLinesReader:
    """Reads stretches of one file. Those that follow each other are read on from where the last one ended."""

    def __init__(self, file: DataFile, fields: Fields, loads: Loads) -> None:
        self._file = file
        self._fields = fields
        self._loads = loads
        self._stream: BinaryIO | None = None
        self._at = 0

    def rows(self, stretch: Stretch, only: Collection[int] | None = None) -> Iterator[Row | Unreadable]:
        """Its rows, or those at the places `only`, counted from 0.

        Raises DataError when there are fewer, OSError when the system refuses.
        """
        stream = self._positioned(stretch.place)
        number, at = stretch.first, 0
        while at < stretch.rows:
            line, length = self._line(stream)
            if not length:
                raise DataError(f"{str(self._file.path)!r} has changed while it was read; let nobody write to it")
            if line not in EMPTY:
                if only is None or at in only:
                    yield self._row(number, line, length)
                at += 1
            number += 1

    def close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _positioned(self, place: int) -> BinaryIO:
        if self._stream is None or (self._file.packing and self._at > place):
            self.close()
            self._stream, self._at = opened(self._file), 0
        if not self._file.packing:
            self._stream.seek(place)
        while self._file.packing and self._at < place and (read := self._stream.read(min(BLOCK, place - self._at))):
            self._at += len(read)
        self._at = place
        return self._stream

    def _line(self, stream: BinaryIO) -> tuple[bytes | None, int]:
        """The next line and its length; None for one that is too long to be kept."""
        longest = self._fields.longest
        line: bytes | None = stream.readline(longest + 2)
        assert line is not None
        length = len(line)
        if length > longest and not line.endswith(b"\n"):
            last = line
            line = None
            while last and not last.endswith(b"\n"):
                last = stream.readline(BLOCK)
                length += len(last)
        self._at += length
        return line, length

    def _row(self, number: int, line: bytes | None, length: int) -> Row | Unreadable:
        if line is None:
            return Unreadable(number, f"is longer than {self._fields.longest:,} bytes ({length:,})")
        try:
            if number == 1:
                line = line.removeprefix(codecs.BOM_UTF8)
            if not line.isascii():
                line.decode()  # Not every reader of JSON looks.
            return Row(number, self._fields.of_row(self._loads(line)))
        except BadRow as bad:
            return Unreadable(number, str(bad))
        except UnicodeDecodeError as error:
            return Unreadable(number, f"is not UTF-8: {error.reason} at byte {error.start}")
        except RecursionError:
            return Unreadable(number, "is nested too deeply")
        except ValueError as error:
            return Unreadable(number, f"is not JSON: {one_line(error)}")
