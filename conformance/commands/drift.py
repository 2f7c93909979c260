"""`conformance drift A B`: what changed between two oracles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.answer_cache import AnswerCache
from conformance.causes import CAUSES
from conformance.commands.selecting import (
    cases_of,
    fetched,
    hello_for,
    lexicons,
    pythons_of,
    selected,
    selection_of,
)
from conformance.drift import Drift, drift
from conformance.exits import Exit, UsageError
from conformance.oracles.panel import ask_panel
from conformance.oracles.registry import ORACLES, Oracle
from conformance.reports.escape import visible
from conformance.run import question
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from argparse import Namespace


def main(arguments: Namespace) -> int:
    """Show the drift. Exit as two answerers that agree, or do not."""
    oracles = [_oracle(arguments.before), _oracle(arguments.after)]
    chosen, _ = selected(cases_of(arguments), selection_of(arguments))
    store = Store()
    hello = hello_for(fetched(chosen, store), store)
    asks = {planned.case.id: planned.asks for planned in chosen}
    questions = [question(planned) for planned in chosen]
    with AnswerCache(store.directory / "answers.sqlite") as cache:
        before, after = ask_panel(oracles, questions, asks, hello, pythons=pythons_of(arguments), cache=cache)
    found = drift(chosen, before, after, lexicons(store))
    _show(found, f"{before.oracle.name} {before.version}", f"{after.oracle.name} {after.version}")
    return Exit.DOES_NOT_CONFORM if found.changes else Exit.CONFORMS


def _oracle(name: str) -> Oracle:
    if name not in ORACLES:
        raise UsageError(f"there is no oracle {name!r}: choose one of {', '.join(ORACLES)}")
    return ORACLES[name]


def _show(found: Drift, before: str, after: str) -> None:
    total = found.same + len(found.changes)
    print(f"{before} -> {after}: {len(found.changes)} of {total} answers changed")
    if found.only_before or found.only_after:
        print(f"  {found.only_before} questions only {before} answers, {found.only_after} only {after}")
    for flag, changes in found.by_flag():
        print(f"\n{flag}: {len(changes)}")
        shown: set[str] = set()
        for change in changes:
            cause = change.diagnosis.cause
            if cause in shown:
                continue
            shown.add(cause)
            count = sum(other.diagnosis.cause == cause for other in changes)
            print(f"  {count} x {CAUSES[cause].title}  [{cause}]")
            print(f"      {visible(change.planned.case.id)}")
            print(f"      {before}: {visible(change.diagnosis.summary)}")
