"""`python -m conformance.traps`: plant the fault of every trap in the reference; golden must show each and name it."""

from __future__ import annotations

import argparse
import fnmatch
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.atomic import write_whole
from conformance.commands.selecting import hello_for, lexicons
from conformance.exits import Exit, UsageError
from conformance.judge import Judge
from conformance.suite import load_suite
from conformance.tokenizers import Store
from conformance.traps.catalogue import read_catalogue
from conformance.traps.table import table
from conformance.traps.trial import FaultError, attributed, cases_of, missed, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.traps.trial import Shown

TABLE = Path(__file__).parents[2] / "docs" / "traps.md"


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        return _run(arguments)
    except (UsageError, ValueError) as error:
        print(f"traps: {error}", file=sys.stderr)
        return Exit.USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m conformance.traps", description=__doc__)
    parser.add_argument("--trap", action="append", default=[], metavar="GLOB", help="only these, by id or area")
    parser.add_argument("--verbose", action="store_true", help="show the causes and the cases of each")
    parser.add_argument("--write", action="store_true", help="write docs/traps.md (all traps)")
    return parser


def _run(arguments: argparse.Namespace) -> int:
    areas = read_catalogue()
    patterns = arguments.trap or ["*"]
    chosen = [
        trap
        for area in areas
        for trap in area.traps
        if any(fnmatch.fnmatch(name, pattern) for name in (trap.id, area.title) for pattern in patterns)
    ]
    if not chosen:
        raise UsageError(f"--trap {patterns[0]!r} matches no trap and no area")
    if arguments.write and arguments.trap:
        raise UsageError("--write needs all traps; leave --trap out")
    suite = {planned.case.id: planned for planned in load_suite()}
    store = Store()
    judge = Judge(lexicon=lexicons(store))
    found: dict[str, Shown] = {}
    wrong = 0
    for trap in chosen:
        if trap.outside:
            continue
        try:
            cases = cases_of(trap, suite)
            hello = hello_for({planned.asks.tokenizer for planned in cases if planned.asks.tokenizer}, store)
            found[trap.id] = shown(trap, cases, hello, judge)
            said = missed(trap, found[trap.id])
        except FaultError as error:
            said = str(error)
        if said:
            wrong += 1
            print(f"{trap.id}: {said}")
        if arguments.verbose and trap.id in found:
            causes = ", ".join(f"{cause} {count}" for cause, count in found[trap.id].causes.items())
            red = found[trap.id].red
            print(f"{trap.id}: {len(red)} of {len(cases)} red, first {red[0] if red else 'none'} ({causes})")
    if not arguments.trap:
        lacking = sorted(set(attributed()) - {trap.id for trap in chosen})
        wrong += len(lacking)
        print(
            *(f"{name}: a case is attributed to it, but the catalogue lacks it" for name in lacking), sep="\n", end=""
        )
    planted = sum(bool(trap.edits) for trap in chosen)
    print(
        f"{planted} faults planted, {planted - wrong} shown and named; {len(chosen) - planted} traps outside of golden"
    )
    if arguments.write and not wrong:
        write_whole(TABLE, table(areas, found, suite).encode())
    return Exit.DOES_NOT_CONFORM if wrong else Exit.CONFORMS


if __name__ == "__main__":
    sys.exit(main())
