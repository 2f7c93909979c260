"""docs/traps.md: every trap, its fault, the cases that show it and the causes that reports give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reports.escape import markdown
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

{planted} faults are planted, and golden shows every one by the cases that are about it. {outside} further traps are
outside of golden.
"""

HEAD = ("| trap | what a port does | fault | red | first case | cause |", "|---|---|---|---|---|---|")


def table(areas: Sequence[Area], found: Mapping[str, Shown], suite: Mapping[str, Planned]) -> str:
    """The page, in Markdown. `found` says of every planted trap what golden shows."""
    traps = [trap for area in areas for trap in area.traps]
    planted = sum(bool(trap.edits) for trap in traps)
    lines = [OPENING.format(planted=planted, outside=len(traps) - planted)]
    for area in areas:
        lines += [
            f"## {area.title}\n",
            "| trap | what a port does | fault | red | first case | cause |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_planted(trap, found[trap.id], len(cases_of(trap, suite))) for trap in area.traps if trap.edits]
        outside = [trap for trap in area.traps if trap.outside]
        if len(outside) == len(area.traps):
            del lines[-2:]
        if outside:
            lines += ["", "Outside of golden:\n", *(_outside(trap) for trap in outside)]
        lines.append("")
    return "\n".join(lines)


def _planted(trap: Trap, shown: Shown, cases: int) -> str:
    files = ", ".join(f"`{name}`" for name in dict.fromkeys(edit.file for edit in trap.edits))
    named = [cause for cause in trap.causes if cause in shown.causes]
    causes = ", ".join(f"`{cause.removeprefix(LOOP + ' ')}`" for cause in named)
    first = shown.red[0]
    return f"| {trap.id} | {markdown(trap.what)} | {files} | {len(shown.red)} of {cases} | `{first}` | {causes} |"


def _outside(trap: Trap) -> str:
    return f"- **{trap.id}** {markdown(trap.what)} *{markdown(trap.outside)}*"
