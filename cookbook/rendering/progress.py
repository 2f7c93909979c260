"""How far rendering is: a bar with rate and time left on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIRST, EVERY = 10.0, 30.0
"""Seconds before the first line, and between lines."""


@contextmanager
def shown() -> Iterator[Callable[[int, int], None]]:
    """Gives what is to be told how many rows are done of how many. Everything goes to stderr."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None, rate="")
        begun = time.monotonic()

        def tell(done: int, total: int) -> None:
            rate = done / max(time.monotonic() - begun, 1e-9)
            progress.update(task, completed=done, total=total, rate=f"{rate:,.0f} rows/s")

        yield tell


def _lines() -> Callable[[int, int], None]:
    begun = time.monotonic()
    due = FIRST

    def tell(done: int, total: int) -> None:
        nonlocal due
        elapsed = time.monotonic() - begun
        if elapsed >= due:
            due = elapsed + EVERY
            rate = done / elapsed
            left = (total - done) / rate
            print(f"{done:,} of {total:,} rows, {rate:,.0f} a second, {left:.0f} s left", file=sys.stderr, flush=True)

    return tell
