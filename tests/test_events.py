"""conformance/events.py: an account adds up or is none; events survive JSON."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.events import Account, CaseFinished, Diagnosis, Event, Outcome, RunFinished, RunStarted, TierCount

OUTCOMES = [outcome.value for outcome in Outcome]
COUNTS = st.fixed_dictionaries({outcome: st.integers(0, 9) for outcome in OUTCOMES})


def test_there_is_a_place_for_every_outcome() -> None:
    assert set(OUTCOMES) <= {field.name for field in msgspec.structs.fields(Account)}


@given(COUNTS)
def test_an_account_is_the_sum_of_its_outcomes(counts: dict[str, int]) -> None:
    account = Account(planned=sum(counts.values()), **counts)
    assert account.conforms == (not counts["failed"] and not counts["faulted"] and not counts["not_run"])


@given(COUNTS, st.integers(-3, 3).filter(bool))
def test_an_account_that_loses_or_invents_a_case_cannot_be_made(counts: dict[str, int], error: int) -> None:
    with pytest.raises(ValueError, match="does not add up"):
        Account(planned=sum(counts.values()) + error, **counts)


@pytest.mark.parametrize(
    "fields",
    [
        {"rejections": 1},
        {"drifted": 1},
        {"tolerated": 1},
        {"planned": 1, "passed": 1, "rejections": 2},
        {"planned": 1, "passed": 1, "rejections": 1, "tolerated": 1},
    ],
)
def test_a_part_is_no_more_than_its_whole(fields: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="does not add up"):
        Account(**fields)


@pytest.mark.parametrize(
    ("fields", "conforms"),
    [
        ({"planned": 1, "passed": 1}, True),
        ({"planned": 2, "known": 1, "unsupported": 1}, True),
        ({"planned": 2, "passed": 1, "failed": 1}, False),
        ({"planned": 2, "passed": 1, "faulted": 1}, False),
        ({"planned": 2, "passed": 1, "not_run": 1}, False),
    ],
)
def test_what_conforms(fields: dict[str, int], conforms: bool) -> None:
    assert Account(**fields).conforms is conforms


@pytest.mark.parametrize(
    "event",
    [
        RunStarted(suite="1", protocol=1, command=("a", "b"), implementation="x", tiers=(TierCount("real", False, 3),)),
        CaseFinished(
            id="a",
            outcome=Outcome.FAILED,
            operation="o",
            tier="bytes",
            diagnosis=Diagnosis(cause="c", summary="s", signature="x"),
        ),
        RunFinished(account=Account(planned=1, not_run=1), partial=True, reason="interrupted", stderr=("x",)),
    ],
)
def test_events_survive_json_and_say_what_they_are(event: Any) -> None:
    raw = msgspec.json.encode(event)
    assert msgspec.json.decode(raw, type=Event) == event
    assert msgspec.json.decode(raw)["type"] in ("start", "case", "finish")


def test_events_do_not_change() -> None:
    with pytest.raises(AttributeError):
        Account().planned = 3  # type: ignore[misc]
