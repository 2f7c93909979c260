"""Mutants that change nothing which golden could see, each with the reason: `equivalent.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

EQUIVALENT = Path(__file__).parent / "equivalent.toml"


class Ruling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`keys` of mutants (as the report writes them) and why no answer could tell them from the original."""

    why: str
    keys: tuple[str, ...]


class Rulings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: a list of rulings."""

    equivalent: tuple[Ruling, ...] = ()

    @property
    def keys(self) -> dict[str, str]:
        """The reason of each key."""
        return {key: ruling.why for ruling in self.equivalent for key in ruling.keys}


def read_rulings(path: Path = EQUIVALENT) -> Rulings:
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
    if any(not ruling.why.strip() for ruling in rulings.equivalent):
        raise ValueError(f"{path}: a ruling without a reason")
    return rulings
