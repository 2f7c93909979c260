"""cookbook/datasets/files.py: from what is named to files in an order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cookbook.datasets import DataError, find_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b.jsonl", "a/2.parquet", "a/10.jsonl.gz", "a/_part.jsonl", ".x/y.jsonl", "notes.txt", "a/c.NDJSON"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def names(*data: object) -> list[str]:
    return [file.name for file in find_files([str(one) for one in data])]


def test_a_directory_gives_what_it_knows_in_order_of_path(tree: Path) -> None:
    assert names(tree) == ["a/10.jsonl.gz", "a/2.parquet", "a/c.NDJSON", "b.jsonl"]
    assert [(file.kind, file.packing) for file in find_files([str(tree)])] == [
        ("jsonl", "gz"),
        ("parquet", ""),
        ("jsonl", ""),
        ("jsonl", ""),
    ]


def test_a_file_a_pattern_and_several(tree: Path) -> None:
    assert names(tree / "b.jsonl") == ["b.jsonl"]
    assert names(tree / "a" / "_part.jsonl") == ["_part.jsonl"]  # It was named.
    assert names(tree / "**" / "*.jsonl*") == ["a/10.jsonl.gz", "b.jsonl"]
    assert names(tree / "b.jsonl", tree / "a") == ["b.jsonl", "a/10.jsonl.gz", "a/2.parquet", "a/c.NDJSON"]


def test_what_cannot_be_used_is_named(tree: Path) -> None:
    for data, why in (
        ([tree / "nothing"], "does not exist"),
        ([tree / "*.csv"], "does not exist"),
        ([tree / "notes.txt"], "is of no known kind"),
        ([tree / "b.jsonl", tree / "b.jsonl"], "is named twice"),
        ([], "no data is named"),
    ):
        with pytest.raises(DataError, match=why):
            find_files([str(one) for one in data])


def test_saved_data_sets_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    state = tmp_path / "train/state.json"
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train"]}')
    state.write_text("{}")
    with pytest.raises(DataError, match=r"several splits \(train\); name one"):
        find_files([str(tmp_path)])
    with pytest.raises(DataError, match="is not what save_to_disk writes"):
        find_files([str(state.parent)])
    state.write_text(json.dumps({"_data_files": [], "_indices_data_files": [{"filename": "x"}]}))
    with pytest.raises(DataError, match="flatten_indices"):
        find_files([str(state.parent)])
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no data"):
        find_files([str(tmp_path / "empty")])
