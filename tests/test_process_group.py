"""What is started ends with us, wherever an interrupt strikes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from conformance import process_group

START = """
import os, signal, subprocess, sys
from conformance import process_group
from conformance.interrupts import raise_on_signals
raise_on_signals()
SLEEPER = [sys.executable, "-S", "-c", "import os, time; os.closerange(0, 3); time.sleep(600)"]  # Holds no pipe open.
"""


def run(script: str) -> tuple[int, list[int], str]:
    """The exit code of a script, the process ids it printed, and its stderr."""
    ended = subprocess.run([sys.executable, "-c", START + script], capture_output=True, text=True, check=False)
    return ended.returncode, [int(line) for line in ended.stdout.split()], ended.stderr


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    os.killpg(pid, signal.SIGKILL)  # A red test leaves nothing behind, either.
    return True


def is_running(pid: int) -> bool:
    """Whether it is more than an entry that whoever inherited it has not collected yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_process_that_nobody_ends_goes_when_we_do() -> None:
    code, pids, err = run("print(process_group.start(SLEEPER).pid)\nraise SystemExit(7)")
    assert (code, len(pids), err) == (7, 1, "")
    assert not is_there(pids[0])


def test_a_process_of_multiprocessing_leaves_nothing_either() -> None:
    code, pids, err = run("""
import multiprocessing
def work():
    with process_group.none_left():
        print(process_group.start(SLEEPER).pid, flush=True)
        raise SystemExit
worker = multiprocessing.get_context("fork").Process(target=work)
worker.start()
worker.join()
""")
    assert (code, len(pids), err) == (0, 1, "")
    assert not is_there(pids[0])


def test_an_interrupt_in_the_middle_of_starting_leaves_nothing() -> None:
    code, pids, err = run("""
class Struck(subprocess.Popen):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        print(self.pid, flush=True)
        os.kill(os.getpid(), signal.SIGTERM)

subprocess.Popen = Struck
try:
    process_group.start(SLEEPER)
except KeyboardInterrupt:
    raise SystemExit(7)
""")
    assert (code, len(pids), err) == (7, 1, "")
    assert not is_there(pids[0])


def test_what_a_process_started_goes_with_it() -> None:
    code, pids, err = run("""
WRAPPER = f"import subprocess; print(subprocess.Popen({SLEEPER!r}).pid, flush=True); input()"
wrapper = process_group.start([sys.executable, "-c", WRAPPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
print(int(wrapper.stdout.readline()))
""")
    assert (code, len(pids), err) == (0, 1, "")
    assert not is_running(pids[0])


def test_a_fork_of_us_does_not_end_what_is_ours() -> None:
    code, pids, err = run("""
ours = process_group.start(SLEEPER)
if not (fork := os.fork()):
    raise SystemExit
os.waitpid(fork, 0)
print(ours.pid)
raise SystemExit(7 if ours.poll() is None else 1)
""")
    assert (code, len(pids), err) == (7, 1, "")


def test_an_ended_process_is_not_kept_in_mind() -> None:
    first = process_group.start([sys.executable, "-S", "-c", ""])
    first.wait()
    second = process_group.start([sys.executable, "-S", "-c", ""])
    assert first not in process_group._started
    assert second in process_group._started
    second.wait()


def test_a_group_that_is_gone_takes_no_signal() -> None:
    process = process_group.start([sys.executable, "-S", "-c", ""])
    process.wait()
    process_group.send(process, signal.SIGTERM)
