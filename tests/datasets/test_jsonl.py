"""cookbook/datasets/jsonl.py: lines, and what can be wrong with them."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import pytest
from data_sets import conversation, json_lines, read, rows, write

from cookbook.datasets import DataFile, Fields, Reader, Row, Unreadable, jsonl, scan

if TYPE_CHECKING:
    from pathlib import Path


def test_rows_are_numbered_as_lines_and_empty_lines_are_none(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    one, two, three = (json_lines([row]) for row in rows(3))
    path.write_bytes(b"\xef\xbb\xbf" + one + b"\n\r\n" + two.replace(b"\n", b"\r\n") + three.rstrip())
    assert read(path) == [Row(1, conversation(0)), Row(4, conversation(1)), Row(5, conversation(2))]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{", "is not JSON: "),
        (b"\xff{}", "is not UTF-8: invalid start byte at byte 0"),
        (b"[" * 100_000, "is nested too deeply"),
        (b'{"messages": ' + b"9" * 5000 + b"}", "is not JSON: "),
        (b"null", "expected an object, got null"),
        (b'{"text": 1, "id": 2}', "has no 'messages'; it has text, id"),
        (b'{"messages": null}', "messages: expected a list of messages, got null"),
        (b'{"messages": "Hi"}', "messages: expected a list of messages, got text"),
    ],
)
def test_a_line_that_cannot_be_read_does_not_keep_others_from_it(line: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(json_lines(rows(1)) + line + b"\n" + json_lines(rows(1)))
    before, bad, after = read(path)
    assert (before, after) == (Row(1, conversation(0)), Row(3, conversation(0)))
    assert isinstance(bad, Unreadable)
    assert bad.reason.startswith(why)
    assert "\n" not in bad.reason


def test_a_line_that_is_too_long_is_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(json_lines(rows(1)) + b"[" + b" " * 5_000_000 + b"]\n" + json_lines(rows(1)))
    assert read(path, longest=1000)[1:] == [
        Unreadable(2, "is longer than 1,000 bytes (5,000,003)"),
        Row(3, conversation(0)),
    ]


def test_a_packed_file_that_was_cut_off_is_read_up_to_there(tmp_path: Path) -> None:
    whole = gzip.compress(json_lines(rows(2000)), mtime=0)
    file = DataFile("rows.jsonl.gz", tmp_path / "rows.jsonl.gz", "jsonl", "gz")
    file.path.write_bytes(whole[: len(whole) // 2])
    layout = scan(file)
    assert 500 < layout.rows < 1900
    assert layout.problem.startswith(f"cannot be unpacked beyond line {layout.rows}: ")
    with Reader(Fields()) as reader:
        got = [row for stretch in layout.stretches for row in reader.rows(file, layout, stretch)]
    assert got == [Row(at + 1, conversation(at)) for at in range(layout.rows)]


@pytest.mark.parametrize("block", [1, 2, 3, 7, 1000])
def test_lines_are_found_whatever_the_blocks_they_come_in(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "STRETCH_ROWS", 2)
    text = b"a\n\nbb\r\n\r\nc\nd\n\n\ne"
    lines = jsonl._Lines()
    stream = io.BytesIO(text)
    while part := stream.read(block):
        lines.add(part)
    lines.end()
    assert lines.rows == 5
    assert [(one.place, one.first, one.rows) for one in lines.stretches] == [(0, 1, 2), (7, 4, 2), (13, 7, 1)]


def test_a_stretch_ends_early_where_rows_are_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "STRETCH_BYTES", 300)
    file = DataFile("rows.jsonl", write(tmp_path / "rows.jsonl", rows(10)), "jsonl", "")
    assert all(stretch.rows <= 3 for stretch in scan(file).stretches)
