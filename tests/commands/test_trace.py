"""`conformance trace`: what it shows, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from traces.test_running import gone

from conformance.traces.scenario import scenario_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ended

JSON_LOOP = Path(__file__).parents[1] / "traces" / "json_loop.py"


def test_every_scenario_is_listed(conformance: Callable[..., Ended]) -> None:
    ended = conformance("trace", "--list")
    assert ended.code == 0
    assert [line.split()[0] for line in ended.out.splitlines() if line[0] != " "] == scenario_names()


def test_the_scenario_is_shown_as_the_command_gets_it(conformance: Callable[..., Ended]) -> None:
    shown = json.loads(conformance("trace", "sl", "--show").out)
    assert shown["name"] == "sl"
    assert "expect" not in shown
    assert "witnesses" not in shown


def test_without_a_command_the_reference_runs_in_memory(conformance: Callable[..., Ended]) -> None:
    ended = conformance("trace", "sl", "dpo")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith("Traces: 2 of 2 scenarios conform to upstream's loops\n")
    assert "not tested: whether the loop is pipelined" in ended.out


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        ("", 0, "Traces: 1 of 1 scenario conform to upstream's loops"),
        ("crashes", 1, "the loop exited with code 1"),
        ("silent", 3, "no model is created or loaded"),
    ],
)
def test_exit_codes(conformance: Callable[..., Ended], fault: str, code: int, says: str) -> None:
    ended = conformance("trace", "sl", "--", sys.executable, JSON_LOOP, fault)
    assert ended.code == code
    assert says in ended.out


def test_what_a_loop_writes_is_harmless_to_show(conformance: Callable[..., Ended]) -> None:
    ended = conformance("trace", "sl", "--verbose", "--", sys.executable, JSON_LOOP, "crashes")
    assert "the port has a fault: ␛[31mred" in ended.out
    assert "\x1b" not in ended.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nosuch"], "there is no scenario 'nosuch'; there are: dpo, "),
        (["../../etc/passwd"], "there is no scenario '../../etc/passwd'"),
        (["rules"], "there is no scenario 'rules'"),
        ([], "which scenario? `conformance trace --list` shows them; --all runs them all"),
        (["--all", "sl"], "give scenarios by name or --all, not both"),
        (["sl", "--", "/nowhere/loop"], "cannot start '/nowhere/loop': no such file or directory"),
    ],
)
def test_usage(conformance: Callable[..., Ended], arguments: list[str], says: str) -> None:
    ended = conformance("trace", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"conformance trace: {says}")
    assert ended.err.count("\n") == 1


def test_an_empty_command_is_not_the_reference(conformance: Callable[..., Ended]) -> None:
    ended = conformance("trace", "sl", "--")
    assert ended.code == 2
    assert "no command stands after `--`; leave `--` out to ask the reference" in ended.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_behind(number: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "conformance.cli", "trace", "sl", "--keep", str(tmp_path), "--"]
    process = subprocess.Popen(
        [*command, sys.executable, str(JSON_LOOP), "orphan"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "COLUMNS": "80"},
    )
    note = tmp_path / "sl" / "log" / "child"
    until = time.monotonic() + 60
    while not (note.exists() and note.read_text()) and time.monotonic() < until:
        time.sleep(0.02)
    child = int(note.read_text())
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert gone(child)
    # It may have been done just then.
    assert (process.returncode, err) in ((1, b"conformance trace: interrupted\n"), (0, b""))
