"""conformance/reports/groups.py: few groups, large ones first, small members first."""

from __future__ import annotations

import msgspec

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


def test_drift_of_another_package_says_of_which() -> None:
    case = runs.case(1, Outcome.FAILED, drift="tinker==0.15.0")
    assert groups.drifted(case) == "equals tinker==0.15.0; changed since"


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


def test_flags_are_those_that_cases_have_in_common() -> None:
    def flags(*each: tuple[str, ...]) -> list[tuple[str, int]]:
        (group,) = groups.reasons([runs.case(n, Outcome.FAULTED, flags=one) for n, one in enumerate(each)])
        return group.flags()

    assert flags(("a", "b"), ("a", "b"), ("a", "c")) == [("a", 3), ("b", 2)]
    assert flags(("a",), ("b",), ("c",), ("d",)) == [("a", 1), ("b", 1)]
    assert len(flags(tuple("abcdefghijkl"))) == groups.MOST
    assert flags((), ()) == []


def test_the_case_to_look_at_first_must_be_right_and_is_in_bytes_and_direct_before_it_is_small() -> None:
    cases = [
        runs.case(1, Outcome.FAULTED, id="should", level="should", size=1),
        runs.case(2, Outcome.FAULTED, id="real", tier="real", size=2),
        runs.case(3, Outcome.FAULTED, id="datum", operation="datum.conversation_to_datum", size=3),
        runs.case(4, Outcome.FAULTED, id="large", size=9),
        runs.case(5, Outcome.FAULTED, id="small", size=8),
    ]
    (group,) = groups.reasons([msgspec.structs.replace(case, reason="x") for case in cases])
    assert [case.id for case in group.cases] == ["small", "large", "datum", "real", "should"]


def test_what_the_questions_of_all_have_in_common() -> None:
    def alike(*asked: str) -> list[str]:
        (group,) = groups.reasons([runs.case(n, Outcome.FAULTED, asked=one) for n, one in enumerate(asked)])
        return group.asked_alike()

    default, named = 'user "q"  (no train_on_what)', 'user "q"  train_on_what="all_tokens"'
    assert alike(*[default] * 5) == ["no train_on_what"]
    assert alike(*[default] * 4) == []
    assert alike(*[default] * 5, named) == []
    assert alike(*[named] * 5) == ['train_on_what="all_tokens"']
    assert alike(*['user "q"  prefill="x"'] * 5) == ["prefill"]
    assert alike(*['user "q"  options={"a": false}  prefill="x"'] * 5) == ['options={"a": false}', "prefill"]
    assert alike(*[""] * 9) == []


def test_counts() -> None:
    (group,) = groups.reasons([runs.case(n, Outcome.FAULTED, reason="x") for n in (0, 1, 3)])
    assert group.flags() == [("tool_calls", 2)]
    assert group.renderers() == [("qwen3", 2), ("llama3", 1)]
    (bare,) = groups.reasons([runs.case(1, Outcome.FAULTED, renderer="", operation="tensor.to_nested")])
    assert bare.renderers() == []
    assert bare.operations() == [("tensor.to_nested", 1)]
