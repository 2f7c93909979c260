"""A process in a session and group of its own, which does not outlive us.

Whoever starts one ends it. Should an interrupt strike before it is in anybody's hands, it is ended when we exit.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Any

from conformance.interrupts import shielded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_started: set[subprocess.Popen[bytes]] = set()


def start(command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, with the `options` of subprocess.Popen.

    Raises:
        OSError, ValueError: as subprocess.Popen.
    """
    for ended in [one for one in tuple(_started) if one.returncode is not None]:
        _started.discard(ended)
    with shielded():  # Between the fork and our keeping it in mind, nobody knows of it.
        process = subprocess.Popen(list(command), start_new_session=True, **options)
        _started.add(process)
    return process


def send(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to whoever is left of the group."""
    # Where only a zombie is left, some systems say that we may not.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


@atexit.register
def end_all() -> None:
    """End every group that still has its leader."""
    for process in tuple(_started):
        if process.returncode is None:
            send(process, signal.SIGKILL)
            process.wait()


@contextlib.contextmanager
def none_left() -> Iterator[None]:
    """End every group at the end of the block: for processes of ours that exit without `atexit`."""
    try:
        yield
    finally:
        end_all()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_started.clear)  # They are its parent's.
