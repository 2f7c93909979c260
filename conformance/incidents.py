"""What went wrong with the adapter's processes in a run and is blamed on no question."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from conformance.events import IncidentSeen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.asking import Asker, Incident

MOST = 50
"""How many kinds of incidents a report has."""
SUSPECTS = 5
"""How many cases are named that were asked when it happened."""


def seen(incidents: Iterable[Incident]) -> tuple[IncidentSeen, ...]:
    """The incidents as reports tell them: those that differ only in numbers are one, with its count."""
    found: dict[tuple[str, str], IncidentSeen] = {}
    for incident in incidents:
        key = incident.fault.kind, re.sub(r"\d+", "N", incident.fault.message)
        before = found.get(key)
        if before is not None:
            found[key] = msgspec.structs.replace(before, times=before.times + 1)
        elif len(found) < MOST:
            cases = incident.suspects[:SUSPECTS]
            found[key] = IncidentSeen(kind=incident.fault.kind, text=incident.fault.message, cases=cases)
    return tuple(found.values())


def restarts(askers: Sequence[Asker]) -> int:
    """How many processes were started in place of one that ended, whoever was to blame."""
    return sum(max(asker.starts - 1, 0) for asker in askers)


def merged(reports: Iterable[tuple[IncidentSeen, ...]]) -> tuple[IncidentSeen, ...]:
    """The incidents of several runs, in the order in which they are told first."""
    found: dict[tuple[str, str], IncidentSeen] = {}
    for incidents in reports:
        for one in incidents:
            key = one.kind, re.sub(r"\d+", "N", one.text)
            before = found.get(key)
            found[key] = one if before is None else msgspec.structs.replace(before, times=before.times + one.times)
    return tuple(found.values())
