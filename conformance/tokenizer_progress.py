"""What a person sees while tokenizer files are fetched: a bar on a terminal, plain lines elsewhere, or nothing."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.progress import Progress, TaskID


class Display(Protocol):
    """Where fetching says what it does."""

    def now(self, text: str) -> None:
        """What is being done."""

    def line(self, text: str) -> None:
        """Something that is worth a line of its own."""

    def done(self, size: int) -> None:
        """A file of `size` bytes is here."""


@contextlib.contextmanager
def shown(console: Console | None, *, size: int) -> Iterator[Display]:
    """A display on `console` for files of `size` bytes together; without a console, one that shows nothing."""
    if console is None:
        yield _Silent()
    elif console.is_terminal:
        from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=console, transient=True) as progress:
            yield _Bar(progress, progress.add_task("tokenizers", total=size))
    else:
        yield _Lines(console)


class _Silent:
    def now(self, text: str) -> None:
        pass

    def line(self, text: str) -> None:
        pass

    def done(self, size: int) -> None:
        pass


class _Lines(_Silent):
    def __init__(self, console: Console) -> None:
        self._console = console

    def now(self, text: str) -> None:
        self.line(text)

    def line(self, text: str) -> None:
        _print(self._console, text)


class _Bar:
    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def now(self, text: str) -> None:
        self._progress.update(self._task, description=text)

    def line(self, text: str) -> None:
        _print(self._progress.console, text)

    def done(self, size: int) -> None:
        self._progress.advance(self._task, size)


def _print(console: Console, text: str) -> None:
    # A token such as `[/b]` or a path is not markup, and a line that a program reads is not to be wrapped.
    console.print(text, markup=False, highlight=False, soft_wrap=True)
