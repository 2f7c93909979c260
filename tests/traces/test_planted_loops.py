"""Every fault that is planted in a copy of the reference's loops is named by the report, first thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.traces.judging import judge
from conformance.traces.running import run_reference
from conformance.traces.scenario import load_scenario, scenario_names
from traces import planted_preference, planted_rl, planted_supervised
from traces.planted_loops import Planted, report

if TYPE_CHECKING:
    from pathlib import Path

FAULTS = (*planted_supervised.FAULTS, *planted_preference.FAULTS, *planted_rl.FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_planted_fault_is_named(fault: Planted, tmp_path: Path) -> None:
    told = report(fault, tmp_path)
    assert told, "the report says nothing"
    assert told[0].text.startswith(fault.says)
    assert told[0].cause == fault.cause


@pytest.mark.parametrize("name", scenario_names())
def test_the_reference_asks_as_upstream_does(name: str) -> None:
    scenario = load_scenario(name)
    judged = judge(scenario, run_reference(scenario))
    assert [told.text for told in judged.told] == []
    assert list(judged.others) == []


def test_a_copy_without_a_fault_conforms(tmp_path: Path) -> None:
    """What the planted faults are told of is the fault, not the copying."""
    assert report(Planted("none", "sl", (), "", ""), tmp_path) == []


def test_there_is_a_fault_for_every_loop_and_many_causes() -> None:
    assert {fault.scenario.split("-")[0] for fault in FAULTS} == {"sl", "dpo", "rl"}
    assert len({fault.cause for fault in FAULTS if fault.cause}) >= 25
