"""What is not counted: what golden does not speak of, and mutants that no answer can tell: `rulings.toml`."""

from __future__ import annotations

import fnmatch
import tomllib
from pathlib import Path

import msgspec

RULINGS = Path(__file__).parent / "rulings.toml"


class Outside(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Globs of modules, or of `module scope`, that golden does not speak of, and why."""

    why: str
    modules: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


class Equivalent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`keys` of mutants (as the report writes them) and why no answer could tell them from the original."""

    why: str
    keys: tuple[str, ...]


class Rulings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    outside: tuple[Outside, ...] = ()
    equivalent: tuple[Equivalent, ...] = ()

    @property
    def keys(self) -> dict[str, str]:
        """The reason of each mutant that is ruled equivalent."""
        return {key: ruling.why for ruling in self.equivalent for key in ruling.keys}

    def outside_of_golden(self, module: str, scope: str = "") -> str:
        """The glob by which a module, or a scope of it, is left out; empty when it is judged."""
        for ruling in self.outside:
            for pattern in ruling.modules:
                if fnmatch.fnmatchcase(module, pattern):
                    return pattern
            for pattern in ruling.scopes:
                if scope and fnmatch.fnmatchcase(f"{module} {scope}", pattern):
                    return pattern
        return ""

    @property
    def globs(self) -> set[str]:
        """Every glob of what is outside."""
        return {glob for ruling in self.outside for glob in (*ruling.modules, *ruling.scopes)}


def read_rulings(path: Path = RULINGS) -> Rulings:
    """The rulings of a file.

    Raises:
        ValueError: the file is not one of rulings, a ruling gives no reason, or a key stands twice.
    """
    try:
        rulings = msgspec.convert(tomllib.loads(path.read_text()), Rulings)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error
    keys = [key for ruling in rulings.equivalent for key in ruling.keys]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ValueError(f"{path}: ruled twice: {twice[0]}")
    reasons = [*(ruling.why for ruling in rulings.outside), *(ruling.why for ruling in rulings.equivalent)]
    if not all(reason.strip() for reason in reasons):
        raise ValueError(f"{path}: a ruling without a reason")
    return rulings
