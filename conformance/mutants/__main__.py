"""`python -m conformance.mutants`: how many of the reference's mutants golden kills, module by module."""

from __future__ import annotations

import argparse
import os
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.exits import Exit, UsageError
from conformance.mutants.bench import Bench, find_mutants, prepared
from conformance.mutants.report import Tallied, report, write_json
from conformance.mutants.rulings import read_rulings
from conformance.mutants.trial import Tried, try_in_child
from conformance.mutants.working import each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.mutants.mutations import Mutant

GOAL = 98.0
"""The percentage of mutants that golden is to kill, of those not ruled equivalent."""
SMOKE = 90.0
"""That which the smoke set is to kill alone."""

_bench: Bench
_killers: dict[tuple[str, str], list[int]] = {}
"""The cases that killed mutants of a scope lately: its next mutant often dies of the same."""


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        return _run(arguments)
    except (UsageError, ValueError) as error:
        print(f"mutants: {error}", file=sys.stderr)
        return Exit.USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m conformance.mutants", description=__doc__)
    parser.add_argument("--module", action="append", default=[], metavar="GLOB", help="only these modules")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--sample", type=int, metavar="N", help="so many mutants, drawn from all")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the sample (default: 0)")
    parser.add_argument("--smoke", action="store_true", help="judged by the smoke set alone")
    goals = f"(default: {GOAL:g}, or {SMOKE:g} with --smoke)"
    parser.add_argument("--goal", type=float, metavar="PERCENT", help=f"less is a failure {goals}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every mutant and its fate")
    return parser


def _run(arguments: argparse.Namespace) -> int:
    global _bench
    rulings = read_rulings()
    found = find_mutants(rulings, arguments.module)
    _bench = prepared(found, smoke=arguments.smoke)
    mutants = found.judged
    if arguments.sample is not None and arguments.sample < len(mutants):
        mutants = sorted(
            random.Random(arguments.seed).sample(mutants, arguments.sample), key=lambda m: (m.module, m.index)
        )
    tried = each(_try, mutants, jobs=arguments.jobs, told="mutants")
    tallied = [Tallied(mutant, one, rulings.keys.get(mutant.key, "")) for mutant, one in tried]
    if arguments.json:
        write_json(arguments.json, tallied, [planned.case.id for planned in _bench.cases])
    whole = arguments.sample is None and not arguments.module
    unused = {*rulings.keys, *(rulings.globs - found.left_out_by)}
    goal = arguments.goal if arguments.goal is not None else SMOKE if arguments.smoke else GOAL
    return report(tallied, unused=unused if whole else set(), goal=goal)


def _try(mutant: Mutant) -> Tried:
    reaching = _bench.reaching(mutant)
    if not reaching:
        return Tried("survived")
    try:
        code = _bench.code(mutant)
    except (SyntaxError, ValueError):
        return Tried("import")
    reached = set(reaching)
    first = [place for place in _killers.get((mutant.module, mutant.scope), ()) if place in reached]
    order = [*first, *(place for place in reaching if place not in set(first))]
    tried = try_in_child({mutant.module: code}, _bench.cases, order, _bench.hello, _bench.judge)
    if tried.place >= 0:
        killers = _killers.setdefault((mutant.module, mutant.scope), [])
        if tried.place in killers:
            killers.remove(tried.place)
        killers.insert(0, tried.place)
        del killers[20:]
    return tried


if __name__ == "__main__":
    sys.exit(main())
