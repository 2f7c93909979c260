"""What a run of the mutants says: survivors with their line, then a table of modules."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from conformance.atomic import write_whole
from conformance.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from conformance.mutants.mutations import Mutant
    from conformance.mutants.trial import Tried


class Tallied(NamedTuple):
    """A mutant, how its trial ended, and the reason for which it is ruled equivalent; empty where it is not."""

    mutant: Mutant
    tried: Tried
    equivalent: str

    @property
    def survived(self) -> bool:
        return not self.tried.killed and not self.equivalent


def report(tallied: Sequence[Tallied], *, unused: set[str], goal: float) -> int:
    """Print what happened; the exit code says whether every module reaches the goal and every ruling holds.

    `unused` are the keys and globs of rulings that must have been needed: when every mutant was tried, else empty.
    """
    wrong = False
    for one in tallied:
        if one.survived:
            print(f"{one.mutant.module}:{one.mutant.line}: survived ({one.tried.asked} cases): {one.mutant.key}")
        elif one.tried.killed and one.equivalent:
            wrong = True
            print(f"ruled equivalent, yet killed: {one.mutant.key}")
    for key in sorted(unused - {one.mutant.key for one in tallied}):
        wrong = True
        print(f"ruled, but there is no such mutant: {key}")
    print(_table(tallied))
    short = [module for module, score in scores(tallied).items() if score < goal]
    overall = scores((one for one in tallied), whole=True).get("all", 100.0)
    if overall < goal:
        print(f"golden kills {overall:.1f} % of the mutants, fewer than the goal of {goal:g} %")
    elif short:
        print(f"golden kills {overall:.1f} % in all, but less than {goal:g} % of: {', '.join(short)}")
    return Exit.DOES_NOT_CONFORM if wrong or overall < goal else Exit.CONFORMS


def scores(tallied: Iterable[Tallied], *, whole: bool = False) -> dict[str, float]:
    """The percentage of mutants killed, of those that are not ruled equivalent, by module."""
    counts: dict[str, Counter[bool]] = {}
    for one in tallied:
        if not one.equivalent:
            counts.setdefault("all" if whole else one.mutant.module, Counter())[one.tried.killed] += 1
    return {module: 100 * count[True] / count.total() for module, count in counts.items()}


def write_json(path: Path, tallied: Sequence[Tallied], ids: Sequence[str]) -> None:
    """Every mutant's fate, for what is made of it elsewhere: which case told which mutant."""
    rows = [
        {
            "key": one.mutant.key,
            "line": one.mutant.line,
            "how": one.tried.how,
            "case": ids[one.tried.place] if one.tried.place >= 0 else None,
            "asked": one.tried.asked,
            "equivalent": one.equivalent or None,
        }
        for one in tallied
    ]
    write_whole(path, ("\n".join(map(json.dumps, rows)) + "\n").encode())


def _table(tallied: Sequence[Tallied]) -> str:
    by_module = scores(tallied)
    modules = sorted({one.mutant.module for one in tallied})
    rows = [("module", "mutants", "equivalent", "survived", "killed")]
    for module in [*modules, "all"]:
        here = [one for one in tallied if module in (one.mutant.module, "all")]
        score = scores(here, whole=True).get("all", 100.0) if module == "all" else by_module.get(module, 100.0)
        rows.append(
            (
                module,
                str(len(here)),
                str(sum(1 for one in here if one.equivalent)),
                str(sum(one.survived for one in here)),
                f"{score:.1f} %",
            )
        )
    widths = [max(len(row[at]) for row in rows) for at in range(5)]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    )
