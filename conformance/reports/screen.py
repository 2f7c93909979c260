"""Where a report goes: a person's terminal, or a file, a pipe or a CI log."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

from conformance.reports.page import WIDTH, Page

if TYPE_CHECKING:
    from rich.console import Console

WIDEST = 140
"""A page does not use more of a wide terminal: nobody reads such lines."""


class Screen:
    """A stream, and what it can show.

    A terminal gets colours and pages as wide as it is. Anything else gets plain text, 100 columns wide whatever the
    environment says, so that two runs diff clean, and rich is not even imported.

    Args:
        stream: Where to write; default is stdout.
        terminal: Whether a person with a terminal is looking; default is to ask the stream.
        width: The width of pages; default is that of the terminal, or 100.
    """

    def __init__(self, stream: TextIO | None = None, *, terminal: bool | None = None, width: int | None = None) -> None:
        self.stream = sys.stdout if stream is None else stream
        self.terminal = _is_terminal(self.stream) if terminal is None else terminal
        self._width = width
        self._console: Console | None = None

    def page(self) -> Page:
        """An empty page for this screen."""
        width = self._width or (min(self.console().width, WIDEST) if self.terminal else WIDTH)
        return Page(width=width, encoding=getattr(self.stream, "encoding", None) or "utf-8")

    def show(self, page: Page) -> None:
        """Write the page."""
        if self.terminal:
            self.console().print(page.rich(), soft_wrap=True, end="")
        else:
            self.stream.write(page.plain())
            self.stream.flush()

    def console(self) -> Console:
        """Rich's console for the stream. Only for a terminal: this imports rich."""
        if self._console is None:
            from rich.console import Console

            self._console = Console(
                file=self.stream, force_terminal=True, width=self._width, markup=False, highlight=False, emoji=False
            )
        return self._console


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")
    except ValueError:  # closed
        return False
