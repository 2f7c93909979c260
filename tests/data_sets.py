"""Small data sets for tests, as every kind of file."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet

from cookbook.datasets import Fields, Reader, Row, Unreadable, find_files, scan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def conversation(number: int, *, mark: str = "") -> list[dict[str, Any]]:
    return [
        {"role": "user", "content": f"Question {number} naïve, 世界?{mark}"},
        {"role": "assistant", "content": f"Answer {number}."},
    ]


def rows(count: int) -> list[dict[str, Any]]:
    return [{"number": at, "messages": conversation(at)} for at in range(count)]


def json_lines(values: Sequence[Any]) -> bytes:
    return b"".join(json.dumps(value, ensure_ascii=False).encode() + b"\n" for value in values)


def write(path: Path, values: Sequence[Any]) -> Path:
    """Write rows as the kind of file that the name asks for."""
    match path.name.partition(".")[2]:
        case "jsonl":
            path.write_bytes(json_lines(values))
        case "jsonl.gz":
            path.write_bytes(gzip.compress(json_lines(values)))
        case "jsonl.zst":
            # Two frames, as concatenating two files makes.
            halves = (json_lines(values[:3]), json_lines(values[3:]))
            path.write_bytes(b"".join(pa.compress(half, "zstd", asbytes=True) for half in halves))
        case "parquet":
            parquet.write_table(pa.Table.from_pylist(list(values)), path, row_group_size=700)
        case "stream.arrow":
            table = pa.Table.from_pylist(list(values))
            with pa.ipc.new_stream(path, table.schema) as stream:
                stream.write_table(table, max_chunksize=300)
        case "file.arrow":
            table = pa.Table.from_pylist(list(values))
            with pa.ipc.new_file(path, table.schema) as file:
                file.write_table(table, max_chunksize=300)
    return path


def saved(directory: Path, parts: Sequence[Sequence[Any]]) -> Path:
    """As Hugging Face's `save_to_disk` leaves a data set."""
    directory.mkdir()
    names = [f"data-{at:05}-of-{len(parts):05}.arrow" for at in range(len(parts))]
    for name, part in zip(names, parts, strict=True):
        table = pa.Table.from_pylist(list(part))
        with pa.ipc.new_stream(directory / name, table.schema) as stream:
            stream.write_table(table)
    state = {"_data_files": [{"filename": name} for name in names], "_fingerprint": "0", "_split": "train"}
    (directory / "state.json").write_text(json.dumps(state))
    (directory / "dataset_info.json").write_text("{}")
    return directory


def read(path: Path, **fields: Any) -> list[Row | Unreadable]:
    """All rows of what is there."""
    wanted = Fields(**fields)
    with Reader(wanted) as reader:
        return [
            row
            for file in find_files([str(path)])
            for layout in [scan(file, column=wanted.column)]
            for stretch in layout.stretches
            for row in reader.rows(file, layout, stretch)
        ]
