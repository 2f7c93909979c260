"""`python -m conformance.mutants`: what is judged, by what, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.exits import Exit
from conformance.mutants import __main__ as mutants
from conformance.suite import load_smoke

if TYPE_CHECKING:
    import pytest

SMALL = "cookbook.json_lines"
"""A module with a handful of mutants."""


def test_the_smoke_set_can_judge_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert mutants.main(["--smoke", "--module", SMALL, "--jobs", "1", "--goal", "0"]) == Exit.CONFORMS
    told = capsys.readouterr()
    assert f"tracing {len(load_smoke())} cases" in told.err
    assert SMALL in told.out


def test_less_than_the_goal_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert mutants.main(["--smoke", "--module", SMALL, "--jobs", "1", "--goal", "100.1"]) == Exit.DOES_NOT_CONFORM
    assert "goal of 100.1 %" in capsys.readouterr().out


def test_a_module_that_golden_does_not_speak_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert mutants.main(["--module", "cookbook.nothing"]) == Exit.USAGE
    assert capsys.readouterr().err.startswith("mutants: --module 'cookbook.nothing' matches no module")
