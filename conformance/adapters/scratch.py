"""A directory for what a question has a run write, which is read back at once and is gone afterwards."""

from __future__ import annotations

import os
import tempfile

IN_MEMORY = "/dev/shm"
"""Where Linux keeps files in memory. A run sees to it that its records are on the disk, which takes far longer than
all else that is asked of it."""


def scratch_directory() -> tempfile.TemporaryDirectory[str]:
    """A new directory, in memory where there is such a place, unless the environment names another (TMPDIR)."""
    named = any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    in_memory = not named and os.access(IN_MEMORY, os.W_OK | os.X_OK)
    return tempfile.TemporaryDirectory(prefix="conformance-", dir=IN_MEMORY if in_memory else None)
