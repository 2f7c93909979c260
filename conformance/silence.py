"""What a silent adapter does when its stdin ends: the one way to tell from outside that its stdout is buffered."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from conformance.child import Child
from conformance.protocol import ascii_json, request_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.limits import Limits
    from conformance.protocol import InitializeParams

POLL = 0.05
"""Seconds between looks at a process that writes nothing."""


def answers_when_stdin_ends(command: Sequence[str], hello: InitializeParams, limits: Limits) -> bool:
    """Whether it writes a line once it has been asked to initialize and its stdin is closed.

    Raises:
        CannotStart: the command does not start.
    """
    child = _asked(command, hello, limits)
    try:
        child.close_stdin()
        return bool(_lines(child, limits.start))
    finally:
        child.kill()


def ends_with_stdin(command: Sequence[str], hello: InitializeParams, limits: Limits) -> bool:
    """Whether it exits by itself when its stdin is closed after the handshake.

    Raises:
        CannotStart: the command does not start.
    """
    child = _asked(command, hello, limits)
    try:
        _lines(child, limits.start)
        child.close_stdin()
        return child.wait(limits.shutdown)
    finally:
        child.kill()


def _asked(command: Sequence[str], hello: InitializeParams, limits: Limits) -> Child:
    child = Child(command, line_limit=limits.line)
    child.queue(request_line(0, "initialize", ascii_json(hello)))
    return child


def _lines(child: Child, seconds: float) -> list[bytes]:
    """The first lines that come, or none: the time is over, or no more can come."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        lines = child.pump(POLL)
        if lines or child.stdout_closed:
            return lines or child.drain()
    return []
