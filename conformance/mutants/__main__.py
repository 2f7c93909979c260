"""`python -m conformance.mutants`: how many of the reference's mutants golden kills, module by module."""

from __future__ import annotations

import argparse
import fnmatch
import gc
import logging
import multiprocessing
import os
import random
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import cookbook
from conformance.commands.selecting import hello_for
from conformance.exits import Exit, UsageError
from conformance.judge import Judge
from conformance.mutants.mutations import Mutant, mutants_of, mutated
from conformance.mutants.reach import Reach
from conformance.mutants.report import Tallied, report, write_json
from conformance.mutants.rulings import read_rulings
from conformance.mutants.trial import Tried, try_in_child
from conformance.suite import load_suite
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.cases import Planned
    from conformance.protocol import InitializeParams

ROOT = Path(cookbook.__file__).parent
REAL = ("cookbook.tokenizer",)
"""Modules that only the real tier uses in full; all others are judged by the bytes tier, as every port is."""


class Bench(NamedTuple):
    """What every trial needs; forked workers inherit it."""

    cases: Sequence[Planned]
    hello: InitializeParams
    reach: Reach
    judge: Judge
    sources: dict[str, str]
    files: dict[str, str]


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
    parser.add_argument("--goal", type=float, default=98.0, metavar="PERCENT", help="less is a failure (default: 98)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every mutant and its fate")
    return parser


def _run(arguments: argparse.Namespace) -> int:
    global _bench
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")  # The library warns of much that golden asks on purpose.
    rulings = read_rulings()
    files = {name: str(path) for name, path in _modules()}
    unused = rulings.globs
    chosen = []
    for name in files:
        if outside := rulings.outside_of_golden(name):
            unused.discard(outside)
        elif not arguments.module or any(fnmatch.fnmatch(name, pattern) for pattern in arguments.module):
            chosen.append(name)
    if not chosen:
        raise UsageError(f"--module {arguments.module[0]!r} matches no module of cookbook that golden speaks of")
    sources = {name: Path(files[name]).read_text() for name in chosen}
    tiers = {"bytes", "real"} if any(name in REAL for name in chosen) else {"bytes"}
    cases = [planned for planned in load_suite() if planned.tier in tiers]
    hello = hello_for({planned.asks.tokenizer for planned in cases if planned.asks.tokenizer}, Store())
    print(f"tracing {len(cases)} cases ...", file=sys.stderr)
    _bench = Bench(
        cases, hello, Reach(ROOT, cases, hello), Judge(lexicon=lambda _: None, strict_errors=True), sources, files
    )
    mutants = []
    for mutant in (mutant for name in chosen for mutant in mutants_of(name, sources[name])):
        if outside := rulings.outside_of_golden(mutant.module, mutant.scope):
            unused.discard(outside)
        else:
            mutants.append(mutant)
    if arguments.sample is not None and arguments.sample < len(mutants):
        mutants = sorted(
            random.Random(arguments.seed).sample(mutants, arguments.sample), key=lambda m: (m.module, m.index)
        )
    keys = rulings.keys
    tallied = [Tallied(mutant, tried, keys.get(mutant.key, "")) for mutant, tried in _all(mutants, arguments.jobs)]
    if arguments.json:
        write_json(arguments.json, tallied, [planned.case.id for planned in cases])
    whole = arguments.sample is None and not arguments.module
    return report(tallied, unused={*keys, *unused} if whole else set(), goal=arguments.goal)


def _modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def _all(mutants: list[Mutant], jobs: int) -> Iterator[tuple[Mutant, Tried]]:
    """Every mutant's trial, in order. Those that no case reaches are not tried."""
    from rich.console import Console
    from rich.progress import track

    gc.freeze()  # Forked children must not write to what they share.
    console = Console(stderr=True)
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        done = pool.imap(_try, mutants, chunksize=4)
        yield from zip(
            mutants,
            track(done, total=len(mutants), console=console, disable=not console.is_terminal, description="mutants"),
            strict=True,
        )


def _try(mutant: Mutant) -> Tried:
    order = _order(mutant)
    if not order:
        return Tried("survived")
    source, file = _bench.sources[mutant.module], _bench.files[mutant.module]
    try:
        code = mutated(source, mutant.index, file)
    except (SyntaxError, ValueError):
        return Tried("import")
    tried = try_in_child({mutant.module: code}, _bench.cases, order, _bench.hello, _bench.judge)
    if tried.place >= 0:
        killers = _killers.setdefault((mutant.module, mutant.scope), [])
        if tried.place in killers:
            killers.remove(tried.place)
        killers.insert(0, tried.place)
        del killers[20:]
    return tried


def _order(mutant: Mutant) -> list[int]:
    """The cases that can tell this mutant: lately successful ones first, then at random, so that kinds mix."""
    file = _bench.files[mutant.module]
    lines = mutant.lines
    reaching = _bench.reach.of_file(file) if lines is None else _bench.reach.of_lines(file, lines)
    if mutant.module not in REAL:
        reaching = [place for place in reaching if _bench.cases[place].tier == "bytes"]
    random.Random(mutant.index).shuffle(reaching := list(reaching))
    reached = set(reaching)
    first = [place for place in _killers.get((mutant.module, mutant.scope), ()) if place in reached]
    return [*first, *(place for place in reaching if place not in set(first))]


if __name__ == "__main__":
    sys.exit(main())
