"""conformance/sweep/sweep.py: the same report whoever did it and however often it was killed, and nothing lost."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from data_sets import conversation, json_lines, rows, saved, write
from pyarrow import parquet

from conformance.exits import Exit
from conformance.sweep import asking
from cookbook.datasets import jsonl

if TYPE_CHECKING:
    from collections.abc import Callable

PORT = (sys.executable, str(Path(__file__).parent / "ports.py"))
KEPT = ("report.json", "rows.jsonl", "cases.jsonl")
KILLS = 2


def planted(count: int, **marks: tuple[int, ...]) -> list[dict[str, Any]]:
    """Rows in which the port of `ports.py` goes wrong in the ways that are named."""
    every = rows(count)
    for mark, places in marks.items():
        for at in places:
            every[at] = {"number": at, "messages": conversation(at, mark=f" {mark}")}
    return every


def kept(directory: Path) -> list[bytes]:
    return [(directory / name).read_bytes() for name in KEPT]


def found(directory: Path) -> list[tuple[str, int, str]]:
    return [
        (row["file"], row["row"], row["category"])
        for row in map(json.loads, (directory / "rows.jsonl").read_text("utf-8").splitlines())
    ]


def report(directory: Path) -> Any:
    return json.loads((directory / "report.json").read_bytes())


@pytest.fixture
def sweep(conformance: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Sweeps in this process: `sweep(data, "--jobs", 2, output="name")`, with the port of `ports.py`."""

    def run(data: Path, *options: object, output: str = "out", port: tuple[str, ...] = PORT) -> Any:
        where = ("--output", tmp_path / output)
        return conformance("sweep", data, "--renderer", "qwen3", *where, *options, "--", *port)

    return run


def test_everything_that_can_come_of_a_row_is_counted_apart(sweep: Callable[..., Any], tmp_path: Path) -> None:
    every = planted(1500, NEWLINE=(3, 700, 1300), WEIGHT=(701,), REFUSE=(5,), BREAK=(1400,), DECLINE=(6, 7))
    unknown = {"messages": [{"role": "alien", "content": "?"}, {"role": "assistant", "content": "Hm.", "extra": 1}]}
    refused = {"messages": [{"role": "user", "content": "Hi", "trainable": True}]}
    path = tmp_path / "rows.jsonl"
    path.write_bytes(json_lines(every) + b"{\n" + json_lines([{"messages": None}, unknown, refused]))
    ended = sweep(path)
    assert ended.code == Exit.DOES_NOT_CONFORM, ended.err
    account = report(tmp_path / "out")["account"]
    assert account == {
        "planned": 1504,
        "equal": 1492,
        "refused_by_both": 1,
        "differing": 4,
        "refused_by_port": 1,
        "refused_by_reference": 0,
        "faulted": 1,
        "declined": 2,
        "unanswered": 0,
        "unreadable": 3,
    }
    assert found(tmp_path / "out") == [
        ("rows.jsonl", 4, "differing"),
        ("rows.jsonl", 6, "refused_by_port"),
        ("rows.jsonl", 7, "declined"),
        ("rows.jsonl", 8, "declined"),
        ("rows.jsonl", 701, "differing"),
        ("rows.jsonl", 702, "differing"),
        ("rows.jsonl", 1301, "differing"),
        ("rows.jsonl", 1401, "faulted"),
        ("rows.jsonl", 1501, "unreadable"),
        ("rows.jsonl", 1502, "unreadable"),
        ("rows.jsonl", 1503, "unreadable"),
    ]
    assert report(tmp_path / "out")["causes"]["tail-extra"] == 3
    assert "row 1502 of rows.jsonl: messages: expected a list of messages, got null" in ended.out
    assert "does not conform: 8 of 1,504 rows are not answered alike" in ended.out


def test_the_smallest_of_each_cause_is_a_case_that_can_be_asked(
    sweep: Callable[..., Any], conformance: Callable[..., Any], tmp_path: Path
) -> None:
    sweep(write(tmp_path / "rows.jsonl", planted(600, NEWLINE=(3, 500), WEIGHT=(4,))))
    cases = tmp_path / "out/cases.jsonl"
    every = [json.loads(line) for line in cases.read_bytes().splitlines()]
    assert [case["params"]["messages"][0]["content"] for case in every] == ["NEWLINE", "WEIGHT"]
    assert conformance("run", "--cases", cases).code == Exit.CONFORMS
    ended = conformance("run", "--cases", cases, "--", *PORT)
    assert ended.code == Exit.DOES_NOT_CONFORM
    assert "0 passed" in ended.out or "2 failures" in ended.out


@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "jsonl.zst", "parquet", "stream.arrow"])
def test_a_fault_in_three_rows_is_found_in_exactly_those(kind: str, sweep: Callable[..., Any], tmp_path: Path) -> None:
    path = write(tmp_path / f"rows.{kind}", planted(1100, NEWLINE=(0, 555, 1099)))
    assert sweep(path).code == Exit.DOES_NOT_CONFORM
    assert [row for _, row, _ in found(tmp_path / "out")] == [1, 556, 1100]


def test_several_processes_give_the_same_bytes(
    sweep: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonl, "STRETCH_ROWS", 100)
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    path = write(tmp_path / "rows.jsonl", planted(1100, NEWLINE=(1, 950), REFUSE=(400,)))
    for jobs in (1, 3):
        assert sweep(path, "--jobs", jobs, output=str(jobs)).code == Exit.DOES_NOT_CONFORM
    assert kept(tmp_path / "1") == kept(tmp_path / "3")


def test_what_is_done_is_not_done_again(sweep: Callable[..., Any], tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", planted(1100, NEWLINE=(1,)))
    first = sweep(path)
    before = kept(tmp_path / "out")
    ledger = (tmp_path / "out/ledger.jsonl").read_bytes()
    again = sweep(path)
    assert (again.code, again.out) == (first.code, first.out)
    assert "every row is done" in again.err
    # Half of the ledger, and no report.
    lines = ledger.splitlines(keepends=True)
    (tmp_path / "out/ledger.jsonl").write_bytes(b"".join(lines[:2]) + lines[2][:40])
    (tmp_path / "out/report.json").unlink()
    assert "going on: 500 of 1,100 rows are done" in sweep(path).err
    assert kept(tmp_path / "out") == before


def test_inputs_that_changed_are_refused_in_one_line(sweep: Callable[..., Any], tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", rows(20))
    assert sweep(path).code == Exit.CONFORMS
    for options in (("--train-on-what", "last_assistant_message"), ("--sample", 3), ("--column", "messages=number")):
        ended = sweep(path, *options)
        assert ended.code == Exit.USAGE
        assert len(ended.err.splitlines()) == 1
    write(path, rows(21))
    ended = sweep(path)
    assert (ended.code, ended.err.count("\n")) == (Exit.USAGE, 1)
    assert "rows.jsonl has changed since" in ended.err


def test_the_report_says_what_the_port_encodes_with(sweep: Callable[..., Any], tmp_path: Path) -> None:
    assert sweep(write(tmp_path / "rows.jsonl", rows(3))).code == Exit.CONFORMS
    engine = {"name": "tokenizers", "version": version("tokenizers")}
    assert report(tmp_path / "out")["identity"]["engine"] == engine


def test_a_sample_is_the_same_rows_every_time(sweep: Callable[..., Any], tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", planted(1100, NEWLINE=tuple(range(0, 1100, 2))))
    for output, seed, jobs in (("a", 1, 1), ("b", 1, 2), ("c", 2, 1)):
        sweep(path, "--sample", 60, "--seed", seed, "--jobs", jobs, output=output)
    assert kept(tmp_path / "a") == kept(tmp_path / "b")
    assert found(tmp_path / "a") != found(tmp_path / "c")
    assert report(tmp_path / "a")["account"]["planned"] == 60
    assert 10 < len(found(tmp_path / "a")) < 50


# What goes wrong with data.


def test_what_cannot_be_read_is_one_line_each_and_loses_nothing(sweep: Callable[..., Any], tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    write(data / "a.parquet", rows(10))
    write(data / "b.parquet", rows(1000))
    (data / "b.parquet").write_bytes((data / "b.parquet").read_bytes()[:-1000])
    parquet.write_table(pa.Table.from_pylist([{"chat": "no messages"}] * 4), data / "c.parquet")
    parquet.write_table(pa.Table.from_pylist([{"messages": "text"}] * 3), data / "d.parquet")
    with (data / "e.jsonl").open("wb") as file:
        file.write(json_lines(rows(2)) + b'{"messages": [{"role": "user", "content": "' + b"x" * 50_000_000 + b'"}]}\n')
        file.write(json_lines(rows(2)))
    ended = sweep(data)
    assert ended.code == Exit.DOES_NOT_CONFORM
    account = report(tmp_path / "out")["account"]
    assert (account["planned"], account["equal"], account["unreadable"]) == (22, 14, 8)
    assert [line for line in ended.out.splitlines() if line.startswith("b.parquet cannot be read: ")]
    assert "row 1 of c.parquet: has no column 'messages'; it has 'chat'" in ended.out
    assert "row 3 of e.jsonl: is longer than 8,388,608 bytes (50,000,048)" in ended.out
    assert "row 1 of d.parquet: messages: expected a list of messages, got text" in ended.out
    assert sweep(data, "--allow-unreadable").code == Exit.DOES_NOT_CONFORM  # A file is missing from every count.
    (data / "b.parquet").unlink()
    assert sweep(data, "--allow-unreadable", output="new").code == Exit.CONFORMS
    assert sweep(data, output="new").code == Exit.DOES_NOT_CONFORM


def test_a_data_set_of_which_nothing_can_be_read_is_refused(sweep: Callable[..., Any], tmp_path: Path) -> None:
    table = write(tmp_path / "rows.parquet", rows(3))
    assert "--column messages=NAME" in sweep(table, "--column", "messages=chat").err
    table.write_bytes(table.read_bytes()[:-9])
    (tmp_path / "empty.jsonl").touch()
    for path in (table, tmp_path / "empty.jsonl", tmp_path / "nothing.jsonl"):
        ended = sweep(path)
        assert (ended.code, ended.err.count("\n")) == (Exit.USAGE, 1), ended
        assert path.name in ended.err or "there is no row" in ended.err


def test_a_saved_data_set_and_sharegpt(sweep: Callable[..., Any], tmp_path: Path) -> None:
    every = [
        {"conversations": [{"from": "human", "value": f"Hi {at}"}, {"from": "gpt", "value": "Ho"}]} for at in range(30)
    ]
    directory = saved(tmp_path / "saved", [every[:10], every[10:]])
    assert sweep(directory, "--sharegpt").code == Exit.CONFORMS
    ended = sweep(directory, "--column", "messages=conversations", output="raw")
    assert ended.code == Exit.DOES_NOT_CONFORM
    assert "conversations[0]: " in ended.out


def test_a_full_disk_in_the_middle_loses_nothing(
    sweep: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "rows.jsonl", planted(2100, NEWLINE=(1, 1700)))
    sweep(path, output="whole")
    real = os.write
    calls: list[int] = []

    def full(fd: int, data: Any) -> int:
        if Path(f"/proc/self/fd/{fd}").readlink().name == "ledger.jsonl":
            calls.append(fd)
        if len(calls) == 4:
            calls.clear()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(fd, data)

    with monkeypatch.context() as patch:
        patch.setattr("conformance.sweep.ledger.os.write", full)
        ended = sweep(path)
    assert ended.code == Exit.USAGE
    assert "no space left on device" in ended.err.splitlines()[-1]
    assert "make room and run the same command again" in ended.err
    again = sweep(path)
    assert "going on: " in again.err
    assert kept(tmp_path / "out") == kept(tmp_path / "whole")


# Who goes wrong.


def test_a_port_that_cannot_be_asked(sweep: Callable[..., Any], tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", rows(3))
    ended = sweep(path, port=(str(tmp_path / "no-such-port"),))
    assert ended.code == Exit.ADAPTER_UNUSABLE
    assert "no-such-port" in ended.err
    honest = (sys.executable, str(Path(__file__).parent.parent / "zoo/honest.py"))
    ended = sweep(path, port=honest)
    assert (ended.code, "the adapter does not declare the" in ended.err) == (Exit.USAGE, True)


def test_a_port_that_dies_of_everything_ends_the_sweep(
    sweep: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_ENDINGS", 3)
    path = write(tmp_path / "rows.jsonl", planted(100, CRASH=(5, 20, 21, 22, 23)))
    ended = sweep(path)
    assert ended.code == Exit.ADAPTER_UNUSABLE
    assert "3 questions in a row ended the adapter's process, the last one row 23 of rows.jsonl" in ended.err


def test_options_that_mean_nothing(sweep: Callable[..., Any], tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", rows(3))
    for options, why in (
        (("--train-on-what", "everything"), "everything"),
        (("--column", "chat"), "messages=NAME"),
        (("--tokenizer", "klingon"), "klingon"),
    ):
        ended = sweep(path, *options)
        assert (ended.code, why in ended.err, ended.err.count("\n")) == (Exit.USAGE, True, 1)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/thesis.tex").touch()
    assert "holds something that is no sweep" in sweep(path, output="other").err


def _start(data: Path, output: Path, jobs: int, marker: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "conformance.cli", "sweep", str(data), "--renderer", "qwen3"]
    return subprocess.Popen(
        [*command, "--output", str(output), "--jobs", str(jobs), "--", *PORT],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PLANTED": marker},
        start_new_session=True,
    )


def _units(output: Path) -> int:
    try:
        return (output / "ledger.jsonl").read_bytes().count(b"\n") - 1
    except FileNotFoundError:
        return 0


def _alive(marker: str) -> list[int]:
    """The processes that were started with this in their environment and are still there."""
    left = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if marker.encode() in path.read_bytes() and (path.parent / "stat").read_text().split()[2] != "Z":
                left.append(int(path.parent.name))
        except OSError:
            continue
    return left


def _workers(marker: str) -> list[int]:
    """Those of them that render."""
    found = []
    for pid in _alive(marker):
        with contextlib.suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
    return found


def _gone(marker: str) -> bool:
    for _ in range(600):
        if not _alive(marker):
            return True
        time.sleep(0.05)
    return False


def test_killed_again_and_again_it_gives_the_same_report(sweep: Callable[..., Any], tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", planted(3000, NEWLINE=(1, 2000, 2999), WEIGHT=(2500,)))
    sweep(path, output="whole")
    marker = f"SWEPT_{os.getpid()}_{time.time_ns()}"
    for at in range(KILLS):
        wanted = _units(tmp_path / "out") + 1 + at
        with _start(path, tmp_path / "out", 1 + at % 2, marker) as process:
            while _units(tmp_path / "out") < wanted and process.poll() is None:
                time.sleep(0.01)
            os.killpg(process.pid, signal.SIGKILL)
        assert _gone(marker)
    assert _units(tmp_path / "out") < 6
    assert "going on: " in sweep(path).err
    assert kept(tmp_path / "out") == kept(tmp_path / "whole")


@pytest.mark.parametrize(("number", "jobs"), [(signal.SIGINT, 1), (signal.SIGTERM, 2)])
def test_interrupted_it_leaves_no_process_and_goes_on(
    number: signal.Signals, jobs: int, sweep: Callable[..., Any], tmp_path: Path
) -> None:
    path = write(tmp_path / "rows.jsonl", planted(1500, NEWLINE=(1,)))
    marker = f"SWEPT_{os.getpid()}_{time.time_ns()}"
    with _start(path, tmp_path / "out", jobs, marker) as process:
        while _units(tmp_path / "out") < 1:
            time.sleep(0.01)
        os.kill(process.pid, number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == Exit.DOES_NOT_CONFORM
    assert err.splitlines()[-1] == "conformance sweep: interrupted"
    assert _alive(marker) == []
    ended = sweep(path)
    assert "going on: " in ended.err
    assert "1 of 1,500 rows are not answered alike" in ended.out


def test_a_worker_that_is_killed_is_replaced(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", planted(3000, NEWLINE=(1, 2000, 2999)))
    marker = f"SWEPT_{os.getpid()}_{time.time_ns()}"
    with _start(path, tmp_path / "out", 2, marker) as process:
        # As soon as both are there: they are through soon.
        while len(workers := _workers(marker)) < 2:
            assert process.poll() is None
        os.kill(workers[0], signal.SIGKILL)
        out, err = process.communicate()
    assert process.returncode == Exit.DOES_NOT_CONFORM, err
    assert [row for _, row, _ in found(tmp_path / "out")] == [2, 2001, 3000]
    assert "3 of 3,000 rows are not answered alike" in out


def test_a_table_may_hold_what_json_has_no_form_for(sweep: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    messages = [[{"role": "user", "content": b"bytes"}], [{"role": "user", "content": b""}]]
    parquet.write_table(pa.table({"messages": messages}), path)
    assert sweep(path).code == Exit.DOES_NOT_CONFORM
    assert report(tmp_path / "out")["account"]["unreadable"] == 2
