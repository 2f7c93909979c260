"""cookbook/datasets/columns.py: tables, and what can be wrong with them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from data_sets import conversation, read, rows, write
from pyarrow import parquet

from cookbook.datasets import DataError, DataFile, Fields, Reader, Row, Unreadable, columns, scan

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 1234


def test_members_that_a_table_fills_with_nulls_are_absent(tmp_path: Path) -> None:
    call = {"type": "function", "function": {"name": "f", "arguments": "{}"}, "id": None}
    path = tmp_path / "rows.parquet"
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "", "tool_calls": [call]}]
    parquet.write_table(pa.Table.from_pylist([{"messages": messages}]), path)
    del call["id"]
    assert read(path) == [Row(1, messages)]


def test_nulls_where_messages_should_be(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    parquet.write_table(pa.Table.from_pylist([*rows(2), {"number": 3, "messages": None}]), path)
    assert read(path)[2] == Unreadable(3, "messages: expected a list of messages, got null")


def test_a_table_without_the_column_can_be_counted_and_not_read(tmp_path: Path) -> None:
    file = DataFile("rows.parquet", write(tmp_path / "rows.parquet", rows(3)), "parquet", "")
    layout = scan(file, column="chat")
    assert layout.missing == "has no column 'chat'; it has 'number', 'messages'"
    with Reader(Fields(column="chat")) as reader:
        (stretch,) = layout.stretches
        assert list(reader.rows(file, layout, stretch)) == [Unreadable(at, layout.missing) for at in (1, 2, 3)]
        assert list(reader.rows(file, layout, stretch, only=(2,))) == [Unreadable(3, layout.missing)]


@pytest.mark.parametrize("kind", ["parquet", "file.arrow"])
def test_a_table_that_was_cut_off_before_its_directory(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"rows.{kind}", rows(COUNT))
    path.write_bytes(path.read_bytes()[:-500])
    layout = scan(DataFile(path.name, path, "parquet" if kind == "parquet" else "arrow", ""))
    assert (layout.rows, layout.stretches) == (0, ())
    assert layout.problem.startswith("cannot be read: ")
    assert "\n" not in layout.problem


def test_a_stream_that_was_cut_off_is_read_up_to_there(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.stream.arrow", rows(COUNT))
    path.write_bytes(path.read_bytes()[:-20_000])
    file = DataFile(path.name, path, "arrow", "")
    layout = scan(file)
    assert layout.rows == 900
    assert layout.problem.startswith("cannot be read beyond row 900: ")
    with Reader(Fields()) as reader:
        got = [row for stretch in layout.stretches for row in reader.rows(file, layout, stretch)]
    assert got == [Row(at + 1, conversation(at)) for at in range(900)]


def test_a_damaged_page_costs_the_rows_that_are_in_it(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    every = [{"messages": [{"role": "user", "content": f"{at} " + "x" * 3000}]} for at in range(2000)]
    parquet.write_table(
        pa.Table.from_pylist(every), path, row_group_size=1000, compression="none", use_dictionary=False
    )
    data = bytearray(path.read_bytes())
    # The header of a page in the second row group.
    at = data.index(b"1500 xxx")
    page = data.rindex(b"\x15\x00\x15", 0, at)
    data[page : page + 40] = bytes(40)
    path.write_bytes(data)
    file = DataFile(path.name, path, "parquet", "")
    layout = scan(file)
    orders = (layout.stretches, layout.stretches[::-1])
    outcomes = []
    for order in orders:
        with Reader(Fields()) as reader:
            found = [row for stretch in order for row in reader.rows(file, layout, stretch)]
        outcomes.append(sorted(found, key=lambda row: row.number))
    assert outcomes[0] == outcomes[1]
    assert [row.number for row in outcomes[0]] == list(range(1, 2001))
    bad = [row.number for row in outcomes[0] if isinstance(row, Unreadable)]
    assert bad
    assert min(bad) > 1000


def test_text_that_is_not_utf_8_costs_its_own_row_alone(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    content = pa.StringArray.from_buffers(
        3, pa.py_buffer(b"\0\0\0\0\2\0\0\0\4\0\0\0\6\0\0\0"), pa.py_buffer(b"ok\xff\xfeok")
    )
    role = pa.array(["user"] * 3)
    messages = pa.ListArray.from_arrays([0, 1, 2, 3], pa.StructArray.from_arrays([role, content], ["role", "content"]))
    parquet.write_table(pa.table({"messages": messages}), path)
    first, bad, last = read(path)
    assert isinstance(first, Row)
    assert isinstance(last, Row)
    assert isinstance(bad, Unreadable)
    assert bad.reason.startswith("holds text that cannot be read: ")


def test_without_pyarrow_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match=r"pip install 'cookbook-conformance\[data\]'"):
        columns.pyarrow()
