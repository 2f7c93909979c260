"""Which cases are of the smoke set and of the wide set: `smoke.txt` and `wide.txt`, an id a line.

Both are written by `python -m conformance.mutants.sets`, from what mutants of the reference and planted faults show.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

DIRECTORY = Path(__file__).parent


@cache
def smoke(directory: Path = DIRECTORY) -> frozenset[str]:
    """The ids of the few cases that show most of what all show."""
    return _ids(directory / "smoke.txt")


@cache
def wide(directory: Path = DIRECTORY) -> frozenset[str]:
    """The ids of the cases that show nothing which others do not show."""
    return _ids(directory / "wide.txt")


def _ids(path: Path) -> frozenset[str]:
    return frozenset(path.read_text(encoding="ascii").split())
