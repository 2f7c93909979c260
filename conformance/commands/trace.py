"""`conformance trace`: a training loop on a scenario, against a service that records what it is asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.exits import Exit, UsageError
from conformance.reports.screen import Screen
from conformance.traces.judging import judge
from conformance.traces.scenario import Scenario, load_scenario, scenario_names
from conformance.verdict import counted

if TYPE_CHECKING:
    from argparse import Namespace

    from conformance.reports.page import Page
    from conformance.traces.judging import Judged
    from conformance.traces.running import Trace

SHOWN = 6
"""How many differences of a scenario are shown without --verbose."""


def main(arguments: Namespace) -> int:
    """Run, compare, show. 0: everything conforms, 1: something differs or a loop failed, 3: no loop asked anything.

    Raises:
        UsageError: there is no such scenario, or the service or the command cannot be started.
        SuiteError: a scenario of the suite is broken.
    """
    screen = Screen()
    if arguments.list:
        return _list(screen)
    scenarios = _wanted(arguments)
    if arguments.show:
        for scenario in scenarios:
            screen.stream.write(scenario.question().decode())
        return Exit.CONFORMS
    keep = Path(arguments.keep) if arguments.keep else None
    good, silent = 0, 0
    for scenario in scenarios:
        trace = _run(scenario, arguments, keep)
        judged = judge(scenario, trace)
        page = screen.page()
        good += _draw(page, scenario, trace, judged, arguments)
        silent += not trace.stream
        screen.show(page)
    page = screen.page()
    page.blank()
    whole = good == len(scenarios)
    text = f"{good} of {counted(len(scenarios), 'scenario')} conform to upstream's loops"
    page.line("")
    page.wrap(text, first="Traces: ", style="good" if whole else "bad")
    screen.show(page)
    if silent == len(scenarios):
        return Exit.ADAPTER_UNUSABLE
    return Exit.CONFORMS if whole else Exit.DOES_NOT_CONFORM


def _wanted(arguments: Namespace) -> list[Scenario]:
    if arguments.all and arguments.scenarios:
        raise UsageError("give scenarios by name or --all, not both")
    names = scenario_names() if arguments.all else arguments.scenarios
    if not names:
        raise UsageError("which scenario? `conformance trace --list` shows them; --all runs them all")
    return [load_scenario(name) for name in dict.fromkeys(names)]


def _list(screen: Screen) -> int:
    page = screen.page()
    names = scenario_names()
    column = max(map(len, names), default=0)
    for name in names:
        scenario = load_scenario(name)
        page.wrap(scenario.summary, first=f"{name:{column}}  {scenario.loop:10}  ")
    screen.show(page)
    return Exit.CONFORMS


def _run(scenario: Scenario, arguments: Namespace, keep: Path | None) -> Trace:
    from conformance.traces.running import run_command, run_reference
    from conformance.traces.service import HELD_SECONDS

    if not arguments.command:
        return run_reference(scenario)
    assert scenario.expect
    return run_command(
        scenario,
        arguments.command,
        timeout=arguments.timeout,
        withhold=HELD_SECONDS if scenario.expect.pipelined else 0.0,
        keep=keep,
    )


def _draw(page: Page, scenario: Scenario, trace: Trace, judged: Judged, arguments: Namespace) -> bool:
    failed = trace.ran.told(arguments.timeout) if trace.ran is not None else ""
    conforms = judged.conforms and not failed
    asked = counted(judged.operations, "operation")
    page.line(
        (f"{scenario.name:22}", "name"),
        ("conforms" if conforms else "differs", "good" if conforms else "bad"),
        f"  {asked}",
    )
    if failed:
        page.wrap(failed, indent=2, style="bad")
        if trace.ran is not None and not arguments.verbose:
            for line in [line for line in trace.ran.tail if line.strip()][-3:]:
                page.wrap(line, indent=4, style="dim", limit=3)
    sentences = [*(told.text for told in judged.told), *judged.others]
    shown = sentences if arguments.verbose else sentences[:SHOWN]
    for sentence in shown:
        page.wrap(sentence, first="- ", indent=2)
    if len(sentences) > len(shown):
        page.line(f"and {len(sentences) - len(shown)} more; --verbose lists them", indent=4)
    for note in judged.notes:
        page.wrap(note, indent=2, style="dim")
    if arguments.verbose:
        if judged.tolerated:
            text = f"{counted(judged.tolerated, 'number')} equal within their tolerance, not exactly"
            page.wrap(text, indent=2, style="dim")
        if trace.ran is not None:
            for line in trace.ran.tail:
                page.line((line, "dim"), indent=4)
    return conforms
