"""The units of work that a data set divides into. They depend on the data and the sample alone, whoever does them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.atomic import write_whole
from conformance.exits import UsageError
from conformance.sweep.sampling import sample
from cookbook.datasets import DataFile, Layout, Stretch, scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


class Task(msgspec.Struct, frozen=True, gc=False):
    """A unit of work: a stretch of the file with this index, and the places in it that are asked (None: all)."""

    unit: int
    file: int
    stretch: Stretch
    chosen: tuple[int, ...] | None = None

    @property
    def rows(self) -> int:
        return self.stretch.rows if self.chosen is None else len(self.chosen)


@dataclass(frozen=True, kw_only=True)
class Data:
    """A data set: its files, and how each divides."""

    files: tuple[DataFile, ...]
    layouts: tuple[Layout, ...]

    @property
    def rows(self) -> int:
        return sum(layout.rows for layout in self.layouts)

    def without_stretches(self) -> Data:
        """What a worker needs of it, who is told the stretch with every task."""
        layouts = tuple(
            Layout(
                size=one.size, sha256=one.sha256, rows=one.rows, stretches=(), missing=one.missing, problem=one.problem
            )
            for one in self.layouts
        )
        return Data(files=self.files, layouts=layouts)


class Plan:
    """The tasks of a sweep, in the order of the data; a unit's number is its place in it."""

    def __init__(self, data: Data, *, count: int | None = None, seed: int = 0) -> None:
        """All rows, or `count` of them that are drawn with `seed`."""
        self.data = data
        self.count = count if count is not None and count < data.rows else None
        self.seed = seed
        self._firsts = list(accumulate((len(layout.stretches) for layout in data.layouts), initial=0))
        self._chosen: dict[int, list[int]] | None = None
        if self.count is not None:
            self._chosen = self._choose(sample(self.count, of=data.rows, seed=seed))

    @property
    def rows(self) -> int:
        """How many rows are to be asked."""
        return self.data.rows if self.count is None else self.count

    def tasks(self) -> Iterator[Task]:
        """Every unit in which a row is to be asked."""
        units: Any = range(self._firsts[-1]) if self._chosen is None else self._chosen
        for unit in units:
            yield self.task(unit)

    def task(self, unit: int) -> Task:
        """The unit of this number."""
        file = bisect_right(self._firsts, unit) - 1
        stretch = self.data.layouts[file].stretches[unit - self._firsts[file]]
        chosen = None if self._chosen is None else tuple(self._chosen[unit])
        return Task(unit, file, stretch, chosen)

    def _choose(self, rows: list[int]) -> dict[int, list[int]]:
        """Rows, counted over the whole data set, as places in their units."""
        chosen: dict[int, list[int]] = {}
        wanted = iter(rows)
        row = next(wanted, None)
        begin = unit = 0
        for layout in self.data.layouts:
            for stretch in layout.stretches:
                while row is not None and row < begin + stretch.rows:
                    chosen.setdefault(unit, []).append(row - begin)
                    row = next(wanted, None)
                begin += stretch.rows
                unit += 1
        return chosen


class _Seen(msgspec.Struct, frozen=True):
    """A file as it was when it was looked through."""

    path: str
    modified: int
    column: str
    layout: Layout


class _Remembered(msgspec.Struct, frozen=True):
    suite: str
    files: list[_Seen]


class LookedThrough:
    """Remembers how files divide, so that a sweep which goes on need not read all of them again to find out.

    What is remembered holds for a file of the same size that was modified at the same instant.
    """

    def __init__(self, path: Path, *, suite: str) -> None:
        self._path = path
        self._suite = suite
        self._known: dict[str, _Seen] = {}
        try:
            remembered = msgspec.json.decode(path.read_bytes(), type=_Remembered)
        except (OSError, ValueError):
            return  # It saves time, and nothing else.
        if remembered.suite == suite:
            self._known = {seen.path: seen for seen in remembered.files}

    def data(self, files: Sequence[DataFile], *, column: str, tell: Callable[[int], None]) -> Data:
        """How the files divide. `tell` is given how many bytes have been read.

        Raises:
            DataError: a file cannot be read by anyone.
        """
        seen = [self._look(file, column, tell) for file in files]
        if seen != [self._known.get(str(file.path.absolute())) for file in files]:
            write_whole(self._path, msgspec.json.encode(_Remembered(self._suite, seen)) + b"\n")
        return Data(files=tuple(files), layouts=tuple(one.layout for one in seen))

    def _look(self, file: DataFile, column: str, tell: Callable[[int], None]) -> _Seen:
        path = str(file.path.absolute())
        size, modified = _stamp(file)
        known = self._known.get(path)
        if known is not None and (known.layout.size, known.modified, known.column) == (size, modified, column):
            tell(size)
            return known
        return _Seen(path, modified, column, scan(file, column=column, tell=tell))


def _stamp(file: DataFile) -> tuple[int, int]:
    try:
        found = file.path.stat()
    except OSError as error:
        raise UsageError(f"cannot read {str(file.path)!r}: {error.strerror or error}") from error
    return found.st_size, found.st_mtime_ns
