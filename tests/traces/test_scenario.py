"""The scenarios of golden: complete, readable, and asked without their answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from conformance.exits import SuiteError, UsageError
from conformance.golden_path import golden_dir
from conformance.traces import scenario as scenarios
from conformance.traces.compare import compare_streams
from conformance.traces.judging import first_step, runs_of
from conformance.traces.questions import SCENARIOS
from conformance.traces.scenario import RlParams, load_scenario, rules_for, scenario_names
from conformance.traces.stream import OptimStep

if TYPE_CHECKING:
    from pathlib import Path


def test_golden_has_every_scenario_that_is_written_down() -> None:
    assert scenario_names() == sorted(scenario.name for scenario in SCENARIOS)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_golden_asks_what_is_written_down(scenario: scenarios.Scenario) -> None:
    stored = load_scenario(scenario.name)
    assert json.loads(bytes(stored.params)) == json.loads(bytes(scenario.params))
    assert (stored.summary, stored.rules) == (scenario.summary, rules_for(stored.decoded()))
    assert {"reference", "upstream==0.5.8", "tinker==0.38.0"} == set(stored.witnesses)


@pytest.mark.parametrize("name", scenario_names())
def test_a_scenario_holds_together(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.expect is not msgspec.UNSET
    params = scenario.decoded()
    assert (golden_dir() / "tokenizers" / f"{params.tokenizer}.json").is_file()
    if isinstance(params, RlParams):
        places = {place for batch in params.batches for place in batch}
        assert places <= set(range(len(params.groups)))
    else:
        assert {row for epoch in params.epochs for batch in epoch for row in batch} <= set(range(len(params.rows)))
        assert len(params.epochs) == params.config.num_epochs
    expect = scenario.expect
    assert compare_streams(expect.stream, expect.stream, rules=scenario.rules, runs=runs_of(params)).conforms
    trained = any(isinstance(operation, OptimStep) for operation in expect.stream)
    assert trained == (not name.endswith(("-complete", "-no-steps")))
    assert expect.pipelined == (trained and scenario.loop != "preference")
    assert bool(expect.metrics) == trained
    assert bool(expect.checkpoints) == (trained or bool(params.checkpoints))
    assert not [key for record in expect.metrics for key in record if key.startswith("time/")]


def test_the_first_step_after_a_resume() -> None:
    found = {name: first_step(load_scenario(name).decoded()) for name in ("sl", "sl-resume", "dpo-resume", "rl-resume")}
    assert found == {"sl": 0, "sl-resume": 2, "dpo-resume": 1, "rl-resume": 1}


def test_a_question_holds_no_answer() -> None:
    asked = json.loads(load_scenario("sl").question())
    assert asked.keys() == {"name", "operation", "summary", "params"}


def test_a_scenario_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="there is no scenario 'x'; there are: dpo, "):
        load_scenario("x")


@pytest.mark.parametrize("content", [b"{", b"{}", b'{"name":"a","operation":"trace.rl","summary":"","params":{}}'])
def test_a_broken_scenario_is_the_suite_s_fault(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.json").write_bytes(content)
    monkeypatch.setattr(scenarios, "scenarios_dir", lambda: tmp_path)
    with pytest.raises(SuiteError, match=r"golden/traces/a\.json: .*; install the package again"):
        load_scenario("a")
