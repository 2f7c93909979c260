"""`conformance sweep`: a user's own data set, asked of a port and of the reference."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.ahead import REFERENCE
from conformance.asking import AdapterUnusable
from conformance.commands.run import tell_unusable
from conformance.commands.selecting import pythons_of
from conformance.exits import Exit, UsageError
from conformance.reports.escape import visible
from conformance.reports.progress import Bar, Lines
from conformance.reports.screen import Screen
from conformance.reports.sweeping import SHOWN, summary_lines
from conformance.show import MODES, tokenizer_for
from conformance.sweep.report import ROWS
from conformance.sweep.settings import OPERATIONS, Settings
from conformance.sweep.sweep import Pace, Work, sweep
from conformance.tokenizers import Store, StoreError
from cookbook.datasets import DataError

if TYPE_CHECKING:
    from argparse import Namespace


def main(arguments: Namespace) -> int:
    """Sweep, or go on sweeping, and say what came of it.

    Raises:
        UsageError: the data, the directory, or what is asked for, cannot be used.
        KeyboardInterrupt: what is done is kept.
    """
    settings = settings_of(arguments)
    _fetch(settings.tokenizer)
    drifts = None
    if arguments.releases:
        from conformance.sweep.drifting import drifts_of, releases

        drifts = partial(drifts_of, settings=settings, commands=releases(pythons_of(arguments)))
    work = Work(
        settings=settings,
        data=tuple(arguments.data),
        output=Path(arguments.output),
        count=arguments.sample,
        seed=arguments.seed,
        jobs=_jobs(arguments),
        ray=arguments.ray or "",
        drifts=drifts,
    )
    screen = Screen(sys.stderr)
    pace = Pace(partial(_progress, screen), partial(_say, screen))
    try:
        report = sweep(work, pace)
    except AdapterUnusable as error:
        pace.close()
        tell_unusable("sweep", error)
        return Exit.ADAPTER_UNUSABLE
    except DataError as error:
        raise UsageError(str(error)) from error
    finally:
        pace.close()
    for line in summary_lines(report, _unreadable(work.output / ROWS, report.account.unreadable)):
        print(line)
    print(visible(f"kept in {work.output}"))
    conforms = report.conforms or (arguments.allow_unreadable and report.only_unreadable)
    return Exit.CONFORMS if conforms else Exit.DOES_NOT_CONFORM


def settings_of(arguments: Namespace) -> Settings:
    """What the options say is asked.

    Raises:
        UsageError: there is no such renderer, tokenizer or mode, or a column is not named as it should be.
    """
    tokenizer = tokenizer_for(arguments.renderer, arguments.tokenizer)
    if arguments.train_on_what not in MODES:
        raise UsageError(f"there is no train_on_what {arguments.train_on_what!r}; there are {', '.join(MODES)}")
    return Settings(
        command=tuple(arguments.command) or REFERENCE,
        renderer=arguments.renderer,
        tokenizer=tokenizer,
        train_on_what=arguments.train_on_what,
        operation=OPERATIONS[arguments.split],
        column=_column(arguments),
        sharegpt=arguments.sharegpt,
        ignore=tuple(arguments.ignore),
        longest=arguments.longest,
        strict_errors=arguments.strict_errors,
        timeout=arguments.timeout,
        start_timeout=arguments.start_timeout,
    )


def _column(arguments: Namespace) -> str:
    if arguments.column is None:
        return "conversations" if arguments.sharegpt else "messages"
    name, _, column = arguments.column.partition("=")
    if name != "messages" or not column:
        raise UsageError(f"--column {arguments.column!r} is not messages=NAME, with NAME a column of the data")
    return str(column)


def _jobs(arguments: Namespace) -> int | None:
    if arguments.ray:
        return arguments.jobs  # type: ignore[no-any-return]
    return min(arguments.jobs or 1, os.cpu_count() or 1)


def _fetch(tokenizer: str) -> None:
    from rich.console import Console

    store = Store()
    try:
        if store.path(tokenizer) is None:
            store.fetch([tokenizer], progress=Console(stderr=True))
    except StoreError as error:
        raise UsageError(str(error)) from error


def _progress(screen: Screen, what: str, total: int) -> Any:
    return Bar(screen.console, planned=total) if screen.terminal else Lines(screen.stream, planned=total, what=what)


def _say(screen: Screen, line: str) -> None:
    print(visible(line), file=screen.stream, flush=True)


def _unreadable(path: Path, count: int) -> list[str]:
    """The first rows that could not be read."""
    found: list[str] = []
    if not count:
        return found
    with path.open("rb") as lines:
        for line in lines:
            row = json.loads(line)
            if row["category"] == "unreadable":
                found.append(f"row {row['row']} of {row['file']}: {row['why']}")
            if len(found) == min(SHOWN, count):
                break
    return found
