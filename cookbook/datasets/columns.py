"""Tables: Parquet files, and the Arrow files that Hugging Face's `save_to_disk` writes. One column of them is read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from cookbook.datasets.fields import BadRow
from cookbook.datasets.files import DataError
from cookbook.datasets.jsonl import BLOCK, one_line
from cookbook.datasets.layout import STRETCH_BYTES, STRETCH_ROWS, Layout, Row, Stretch, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterator

    from cookbook.datasets.fields import Fields
    from cookbook.datasets.files import DataFile

AT_ONCE = 100
"""Rows that are made into Python's own values at a time."""


def pyarrow() -> Any:
    """The library. Raises DataError where it is not installed."""
    try:
        import pyarrow
    except ImportError as error:
        raise DataError(
            "reading Parquet, Arrow and .zst needs pyarrow: pip install 'cookbook-conformance[data]'"
        ) from error
    return pyarrow


def scan(file: DataFile, column: str, tell: Callable[[int], None]) -> Layout:
    """What a table's own directory says of it. `tell` is given how many bytes were read. Raises OSError."""
    arrow = pyarrow()
    digest = hashlib.sha256()
    size = 0
    with file.path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
            size += len(block)
            tell(len(block))
    stretches: list[Stretch] = []
    rows = 0
    missing = problem = ""
    try:
        with _opened(file) as table:
            missing = _missing(column, table.names)
            for group, begin, count, step in table.groups():
                stretches += [
                    Stretch(group, begin + skip, rows + skip + 1, min(step, count - skip))
                    for skip in range(0, count, step)
                ]
                rows += count
    except (arrow.ArrowException, OSError, ValueError) as error:
        # Without its directory nothing is known of a Parquet file; an Arrow stream is good up to where it breaks off.
        problem = f"cannot be read{f' beyond row {rows}' if rows else ''}: {one_line(error)}"
    return Layout(
        size=size,
        sha256=digest.hexdigest(),
        rows=rows,
        stretches=tuple(stretches),
        missing=missing,
        problem=problem,
    )


def _missing(column: str, names: list[str]) -> str:
    if column in names:
        return ""
    return f"has no column {column!r}; it has {', '.join(map(repr, names[:20])) or 'none'}"


def _step(size: int, rows: int) -> int:
    """How many rows a stretch of a group of this size and length has."""
    return max(1, min(STRETCH_ROWS, STRETCH_BYTES * rows // max(size, 1)))


class _Parquet:
    """An open Parquet file. Its groups are its row groups."""

    def __init__(self, file: DataFile) -> None:
        pyarrow()
        from pyarrow import parquet

        # Not buffered ahead: a row group may be larger than memory.
        self._file: Any = parquet.ParquetFile(str(file.path), pre_buffer=False, buffer_size=BLOCK)
        self.names: list[str] = self._file.schema_arrow.names

    def __enter__(self) -> _Parquet:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close(force=True)

    def groups(self) -> Iterator[tuple[int, int, int, int]]:
        """Each group's number, its first row (0), how many rows it has, and how many a stretch of it has."""
        metadata = self._file.metadata
        for group in range(metadata.num_row_groups):
            about = metadata.row_group(group)
            yield group, 0, about.num_rows, _step(about.total_byte_size, about.num_rows)

    def batches(self, group: int, column: str) -> Iterator[Any]:
        about = self._file.metadata.row_group(group)
        step = _step(about.total_byte_size, about.num_rows)
        for batch in self._file.iter_batches(batch_size=step, row_groups=[group], columns=[column]):
            yield batch.column(0)


class _Arrow:
    """An open Arrow file or stream, mapped into memory. It is one group."""

    def __init__(self, file: DataFile) -> None:
        arrow = pyarrow()
        self._map: Any = arrow.memory_map(str(file.path))
        is_file = self._map.size() > 6 and bytes(self._map.read(6)) == b"ARROW1"
        self._map.seek(0)
        self._reader: Any = arrow.ipc.open_file(self._map) if is_file else arrow.ipc.open_stream(self._map)
        self._is_file = is_file
        self.names: list[str] = self._reader.schema.names

    def __enter__(self) -> _Arrow:
        return self

    def __exit__(self, *_: object) -> None:
        self._map.close()

    def groups(self) -> Iterator[tuple[int, int, int, int]]:
        """For each batch: its group (0), the rows before it, its own rows, and how many rows a stretch of it has."""
        begin = 0
        for batch in self._batches():
            yield 0, begin, batch.num_rows, _step(batch.nbytes, batch.num_rows)
            begin += batch.num_rows

    def batches(self, group: int, column: str) -> Iterator[Any]:
        for batch in self._batches():
            yield batch.column(self.names.index(column))

    def _batches(self) -> Iterator[Any]:
        if self._is_file:
            for at in range(self._reader.num_record_batches):
                yield self._reader.get_batch(at)
        else:
            yield from self._reader


def _opened(file: DataFile) -> _Parquet | _Arrow:
    return _Parquet(file) if file.kind == "parquet" else _Arrow(file)


class TableReader:
    """Reads stretches of one table. Those that follow each other are read on from where the last one ended."""

    def __init__(self, file: DataFile, fields: Fields, missing: str) -> None:
        self._file = file
        self._fields = fields
        self._missing = missing
        self._table: _Parquet | _Arrow | None = None
        self._group = -1
        self._batches: Iterator[Any] = iter(())
        self._rest: Any = None  # of a batch, from row `_at` on
        self._at = 0

    def rows(self, stretch: Stretch, only: Collection[int] | None = None) -> Iterator[Row | Unreadable]:
        """Its rows, or those at the places `only`, counted from 0. Where the table is damaged, the rest of the stretch
        cannot be read. Raises DataError when there are fewer."""
        number, end = stretch.first, stretch.first + stretch.rows
        wanted = None if only is None else {stretch.first + at for at in only}
        reason = self._missing
        if not reason:
            try:
                for column in self._columns(stretch):
                    if wanted is None or not wanted.isdisjoint(range(number, number + len(column))):
                        for one in self._converted(column, number):
                            if wanted is None or one.number in wanted:
                                yield one
                    number += len(column)
            except (pyarrow().ArrowException, OSError) as error:
                self.close()
                reason = f"cannot be read: {one_line(error)}"
            else:
                if number < end:
                    raise DataError(f"{str(self._file.path)!r} has changed while it was read; let nobody write to it")
        for missing in range(number, end):
            if wanted is None or missing in wanted:
                yield Unreadable(missing, reason)

    def close(self) -> None:
        table, self._table, self._group, self._rest = self._table, None, -1, None
        self._batches = iter(())
        if table is not None:
            table.__exit__()

    def _columns(self, stretch: Stretch) -> Generator[Any]:
        """The stretch as columns of a few rows."""
        if self._group != stretch.place or self._at > stretch.skip:
            if self._table is None or self._file.kind == "arrow":
                self.close()
                self._table = _opened(self._file)
            self._batches = self._table.batches(stretch.place, self._fields.column)
            self._group, self._at, self._rest = stretch.place, 0, None
        end = stretch.skip + stretch.rows
        while self._at < end:
            if self._rest is None or not len(self._rest):
                self._rest = next(self._batches, None)
                if self._rest is None:
                    return
            if self._at < stretch.skip:
                unwanted = min(len(self._rest), stretch.skip - self._at)
                self._rest, self._at = self._rest.slice(unwanted), self._at + unwanted
                continue
            wanted = min(len(self._rest), end - self._at, AT_ONCE)
            column = self._rest.slice(0, wanted)
            self._rest, self._at = self._rest.slice(wanted), self._at + wanted
            yield column

    def _converted(self, column: Any, number: int) -> list[Row | Unreadable]:
        try:
            values: list[Any] = column.to_pylist()
        except ValueError:
            # One of them is not UTF-8: which?
            values = [_value(column, at) for at in range(len(column))]
        return [self._row(number + at, value) for at, value in enumerate(values)]

    def _row(self, number: int, value: Any) -> Row | Unreadable:
        if isinstance(value, BadRow):
            return Unreadable(number, str(value))
        try:
            return Row(number, self._fields.of_value(value))
        except BadRow as bad:
            return Unreadable(number, str(bad))


def _value(column: Any, at: int) -> Any:
    try:
        return column[at].as_py()
    except ValueError as error:
        return BadRow(f"holds text that cannot be read: {one_line(error)}")
