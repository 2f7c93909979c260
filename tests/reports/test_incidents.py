"""conformance/incidents.py: failures of the adapter's process that no case is to blame for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from fake_askers import Fakes

from conformance import incidents
from conformance.conversation import Incident
from conformance.events import IncidentSeen, RunFinished, RunStarted
from conformance.protocol import Fault
from conformance.reports import badge
from conformance.reports.html import report as html
from conformance.reports.jsonl import read
from conformance.reports.junit import document as junit
from conformance.reports.markdown import summary
from conformance.verdict import reservations

from . import runs
from .test_jsonl import written
from .test_terminal import report as terminal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from conformance.events import Event

CRASH = Fault("crash", "the adapter exited with code 3 after line 17")
SEEN = (
    IncidentSeen(kind="crash", text="the adapter exited with code 3 after line 17", cases=("a/b", "c|<d>"), times=2),
    IncidentSeen(kind="garbage", text="line 4 is not protocol: <b>@all</b>\x1b"),
)


def test_those_that_differ_in_numbers_are_one() -> None:
    found = incidents.seen(
        [
            Incident(CRASH, ("a", "b")),
            Incident(Fault("timeout", "no reply within 10 s")),
            Incident(Fault("crash", "the adapter exited with code 3 after line 900"), ("c",)),
        ]
    )
    assert [(one.kind, one.times, one.cases) for one in found] == [("crash", 2, ("a", "b")), ("timeout", 1, ())]


def test_there_is_an_end_to_what_is_told() -> None:
    many = [Incident(Fault("crash", chr(0x4E00 + at)), tuple(map(str, range(99)))) for at in range(500)]
    found = incidents.seen(many)
    assert len(found) == incidents.MOST
    assert len(found[0].cases) == incidents.SUSPECTS


def test_shards_add_up() -> None:
    found = incidents.merged([SEEN, SEEN[1:], ()])
    assert [(one.kind, one.times) for one in found] == [("crash", 2), ("garbage", 2)]


@pytest.fixture
def events() -> list[Event]:
    """A run that is all right, but for what became of its process."""
    *events, finished = runs.run(runs.conforming())
    assert isinstance(finished, RunFinished)
    return [*events, msgspec.structs.replace(finished, restarts=3, incidents=SEEN, stderr=("boom",))]


def parts(events: Sequence[Event]) -> tuple[RunStarted, list[runs.CaseFinished], RunFinished]:
    started, *cases, finished = events
    assert isinstance(started, RunStarted)
    assert isinstance(finished, RunFinished)
    return started, [case for case in cases if isinstance(case, runs.CaseFinished)], finished


def test_the_terminal_tells_them_and_the_verdict_counts_them(events: Sequence[Event]) -> None:
    text = terminal(events)
    assert "The adapter's process: started again 3 times, 3 incidents that no case is to blame for\n" in text
    assert "  2 x crash: the adapter exited with code 3 after line 17\n    while it was asked a/b\n" in text
    assert "  garbage: line 4 is not protocol: <b>@all</b>␛\n" in text
    assert "  | boom\n" in text
    assert "2 incidents of the adapter's process)" in text


def test_html_tells_them_inert(events: Sequence[Event]) -> None:
    text = html(*parts(events), runs.CAUSES).decode()
    assert "started again 3 times, 3 incidents" in text
    assert "&lt;b&gt;@all&lt;/b&gt;␛" in text
    assert "<b>" not in text


def test_markdown_tells_them_inert(events: Sequence[Event]) -> None:
    text = summary(*parts(events), runs.CAUSES)
    assert "### The adapter's process: started again 3 times, 3 incidents that no case is to blame for\n" in text
    (line,) = [line for line in text.splitlines() if "not protocol" in line]
    assert "<b>" not in line
    assert "@" not in line


def test_junit_tells_them_where_stderr_stands(events: Sequence[Event]) -> None:
    text = junit(*parts(events)).decode()
    assert "2 x crash: the adapter exited with code 3 after line 17" in text
    assert text.count("boom") == 1


def test_jsonl_keeps_them(events: Sequence[Event], tmp_path: Path) -> None:
    finished = list(read(written(tmp_path / "report.jsonl", events)))[-1]
    assert isinstance(finished, RunFinished)
    assert (finished.incidents, finished.restarts) == (SEEN, 3)


def test_a_badge_is_green_for_an_adapter_that_never_failed(events: Sequence[Event]) -> None:
    started, _, finished = parts(events)
    assert badge.badge(started, finished).colour == "blue"


def test_a_slow_exit_is_no_reservation(events: Sequence[Event]) -> None:
    started, _, finished = parts(events)
    slow = (IncidentSeen(kind="timeout", text="had not exited 5 s after shutdown"),)
    told = reservations(started, msgspec.structs.replace(finished, incidents=slow))
    assert told == reservations(started, msgspec.structs.replace(finished, incidents=()))
    assert len(reservations(started, finished)) == len(told) + 1


def test_restarts_are_starts_beyond_the_first() -> None:
    fakes = Fakes(lambda _: None, starts=3)  # type: ignore[arg-type,return-value]
    assert incidents.restarts([fakes(), fakes()]) == 4
    assert incidents.restarts([]) == 0
