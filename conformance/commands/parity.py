"""`conformance parity`: two directories of a run each, layer by layer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.exits import Exit
from conformance.parity.layers import State, compare_directories
from conformance.reports.screen import Screen

if TYPE_CHECKING:
    from argparse import Namespace

    from conformance.parity.layers import Outcome
    from conformance.reports.page import Page, Style

SHOWN = 5
"""How many differences of a layer are shown without --verbose."""
STYLES: dict[State, Style] = {State.EQUAL: "good", State.DIFFERS: "bad", State.MISSING: "warn", State.ABSENT: "dim"}
WORDS = {
    State.EQUAL: "equal",
    State.DIFFERS: "differs",
    State.MISSING: "not compared",
    State.ABSENT: "in neither",
}
COLUMN = 18


def main(arguments: Namespace) -> int:
    """Compare and show. 1 when a layer differs or one side lacks it.

    Raises:
        UsageError: a directory or a file of it is not what it should be.
    """
    outcomes = compare_directories(Path(arguments.first), Path(arguments.second))
    screen = Screen()
    page = screen.page()
    page.line(("A ", "title"), arguments.first)
    page.line(("B ", "title"), arguments.second)
    page.blank()
    for outcome in outcomes:
        _draw(page, outcome, SHOWN if not arguments.verbose else None)
    _conclude(page, outcomes)
    screen.show(page)
    bad = any(outcome.state in (State.DIFFERS, State.MISSING) for outcome in outcomes)
    return Exit.DOES_NOT_CONFORM if bad else Exit.CONFORMS


def _draw(page: Page, outcome: Outcome, shown: int | None) -> None:
    page.line(f"{outcome.layer:{COLUMN}}", (WORDS[outcome.state], STYLES[outcome.state]))
    for text in outcome.told[:shown]:
        page.wrap(text, indent=COLUMN)
    if shown is not None and len(outcome.told) > shown:
        page.line(f"and {len(outcome.told) - shown} more; --verbose lists them", indent=COLUMN)
    if shown is None:
        for text in outcome.notes:
            page.wrap(text, indent=COLUMN, style="dim")
    elif outcome.notes:
        page.line((f"{len(outcome.notes)} notes; --verbose lists them", "dim"), indent=COLUMN)


def _conclude(page: Page, outcomes: list[Outcome]) -> None:
    page.blank()
    differing = [outcome for outcome in outcomes if outcome.state is State.DIFFERS]
    missing = [outcome for outcome in outcomes if outcome.state is State.MISSING]
    compared = sum(outcome.state in (State.EQUAL, State.DIFFERS) for outcome in outcomes)
    if differing:
        first = differing[0]
        page.wrap(f"the first difference arose in the {first.layer}: {first.told[0]}", first="Parity: ", style="bad")
    elif missing:
        names = ", ".join(outcome.layer for outcome in missing)
        page.wrap(f"what was compared is equal, but one side lacks: {names}", first="Parity: ", style="warn")
    else:
        page.wrap(f"the {compared} layers that both have are equal", first="Parity: ", style="good")
