"""The catalogue of traps: what goes wrong, a patch to the reference that does it, and what a report must say of it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec

CATALOGUE = Path(__file__).parent / "catalogue"
ID = re.compile(r"T\d{3}")


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text that stands once in a file of the reference (`file` is below cookbook/), and what is to stand there."""

    file: str
    old: str
    new: str


class Trap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A way to go wrong.

    `what` says in a sentence what a port does that it must not do. `edits` plant it in the reference. `causes` are
    those that reports must give: slugs of `conformance.causes`, or for a training loop the whole signature,
    "training-loop mask left in". `cases` are ids beside those that the corpus attributes to the trap. `outside` says
    why golden does not ask for it; such a trap has no edits.
    """

    id: str
    what: str
    edits: tuple[Edit, ...] = ()
    causes: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    outside: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    area: str
    trap: tuple[Trap, ...]


class Area(msgspec.Struct, frozen=True):
    """A file of the catalogue: its traps are about one thing."""

    title: str
    traps: tuple[Trap, ...]


def read_catalogue(directory: Path = CATALOGUE) -> tuple[Area, ...]:
    """The areas in the order of their first traps.

    Raises:
        ValueError: a file is not one of traps, or a trap is not whole; the text names the file and the trap.
    """
    areas = []
    seen: set[str] = set()
    for path in sorted(directory.glob("*.toml")):
        try:
            held = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
        except (OSError, ValueError) as error:
            raise ValueError(f"{path.name}: {error}") from error
        for trap in held.trap:
            wrong = "stands twice" if trap.id in seen else _wrong(trap)
            if wrong:
                raise ValueError(f"{path.name}: {trap.id}: {wrong}")
            seen.add(trap.id)
        areas.append(Area(held.area, tuple(sorted(held.trap, key=lambda trap: trap.id))))
    return tuple(sorted(areas, key=lambda area: area.traps[0].id))


def _wrong(trap: Trap) -> str:
    if not ID.fullmatch(trap.id):
        return "an id is T and three digits"
    if not trap.what.strip():
        return "`what` is empty"
    if bool(trap.edits) == bool(trap.outside):
        return "either `edits` plant it, or `outside` says why golden does not ask for it"
    if bool(trap.causes) != bool(trap.edits):
        return "`causes` belong to `edits`"
    return ""
