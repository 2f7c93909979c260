"""The badge for a README: what shields.io reads as an endpoint, or an SVG of its own.

Green is for one state alone: every case of every tier was asked, all are declared, and all pass. A port that conforms
in what it declares is blue; one with known failures, or of which only a part was asked, is yellow.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from conformance.reports.escape import html
from conformance.reports.whole import WholeReport
from conformance.verdict import Standing, reservations, standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.events import CaseFinished, RunFinished, RunStarted

LABEL = "tinker-cookbook"
COLOURS = {"brightgreen": "#2a7d2e", "blue": "#1f6feb", "yellow": "#8a6100", "red": "#b42318", "lightgrey": "#59636e"}
"""The names that shields.io knows, and colours of our own on which white text can be read (4.5:1 at least)."""
HEIGHT = 20
WIDE, NARROW = frozenset("mwMW%@"), frozenset("fijlrtI.,:;|!()[] ")


class Badge(NamedTuple):
    """Two words and a colour by its name."""

    label: str
    message: str
    colour: str


class BadgeReport(WholeReport):
    """A listener that writes the badge of a run: an SVG where the path ends so, else JSON for shields.io."""

    def __init__(self, path: Path | str) -> None:
        drawn = svg if Path(path).suffix.lower() == ".svg" else endpoint

        def document(started: RunStarted, cases: Sequence[CaseFinished], finished: RunFinished) -> bytes:
            return drawn(badge(started, finished))

        super().__init__(path, document, keep=lambda _: False)


def badge(started: RunStarted, finished: RunFinished) -> Badge:
    """The badge of a run."""
    account = finished.account
    asked = f"{account.passed:,} of {account.planned:,}"
    match standing(finished):
        case Standing.DOES_NOT_CONFORM:
            wrong = account.failed + account.faulted
            message, colour = (f"{wrong:,} of {account.planned:,} wrong" if wrong else "known list is wrong"), "red"
        case Standing.PARTIAL:
            message, colour = f"partial: {asked} passed", "yellow"
        case Standing.NOTHING:
            message, colour = "nothing shown", "lightgrey"
        case Standing.CONFORMS:
            message, colour = _conforming(started, finished)
    return Badge(LABEL, message, colour)


def _conforming(started: RunStarted, finished: RunFinished) -> tuple[str, str]:
    account = finished.account
    if not reservations(started, finished):
        return f"conforms: all {account.passed:,}", "brightgreen"
    message = f"conforms: {account.passed:,} of {account.planned:,}"
    if account.known:
        return f"{message}, {account.known:,} known", "yellow"
    if started.shard or started.only:
        return f"{message} (a part)", "yellow"
    tiers = [tier.tier for tier in started.tiers if tier.selected]
    left_out = len(tiers) < len(started.tiers)
    return f"{message} ({' and '.join(tiers)} tier)" if left_out and tiers else message, "blue"


def endpoint(drawn: Badge) -> bytes:
    """What https://shields.io/badges/endpoint-badge reads."""
    shown = {"schemaVersion": 1, "label": drawn.label, "message": drawn.message, "color": drawn.colour}
    return msgspec.json.encode(shown) + b"\n"


def svg(drawn: Badge) -> bytes:
    """The badge as a picture, with its text for those who do not see it."""
    left, right = (_width(text) + 12 for text in drawn[:2])
    label, message = html(drawn.label), html(drawn.message)
    colour = COLOURS[drawn.colour]
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{HEIGHT}" role="img" \
aria-label="{label}: {message}">
<title>{label}: {message}</title>
<rect width="{left + right}" height="{HEIGHT}" rx="3" fill="#3d444d"/>
<path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v{HEIGHT - 6}a3 3 0 0 1-3 3h-{right - 3}z" fill="{colour}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="6" y="14" textLength="{left - 12}">{label}</text>
<text x="{left + 6}" y="14" textLength="{right - 12}">{message}</text>
</g>
</svg>
""".encode()


def _width(text: str) -> int:
    """About how wide the text is at 11 px, in whole pixels; `textLength` makes it so."""
    return round(sum(10 if c in WIDE else 4.5 if c in NARROW else 7 for c in text))
