"""`conformance doctor`: what it shows, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance import doctor_questions

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome
    from syrupy.assertion import SnapshotAssertion

SICK = Path(__file__).parents[1] / "patients" / "sick.py"


@pytest.mark.parametrize(("sickness", "code"), [("well", 0), ("latin1", 1), ("dies", 3)])
def test_the_page_and_the_exit_code(
    sickness: str,
    code: int,
    conformance: Callable[..., Outcome],
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor_questions, "PACE_SECONDS", 0.0)
    ended = conformance("doctor", "--", sys.executable, "-S", str(SICK), sickness)
    assert (ended.code, ended.err) == (code, "")
    shown = ended.out.partition("\n")[2]  # The command has the paths of this machine.
    assert re.sub(r"about [\d,]+ small", "about N small", shown) == snapshot


def test_a_command_has_to_stand_after_the_dashes(conformance: Callable[..., Outcome]) -> None:
    ended = conformance("doctor", "--")
    assert ended.code == 2
    assert "leave `--` out to ask the reference" in ended.err


@pytest.mark.parametrize("sickness", ["silent", "survives_shutdown", "survives_stdin"])
def test_an_interrupt_leaves_no_process(sickness: str, tmp_path: Path) -> None:
    """The adapter writes its id to a file when it starts, and is gone when the doctor is."""
    started = tmp_path / "pid"
    wrapper = f"import os, runpy, sys; open({str(started)!r}, 'a').write(str(os.getpid()) + chr(10)); sys.argv[1:] = "
    wrapper += f"[{sickness!r}]; runpy.run_path({str(SICK)!r}, run_name='__main__')"
    command = [sys.executable, "-m", "conformance.cli", "doctor", "--", sys.executable, "-S", "-c", wrapper]
    doctor = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        until = time.monotonic() + 60
        while not started.exists() and time.monotonic() < until:
            time.sleep(0.05)
        doctor.send_signal(signal.SIGTERM)
        _, err = doctor.communicate(timeout=60)
    finally:
        doctor.kill()
    assert doctor.returncode == 1
    assert err == "conformance doctor: interrupted\n"
    for pid in map(int, started.read_text().split()):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
