"""A loop's command as a process group of its own, with an end to its time and nothing left of it afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING

from msgspec import Struct

from conformance import process_group
from conformance.child import ended_how
from conformance.exits import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TAIL_BYTES = 1 << 14
TAIL_LINES = 20
GRACE_SECONDS = 3.0


class Ran(Struct, frozen=True, kw_only=True):
    """How a command ended, and the last lines of what it wrote."""

    status: int
    timed_out: bool
    seconds: float
    tail: tuple[str, ...]

    def told(self, timeout: float) -> str:
        """What went wrong in a sentence; empty when nothing did."""
        if self.timed_out:
            return f"the loop did not end in {timeout:g} s and was stopped"
        return f"the loop {ended_how(self.status)}" if self.status else ""


def run_loop(command: Sequence[str], environment: Mapping[str, str], timeout: float) -> Ran:
    """Run the command to its end, or for `timeout` seconds.

    Raises:
        UsageError: it cannot be started.
    """
    with tempfile.TemporaryFile() as output:
        try:
            process = process_group.start(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
            )
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise UsageError(f"cannot start {command[0]!r}: {why.lower()}") from error
        began = time.monotonic()
        timed_out = False
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            timed_out = True
            process_group.send(process, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE_SECONDS)
        finally:
            # Whatever the loop started goes with it; after an interrupt the loop itself, too.
            process_group.send(process, signal.SIGKILL)
            status = process.wait()
        return Ran(status=status, timed_out=timed_out, seconds=time.monotonic() - began, tail=_tail(output.fileno()))


def _tail(descriptor: int) -> tuple[str, ...]:
    size = os.fstat(descriptor).st_size
    data = os.pread(descriptor, TAIL_BYTES, max(size - TAIL_BYTES, 0))
    return tuple(data.decode(errors="replace").replace("\r", "\n").split("\n")[-TAIL_LINES - 1 :])
