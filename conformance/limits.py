"""How long an adapter may take, and how much it may say."""

from __future__ import annotations

from msgspec import Struct

from conformance.child import LONGEST_LINE


class Limits(Struct, frozen=True, kw_only=True):
    """Time limits in seconds, and bounds in bytes.

    The clock of a question runs only while the adapter could be working on it: from when all of its line is in
    the pipe and the reply before it has come, and only while the runner is waiting for replies.
    """

    start: float = 60.0
    question: float = 10.0
    shutdown: float = 5.0
    line: int = LONGEST_LINE
    """The longest line accepted on an adapter's stdout."""
    in_flight: int = 32 << 10
    """Questions that are sent but not answered; a longer one travels alone."""


DEFAULT_LIMITS = Limits()
