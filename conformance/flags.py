"""The flags of cases and why they matter, as golden/flags.json tells any language."""

from __future__ import annotations

from functools import cache

import msgspec

from conformance.exits import SuiteError
from conformance.golden_path import golden_dir


@cache
def flag_notes() -> dict[str, str]:
    """Each flag's note: what it is, and why ports get it wrong.

    Raises:
        SuiteError: golden/flags.json is missing or damaged.
    """
    try:
        return msgspec.json.decode((golden_dir() / "flags.json").read_bytes(), type=dict[str, str])
    except (OSError, ValueError) as error:
        raise SuiteError(f"golden/flags.json: {error}; install the package again") from error
