"""`python -m conformance.mutants.sets`: which cases show which faults, and the smoke and the wide set that follow.

Faults are the mutants of the reference and those planted for the traps. Two passes ask which cases show each of them.
The first asks those that have killed a mutant before (`--killers`, a file that `python -m conformance.mutants --json`
wrote), and then others, at random, until some do: enough to know what no case may be spared for. The second asks, of
every fault, all cases that are of any use to the smoke set, which is chosen from what they show.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from conformance.atomic import write_whole
from conformance.corpus import grid, numbers, sets
from conformance.exits import Exit, UsageError
from conformance.mutants import choosing
from conformance.mutants.bench import Bench, find_mutants, prepared
from conformance.mutants.rulings import read_rulings
from conformance.mutants.trial import shows
from conformance.mutants.working import each
from conformance.suite import load_suite
from conformance.traps.catalogue import read_catalogue
from conformance.traps.trial import cases_of, patched

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import CodeType

    from conformance.cases import Planned
    from conformance.mutants.mutations import Mutant
    from conformance.traps.catalogue import Trap

SMOKE = 0.908
"""The share that it shows of the mutants that any case of the bytes tier shows: nine tenths of all mutants."""
OF_EVERY_RENDERER = (
    "renderer.build_generation_prompt",
    "renderer.build_supervised_example",
    "renderer.parse_response",
)
"""What the smoke set asks of every renderer. A port may have few of the operations: each is asked once at least."""
POOL = 0.995
"""The share of the faults that those cases show together from which the smoke set is chosen."""
WITNESSES = 5
"""So many cases that show a fault stay out of the wide set, where there are so many."""
SLOW = {"trace": 3.0}
"""What a case of an area costs; most cost 1."""


class Table(NamedTuple):
    """Who is asked: forked workers inherit it. `known` are the places of cases that every fault is asked of."""

    bench: Bench
    known: list[int]
    places: dict[str, int]
    witnesses: int


class Telling(msgspec.Struct, frozen=True):
    """A fault, the cases that were found to show it, and those of the pool that do."""

    fault: str
    ids: list[str]
    pool: list[str]
    trap: bool = False


_table: Table


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        return _run(arguments)
    except (UsageError, OSError, ValueError) as error:
        print(f"sets: {error}", file=sys.stderr)
        return Exit.USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m conformance.mutants.sets", description=__doc__)
    parser.add_argument("--killers", type=Path, required=True, metavar="FILE", help="the fate of every mutant")
    parser.add_argument("--shown", type=Path, metavar="FILE", help="keep here which cases show which faults")
    parser.add_argument("--again", action="store_true", help="choose anew from --shown; ask nothing")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--write", action="store_true", help="write conformance/corpus/smoke.txt and wide.txt")
    return parser


def _run(arguments: argparse.Namespace) -> int:
    global _table
    if arguments.again:
        told = [msgspec.json.decode(line, type=Telling) for line in arguments.shown.read_bytes().splitlines()]
    else:
        rulings = read_rulings()
        mutants = find_mutants(rulings)
        bench = prepared(mutants)
        places = {planned.case.id: place for place, planned in enumerate(bench.cases)}
        counts = Counter(place for id in _killers(arguments.killers) if (place := places.get(id)) is not None)
        killers = [place for place, _ in counts.most_common()]
        traps = [trap for area in read_catalogue() for trap in area.traps if trap.edits]
        faults: list[Mutant | Trap] = [*(one for one in mutants.judged if one.key not in rulings.keys), *traps]
        _table = Table(bench, killers, places, WITNESSES)
        first = [ids for _, ids in each(_shown_by, faults, jobs=arguments.jobs, told="faults")]
        pool = choosing.smoke(map(_quick, first), share=POOL)
        _table = Table(bench, [places[id] for id in pool], places, 0)
        second = [ids for _, ids in each(_shown_by, faults, jobs=arguments.jobs, told="faults, again")]
        told = [
            Telling(_name(fault), ids, more, trap=isinstance(fault, msgspec.Struct))
            for fault, ids, more in zip(faults, first, second, strict=True)
        ]
    if arguments.shown and not arguments.again:
        write_whole(arguments.shown, b"".join(msgspec.json.encode(one) + b"\n" for one in told))
    return _choose([one for one in told if one.ids], write=arguments.write)


def _killers(path: Path) -> Iterable[str]:
    for line in path.read_bytes().splitlines():
        told = msgspec.json.decode(line)
        if told["case"]:
            yield told["case"]


def _name(fault: Mutant | Trap) -> str:
    return fault.id if isinstance(fault, msgspec.Struct) else fault.key


@cache
def _suite() -> dict[str, Planned]:
    """All cases: traps speak of some that the bench leaves out."""
    return {planned.case.id: planned for planned in load_suite()}


def _quick(ids: list[str]) -> list[str]:
    """Those that every port can be asked, without a vendor's tokenizer."""
    return [id for id in ids if id.endswith("@bytes")]


def _shown_by(fault: Mutant | Trap) -> list[str]:
    bench, known, places, witnesses = _table
    codes: dict[str, CodeType]
    if isinstance(fault, msgspec.Struct):
        codes = patched(fault.edits)
        reaching = [places[planned.case.id] for planned in cases_of(fault, _suite()) if planned.case.id in places]
    else:
        reaching = bench.reaching(fault)
        try:
            codes = {fault.module: bench.code(fault)}
        except (SyntaxError, ValueError):
            return []
    slow = {place for place in reaching if bench.cases[place].case.id.partition("/")[0] in SLOW}
    reached = set(reaching) if not witnesses else set(reaching) - slow
    before = [place for place in known if place in reached]
    later = [place for place in reaching if place in reached.difference(before)]
    # A training loop is asked first only where it is of the pool, and else of what nothing else shows often enough.
    order = [*before, *later, *(place for place in reaching if place in slow)] if witnesses else before
    telling = shows(codes, bench.cases, order, bench.hello, bench.judge, first=len(before), most=witnesses)
    return [bench.cases[place].case.id for place in telling]


def _choose(told: list[Telling], *, write: bool) -> int:
    """Say what the sets are and what the smoke set shows, and write them."""
    # Every trap has cases of its own, which a small set cannot all hold.
    mutants, traps = ([_quick([*one.ids, *one.pool]) for one in told if one.trap is trap] for trap in (False, True))
    cost = {id: price for id in {id for ids in mutants for id in ids} if (price := SLOW.get(id.partition("/")[0]))}
    cases = load_suite()
    smoke = choosing.smoke(mutants, share=SMOKE, cost=cost, groups=_groups(cases))
    kept = set(smoke)
    for shown_by, named in ((mutants, "mutants"), (traps, "traps")):
        shown = sum(1 for ids in shown_by if kept.intersection(ids))
        share = 100 * shown / max(len(shown_by), 1)
        print(f"smoke set: {len(smoke)} cases show {share:.1f} % of {len(shown_by)} {named}")
    combined = [question for question in grid.questions() if "/shape-" in question.id or "/thinking-" in question.id]
    # Booleans are numbers in few languages, and no change of the reference stands for that.
    tensors = [question for question in numbers.questions() if question.id.startswith("tensor/")]
    combined += [question for question in tensors if "bool" not in question.id]
    made = {question.id for question in combined if not question.traps}
    kept |= {planned.case.id for planned in cases} - made  # What was written one by one is there for a reason.
    wide = choosing.wide(cases, [one.ids for one in told], kept=kept)
    bytes_tier = sum(planned.tier == "bytes" for planned in cases)
    print(f"wide set: {len(wide)} of {bytes_tier} cases of the bytes tier show nothing that others do not")
    if write:
        write_whole(sets.DIRECTORY / "smoke.txt", _lines(smoke))
        write_whole(sets.DIRECTORY / "wide.txt", _lines(wide))
    return Exit.CONFORMS


def _groups(cases: Iterable[Planned]) -> list[list[str]]:
    """The cases of each operation; where the smoke set is to ask it of every renderer, of each of them."""
    groups: dict[tuple[str, str], list[str]] = {}
    for planned in cases:
        if planned.tier == "bytes":
            operation = planned.case.operation
            group = (operation, planned.asks.renderer if operation in OF_EVERY_RENDERER else "")
            groups.setdefault(group, []).append(planned.case.id)
    return list(groups.values())


def _lines(ids: Iterable[str]) -> bytes:
    return "".join(f"{id}\n" for id in sorted(ids)).encode("ascii")


if __name__ == "__main__":
    sys.exit(main())
