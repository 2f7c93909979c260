"""The rules are data that other languages read, each with a reason."""

from __future__ import annotations

import json

import pytest

from conformance.golden_path import golden_dir
from conformance.traces.rules import EXACT, load_rules, rules_file


def test_golden_has_the_rules() -> None:
    assert (golden_dir() / "traces" / "rules.json").read_bytes() == rules_file()


def test_ids_are_unique_and_reasons_are_sentences() -> None:
    rules = load_rules()
    every = (*rules.required, *rules.incidental, *rules.scenario)
    assert len({rule.id for rule in every}) == len(every)
    for rule in every:
        assert rule.why.endswith(".")
        assert not rule.what.endswith(".")


@pytest.mark.parametrize(
    ("field", "ulp"),
    [
        ("adam.learning_rate", 4),
        ("adam.eps", 4),
        ("params.temperature", 4),
        ("inputs.weights", 2),
        ("inputs.logprobs", 0),
    ],
)
def test_tolerances_are_found_by_the_path_of_a_number(field: str, ulp: int) -> None:
    assert load_rules().tolerance_of(field).ulp == ulp


def test_what_no_rule_speaks_of_is_exact() -> None:
    assert load_rules().tolerance_of("inputs.mask") is EXACT


def test_the_file_is_plain_json() -> None:
    assert json.loads(rules_file()).keys() == {"required", "incidental", "scenario", "tolerance"}
