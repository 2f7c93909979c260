"""The clock of an adapter at work: it runs only while the adapter could be working on the question it answers next."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Seconds since the last reply, or since the next question could be begun. It stands still between `stop` and `go`.

    A new clock stands still at zero.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._since = self._stopped = now()

    def restart(self) -> None:
        """Begin again at zero: nothing that was before counts, neither running nor standing still."""
        self._since = self._stopped = self._now()

    def go(self) -> None:
        """Run on from where it stood."""
        self._since += self._now() - self._stopped

    def stop(self) -> None:
        """Stand still."""
        self._stopped = self._now()

    def spare(self, seconds: float) -> None:
        """Do not count these seconds, which somebody else took."""
        self._since += seconds

    def read(self) -> float:
        """The seconds so far. For a running clock."""
        return self._now() - self._since

    def lap(self) -> float:
        """The seconds so far, and begin again at zero. For a running clock."""
        now = self._now()
        seconds, self._since = now - self._since, now
        return seconds
