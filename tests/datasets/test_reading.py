"""cookbook/datasets/reading.py: the same rows from every kind of file, in whatever order they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from data_sets import conversation, rows, saved, write

from cookbook.datasets import DataError, Fields, Reader, Row, find_files, scan

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 1234
KINDS = ("jsonl", "jsonl.gz", "jsonl.zst", "parquet", "stream.arrow", "file.arrow")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_holds_the_same_rows(kind: str, tmp_path: Path) -> None:
    (file,) = find_files([str(write(tmp_path / f"rows.{kind}", rows(COUNT)))])
    layout = scan(file)
    assert (layout.rows, layout.problem, layout.missing) == (COUNT, "", "")
    assert sum(stretch.rows for stretch in layout.stretches) == COUNT
    assert len(layout.stretches) > 2
    with Reader(Fields()) as reader:
        forward = [row for stretch in layout.stretches for row in reader.rows(file, layout, stretch)]
        assert forward == [Row(at + 1, conversation(at)) for at in range(COUNT)]
        backward = [list(reader.rows(file, layout, stretch)) for stretch in reversed(layout.stretches)]
    assert [row for part in reversed(backward) for row in part] == forward


@pytest.mark.parametrize("kind", KINDS)
def test_some_rows_of_a_stretch_alone(kind: str, tmp_path: Path) -> None:
    (file,) = find_files([str(write(tmp_path / f"rows.{kind}", rows(COUNT)))])
    layout = scan(file)
    with Reader(Fields()) as reader:
        for stretch in layout.stretches:
            every = list(reader.rows(file, layout, stretch))
            assert list(reader.rows(file, layout, stretch, only=(1, 7, 33))) == [every[1], every[7], every[33]]


def test_a_saved_data_set_comes_in_its_own_order(tmp_path: Path) -> None:
    every = rows(12)
    directory = saved(tmp_path / "saved", [every[:5], every[5:]])
    assert [file.name for file in find_files([str(directory)])] == [
        "data-00000-of-00002.arrow",
        "data-00001-of-00002.arrow",
    ]
    state = directory / "state.json"
    state.write_text(state.read_text().replace("data-00000", "data-0000X").replace("data-00001", "data-00000"))
    with pytest.raises(DataError, match=r"data-0000X.* is missing"):
        find_files([str(directory)])


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_grows_or_shrinks_meanwhile_is_noticed(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"rows.{kind}", rows(COUNT))
    (file,) = find_files([str(path)])
    layout = scan(file)
    write(path, rows(3))
    with Reader(Fields()) as reader, pytest.raises(DataError, match="has changed"):
        list(reader.rows(file, layout, layout.stretches[-1]))


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", rows(3))
    (file,) = find_files([str(path)])
    layout = scan(file)
    path.unlink()
    with pytest.raises(DataError, match="cannot read"):
        scan(file)
    with Reader(Fields()) as reader, pytest.raises(DataError, match="cannot read"):
        list(reader.rows(file, layout, layout.stretches[0]))
