from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.exits import Exit
from conformance.mutants.mutations import Mutant, mutants_of
from conformance.mutants.report import Tallied, report, scores, write_json
from conformance.mutants.trial import Tried

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

MUTANTS = mutants_of("m", "a = 1\nb = 2\nc = 3\nd = 4\n")


def tallied(*ends: str) -> list[Tallied]:
    """k: killed, s: survived, e: ruled equivalent, x: ruled equivalent and killed."""
    return [one(mutant, end) for mutant, end in zip(MUTANTS, ends, strict=False)]


def one(mutant: Mutant, end: str) -> Tallied:
    killed = end in "kx"
    return Tallied(mutant, Tried("failed" if killed else "survived", 0 if killed else -1, 5), "why" * (end in "ex"))


def test_scores_leave_equivalents_out() -> None:
    assert scores(tallied("k", "e", "s", "k")) == {"m": 100 * 2 / 3}


def test_all_killed(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(tallied("k", "k", "e"), unused=set(), goal=98) == Exit.CONFORMS
    assert "100.0 %" in capsys.readouterr().out


def test_all_ruled_equivalent(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(tallied("e", "e"), unused=set(), goal=98) == Exit.CONFORMS
    assert "100.0 %" in capsys.readouterr().out


def test_a_survivor_is_named_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(tallied("k", "s"), unused=set(), goal=98) == Exit.DOES_NOT_CONFORM
    told = capsys.readouterr().out
    assert "m:2: survived (5 cases): m <module>: constant: 2 => 3" in told
    assert "fewer than the goal of 98 %" in told


def test_few_survivors_are_within_the_goal() -> None:
    assert report(tallied("k", "s"), unused=set(), goal=50) == Exit.CONFORMS


def test_a_ruling_that_no_longer_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(tallied("x", "k"), unused=set(), goal=0) == Exit.DOES_NOT_CONFORM
    assert "ruled equivalent, yet killed: m <module>: constant: 1 => 2" in capsys.readouterr().out


def test_a_ruling_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    rows = tallied("e", "k")
    assert report(rows, unused={MUTANTS[0].key}, goal=0) == Exit.CONFORMS
    assert report(rows, unused={MUTANTS[0].key, "gone"}, goal=0) == Exit.DOES_NOT_CONFORM
    assert "there is no such mutant: gone" in capsys.readouterr().out


def test_every_fate_is_written(tmp_path: Path) -> None:
    write_json(tmp_path / "fates.jsonl", tallied("k", "e"), ["case"])
    rows = [json.loads(line) for line in (tmp_path / "fates.jsonl").read_text().splitlines()]
    assert [(row["how"], row["case"], row["equivalent"]) for row in rows] == [
        ("failed", "case", None),
        ("survived", None, "why"),
    ]
