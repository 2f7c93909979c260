"""A child process in a process group of its own: bytes go in, lines come out, and nothing is left behind.

The three pipes are driven by one selector in the caller's thread. Reading goes on while there is something to
write, so neither a slow reader nor a flood on stderr can bring the two processes to a standstill.

A grandchild that makes a session of its own (as a daemon does) leaves the group and is out of reach.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from conformance import process_group

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CHUNK = 1 << 16
"""Bytes read or written at once: what a pipe holds."""
LONGEST_LINE = 64 << 20
"""The longest line accepted on stdout, in bytes, unless somebody says otherwise."""
LONGEST_PAUSE = 0.01
"""Seconds between two looks at whether a process has ended: nobody should wait longer than it takes."""
STDERR_LINES = 50
STDERR_BYTES = 1 << 14
DRAIN_ROUNDS = 4
"""A pipe holds one chunk, on some systems more. A grandchild may go on writing for ever, so there is an end to it."""


class CannotStart(Exception):
    """The command does not start: it is missing, not executable, or no program."""


class Child:
    """One process and its pipes.

    `stdout_closed` and `overflowed` (a line beyond `line_limit`) say why no more lines will come.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        line_limit: int,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Start `command`.

        Raises:
            CannotStart: the operating system refuses.
        """
        if not command:
            raise CannotStart("cannot start the adapter: its command is empty")
        try:
            self._process = process_group.start(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                cwd=cwd,
                env=env,
            )
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            where = f" in {os.fspath(cwd)}" if cwd is not None else ""
            raise CannotStart(f"cannot start {command[0]!r}{where}: {why}") from error
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._pipes = tuple(pipe for pipe in pipes if pipe is not None)
        stdin, stdout, stderr = self._pipes
        self.pid = self._process.pid
        self.stdout_closed = False
        self.overflowed = False
        self.written = 0
        """Bytes that the pipe has taken so far."""
        self._queued = 0
        self._line_limit = line_limit
        self._unwritten = bytearray()
        self._close_stdin = False
        self._lines: list[bytes] = []
        self._partial: list[bytes] = []
        self._partial_size = 0
        self._stderr = bytearray()
        self._selector = selectors.DefaultSelector()
        self._stdin = stdin.fileno()
        self._stdout = stdout.fileno()
        self._stderr_fd = stderr.fileno()
        self._stdin_registered = False
        self._stdin_open = True
        self._closed = False
        for fd in (self._stdin, self._stdout, self._stderr_fd):
            os.set_blocking(fd, False)
        self._selector.register(self._stdout, selectors.EVENT_READ, self._read_stdout)
        self._selector.register(self._stderr_fd, selectors.EVENT_READ, self._read_stderr)

    # Bytes in, lines out.

    def queue(self, data: bytes) -> int:
        """Have `data` written by the next calls of `pump`. Returns what `written` will be when all of it is.

        It is dropped when the process has closed its stdin.
        """
        self._queued += len(data)
        if self._stdin_open:
            self._unwritten += data
        return self._queued

    def close_stdin(self) -> None:
        """Close stdin once everything that was queued is written."""
        self._close_stdin = True
        self._flush()

    def pump(self, timeout: float) -> list[bytes]:
        """Write what the pipe takes, wait up to `timeout` seconds for something to read, and return whole lines."""
        self._flush()
        self._serve(timeout)
        return self._taken()

    def _taken(self) -> list[bytes]:
        lines = self._lines
        self._lines = []
        return lines

    def _serve(self, timeout: float) -> bool:
        """See to whatever is ready within `timeout` seconds; False when nothing was."""
        ready = self._selector.select(max(timeout, 0.0))
        for key, _ in ready:
            key.data()
        return bool(ready)

    @property
    def unwritten(self) -> int:
        """Bytes that wait for the process to read."""
        return len(self._unwritten)

    @property
    def partial_line(self) -> bytes:
        """The beginning of a line whose end has not come."""
        return b"".join(self._partial)

    @property
    def stderr_tail(self) -> tuple[str, ...]:
        """The last lines of stderr, bounded in number and bytes."""
        return tuple(self._stderr[-STDERR_BYTES:].decode(errors="replace").splitlines()[-STDERR_LINES:])

    def _flush(self) -> None:
        while self._unwritten and self._stdin_open:
            try:
                count = os.write(self._stdin, self._unwritten[:CHUNK])
            except BlockingIOError:
                self._watch_stdin(True)
                return
            except OSError:  # It closed its stdin, or is gone. What it has written is still to be read.
                self._unwritten.clear()
                self._shut_stdin()
                return
            del self._unwritten[:count]
            self.written += count
        self._watch_stdin(False)
        if self._close_stdin:
            self._shut_stdin()

    def _watch_stdin(self, wanted: bool) -> None:
        if wanted and not self._stdin_registered:
            self._selector.register(self._stdin, selectors.EVENT_WRITE, self._flush)
        elif self._stdin_registered and not wanted:
            self._selector.unregister(self._stdin)
        self._stdin_registered = wanted

    def _shut_stdin(self) -> None:
        if self._stdin_open:
            self._watch_stdin(False)
            self._stdin_open = False
            self._pipes[0].close()

    def _read_stdout(self) -> None:
        try:
            data = os.read(self._stdout, CHUNK)
        except BlockingIOError:
            return
        if not data:
            self._stop_reading()
            self.stdout_closed = True
            return
        lines = data.split(b"\n")
        if len(lines) > 1 and self._partial:
            lines[0] = b"".join([*self._partial, lines[0]])
            self._partial.clear()
            self._partial_size = 0
        rest = lines.pop()
        if rest:
            self._partial.append(rest)
            self._partial_size += len(rest)
        longest = len(lines[0]) if lines else 0  # Only the first can be longer than a chunk.
        if max(longest, self._partial_size) > self._line_limit or len(data) > self._line_limit:
            lines = self._within_limit(lines)
        self._lines += lines

    def _within_limit(self, lines: list[bytes]) -> list[bytes]:
        """The lines before the first that is too long; from there on nothing is read."""
        for at, line in enumerate(lines):
            if len(line) > self._line_limit:
                self._partial = [line]
                self._overflow()
                return lines[:at]
        if self._partial_size > self._line_limit:
            self._overflow()
        return lines

    def _overflow(self) -> None:
        self.overflowed = True
        self._stop_reading()

    def _stop_reading(self) -> None:
        self._selector.unregister(self._stdout)

    def _read_stderr(self) -> None:
        try:
            data = os.read(self._stderr_fd, CHUNK)
        except BlockingIOError:
            return
        if not data:
            self._selector.unregister(self._stderr_fd)
            return
        self._stderr += data
        if len(self._stderr) > 4 * STDERR_BYTES:
            del self._stderr[:-STDERR_BYTES]

    # The end.

    def exited(self) -> bool:
        """Whether the process has ended.

        It is not reaped here: until then its id, which is also the group's, cannot be given to another process.
        """
        if self._process.returncode is not None:
            return True
        if not hasattr(os, "waitid"):
            return self._process.poll() is not None
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:  # Somebody else has reaped it.
            return True

    def wait(self, seconds: float) -> bool:
        """Wait for the process to end, while its pipes are drained. Lines are kept for the next `pump`."""
        until = time.monotonic() + seconds
        pause = 0.001
        kept: list[bytes] = []
        while not (over := self.exited()) and time.monotonic() < until:
            kept += self.pump(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        self._lines = kept + self._lines
        return over

    def drain(self) -> list[bytes]:
        """What is in the pipes now: whole lines of stdout, and stderr for its tail."""
        rounds = 0 if self._closed else DRAIN_ROUNDS
        while rounds and self._serve(0.0):
            rounds -= 1
        return self._taken()

    def terminate(self) -> None:
        """Ask the whole group to end (SIGTERM)."""
        self._signal(signal.SIGTERM)

    def kill(self) -> int:
        """End the whole group (SIGKILL), collect the process, close the pipes. Returns its exit status.

        The status is subprocess's: negative for the signal that ended it.
        """
        try:
            self._signal(signal.SIGKILL)
            return self._process.wait()
        finally:
            self._close_pipes()

    def _close_pipes(self) -> None:
        self._closed = True
        self._selector.close()
        self._stdin_registered = False
        self._stdin_open = False
        for pipe in self._pipes:
            pipe.close()

    def _signal(self, number: signal.Signals) -> None:
        if self._process.returncode is None:  # Once it is collected, its number may be another's.
            process_group.send(self._process, number)


def ended_how(status: int) -> str:
    """An exit status of subprocess in words: `exited with code 3`, `was killed by SIGSEGV`."""
    if status >= 0:
        return f"exited with code {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"
