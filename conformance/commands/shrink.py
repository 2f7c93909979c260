"""`conformance shrink ID`: the smallest question that goes wrong in the way in which a golden case does."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from conformance.ahead import REFERENCE
from conformance.asking import AdapterUnusable
from conformance.commands.selecting import (
    asker_for,
    cases_of,
    fetched,
    hello_for,
    lexicons,
    limits_of,
)
from conformance.differing import Comparison, Difference, Minimizer
from conformance.events import Outcome
from conformance.exits import Exit, UsageError
from conformance.in_process import InProcess, quietly
from conformance.judge import Judge
from conformance.promoting import case_of, promote
from conformance.protocol import Fault, NotSupported, request_line
from conformance.reports.escape import visible
from conformance.reports.findings import difference_line
from conformance.run import question, undeclared
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from conformance.asking import Asker
    from conformance.cases import Planned


def main(arguments: Namespace) -> int:
    """Ask the case; if it fails, make its question small.

    Raises:
        UsageError: there is no such case, or the adapter or the reference cannot be asked it.
    """
    planned = _find(arguments.id, cases_of(arguments))
    store = Store()
    hello = hello_for(fetched([planned], store), store)
    judge = Judge(lexicon=lexicons(store))
    command = tuple(arguments.command) or REFERENCE
    try:
        with asker_for(command, hello, limits_of(arguments), store) as asker, quietly():
            missing = undeclared(planned, asker.start())
            if missing:
                raise UsageError(f"the adapter cannot be asked {arguments.id!r}: {missing}")
            if not _fails(asker, planned, judge):
                print(visible(f"{planned.case.id} passes: there is nothing to make smaller"))
                return Exit.CONFORMS
            minimizer = Minimizer(asker=asker, reference=InProcess(hello), comparison=Comparison(judge))
            return _shrink(arguments, planned, minimizer)
    except AdapterUnusable as error:
        print(f"conformance shrink: {visible(str(error))}", file=sys.stderr)
        for line in error.stderr_tail:
            print(f"  stderr: {visible(line)}", file=sys.stderr)
        return Exit.ADAPTER_UNUSABLE


def _fails(asker: Asker, planned: Planned, judge: Judge) -> bool:
    (reply,) = asker.ask([question(planned)])
    return judge.verdict(planned, reply.answer).outcome is not Outcome.PASSED


def _shrink(arguments: Namespace, planned: Planned, minimizer: Minimizer) -> int:
    """Smaller questions have no golden answer: the reference's takes its place, from the first question on."""
    case = planned.case
    params = bytes(case.params)
    if isinstance(minimizer.reference.answer(case.operation, params), NotSupported | Fault):
        raise UsageError(f"the reference has no answer to {case.id!r}, so that nothing smaller can be judged")
    found = minimizer.difference(case.operation, params)
    if found is None:
        print(visible(f"{case.id} fails, but the adapter answers it as the reference does: look at golden's answer"))
        return Exit.DOES_NOT_CONFORM
    small = minimizer.minimal(found)
    if not small.steady:
        print("the answer was another when the question was asked again: it cannot be made smaller")
    _show(case.id, params, small.difference, small.steps)
    if arguments.promote:
        added = promote(Path(arguments.promote), [case_of(small.difference, f"{case.id}, made small.")])
        print(visible(f"{added} cases added to {arguments.promote}"))
    return Exit.DOES_NOT_CONFORM


def _show(id: str, before: bytes, found: Difference, steps: int) -> None:
    print(difference_line(found))
    print(f"{len(before):,} characters became {len(found.params):,} after {steps:,} smaller questions")
    line = request_line(msgspec.json.encode(id).decode().strip('"'), found.operation, found.params)
    print("to ask it by hand, after the handshake:")
    print(f"  {line.decode().rstrip()}")


def _find(id: str, cases: Sequence[Planned]) -> Planned:
    for planned in cases:
        if planned.case.id == id:
            return planned
    near = get_close_matches(id, [planned.case.id for planned in cases], n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else "; `conformance list --tier all` shows all ids"
    raise UsageError(f"there is no case {id!r}{hint}")
