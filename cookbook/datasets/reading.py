"""A file of a data set, whatever its kind: its layout, and its rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cookbook.datasets import jsonl
from cookbook.datasets.files import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from types import TracebackType
    from typing import Self

    from cookbook.datasets.columns import TableReader
    from cookbook.datasets.fields import Fields
    from cookbook.datasets.files import DataFile
    from cookbook.datasets.layout import Layout, Row, Stretch, Unreadable


def scan(file: DataFile, *, column: str = "messages", tell: Callable[[int], None] = lambda _: None) -> Layout:
    """What a file holds, found in one pass over its bytes. `tell` is given how many of them have been read.

    Raises:
        DataError: the system refuses, or what is needed to read it is not installed.
    """
    try:
        if file.kind == "jsonl":
            return jsonl.scan(file, tell)
        from cookbook.datasets import columns

        return columns.scan(file, column, tell)
    except OSError as error:
        raise DataError(f"cannot read {str(file.path)!r}: {error.strerror or error}") from error


class Reader:
    """Reads the rows of files. A context manager; the file that was read last stays open.

    Reading is quickest when the stretches of a file come in their order: what is packed cannot be read from the middle.
    """

    def __init__(self, fields: Fields, *, loads: jsonl.Loads = json.loads) -> None:
        """`loads` reads the JSON of a line, where another library than Python's own is to do it."""
        self._fields = fields
        self._loads = loads
        self._file: DataFile | None = None
        self._reader: jsonl.JsonLinesReader | TableReader | None = None

    def rows(
        self, file: DataFile, layout: Layout, stretch: Stretch, only: Collection[int] | None = None
    ) -> Iterator[Row | Unreadable]:
        """The rows of a stretch, those that cannot be read among them, in their order.

        `only` are the places in the stretch, counted from 0, of the rows that are wanted; None means all.

        Raises:
            DataError: the file is not what its layout says, or the system refuses.
        """
        try:
            if file != self._file or self._reader is None:
                self._open(file, layout)
            assert self._reader is not None
            yield from self._reader.rows(stretch, only)
        except OSError as error:
            raise DataError(f"cannot read {str(file.path)!r}: {error.strerror or error}") from error

    def close(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self, file: DataFile, layout: Layout) -> None:
        self.close()
        if file.path.stat().st_size != layout.size:
            raise DataError(f"{str(file.path)!r} has changed since it was looked through; let nobody write to it")
        self._file = file
        if file.kind == "jsonl":
            self._reader = jsonl.JsonLinesReader(file, self._fields, self._loads)
        else:
            from cookbook.datasets.columns import TableReader

            self._reader = TableReader(file, self._fields, layout.missing)
