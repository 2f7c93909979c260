"""docs/traps.md: every trap, its fault, the cases that show it and the causes that reports give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.traps.trial import LOOP, cases_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.cases import Planned
    from conformance.traps.catalogue import Area, Trap
    from conformance.traps.trial import Shown

OPENING = """\
<!-- Written by `python -m conformance.traps --write`; do not edit. -->
# Traps: ways to get it wrong

Each line is something that ports have done, or will. The **fault** is planted in the reference by a patch
(`conformance/traps/catalogue/`), the **cases** are those of the suite that are about it, and the **cause** is what
`conformance run` says when they turn red. `conformance run --select ID` asks a case alone.

{planted} faults are planted, and golden shows every one by the cases that are about it. {outside} further traps stand
in tables of their own.
"""

OUTSIDE = ("| trap | what a port does | why golden does not ask for it |", "|---|---|---|")
HEAD = ("| trap | what a port does | fault | red | first case | cause |", "|---|---|---|---|---|---|")


def table(areas: Sequence[Area], found: Mapping[str, Shown], suite: Mapping[str, Planned]) -> str:
    """The page, in Markdown. `found` says of every planted trap what golden shows."""
    traps = [trap for area in areas for trap in area.traps]
    count = sum(bool(trap.edits) for trap in traps)
    lines = [OPENING.format(planted=count, outside=len(traps) - count)]
    for area in areas:
        rows = [planted(trap, found[trap.id], len(cases_of(trap, suite))) for trap in area.traps if trap.edits]
        others = [outside(trap) for trap in area.traps if trap.outside]
        lines.append(f"## {area.title}")
        for head, body in ((HEAD, rows), (OUTSIDE, others)):
            lines += ["", *head, *body] if body else []
        lines.append("")
    return "\n".join(lines)


def planted(trap: Trap, shown: Shown, cases: int) -> str:
    """The row of a trap whose fault is planted."""
    files = ", ".join(f"`{name}`" for name in dict.fromkeys(edit.file for edit in trap.edits))
    named = [cause for cause in trap.causes if cause in shown.causes]
    causes = ", ".join(f"`{cause.removeprefix(LOOP + ' ')}`" for cause in named)
    first = shown.red[0]
    return f"| {trap.id} | {_text(trap.what)} | {files} | {len(shown.red)} of {cases} | `{first}` | {causes} |"


def outside(trap: Trap) -> str:
    """The line of a trap that golden does not ask for."""
    return f"| {trap.id} | {_text(trap.what)} | {_text(trap.outside)} |"


def _text(text: str) -> str:
    """Words of the catalogue, which may hold code between backticks, in a cell of a table."""
    parts = text.replace("|", "\\|").split("`")
    return "`".join(part if place % 2 else part.replace("<", "&lt;") for place, part in enumerate(parts))
