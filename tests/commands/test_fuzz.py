"""`conformance fuzz` and `conformance shrink`, against copies of the reference in which a fault is planted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fuzz_faults import FAULTS

from conformance.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from fuzz_faults import FuzzFault

FAULTY = (sys.executable, str(Path(__file__).parent.parent / "faulty.py"))
COUNT = 400
"""Questions of one operation within which a fault must be found."""


def crashes(directory: Path) -> list[Any]:
    return [json.loads(path.read_bytes()) for path in sorted(directory.iterdir())]


def where(fault: FuzzFault) -> list[str]:
    renderer = [] if fault.renderer == "*" else ["--renderer", fault.renderer]
    return ["--operation", fault.operation, *renderer]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name.replace(" ", "-"))
def test_a_planted_fault_is_found_and_its_question_is_small(
    conformance: Callable[..., Any], tmp_path: Path, fault: FuzzFault
) -> None:
    count = fault.count or COUNT
    options = ("--seed", 1, "--count", count, "--crashes", tmp_path / "found", *where(fault))
    result = conformance("fuzz", *options, "--", *FAULTY, fault.name)
    assert result.code == Exit.DOES_NOT_CONFORM, result.out + result.err
    assert (tmp_path / "found").exists(), result.out
    found = crashes(tmp_path / "found")
    assert all(one["operation"] == fault.operation and one.get("steady", True) for one in found)
    # One that shows the fault as plainly as it can be shown.
    assert min(len(one["params"].get("messages", ())) for one in found) <= max(fault.least, 1)
    assert all(len(one["params"].get("messages", ())) <= max(fault.least, 2) + 1 for one in found)
    told = result.out.splitlines()
    assert len(told) >= len(found) + 3
    assert all(line.isprintable() for line in told)


def test_there_are_faults_enough_and_in_every_operation() -> None:
    assert len(FAULTS) >= 30
    assert len({fault.operation for fault in FAULTS.values()}) >= 15


def test_the_reference_differs_from_itself_in_nothing(conformance: Callable[..., Any], tmp_path: Path) -> None:
    result = conformance("fuzz", "--seed", 3, "--count", 1000, "--crashes", tmp_path / "found")
    assert result.code == Exit.CONFORMS
    assert "0 differ" in result.out
    assert f"with tokenizers {version('tokenizers')}: " in result.out
    assert not (tmp_path / "found").exists()


def test_a_seed_finds_the_same_with_any_number_of_jobs_and_a_fix_is_seen(
    conformance: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    port = (*FAULTY, "arguments sorted")
    told = []
    for jobs in (1, 2):
        options = ("--seed", 1, "--count", 950, "--operation", "*example", "--renderer", "qwen3*", "--jobs", jobs)
        promoted = tmp_path / f"{jobs}.jsonl"
        result = conformance("fuzz", *options, "--crashes", tmp_path / str(jobs), "--promote", promoted, "--", *port)
        assert result.code == Exit.DOES_NOT_CONFORM, result.err
        told.append((result.out.splitlines()[1:-3], crashes(tmp_path / str(jobs)), promoted.read_bytes()))
    assert told[0] == told[1]

    # The same failures as cases, and as crashes.
    assert conformance("run", "--cases", tmp_path / "1.jsonl").code == Exit.CONFORMS
    assert conformance("run", "--cases", tmp_path / "1.jsonl", "--", *port).code == Exit.DOES_NOT_CONFORM
    still = conformance("fuzz", "--replay", tmp_path / "1", "--", *port)
    assert (still.code, still.out.splitlines()[-1]) == (Exit.DOES_NOT_CONFORM, f"{len(told[0][1])} still failing")
    fixed = conformance("fuzz", "--replay", tmp_path / "1")
    assert (fixed.code, fixed.out.splitlines()[-1]) == (Exit.CONFORMS, f"{len(told[0][1])} fixed")
    assert conformance("fuzz", "--replay", tmp_path / "1").out.startswith("there is no crash")


def test_an_adapter_that_cannot_be_started(conformance: Callable[..., Any], tmp_path: Path) -> None:
    result = conformance("fuzz", "--count", 10, "--", tmp_path / "no-such-port")
    assert result.code == Exit.ADAPTER_UNUSABLE
    assert "no-such-port" in result.err


def test_a_pattern_that_matches_nothing_is_a_mistake(conformance: Callable[..., Any]) -> None:
    for option in ("--operation", "--renderer"):
        result = conformance("fuzz", "--count", 10, option, "nothing*")
        assert result.code == Exit.USAGE
        assert "nothing*" in result.err


def test_an_adapter_that_declares_nothing_has_shown_nothing(conformance: Callable[..., Any]) -> None:
    result = conformance("fuzz", "--count", 10, "--operation", "tensor.*", "--", *FAULTY, "declares no operation")
    assert result.code == Exit.DOES_NOT_CONFORM
    assert "nothing to ask" in result.out


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupt_keeps_what_was_found_and_leaves_no_process(tmp_path: Path, jobs: int) -> None:
    found = tmp_path / "found"
    command = [sys.executable, "-m", "conformance.cli", "fuzz", "--time", "120", "--seed", "1", "--jobs", str(jobs)]
    marker = f"PLANTED_{os.getpid()}_{jobs}_{time.time_ns()}"
    with subprocess.Popen(
        [*command, "--crashes", str(found), "--", *FAULTY, "role ignored"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PLANTED": marker},
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline(), process.stdout.readline()]
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == Exit.DOES_NOT_CONFORM
    assert "role" in lines[1]
    assert "stopped early: interrupted" in out
    assert "interrupted" in err
    assert crashes(found)
    assert _alive(marker) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupt_waits_for_no_question(tmp_path: Path, jobs: int, number: signal.Signals) -> None:
    hanging = tmp_path / "hanging"
    marker = f"PLANTED_{os.getpid()}_{jobs}_{time.time_ns()}"
    command = [sys.executable, "-m", "conformance.cli", "fuzz", "--time", "600", "--seed", "1", "--timeout", "600"]
    with subprocess.Popen(
        [*command, "--jobs", str(jobs), "--", *FAULTY, "hangs"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PLANTED": marker, "HANGING": str(hanging)},
        start_new_session=True,
    ) as process:
        until = time.monotonic() + 60
        while time.monotonic() < until and not hanging.exists():
            time.sleep(0.05)
        os.kill(process.pid, number)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == Exit.DOES_NOT_CONFORM
    assert "stopped early: interrupted" in out
    assert _alive(marker) == []


def _alive(marker: str) -> list[str]:
    """The processes that were started with this in their environment and are still there."""
    left = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if marker.encode() in path.read_bytes() and "Z" not in (path.parent / "stat").read_text().split()[2]:
                left.append((path.parent / "cmdline").read_text())
        except OSError:
            continue
    return left


# Shrinking a golden case.


def test_a_failing_case_is_made_small(conformance: Callable[..., Any], tmp_path: Path) -> None:
    id = "renderer/qwen3/shape-two-turns/prompt@bytes"
    promoted = tmp_path / "small.jsonl"
    result = conformance("shrink", id, "--promote", promoted, "--", *FAULTY, "last message dropped everywhere")
    assert result.code == Exit.DOES_NOT_CONFORM, result.out + result.err
    case = json.loads(promoted.read_bytes())
    assert len(case["params"]["messages"]) == 1
    assert id in case["notes"]
    assert "smaller questions" in result.out


def test_a_case_that_passes_is_not_made_small(conformance: Callable[..., Any]) -> None:
    id = "renderer/qwen3/shape-two-turns/prompt@bytes"
    result = conformance("shrink", id, "--", *FAULTY, "content stripped")
    assert result.code == Exit.CONFORMS
    assert "passes" in result.out


def test_a_case_that_does_not_exist(conformance: Callable[..., Any]) -> None:
    result = conformance("shrink", "renderer/qwen3/shape-two-turn/prompt@bytes")
    assert result.code == Exit.USAGE
    assert "did you mean" in result.err


def test_a_case_that_the_adapter_does_not_declare(conformance: Callable[..., Any]) -> None:
    id = "renderer/qwen3/shape-two-turns/prompt@bytes"
    result = conformance("shrink", id, "--", *FAULTY, "declares no operation")
    assert result.code == Exit.USAGE
    assert "is not declared" in result.err
