"""`conformance run`: ask an adapter the selected cases and report."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from conformance.asking import AdapterUnusable
from conformance.causes import CAUSES
from conformance.commands.selecting import (
    REFERENCE,
    asker_for,
    cases_of,
    fetched,
    hello_for,
    lexicons,
    limits_of,
    selected,
    selection_of,
)
from conformance.exits import Exit
from conformance.judge import Judge
from conformance.reports.escape import visible
from conformance.reports.terminal import TerminalReport
from conformance.run import Run, run
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from argparse import Namespace

    from conformance.asking import Asker
    from conformance.events import Listener


def main(arguments: Namespace) -> int:
    """Run, and say what came of it.

    Raises:
        UsageError, SuiteError: before anything is asked.
        KeyboardInterrupt: after the reports of the partial run are written.
    """
    chosen, tiers = selected(cases_of(arguments), selection_of(arguments))
    store = Store()
    hello = hello_for(fetched(chosen, store), store)
    command = tuple(arguments.command) or REFERENCE
    limits = limits_of(arguments)

    def make_asker() -> Asker:
        return asker_for(command, hello, limits, store)

    work = Run(
        planned=chosen,
        tiers=tiers,
        command=command if arguments.command else (),
        make_asker=make_asker,
        judge=Judge(lexicon=lexicons(store), strict_errors=arguments.strict_errors),
        jobs=min(arguments.jobs, os.cpu_count() or 1) if arguments.jobs > 1 else 1,
    )
    with ExitStack() as reports:
        try:
            account = run(work, _listeners(arguments, reports))
        except AdapterUnusable as error:
            reports.close()
            _tell(error)
            return Exit.ADAPTER_UNUSABLE
    # An adapter that declares nothing of what was asked has shown nothing.
    shown = account.passed + account.known
    return Exit.CONFORMS if account.conforms and shown else Exit.DOES_NOT_CONFORM


def _listeners(arguments: Namespace, reports: ExitStack) -> list[Listener]:
    """The reports that were asked for. A file that cannot be written is found out before anything is asked."""
    listeners: list[Listener] = []
    if arguments.jsonl:
        from conformance.reports.jsonl import JsonlReport

        listeners.append(reports.enter_context(JsonlReport(arguments.jsonl)))
    if arguments.junit:
        from conformance.reports.junit import JunitReport

        listeners.append(reports.enter_context(JunitReport(arguments.junit)))
    listeners.append(reports.enter_context(TerminalReport(causes=CAUSES, verbose=arguments.verbose)))
    return listeners


def _tell(error: AdapterUnusable) -> None:
    print(f"conformance run: {visible(str(error))}", file=sys.stderr)
    for line in error.stderr_tail:
        print(f"  stderr: {visible(line)}", file=sys.stderr)
