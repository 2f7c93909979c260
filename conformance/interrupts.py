"""Ctrl-C and SIGTERM as one exception, held back while something must not be left half done."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class Interrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM.

    Not KeyboardInterrupt itself: where that passes through an `exec` of text (every dataclass that is being made is
    one), CPython ends the process by the signal, whatever exit code is asked for after it was caught.
    """


_shields = 0
_pending = False


def raise_on_signals() -> None:
    """From now on SIGINT and SIGTERM raise KeyboardInterrupt in the main thread, at once or when a shield ends."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    global _pending
    if _shields:
        _pending = True
        return
    raise Interrupted


@contextmanager
def shielded() -> Iterator[None]:
    """A stretch of code that is not interrupted in the middle; for moments. Only the main thread ever is."""
    global _shields, _pending
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _shields += 1
    try:
        yield
    finally:
        _shields -= 1
    if _pending and not _shields:
        _pending = False
        raise Interrupted
