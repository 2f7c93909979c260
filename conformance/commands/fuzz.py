"""`conformance fuzz`: draw questions, compare a port with the reference, keep what differs."""

from __future__ import annotations

import fnmatch
import os
import random
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.ahead import REFERENCE
from conformance.asking import AdapterUnusable
from conformance.commands.selecting import TIERS, asker_for, hello_for, lexicons, limits_of
from conformance.crashes import CrashDirectory
from conformance.differing import Comparison, Minimizer
from conformance.drawing import settings as ways
from conformance.drawing.questions import LOOPS
from conformance.exits import Exit, UsageError
from conformance.exploring import Plan
from conformance.fuzz import Account, Fuzz, fuzz
from conformance.in_process import InProcess, quietly
from conformance.judge import Judge
from conformance.operations import OPERATIONS
from conformance.promoting import case_of, promote
from conformance.replaying import replay, tokenizers_of
from conformance.reports.escape import visible
from conformance.reports.findings import account_lines, finding_line, replayed_line
from conformance.tokenizers import Store, StoreError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Collection, Sequence

    from conformance.asking import Asker
    from conformance.cases import Tier
    from conformance.fuzz import Finding
    from conformance.limits import Limits
    from conformance.protocol import InitializeParams, InitializeResult

SECONDS = 60.0
"""How long to fuzz when nothing else is said."""


def main(arguments: Namespace) -> int:
    """Fuzz, or ask again what was found before.

    Raises:
        UsageError: before anything is asked, or when a file cannot be written.
        KeyboardInterrupt: after what was found is kept and told.
    """
    try:
        return _replay(arguments) if arguments.replay else _fuzz(arguments)
    except AdapterUnusable as error:
        print(f"conformance fuzz: {visible(str(error))}", file=sys.stderr)
        for line in error.stderr_tail:
            print(f"  stderr: {visible(line)}", file=sys.stderr)
        return Exit.ADAPTER_UNUSABLE


def equip(command: Sequence[str], hello: InitializeParams, limits: Limits) -> tuple[Asker, Judge]:
    """An asker that is not started yet, and a judge."""
    store = Store()
    return asker_for(command, hello, limits, store), Judge(lexicon=lexicons(store))


def _fuzz(arguments: Namespace) -> int:
    tiers: tuple[Tier, ...] = TIERS if arguments.tier == "all" else (arguments.tier,)
    _matching(arguments.renderer, ways.known_renderers(), "--renderer")
    _matching(arguments.operation, list(OPERATIONS), "--operation")
    offered = _offered(ways.tokenizers_of(ways.known_renderers(), tiers))
    make = partial(equip, tuple(arguments.command) or REFERENCE, offered, limits_of(arguments))
    asker, judge = make()
    seed = random.SystemRandom().randrange(2**32) if arguments.seed is None else arguments.seed
    seconds = arguments.time if arguments.time or arguments.count else SECONDS
    account = Account()
    with asker:
        declared = asker.start()
        plan = _plan(arguments, seed, offered, declared, tiers, partial(equip, *make.args))
        print(_opening(plan, declared))
        for name, fault in asker.tokenizer_faults.items():
            print(visible(f"tokenizer {name}: it {fault}"))
        if not plan.operations:
            return Exit.DOES_NOT_CONFORM
        jobs = min(arguments.jobs, os.cpu_count() or 1)
        work = Fuzz(plan=plan, count=arguments.count, seconds=seconds, jobs=jobs)
        kept = CrashDirectory(Path(arguments.crashes))

        def tell(finding: Finding) -> None:
            kept.keep(finding)
            print(finding_line(finding), flush=True)

        try:
            fuzz(work, asker, judge, tell, account)
        finally:
            _finish(arguments, account, kept)
    return Exit.DOES_NOT_CONFORM if account.findings or not account.agreed else Exit.CONFORMS


def _plan(
    arguments: Namespace,
    seed: int,
    offered: InitializeParams,
    declared: InitializeResult,
    tiers: Collection[Tier],
    equip: partial[tuple[Asker, Judge]],
) -> Plan:
    """What both sides can answer and the options want."""
    reference = InProcess(offered).declared
    renderers = [
        name for name in reference.renderers if name in declared.renderers and _wanted(name, arguments.renderer)
    ]
    tokenizers = [name for name in offered.tokenizers if name in declared.tokenizers]
    found = ways.settings(renderers, tokenizers, tiers)
    operations = [
        name
        for name in OPERATIONS
        if name in declared.operations
        and name in reference.operations
        and not name.startswith(LOOPS)
        and _wanted(name, arguments.operation)
    ]
    if arguments.renderer:
        # What has no renderer is not of the renderers that were asked for.
        operations = [name for name in operations if "renderer" in OPERATIONS[name].params.__struct_fields__]
    able = [
        name
        for name in operations
        if (found or "renderer" not in OPERATIONS[name].params.__struct_fields__)
        and (tokenizers or "tokenizer" not in OPERATIONS[name].params.__struct_fields__)
    ]
    return Plan(
        seed=seed,
        hello=offered,
        operations=tuple(able),
        settings=found,
        tokenizers=tuple(tokenizers),
        dtypes=declared.dtypes,
        equip=equip,
    )


def _opening(plan: Plan, declared: InitializeResult) -> str:
    if not plan.operations:
        return "nothing to ask: the adapter declares no operation that is wanted, with what it needs"
    name = f"{declared.implementation.name} {declared.implementation.version}".strip()
    if declared.engine:
        name += f" with {declared.engine}"
    renderers = len({one.renderer for one in plan.settings})
    return visible(f"fuzzing {name}: {len(plan.operations)} operations, {renderers} renderers, --seed {plan.seed}")


def _finish(arguments: Namespace, account: Account, kept: CrashDirectory) -> None:
    for line in account_lines(account):
        print(line)
    if not account.findings:
        return
    print(visible(f"kept in {kept.path}; ask again with --replay {kept.path}"))
    if arguments.promote:
        cases = [
            case_of(one.difference, f"Drawn with seed {one.seed} as question {one.place}, then made small.")
            for one in account.findings
        ]
        added = promote(Path(arguments.promote), cases)
        print(visible(f"{added} cases added to {arguments.promote}"))


def _replay(arguments: Namespace) -> int:
    directory = CrashDirectory(Path(arguments.replay))
    crashes = directory.crashes()
    if not crashes:
        print(visible(f"there is no crash in {arguments.replay}"))
        return Exit.CONFORMS
    offered = _offered(tokenizers_of(crashes))
    asker, judge = equip(tuple(arguments.command) or REFERENCE, offered, limits_of(arguments))
    words: dict[str, int] = {}
    with asker, quietly():
        declared = asker.start()
        minimizer = Minimizer(asker=asker, reference=InProcess(offered), comparison=Comparison(judge))
        for replayed in replay(directory, minimizer, declared):
            words[replayed.word] = words.get(replayed.word, 0) + 1
            print(replayed_line(replayed), flush=True)
    print(", ".join(f"{count} {word}" for word, count in words.items()))
    return Exit.CONFORMS if set(words) == {"fixed"} else Exit.DOES_NOT_CONFORM


def _offered(names: Collection[str]) -> InitializeParams:
    from rich.console import Console

    store = Store()
    try:
        if any(store.path(name) is None for name in names):
            store.fetch(sorted(names), progress=Console(stderr=True))
        return hello_for(names, store)
    except StoreError as error:
        raise UsageError(str(error)) from error


def _wanted(name: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _matching(patterns: Sequence[str], names: Sequence[str], option: str) -> None:
    for pattern in patterns:
        if not any(fnmatch.fnmatchcase(name, pattern) for name in names):
            raise UsageError(f"{option} {pattern!r} matches nothing; there are {', '.join(names)}")
