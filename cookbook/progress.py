"""How far a run has come, as a bar on a terminal; nothing anywhere else."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def progress_bar(total: int, done: int = 0) -> Iterator[Callable[[str], None]]:
    """Gives a function that is called after every step with a few words about it. The bar is on stderr."""
    if not sys.stderr.isatty():
        yield lambda _words: None
        return
    # Imported here: most runs have no terminal.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=total, completed=done)
        yield lambda words: progress.update(task, advance=1, description=words)
