"""`conformance run`: ask an adapter the selected cases and report."""

from __future__ import annotations

import os
import sys
from collections import Counter
from contextlib import ExitStack
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from conformance.ahead import REFERENCE
from conformance.asking import AdapterUnusable
from conformance.commands.listening import listeners
from conformance.commands.selecting import (
    asker_for,
    cases_of,
    fetched,
    hello_for,
    lexicons,
    limits_of,
    narrowed,
    selected,
    selection_of,
    suite_of,
)
from conformance.exits import Exit
from conformance.judge import Judge
from conformance.known import KnownList, find_known, read_known
from conformance.reports.escape import visible
from conformance.run import Run, run
from conformance.shards import take
from conformance.suite import known_releases, load_manifest, load_smoke, load_suite
from conformance.tokenizers import Store
from conformance.verdict import Ending

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from conformance.ahead import Ahead
    from conformance.asking import Asker
    from conformance.cases import Planned
    from conformance.known import Entry


def main(arguments: Namespace) -> int:
    """Run, and say what came of it.

    Raises:
        UsageError, SuiteError: before anything is asked.
        KeyboardInterrupt: after the reports of the partial run are written.
    """
    path = find_known(arguments.known, default=bool(arguments.command))
    unread: dict[str, int] = {}
    if path is None and not narrowed(arguments):  # Nobody speaks of other cases, so they are not even read.
        cases, unread = suite_of(selection_of(arguments))
    else:
        cases = cases_of(arguments)
    if arguments.cases:
        for line in unknown_renderers(cases):
            print(f"conformance run: {line}", file=sys.stderr)
    known = known_list(path, read_known(path), arguments, cases) if path is not None else None
    work = prepared(arguments, cases, known, unread, ahead=arguments.ahead)
    ending = Ending()
    with ExitStack() as reports:
        try:
            run(work, [*listeners(arguments, reports), ending])
        except AdapterUnusable as error:
            reports.close()
            tell_unusable("run", error)
            return Exit.ADAPTER_UNUSABLE
    return Exit.CONFORMS if ending.conforms else Exit.DOES_NOT_CONFORM


def prepared(
    arguments: Namespace,
    cases: Sequence[Planned],
    known: KnownList | None,
    unread: Mapping[str, int] = MappingProxyType({}),
    *,
    ahead: Ahead | None = None,
) -> Run:
    """The run of some of these cases that the arguments describe, with its tokenizers on this machine.

    Its first adapter is the one that was started `ahead`.

    Raises:
        UsageError: nothing is selected, or a tokenizer cannot be had.
    """
    chosen, tiers = selected(cases, selection_of(arguments), unread)
    part = None
    if arguments.shard:
        chosen, part = take(chosen, *arguments.shard)
        tiers = tuple(
            msgspec.structs.replace(tier, cases=sum(one.tier == tier.tier for one in chosen)) if tier.selected else tier
            for tier in tiers
        )
    store = Store()
    hello = hello_for(fetched(chosen, store), store)
    command = tuple(arguments.command) or REFERENCE
    limits = limits_of(arguments)

    def make_asker() -> Asker:
        return asker_for(command, hello, limits, store, ahead=ahead)

    return Run(
        planned=chosen,
        tiers=tiers,
        command=command if arguments.command else (),
        make_asker=make_asker,
        judge=Judge(
            lexicon=lexicons(store), strict_errors=arguments.strict_errors, releases=known_releases(load_manifest())
        ),
        jobs=min(arguments.jobs, os.cpu_count() or 1) if arguments.jobs > 1 else 1,
        known=known,
        only=narrowed(arguments),
        shard=part,
    )


def known_list(path: Path, entries: tuple[Entry, ...], arguments: Namespace, cases: Sequence[Planned]) -> KnownList:
    """A list of known failures, with all cases that it may speak of: the suite's, and those given beside it."""
    ids = dict.fromkeys(planned.case.id for planned in cases)
    if arguments.cases and entries:
        ids |= dict.fromkeys(planned.case.id for planned in load_suite())
    return KnownList(str(path), entries, tuple(ids))


def unknown_renderers(cases: Sequence[Planned]) -> list[str]:
    """A line for each renderer that somebody's own cases ask for and the suite does not know: it may be misspelt."""
    known = sorted({planned.asks.renderer for planned in load_smoke() if planned.asks.renderer})
    asked = Counter(planned.asks.renderer for planned in cases if planned.asks.renderer)
    lines = []
    for name in sorted(asked.keys() - set(known)):
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "it has " + ", ".join(known)
        lines.append(
            visible(
                f"the suite knows no renderer {name!r} ({hint}); the cases that ask for it, {asked[name]}, are asked "
                "only if the adapter declares it"
            )
        )
    return lines


def tell_unusable(verb: str, error: AdapterUnusable) -> None:
    """Say why an adapter cannot be used, and what it last said."""
    print(f"conformance {verb}: {visible(str(error))}", file=sys.stderr)
    for line in error.stderr_tail:
        print(f"  stderr: {visible(line)}", file=sys.stderr)
