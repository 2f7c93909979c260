"""Faults of the kind that ports have, planted in the source of the TypeScript port: `typescript_faults.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).with_suffix(".toml")


class SourceFault(NamedTuple):
    """One fault: in `file`, below src/, `before` stands exactly once, and `after` takes its place."""

    name: str
    file: str
    before: str
    after: str
    messages: int = 1
    """How many a question needs to show it."""
    tier: str = "bytes"
    """Where golden shows it."""
    fuzzed: bool = False
    """Whether it is among those that fuzzing has to find, too."""


FAULTS = tuple(SourceFault(**one) for one in tomllib.loads(DATA.read_text("utf-8"))["fault"])
