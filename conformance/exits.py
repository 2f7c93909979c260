"""The exit codes of every command. A small fixed set, never a count (256 failures would read as success)."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    CONFORMS = 0
    DOES_NOT_CONFORM = 1
    USAGE = 2
    ADAPTER_UNUSABLE = 3
    SUITE_BROKEN = 4


class UsageError(Exception):
    """The user's input cannot be used. The text is one line that names the input and the remedy."""


class SuiteError(Exception):
    """golden/ itself is broken. The text is one line that names the file and what is wrong with it."""
