"""Work on many mutants at a time, in processes that are forked from this one and share what it has read."""

from __future__ import annotations

import gc
import multiprocessing
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

One = TypeVar("One")
Said = TypeVar("Said")


def each(work: Callable[[One], Said], ones: Sequence[One], *, jobs: int, told: str) -> Iterator[tuple[One, Said]]:
    """What `work` says of each, in order, with a bar on a terminal."""
    from rich.console import Console
    from rich.progress import track

    gc.freeze()  # Forked children must not write to what they share.
    console = Console(stderr=True)
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        done = pool.imap(work, ones, chunksize=4)
        bar = track(done, total=len(ones), console=console, disable=not console.is_terminal, description=told)
        yield from zip(ones, bar, strict=True)
