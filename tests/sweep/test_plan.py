"""conformance/sweep/plan.py: every row is in one unit; what was looked through is remembered, while it holds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from data_sets import rows, write

from conformance.sweep.plan import Data, LookedThrough, Plan
from cookbook.datasets import DataFile, Fields, Layout, Reader, Stretch, find_files

if TYPE_CHECKING:
    from pathlib import Path

PARTS = ((500, 500, 234), (), (1, 499))


def data(parts: tuple[tuple[int, ...], ...] = PARTS) -> Data:
    files, layouts = [], []
    for at, sizes in enumerate(parts):
        firsts = [sum(sizes[:before]) for before in range(len(sizes))]
        stretches = tuple(Stretch(first, 0, first + 1, size) for first, size in zip(firsts, sizes, strict=True))
        files.append(DataFile(f"{at}.jsonl", None, "jsonl", ""))  # type: ignore[arg-type]
        layouts.append(Layout(size=1, sha256="", rows=sum(sizes), stretches=stretches))
    return Data(files=tuple(files), layouts=tuple(layouts))


def test_all_rows_in_the_order_of_the_data() -> None:
    plan = Plan(data())
    tasks = list(plan.tasks())
    assert plan.rows == sum(task.rows for task in tasks) == 1734
    assert [(task.unit, task.file, task.stretch.rows) for task in tasks] == [
        (0, 0, 500),
        (1, 0, 500),
        (2, 0, 234),
        (3, 2, 1),
        (4, 2, 499),
    ]
    assert [plan.task(unit) for unit in range(5)] == tasks


@pytest.mark.parametrize("count", [1, 2, 50, 1733])
def test_a_sample_is_the_same_rows_and_no_others(count: int) -> None:
    plan = Plan(data(), count=count, seed=7)
    tasks = list(plan.tasks())
    assert plan.rows == sum(task.rows for task in tasks) == count
    assert tasks == list(Plan(data(), count=count, seed=7).tasks())
    assert tasks != list(Plan(data(), count=count, seed=8).tasks())
    for task in tasks:
        assert task.chosen
        assert list(task.chosen) == sorted(set(task.chosen))
        assert task.chosen[-1] < task.stretch.rows
        assert plan.task(task.unit) == task


def test_a_sample_of_more_than_there_is_is_all() -> None:
    assert list(Plan(data(), count=1734).tasks()) == list(Plan(data()).tasks())


def test_what_was_looked_through_is_not_read_again_unless_it_changed(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", rows(900))
    files = find_files([str(path)])
    read: list[int] = []

    def look(suite: str = "1", column: str = "messages") -> tuple[Data, int]:
        read.clear()
        found = LookedThrough(tmp_path / "seen.json", suite=suite).data(files, column=column, tell=read.append)
        return found, len(read)

    first, _ = look()
    real = path.read_bytes()
    stamp = path.stat()
    path.write_bytes(real.replace(b"Question 7", b"Question 8"))
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert look()[0] == first  # Nobody can know that it changed.
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 1))
    assert look()[0].layouts[0].sha256 != first.layouts[0].sha256
    path.write_bytes(real)
    assert look("2") == look("2")
    assert look("2")[0] == first
    (tmp_path / "seen.json").write_text("{")
    assert look()[0] == first
    with Reader(Fields()) as reader:
        assert (
            sum(1 for task in Plan(first).tasks() for _ in reader.rows(files[0], first.layouts[0], task.stretch)) == 900
        )
