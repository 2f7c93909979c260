from __future__ import annotations

import pytest

from conformance.commands.selecting import hello_for, lexicons
from conformance.judge import Judge
from conformance.suite import load_suite
from conformance.tokenizers import Store
from conformance.traps.catalogue import Edit, Trap
from conformance.traps.trial import FaultError, Shown, cases_of, missed, patched, shown

SUITE = {planned.case.id: planned for planned in load_suite()}
CASE = "schedule/compute_schedule_lr_multiplier"
LINEAR = Edit("schedules.py", "return 1 - step", "return 2 - step")


def trap(*edits: Edit, cases: tuple[str, ...] = (), causes: tuple[str, ...] = ("value",), id: str = "T999") -> Trap:
    return Trap(id=id, what="x", edits=edits, causes=causes, cases=cases)


def schedules() -> list[str]:
    return [id for id in SUITE if id.startswith("schedule/")]


def test_a_fault_is_planted_in_this_process_s_child_alone() -> None:
    from cookbook.schedules import compute_schedule_lr_multiplier

    fault = trap(LINEAR, cases=tuple(schedules()))
    cases = cases_of(fault, SUITE)
    found = shown(fault, cases, hello_for(set(), Store()), Judge(lexicon=lexicons(Store())))
    assert found.red
    assert set(found.red) < set(schedules())
    assert sum(found.causes.values()) == len(found.red)
    assert found.broke == ()
    assert compute_schedule_lr_multiplier("linear", 0, 4) == 1.0


def test_a_fault_that_breaks_the_reference_says_so() -> None:
    fault = trap(Edit("schedules.py", "import math", "import maths"), cases=tuple(schedules()))
    with pytest.raises(FaultError, match="T999: the process with the fault ended"):
        shown(fault, cases_of(fault, SUITE), hello_for(set(), Store()), Judge(lexicon=lexicons(Store())))


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (Edit("nowhere.py", "a", "b"), "cookbook/nowhere.py: No such file"),
        (Edit("schedules.py", "no such text", "b"), "cookbook/schedules.py holds 0 times: no such text"),
        (Edit("schedules.py", "e", "b"), r"cookbook/schedules.py holds \d+ times: e"),
        (Edit("schedules.py", "from __future__ import annotations", "from"), "cookbook/schedules.py: invalid syntax"),
    ],
)
def test_a_fault_that_cannot_be_planted(edit: Edit, told: str) -> None:
    with pytest.raises(FaultError, match=told):
        patched([edit])


def test_edits_of_one_file_follow_each_other() -> None:
    first = Edit("schedules.py", "from __future__ import annotations", "from __future__ import annotations\nA = 1")
    (name,) = patched([first, Edit("schedules.py", "A = 1", "A = 2")])
    assert name == "cookbook.schedules"
    assert list(patched([Edit("renderers/__init__.py", "__all__ =", "__all__  =")])) == ["cookbook.renderers"]


def test_the_cases_of_a_trap_are_those_of_the_corpus_and_its_own() -> None:
    own = schedules()[0]
    ids = [planned.case.id for planned in cases_of(trap(LINEAR, cases=(own,), id="T001"), SUITE)]
    assert ids[0] == own
    assert len(ids) > 1
    assert all(id.endswith("@bytes") for id in ids)
    with pytest.raises(FaultError, match="T999: there is no case no/such@bytes"):
        cases_of(trap(LINEAR, cases=("no/such@bytes",)), SUITE)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (Shown(("a",), {"value": 1}), ""),
        (Shown(("a", "b"), {"value": 1, "content": 1}), ""),
        (Shown(("a",), {"content": 1}), "not named: value; the causes are content"),
        (Shown((), {}), "no case of it turns red"),
        (Shown(("a",), {"value": 1}, ("b: KeyError",)), "the fault breaks the reference: b: KeyError"),
    ],
)
def test_what_is_missed(found: Shown, told: str) -> None:
    assert missed(trap(LINEAR), found) == told
