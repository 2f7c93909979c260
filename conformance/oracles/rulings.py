"""Rulings: why an oracle that disagrees was not followed. Every disagreement in golden needs one.

They are written by people, in rulings.toml, as narrow as they can honestly be: the first that matches a
disagreement is the one that is recorded beside the golden answer.
"""

from __future__ import annotations

import fnmatch
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from conformance.causes import CAUSES
from conformance.exits import SuiteError

if TYPE_CHECKING:
    from collections.abc import Sequence

RULINGS = Path(__file__).with_name("rulings.toml")


class Ruling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For which disagreements a ruling holds, whose answer is golden, and why.

    `renderers`, `operations` and `ids` are globs; `causes` are slugs of `conformance.causes`; `flags` are flags of
    the case, of which one suffices. What is left out does not restrict.
    """

    oracle: str
    ruling: str
    why: str
    renderers: tuple[str, ...] = ("*",)
    operations: tuple[str, ...] = ("*",)
    ids: tuple[str, ...] = ("*",)
    causes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    def holds(self, *, oracle: str, case: str, renderer: str, operation: str, cause: str, flags: Sequence[str]) -> bool:
        """Whether this ruling speaks of a disagreement of that kind."""
        return (
            oracle == self.oracle
            and _matches(renderer, self.renderers)
            and _matches(operation, self.operations)
            and _matches(case, self.ids)
            and (not self.causes or cause in self.causes)
            and (not self.flags or not set(self.flags).isdisjoint(flags))
        )


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ruling: tuple[Ruling, ...] = ()


def load_rulings(path: Path = RULINGS) -> tuple[Ruling, ...]:
    """The rulings in the order of the file.

    Raises:
        SuiteError: the file is not what it should be, or names a cause that does not exist.
    """
    try:
        rulings = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).ruling
    except (OSError, ValueError) as error:
        raise SuiteError(f"{path.name}: {error}") from error
    for ruling in rulings:
        unknown = set(ruling.causes) - CAUSES.keys()
        if unknown:
            raise SuiteError(f"{path.name}: no such cause: {', '.join(sorted(unknown))}")
    return rulings


def _matches(text: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(text, pattern) for pattern in patterns)
