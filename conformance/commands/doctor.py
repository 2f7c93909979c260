"""`conformance doctor`: examine an adapter, and say how to mend it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from conformance.ahead import REFERENCE
from conformance.commands.selecting import hello_for, lexicons, limits_of
from conformance.doctor import Finding, Level, Patient, examine
from conformance.exits import Exit
from conformance.judge import Judge
from conformance.lent_tokenizers import lender, prober
from conformance.reports.page import Page, Style, command_line
from conformance.reports.screen import Screen
from conformance.suite import load_suite
from conformance.tokenizers import Store, locked
from conformance.verdict import counted

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

STYLES: dict[Level, Style] = {Level.OK: "good", Level.NOTE: "warn", Level.MEND: "bad"}
COLUMN = 6
"""How wide the column of levels is."""
LINES = 8
"""How many lines of a finding are shown: adapters write what they like."""


def main(arguments: Namespace) -> int:
    """Examine, and show each finding as it comes up. Exit 1 when something is to be mended, 3 when nothing works.

    Raises:
        SuiteError: the shipped suite is broken.
    """
    store = Store()
    command = tuple(arguments.command) or REFERENCE
    patient = Patient(
        command=command,
        hello=hello_for((name for name in locked() if name.startswith("bytes-")), store),
        limits=limits_of(arguments),
        cases=[planned for planned in load_suite() if planned.tier == "bytes"],
        judge=Judge(lexicon=lexicons(store)),
        load=store.load,
        lend=lender(store),
        probe=prober(store),
    )
    screen = Screen()
    page = screen.page()
    page.line(("Examining ", "title"), command_line(command) if arguments.command else "(the reference)")
    page.blank()
    screen.show(page)
    findings = []
    with closing(examine(patient)) as found:
        for finding in found:
            findings.append(finding)
            page = screen.page()
            draw(page, finding)
            screen.show(page)
    page = screen.page()
    conclude(page, findings)
    screen.show(page)
    if findings[-1].fatal:
        return Exit.ADAPTER_UNUSABLE
    return Exit.DOES_NOT_CONFORM if any(one.level is Level.MEND for one in findings) else Exit.CONFORMS


def draw(page: Page, finding: Finding) -> None:
    """One finding, and its mend below it."""
    lead = f"{finding.level:{COLUMN}}"
    style = STYLES[finding.level]
    page.wrap(f"{finding.about}: {finding.text}", first=lead, style="" if style == "good" else style, limit=LINES)
    if finding.mend:
        page.wrap(finding.mend, first="-> ", indent=COLUMN, limit=LINES)


def conclude(page: Page, findings: Sequence[Finding]) -> None:
    """What the findings come to."""
    page.blank()
    page.line("")
    wrong = sum(finding.level is Level.MEND for finding in findings)
    if findings[-1].fatal:
        page.wrap("nothing more can be examined before this is mended", first="Doctor: ", style="bad")
    elif wrong:
        page.wrap(f"{counted(wrong, 'thing')} to mend", first="Doctor: ", style="bad")
    else:
        page.wrap("the adapter is well; `conformance run` says whether its answers are", first="Doctor: ", style="good")
