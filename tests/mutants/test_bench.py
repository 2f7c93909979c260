from __future__ import annotations

from functools import cache

import pytest

from conformance.exits import UsageError
from conformance.mutants.bench import Bench, find_mutants, prepared
from conformance.mutants.rulings import Outside, Rulings

MODULE = "cookbook.schedules"


@cache
def bench() -> Bench:
    return prepared(find_mutants(Rulings(), (MODULE,)))


def test_the_mutants_of_the_modules_that_are_asked_for() -> None:
    found = find_mutants(Rulings(), (MODULE,))
    assert {mutant.module for mutant in found.judged} == {MODULE}
    assert list(found.sources) == list(found.files) == [MODULE]
    assert found.left_out_by == set()


def test_what_is_outside_of_golden_is_left_out_and_told() -> None:
    rulings = Rulings((Outside(why="x", modules=("cookbook.c*",), scopes=("cookbook.schedules compute_*",)),))
    found = find_mutants(rulings, (MODULE, "cookbook.client"))
    assert {mutant.scope for mutant in found.judged} == {"<module>"} or not found.judged
    assert found.left_out_by == {"cookbook.c*", "cookbook.schedules compute_*"}
    with pytest.raises(UsageError, match="matches no module of cookbook that golden speaks of"):
        find_mutants(rulings, ("cookbook.client",))


def test_a_mutant_is_told_by_cases_that_reach_it() -> None:
    linear = next(mutant for mutant in bench().mutants.judged if mutant.before == "1 - step / total_steps")
    reaching = bench().reaching(linear)
    assert {bench().cases[place].case.operation for place in reaching} >= {
        "schedule.compute_schedule_lr_multiplier",
        "trace.supervised",
    }
    assert reaching == bench().reaching(linear)
    assert reaching != sorted(reaching)
    assert "1 + step / total_steps" in linear.after


def test_the_code_of_a_mutant_is_that_of_its_module() -> None:
    linear = next(mutant for mutant in bench().mutants.judged if mutant.before == "1 - step / total_steps")
    changed: dict[str, object] = {}
    exec(bench().code(linear), changed)
    multiplier = changed["compute_schedule_lr_multiplier"]
    assert callable(multiplier)
    assert multiplier("linear", 1, 4) == 1.25
