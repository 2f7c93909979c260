"""conformance/reports/groups.py: few groups, large ones first, small members first."""

from __future__ import annotations

from conformance.events import Outcome
from conformance.reports import groups

from . import runs


def test_failures_are_grouped_by_cause() -> None:
    found = groups.failures(runs.failing()[300:], runs.CAUSES)
    assert [(group.key, len(group.cases)) for group in found] == [
        ("missing-newline", 300),
        ("missing-bos", 150),
        ("key-order", 80),
        ("wrong-weight", 50),
        ("trailing-stop", 19),
        ("whitespace", 1),
    ]
    assert found[0].title == "The newline after the header is missing"
    assert found[0].hint.startswith("The template trims")


def test_drift_is_not_failure() -> None:
    failed = [case for case in runs.drifting() if case.outcome is Outcome.FAILED]
    assert [len(group.cases) for group in groups.failures(failed, runs.CAUSES)] == [1]
    assert [(group.title, len(group.cases)) for group in groups.drift(failed)] == [
        ("equals upstream 0.1.0; changed since", 5),
        ("equals upstream 0.2.2; changed since", 2),
    ]


def test_the_smallest_is_first() -> None:
    small, short, plain = (
        runs.case(1, Outcome.FAILED, size=10, diagnosis=runs.diagnosis("x", "aaaa", "b")),
        runs.case(2, Outcome.FAILED, size=20, diagnosis=runs.diagnosis("x", "aa", "b")),
        runs.case(3, Outcome.FAILED, size=20, diagnosis=runs.diagnosis("x", "aaa", "b")),
    )
    (group,) = groups.failures([plain, short, small], {})
    assert group.cases == (small, short, plain)


def test_causes_that_nobody_knows_are_groups_too() -> None:
    found = groups.failures(
        [runs.case(1, Outcome.FAILED), runs.case(2, Outcome.FAILED, diagnosis=runs.diagnosis("odd-thing", "a", "b"))],
        {},
    )
    assert [(group.title, group.hint) for group in found] == [("no diagnosis", ""), ("odd thing", "")]


def test_reasons_that_differ_in_numbers_are_one() -> None:
    faulted = [case for case in runs.faulting() if case.outcome is Outcome.FAULTED]
    assert [(group.title, len(group.cases)) for group in groups.reasons(faulted)] == [
        ("crashed: killed by signal 11", 3),
        ("line 15 of stdout is not JSON: 'debug: 15'", 3),
        ("no answer within 10 s", 2),
    ]
    assert groups.reasons([runs.case(1, Outcome.FAULTED)])[0].title == "no reason given"


def test_counts() -> None:
    (group,) = groups.reasons([runs.case(n, Outcome.FAULTED, reason="x") for n in (0, 1, 3)])
    assert group.flags() == [("tool_calls", 2), ("thinking", 1), ("unicode", 1)]
    assert group.renderers() == [("qwen3", 2), ("llama3", 1)]
    (bare,) = groups.reasons([runs.case(1, Outcome.FAULTED, renderer="", operation="tensor.to_nested")])
    assert bare.renderers() == []
    assert bare.operations() == [("tensor.to_nested", 1)]
