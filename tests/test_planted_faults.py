"""A check that cannot fail is not a check: golden must turn red for every planted fault, and name its cause.

`__snapshots__/test_planted_faults.ambr` is the table of what caught each fault; it changes with golden.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pytest
from judging import golden_cases, verdicts
from planted_faults import (
    deepseek_v3,
    deepseek_v3_calls,
    encoders,
    gpt_oss,
    gpt_oss_calls,
    llama3,
    qwen3,
    qwen3_calls,
    role_colon,
    streams,
)

from conformance.causes import CAUSES
from conformance.events import Outcome
from conformance.operations import invalid_params
from cookbook.renderers import Renderer

if TYPE_CHECKING:
    from planted_faults.planting import PlantedFault
    from syrupy.assertion import SnapshotAssertion

PLANTED = [
    *role_colon.FAULTS,
    *llama3.FAULTS,
    *qwen3.FAULTS,
    *qwen3_calls.FAULTS,
    *encoders.FAULTS,
    *deepseek_v3.FAULTS,
    *deepseek_v3_calls.FAULTS,
    *gpt_oss.FAULTS,
    *gpt_oss_calls.FAULTS,
    *streams.FAULTS,
]
FAULTS = {str(fault): fault for fault in PLANTED}
FAMILIES = sorted({fault.family for fault in PLANTED} - {"streams"})
RENDERERS = sorted({renderer for fault in FAULTS.values() for renderer in fault.renderers})

DIAGNOSED = 50
"""So many red cases of a fault are diagnosed; of the others it is enough to know that they are red."""


class Caught(NamedTuple):
    """The cases that do not pass while a fault is planted, and the causes of the first of them."""

    ids: list[str]
    outcomes: set[Outcome]
    causes: Counter[str]

    def __str__(self) -> str:
        causes = sorted(self.causes.items(), key=lambda item: (-item[1], item[0]))
        told = ", ".join(f"{cause} {count}" for cause, count in causes)
        return f"{len(self.ids)} red, first {self.ids[0]} ({told}{', ...' if len(self.ids) > DIAGNOSED else ''})"


def catch(fault: PlantedFault) -> Caught:
    """Judge the cases of the fault's renderers that can show it."""
    cases = [
        case
        for renderer in fault.renderers
        for case in golden_cases(renderer)
        if fault.plant.reached_by in case.case.operation
    ]
    caught = Caught([], set(), Counter())
    with pytest.MonkeyPatch.context() as patch:
        # A fault may lie in what a format makes of words, so it is asked every time.
        patch.setattr(Renderer, "learns_shapes", False)
        fault.plant(patch)
        for verdict in verdicts(cases, diagnosed=DIAGNOSED):
            if verdict.outcome is Outcome.FAULTED and verdict.id in misshapen(fault.renderers):
                continue  # A fault is made for messages; over what is none it may stumble.
            if verdict.outcome is not Outcome.PASSED:
                caught.ids.append(verdict.id)
                caught.outcomes.add(verdict.outcome)
                caught.causes.update([verdict.diagnosis.cause] if verdict.diagnosis else [])
    return caught


@cache
def misshapen(renderers: tuple[str, ...]) -> set[str]:
    """The ids of cases whose params break their own schema."""
    cases = [case.case for renderer in renderers for case in golden_cases(renderer)]
    return {case.id for case in cases if invalid_params(case.operation, bytes(case.params)) is not None}


@pytest.mark.parametrize("renderer", RENDERERS)
def test_without_a_fault_golden_is_green(renderer: str) -> None:
    cases = golden_cases(renderer)
    assert cases
    assert [verdict.id for verdict in verdicts(cases) if verdict.outcome is not Outcome.PASSED] == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_turns_golden_red(name: str, snapshot: SnapshotAssertion) -> None:
    fault = FAULTS[name]
    caught = catch(fault)
    assert caught.ids
    assert caught.outcomes == {Outcome.FAILED}  # To break the adapter would be caught by anything.
    assert set(fault.causes) <= set(caught.causes)
    assert str(caught) == snapshot


def test_a_fault_leaves_nothing_behind() -> None:
    before = {renderer: len(golden_cases(renderer)) for renderer in RENDERERS}
    for name in list(FAULTS)[::40]:
        catch(FAULTS[name])
    for renderer in ("role_colon", "llama3"):
        passed = [verdict for verdict in verdicts(golden_cases(renderer)) if verdict.outcome is Outcome.PASSED]
        assert len(passed) == before[renderer]


def test_names_are_unique() -> None:
    assert len(FAULTS) == len(PLANTED)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_many_faults(family: str) -> None:
    assert sum(fault.family == family for fault in PLANTED) >= 20


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_says_what_it_stands_for(name: str) -> None:
    fault = FAULTS[name]
    assert fault.causes
    assert set(fault.causes) <= set(CAUSES)
    assert all(trap[0] == "T" and trap[1:].isdecimal() for trap in fault.traps.split())
    assert fault.traps
