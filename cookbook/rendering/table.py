"""The Parquet file of examples, which appears under its name when it is complete."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any, Self

from cookbook.datasets import DataError
from cookbook.datasets.columns import pyarrow

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from cookbook.rendering.unit import Rendered

GROUP_TOKENS = 1 << 20
"""Tokens after which a row group ends."""
KEY = b"cookbook.render"
"""The key of the metadata: JSON, with the options, versions and statistics."""


class Table:
    """A file under construction. A context manager: it is kept when the block ends well, and discarded otherwise.

    Its columns: `file` and `row` (where the example comes from), `tokens` (list of int32), `weights` (list of float32),
    `length` (int32).
    """

    def __init__(self, path: Path) -> None:
        """Raises DataError: it cannot be written, or pyarrow is not installed."""
        self._arrow = pyarrow()
        from pyarrow import parquet

        arrow = self._arrow
        schema = arrow.schema(
            [
                ("file", arrow.string()),
                ("row", arrow.int64()),
                ("tokens", arrow.list_(arrow.int32())),
                ("weights", arrow.list_(arrow.float32())),
                ("length", arrow.int32()),
            ]
        )
        self._schema = schema
        self._path = path
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        self._waiting: list[Any] = []
        self._tokens = 0
        if path.is_dir():
            raise DataError(f"cannot write {str(path)!r}: it is a directory; name a file")
        try:
            self._writer: Any = parquet.ParquetWriter(str(self._temporary), schema, compression="zstd")
        except OSError as error:
            raise self._refused(error) from error

    def add(self, name: str, rendered: Rendered) -> None:
        """Append the examples of a stretch of the file `name`. Raises DataError: it cannot be written."""
        import numpy as np

        arrow = self._arrow
        offsets = np.zeros(len(rendered.lengths) + 1, np.int32)
        np.cumsum(rendered.lengths, out=offsets[1:])
        self._waiting.append(
            arrow.Table.from_arrays(
                [
                    arrow.repeat(arrow.scalar(name), len(rendered.rows)),
                    arrow.array(rendered.rows),
                    arrow.ListArray.from_arrays(arrow.array(offsets), arrow.array(rendered.tokens)),
                    arrow.ListArray.from_arrays(arrow.array(offsets), arrow.array(rendered.weights)),
                    arrow.array(rendered.lengths),
                ],
                schema=self._schema,
            )
        )
        self._tokens += len(rendered.tokens)
        if self._tokens >= GROUP_TOKENS:
            self._flush()

    def finish(self, about: dict[str, Any]) -> None:
        """Write the metadata, and put the file in its place. Raises DataError: it cannot be written."""
        self._flush()
        try:
            self._writer.add_key_value_metadata({KEY: json.dumps(about, sort_keys=True).encode()})
            self._writer.close()
            with self._temporary.open("rb") as file:
                os.fsync(file.fileno())
            self._temporary.replace(self._path)
        except OSError as error:
            raise self._refused(error) from error

    def discard(self) -> None:
        """Leave nothing behind."""
        with contextlib.suppress(Exception):  # A full disk refuses the end of the file, too.
            self._writer.close()
        with contextlib.suppress(OSError):
            self._temporary.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()  # Where it was finished, there is nothing to discard.

    def _flush(self) -> None:
        if self._waiting:
            try:
                table = self._arrow.concat_tables(self._waiting).combine_chunks()
                self._writer.write_table(table, row_group_size=max(1, len(table)))
            except OSError as error:
                raise self._refused(error) from error
        self._waiting, self._tokens = [], 0

    def _refused(self, error: OSError) -> DataError:
        return DataError(f"cannot write {str(self._path)!r}: {(error.strerror or str(error)).lower()}; make room")
