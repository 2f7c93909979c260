"""`conformance known update`: rewrite the list of known failures from a run."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from conformance import SUITE
from conformance.asking import AdapterUnusable
from conformance.atomic import write_whole
from conformance.commands.run import known_list, prepared, tell_unusable
from conformance.commands.selecting import cases_of
from conformance.events import CaseFinished, RunStarted
from conformance.exits import Exit, UsageError
from conformance.known import FILE, KnownFailures, parse_known, read_known
from conformance.known_update import updated
from conformance.reports.escape import visible
from conformance.run import run

if TYPE_CHECKING:
    from argparse import Namespace

    from conformance.events import Event
    from conformance.known_update import Update

SHOWN = 20
"""How many names of a kind are shown."""


def main(arguments: Namespace) -> int:
    """Ask, rewrite, and say what changed. Exit as the next run would, as far as the list can see to it.

    Raises:
        UsageError, SuiteError: before anything is asked, or when the file was changed meanwhile.
        KeyboardInterrupt: the file is as it was.
    """
    if not arguments.command:
        raise UsageError("give the adapter's command after `--`; the reference has no known failures")
    path = Path(arguments.known or FILE)
    before = _content(path)
    entries = read_known(path) if before is not None else ()
    cases = cases_of(arguments)
    known = known_list(path, entries, arguments, cases)
    work = dataclasses.replace(prepared(arguments, cases, None), known=None)
    answers = _Answers()
    try:
        run(work, [answers])
    except AdapterUnusable as error:
        tell_unusable("known update", error)
        return Exit.ADAPTER_UNUSABLE
    listed = KnownFailures(known, suite=SUITE, port=answers.port)
    update = updated(before or b"", listed, answers.events, reason=arguments.reason or "")
    if _content(path) != before:
        raise UsageError(f"{str(path)!r} was changed while the adapter was asked; nothing is written, run it again")
    if update.text.encode() != (before or b""):
        write_whole(path, update.text.encode())
    _show(path, update)
    return Exit.DOES_NOT_CONFORM if update.expired or update.faulted else Exit.CONFORMS


class _Answers:
    """A listener that keeps what came of each case, and the version of the port."""

    def __init__(self) -> None:
        self.events: dict[str, CaseFinished] = {}
        self.port = ""

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self.port = event.implementation.rpartition(" ")[2]
        elif isinstance(event, CaseFinished):
            self.events[event.id] = event


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {str(path)!r}: {error}") from error


def _show(path: Path, update: Update) -> None:
    for word, names, note in (
        ("added", update.added, "fail, and were not on the list"),
        ("changed", update.changed, "fail in another way than the list said"),
        ("removed", update.removed, "pass now, are not declared, or match nothing"),
        ("expired", update.expired, "are left as they are: move `until`, or mend the port"),
        ("faulted", update.faulted, "broke the adapter, which no list excuses"),
    ):
        if names:
            print(f"{word}: {len(names)} that {note}")
            for name in names[:SHOWN]:
                print(f"  {visible(name)}")
            if len(names) > SHOWN:
                print(f"  and {len(names) - SHOWN} more")
    print(f"{visible(str(path))}: {update.kept} kept, {len(parse_known(update.text.encode()))} in all")
