"""What trials of mutants need: the cases, who judges them, and which of them can tell a mutant."""

from __future__ import annotations

import fnmatch
import logging
import random
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import cookbook
from conformance.commands.selecting import hello_for
from conformance.exits import UsageError
from conformance.judge import Judge
from conformance.mutants.mutations import Mutant, mutants_of, mutated
from conformance.mutants.reach import Reach
from conformance.mutants.trial import originals
from conformance.suite import load_smoke, load_suite
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import CodeType

    from conformance.cases import Planned
    from conformance.mutants.rulings import Rulings
    from conformance.protocol import InitializeParams

ROOT = Path(cookbook.__file__).parent
REAL = ("cookbook.tokenizer",)
"""Modules that only the real tier uses in full; all others are judged by the bytes tier, as every port is."""
VENDORS = ("deepseek_v3_1", "llama3", "qwen3")
"""The tokenizers of the real tier that such modules are asked with: few, because every trial loads them anew."""


class Mutants(NamedTuple):
    """The mutants of some modules, and the globs of rulings by which others are left out."""

    judged: list[Mutant]
    left_out_by: set[str]
    sources: dict[str, str]
    files: dict[str, str]


def find_mutants(rulings: Rulings, patterns: Sequence[str] = ()) -> Mutants:
    """Every mutant that golden is to tell, of the modules that match one of the patterns.

    Raises:
        UsageError: there is no such module.
    """
    found = Mutants([], set(), {}, {})
    for name, path in _modules():
        if outside := rulings.outside_of_golden(name):
            found.left_out_by.add(outside)
        elif not patterns or any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
            found.sources[name], found.files[name] = path.read_text(encoding="utf-8"), str(path)
    if not found.sources:
        raise UsageError(f"--module {patterns[0]!r} matches no module of cookbook that golden speaks of")
    for name, source in found.sources.items():
        for mutant in mutants_of(name, source):
            if outside := rulings.outside_of_golden(name, mutant.scope):
                found.left_out_by.add(outside)
            else:
                found.judged.append(mutant)
    return found


class Bench(NamedTuple):
    """Where mutants are tried; forked workers inherit it."""

    cases: Sequence[Planned]
    hello: InitializeParams
    reach: Reach
    judge: Judge
    mutants: Mutants

    def code(self, mutant: Mutant) -> CodeType:
        """The code of the mutant's module. Raises SyntaxError or ValueError where it cannot be compiled."""
        return mutated(self.mutants.sources[mutant.module], mutant.index, self.mutants.files[mutant.module])

    def reaching(self, mutant: Mutant) -> list[int]:
        """The places of the cases that can tell the mutant, shuffled, so that kinds mix: always in the same way."""
        file = self.mutants.files[mutant.module]
        places = self.reach.of_lines(file, mutant.lines) if mutant.lines is not None else self.reach.of_file(file)
        if mutant.module not in REAL:
            places = [place for place in places if self.cases[place].tier == "bytes"]
        elif any(self.cases[place].tier == "real" for place in places):
            # Tables are made once a tokenizer, by whichever case comes first.
            real = [place for place in self.reach.of_file(file) if self.cases[place].tier == "real"]
            places = sorted({*places, *real})
        random.Random(mutant.index).shuffle(places := list(places))
        return places


def prepared(mutants: Mutants, *, smoke: bool = False) -> Bench:
    """A bench for these mutants, with all cases or the smoke set alone.

    Every case is asked of the reference once, to see which lines it runs.
    """
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")  # The library warns of much that golden asks on purpose.
    with_real = any(name in REAL for name in mutants.sources)
    every = load_smoke() if smoke else load_suite()
    cases = [planned for planned in every if planned.tier == "bytes" or (with_real and _asks_a_vendor(planned))]
    hello = hello_for({planned.asks.tokenizer for planned in cases if planned.asks.tokenizer}, Store())
    print(f"tracing {len(cases)} cases ...", file=sys.stderr)
    judge = Judge(lexicon=lambda _: None, strict_errors=True)
    reach = Reach(ROOT, cases, hello)
    originals()  # After every case was asked, everything that any of them needs is imported.
    return Bench(cases, hello, reach, judge, mutants)


def _asks_a_vendor(planned: Planned) -> bool:
    """Whether a case asks for little but what a file's tokenizer does; `role_colon` asks for its ends."""
    return planned.asks.tokenizer in VENDORS and planned.asks.renderer in ("", "role_colon")


def _modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path
