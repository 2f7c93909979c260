"""cookbook/json_lines.py: what was written stays readable."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from cookbook.errors import InvalidInputError, RunDirectoryError
from cookbook.json_lines import JsonLines, read_json_lines

if TYPE_CHECKING:
    from pathlib import Path

LINE = b'{"name": "a"}\n'


def test_what_is_appended_is_read(tmp_path: Path) -> None:
    with JsonLines(tmp_path / "a.jsonl") as file:
        file.append({"b": 1, "a": None})
        file.append({"c": "é"}, durable=True)
    assert (tmp_path / "a.jsonl").read_bytes() == b'{"b": 1, "a": null}\n{"c": "\\u00e9"}\n'
    assert read_json_lines(tmp_path / "a.jsonl") == [{"b": 1, "a": None}, {"c": "é"}]


def test_no_file_has_no_lines(tmp_path: Path) -> None:
    assert read_json_lines(tmp_path / "none") == []
    assert read_json_lines(tmp_path / "no" / "directory") == []


def test_half_a_line_at_the_end_is_passed_over_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.jsonl"
    for length in range(1, len(LINE) - 1):
        caplog.clear()
        path.write_bytes(LINE + LINE[:length])
        assert read_json_lines(path) == [{"name": "a"}]
        assert "line 2 was not finished" in caplog.text
        assert path.read_bytes() == LINE + LINE[:length], "reading changes nothing"


def test_a_complete_line_needs_no_newline(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINE + LINE[:-1])
    assert len(read_json_lines(path)) == 2
    with JsonLines(path) as file:
        file.append({"name": "b"})
    assert path.read_bytes() == LINE + LINE + b'{"name": "b"}\n'
    assert not caplog.text


def test_half_a_line_is_dropped_before_another_is_appended(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINE + '{"name": "Zoë'.encode()[:-1])
    with JsonLines(path) as file:
        file.append({"name": "b"})
    assert path.read_bytes() == LINE + b'{"name": "b"}\n'
    assert "the last line was not finished and is dropped" in caplog.text


def test_a_broken_line_in_the_middle_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    for broken in (b'{"name": "a\n', b"[1]\n", b"4\n", b"\xff\n", b'{"name": "a"}{"name": "b"}\n'):
        path.write_bytes(LINE + broken + LINE)
        with pytest.raises(InvalidInputError, match="line 2 is no JSON object"):
            read_json_lines(path)


def test_empty_lines_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\n" + LINE + b"\n  \n" + LINE)
    assert len(read_json_lines(tmp_path / "a.jsonl")) == 2


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    for action in (read_json_lines, JsonLines):
        with pytest.raises(RunDirectoryError, match="is a directory; make room or give another log_path"):
            action(tmp_path)


FULL_DISK = """
import signal, sys, resource
from pathlib import Path
from cookbook.errors import RunDirectoryError
from cookbook.json_lines import JsonLines
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
file = JsonLines(Path(sys.argv[1]))
file.append({"step": 0})
resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))
try:
    file.append({"step": 1, "text": "x" * 40})
except RunDirectoryError as error:
    print(error)
"""


def test_a_record_that_does_not_fit_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    command = [sys.executable, "-c", FULL_DISK, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"cannot write '{path}': file too large"), done.stdout
    assert json.loads(path.read_text()) == {"step": 0}
