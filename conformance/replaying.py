"""Ask again what was found before, and let the directory of crashes heal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from conformance.cases import Asks
from conformance.crashes import Replayed
from conformance.differing import planned
from conformance.protocol import Fault, NotSupported
from conformance.run import undeclared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.crashes import Crash, CrashDirectory
    from conformance.differing import Minimizer
    from conformance.protocol import InitializeResult


def replay(directory: CrashDirectory, minimizer: Minimizer, declared: InitializeResult) -> Iterator[Replayed]:
    """What became of each crash, in order of the files' names; each file is healed before the next one is asked.

    Raises:
        UsageError: the directory cannot be read or written, or a file in it is not a crash.
        AdapterUnusable: the port cannot be started any more.
    """
    crashes: list[tuple[Path, Crash]] = directory.crashes()
    for path, crash in crashes:
        replayed = _replayed(crash, minimizer, declared)
        directory.heal(path, replayed)
        yield replayed


def _replayed(crash: Crash, minimizer: Minimizer, declared: InitializeResult) -> Replayed:
    params = bytes(crash.params)
    expected = minimizer.reference.answer(crash.operation, params)
    if isinstance(expected, NotSupported | Fault):
        return Replayed(crash=crash, word="not asked", reason="the reference has no answer to it")
    reason = undeclared(planned(crash.operation, params, expected), declared)
    if reason:
        return Replayed(crash=crash, word="not asked", reason=reason)
    found = minimizer.difference(crash.operation, params)
    if found is None:
        return Replayed(crash=crash, word="fixed")
    same = (found.diagnosis.cause, found.diagnosis.signature) == (crash.cause, crash.signature)
    return Replayed(crash=crash, word="still failing" if same else "changed", difference=found)


def tokenizers_of(crashes: list[tuple[Path, Crash]]) -> set[str]:
    """The tokenizers that the crashes speak of."""
    names = {msgspec.json.decode(crash.params, type=Asks).tokenizer for _, crash in crashes}
    return names - {""}
