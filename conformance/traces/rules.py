"""The rules of comparing streams, as data: `rules.toml`, which golden/traces/rules.json repeats for other languages."""

from __future__ import annotations

import fnmatch
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

SOURCE = Path(__file__).with_name("rules.toml")


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """What is compared, or is not, and why."""

    id: str
    what: str
    why: str


class Tolerance(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How far a number may be from the expected one. `field` is a glob on its path."""

    field: str
    why: str
    ulp: int = 0
    scaled: float = 0.0
    rel: float = 0.0
    abs: float = 0.0


EXACT = Tolerance(field="*", why="Nothing is said of it.")


class Rules(Struct, frozen=True, forbid_unknown_fields=True):
    """All of them."""

    required: tuple[Rule, ...]
    incidental: tuple[Rule, ...]
    scenario: tuple[Rule, ...]
    tolerance: tuple[Tolerance, ...]

    def tolerance_of(self, field: str) -> Tolerance:
        """The tolerance for a path such as `adam.beta1`: the first whose glob matches, else `EXACT`."""
        return next((each for each in self.tolerance if fnmatch.fnmatchcase(field, each.field)), EXACT)


@cache
def load_rules() -> Rules:
    """The rules as they are written down."""
    return msgspec.convert(_source(), Rules)


def rules_file() -> bytes:
    """golden/traces/rules.json."""
    return msgspec.json.format(msgspec.json.encode(_source()), indent=1) + b"\n"


def _source() -> dict[str, Any]:
    return tomllib.loads(SOURCE.read_text(encoding="utf-8"))
