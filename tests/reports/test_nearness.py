"""conformance/reports/nearness.py: exact, within tolerance, and how far."""

from __future__ import annotations

import msgspec

from conformance.events import Account
from conformance.reports import nearness

from . import runs


def test_distances_compare_by_the_share_of_what_is_allowed() -> None:
    cases = [runs.case(0), runs.near(1, 0.5, ulp=100.0), runs.near(2, 0.75, ulp=1.0), runs.near(3, 0.75)]
    assert nearness.farthest(cases) == cases[2]
    assert nearness.farthest(cases[:1]) is None


def test_nothing_allowed_is_nothing_used_up() -> None:
    distance = runs.near(1, 0.5).distance
    assert distance is not None
    assert nearness.share(msgspec.structs.replace(distance, absolute=0.0, allowed=0.0)) == 0


def test_words() -> None:
    half, at_zero = runs.near(1, 0.5, ulp=2.0).distance, runs.near(1, 0.5, ulp=None).distance
    assert half is not None
    assert at_zero is not None
    assert nearness.described(half) == "2 ulp (float32) of 4 allowed"
    assert nearness.described(at_zero) == "4.8e-07 of 9.5e-07 allowed, at 0"
    account = Account(planned=10, passed=10, rejections=2, tolerated=3)
    assert nearness.counts(account) == "5 exact, 3 within tolerance"
