"""conformance/reports/tally.py: the reports' own count."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.events import Account, CaseFinished, Outcome, RunFinished
from conformance.reports.tally import Tally

from . import runs
from .streams import cases, unicode


def tallied(found: list[CaseFinished]) -> Tally:
    tally = Tally()
    for case in found:
        tally.add(case)
    return tally


@settings(deadline=None)
@given(cases(text=unicode), st.integers(0, 3))
def test_it_counts_what_another_count_says(found: list[CaseFinished], unseen: int) -> None:
    account = runs.account(found, len(found) + unseen)
    tally = tallied(found)
    assert tally.account(len(found) + unseen) == account
    tally.check(RunFinished(account=account, partial=unseen > 0))
    assert sum(sum(tally.tier(tier).values()) for tier in tally.tiers()) == len(found) == tally.seen


def test_the_case_that_uses_up_most_of_its_tolerance_is_kept() -> None:
    tally = tallied([runs.case(1), runs.near(2, 0.25), runs.near(3, 0.75), runs.near(4, 0.75), runs.near(5, 0.5)])
    assert (tally.tolerated, tally.farthest) == (4, runs.near(3, 0.75))
    assert (tally.account(5).exact, tally.account(5).tolerated) == (1, 4)
    assert tallied([runs.case(1)]).farthest is None


def test_tiers() -> None:
    tally = tallied([runs.case(1), runs.case(2, Outcome.FAILED, tier="real"), runs.case(3)])
    assert tally.tiers() == ("bytes", "real")
    assert tally.tier("bytes") == {Outcome.PASSED: 2}
    assert tally.tier("real") == {Outcome.FAILED: 1}
    assert tally.tier("other") == {}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"passed": 44, "failed": 2}, "it says 44 passed, the cases say 43"),
        ({"known": 1, "unsupported": 2}, "it says 1 known, the cases say 2"),
        ({"faulted": 2, "not_run": 0}, "it says 2 faulted, the cases say 1"),
        ({"rejections": 2}, "it says 2 rejections, the cases say 3"),
        ({"drifted": 0}, "it says 0 drifted, the cases say 1"),
        ({"tolerated": 1}, "it says 1 tolerated, the cases say 0"),
        ({"planned": 49, "passed": 41}, "49 planned, 51 finished"),
    ],
)
def test_every_wrong_count_is_found(change: dict[str, int], words: str) -> None:
    right = runs.account(runs.mixed(), 51)
    tallied(runs.mixed()).check(RunFinished(account=right))
    wrong = Account(**(msgspec.structs.asdict(right) | change))
    with pytest.raises(ValueError, match=words):
        tallied(runs.mixed()).check(RunFinished(account=wrong))


def test_a_run_that_lost_cases_must_say_that_it_is_partial() -> None:
    account = runs.account(runs.mixed(), 60)
    tallied(runs.mixed()).check(RunFinished(account=account, partial=True))
    with pytest.raises(ValueError, match="60 planned, 51 finished, and the run does not say that it is partial"):
        tallied(runs.mixed()).check(RunFinished(account=account))
