"""An adapter that is started before there is anything to say to it, so that it loads while the runner does.

Half of what a short run takes is spent on loading, by two processes that need not wait for each other.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from conformance.child import LONGEST_LINE, CannotStart, Child

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

REFERENCE = (sys.executable, "-m", "conformance.adapters.reference")
"""The command that is asked when none is given: the shipped reference."""


class Ahead:
    """One process of `command`, for the first who takes it. A context manager, after which nobody has it untaken."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it. That it cannot be started is for those to say who would have taken it."""
        self._command = tuple(command)
        self._child: Child | None = None
        try:
            self._child = Child(self._command, line_limit=LONGEST_LINE)
        except CannotStart:
            return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if (child := self.take(self._command)) is not None:
            child.kill()

    def take(self, command: Sequence[str]) -> Child | None:
        """The process, once, and only for this command."""
        if tuple(command) != self._command:
            return None
        child, self._child = self._child, None
        return child
