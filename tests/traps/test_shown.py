"""Golden shows every trap that it asks about, and names it."""

from __future__ import annotations

import pytest

from conformance.commands.selecting import hello_for, lexicons
from conformance.judge import Judge
from conformance.suite import load_suite
from conformance.tokenizers import Store
from conformance.traps.__main__ import TABLE
from conformance.traps.catalogue import Trap, read_catalogue
from conformance.traps.table import outside, planted
from conformance.traps.trial import attributed, cases_of, missed, shown

AREAS = read_catalogue()
TRAPS = [trap for area in AREAS for trap in area.traps]
PLANTED = [trap for trap in TRAPS if trap.edits]
SUITE = {planned.case.id: planned for planned in load_suite()}
REAL = [trap for trap in PLANTED if any(planned.tier == "real" for planned in cases_of(trap, SUITE))]
"""Those that need a vendor's tokenizer; tests/real/test_traps.py has them."""
STORE = Store()
JUDGE = Judge(lexicon=lexicons(STORE))


@pytest.mark.parametrize("trap", [trap for trap in PLANTED if trap not in REAL], ids=lambda trap: trap.id)
def test_its_cases_turn_red_and_the_cause_names_it(trap: Trap) -> None:
    show(trap)


def show(trap: Trap) -> None:
    cases = cases_of(trap, SUITE)
    names = {planned.asks.tokenizer for planned in cases if planned.asks.tokenizer}
    found = shown(trap, cases, hello_for(names, STORE), JUDGE)
    assert missed(trap, found) == ""
    assert planted(trap, found, len(cases)) in TABLE.read_text().splitlines()


def test_the_table_has_every_trap_and_no_other() -> None:
    lines = TABLE.read_text().splitlines()
    assert {outside(trap) for trap in TRAPS if trap.outside} <= set(lines)
    assert sum(line.startswith("| T") for line in lines) == len(TRAPS)


def test_every_trap_of_a_case_is_in_the_catalogue() -> None:
    assert set(attributed()) <= {trap.id for trap in PLANTED}
