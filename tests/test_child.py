"""A child process: bytes in, lines out, and nothing is left behind."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo_keeper import environment

from conformance.child import CHUNK, STDERR_BYTES, STDERR_LINES, CannotStart, Child, ended_how

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 60.0


@contextmanager
def child(script: str, *arguments: str, line_limit: int = 1 << 20, **options: Any) -> Iterator[Child]:
    """A child that runs a Python script; killed at the end of the block."""
    with environment() as env:
        command = [sys.executable, "-S", "-c", f"import os, sys, time\n{script}", *arguments]
        started = Child(command, line_limit=line_limit, env=env, **options)
        try:
            yield started
        finally:
            started.kill()


def read_until_the_end(started: Child) -> list[bytes]:
    lines: list[bytes] = []
    until = time.monotonic() + PATIENCE
    while not (started.stdout_closed or started.overflowed):
        assert time.monotonic() < until
        # So long that whatever is not watched is found out.
        lines += started.pump(PATIENCE)
    return lines


ECHO = "os.set_blocking(0, True)\nwhile data := os.read(0, 3000): os.write(1, data)"


def test_lines_come_back_whole() -> None:
    with child(ECHO) as started:
        started.queue(b"one\ntwo\n")
        started.queue(b"\nlast without its end")
        started.close_stdin()
        assert read_until_the_end(started) == [b"one", b"two", b""]
        assert started.partial_line == b"last without its end"
        assert started.written == len(b"one\ntwo\n\nlast without its end")


@settings(max_examples=10)
@given(st.lists(st.sampled_from([0, 1, 17, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]), max_size=12))
def test_lines_of_any_length_come_back_whole(lengths: list[int]) -> None:
    lines = [bytes([ord("a") + at % 26]) * length for at, length in enumerate(lengths)]
    with child(ECHO) as started:
        for line in lines:
            started.queue(line + b"\n")
        started.close_stdin()
        assert read_until_the_end(started) == lines
        assert started.unwritten == 0


def test_neither_side_waits_for_the_other() -> None:
    # The child writes far more than a pipe holds before it reads anything, and the runner likewise.
    script = "os.write(2, b'e' * 300_000)\nos.write(1, b'x' * 300_000 + b'\\n')\n" + ECHO
    with child(script) as started:
        started.queue(b"y" * 300_000 + b"\n")
        started.close_stdin()
        assert read_until_the_end(started) == [b"x" * 300_000, b"y" * 300_000]


def test_writing_goes_on_while_there_is_nothing_to_read() -> None:
    with child("print(len(sys.stdin.buffer.read()))") as started:
        started.queue(b"x" * 3_000_000)
        started.close_stdin()
        assert read_until_the_end(started) == [b"3000000"]


def test_a_child_that_closes_its_stdin_is_still_read() -> None:
    with child("os.close(0)\nprint('deaf')") as started:
        started.queue(b"x" * 1_000_000)
        assert read_until_the_end(started) == [b"deaf"]
        assert started.unwritten == 0
        started.queue(b"more")
        assert started.unwritten == 0


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        ("print('x' * 10)\nprint('x' * 11, flush=True)\nprint('y')", [b"x" * 10]),
        ("print('x' * 100, end='', flush=True)\ntime.sleep(600)", []),
        ("os.write(1, b'a' * 6)\ntime.sleep(0.2)\nos.write(1, b'b' * 6 + b'\\n')\ntime.sleep(600)", []),
        ("print('y')\nprint('x' * 300_000)", [b"y"]),
    ],
)
def test_a_line_beyond_the_limit_ends_the_reading(script: str, lines: list[bytes]) -> None:
    with child(script, line_limit=10) as started:
        assert read_until_the_end(started) == lines
        assert started.overflowed
        assert len(started.partial_line) > 10
        assert started.pump(0.0) == []


def test_the_tail_of_stderr_is_bounded() -> None:
    with child("for n in range(100_000): print(n, file=sys.stderr)") as started:
        assert started.wait(PATIENCE)
        started.drain()
        assert started.stderr_tail == tuple(str(n) for n in range(100_000 - STDERR_LINES, 100_000))


def test_the_tail_of_stderr_without_lines_is_bounded() -> None:
    with child("sys.stderr.buffer.write(b'\\xff' * 1_000_000)") as started:
        assert started.wait(PATIENCE)
        started.drain()
        assert started.stderr_tail == ("\ufffd" * STDERR_BYTES,)
        assert len(vars(started)["_stderr"]) < 10 * STDERR_BYTES


def test_what_comes_while_waiting_is_kept() -> None:
    with child("print('late', flush=True)\ntime.sleep(0.2)\nprint('later')") as started:
        assert started.wait(PATIENCE)
        assert started.pump(0.0) == [b"late", b"later"]


def test_waiting_has_an_end() -> None:
    with child("time.sleep(600)") as started:
        assert not started.exited()
        assert not started.wait(0.05)


def test_an_ended_child_is_not_reaped_before_its_group_is_killed() -> None:
    with child("pass") as started:
        assert started.wait(PATIENCE)
        os.kill(started.pid, 0)  # Its id is still its own: a zombie has one.
        assert started.exited()
        assert started.kill() == 0
        assert started.exited()
        with pytest.raises(ProcessLookupError):
            os.kill(started.pid, 0)


def test_killing_twice_is_killing_once() -> None:
    with child("time.sleep(600)") as started:
        assert started.kill() == -9
        assert started.kill() == -9
        assert started.drain() == []


def test_a_group_is_asked_to_end() -> None:
    script = "os.fork()\ntime.sleep(600)"
    with child(script) as started:
        started.terminate()
        assert started.wait(PATIENCE)
        assert started.kill() == -15


def test_a_child_has_a_session_of_its_own() -> None:
    with child("print(os.getpid(), os.getpgid(0), os.getsid(0))") as started:
        (line,) = read_until_the_end(started)
    assert line.split() == [str(started.pid).encode()] * 3


def test_a_child_inherits_no_pipe_of_another() -> None:
    script = "print(sorted(os.listdir('/proc/self/fd')), flush=True)\ntime.sleep(600)"
    with child(script) as first, child(script) as second:
        seen = [next(iter(lines)) for started in (first, second) if (lines := _first_lines(started))]
    # 3 is the directory that is being listed.
    assert seen == [b"['0', '1', '2', '3']"] * 2


def _first_lines(started: Child) -> list[bytes]:
    lines: list[bytes] = []
    while not lines:
        lines = started.pump(0.1)
    return lines


def test_a_command_that_does_not_start() -> None:
    for command, message in (
        (["/no/such/program"], "cannot start '/no/such/program': No such file or directory"),
        ([], "cannot start the adapter: its command is empty"),
        (["a\0b"], "cannot start 'a\\x00b': embedded null byte"),
    ):
        with pytest.raises(CannotStart) as caught:
            Child(command, line_limit=1)
        assert str(caught.value) == message


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0, "exited with code 0"),
        (137, "exited with code 137"),
        (-11, "was killed by SIGSEGV"),
        (-9, "was killed by SIGKILL"),
        (-200, "was killed by signal 200"),
    ],
)
def test_the_end_in_words(status: int, words: str) -> None:
    assert ended_how(status) == words
