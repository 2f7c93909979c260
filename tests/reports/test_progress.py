"""conformance/reports/progress.py: how far a run is, on a terminal and in a log."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest

from conformance.reports.progress import describe
from conformance.reports.terminal import TerminalReport

from . import runs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.events import Event


class Clock:
    """A clock that goes on by `step` seconds whenever it is read."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def watched(events: Iterable[Event], *, step: float, terminal: bool) -> str:
    stream = io.StringIO()
    with TerminalReport(stream, causes={}, terminal=terminal, width=80, clock=Clock(step)) as listener:
        for event in events:
            listener(event)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("done", "planned", "wrong", "elapsed", "shown"),
    [
        (0, 100, 0, 0.0, "0.0/s"),
        (50, 100, 0, 25.0, "2.0/s, 0:25 left"),
        (1000, 5000, 3, 10.0, "100/s, 0:40 left, 3 wrong"),
        (1, 1000, 0, 1.0, "1.0/s, 16:39 left"),
        (12, 10, 0, 1.0, "12/s, 0:00 left"),
    ],
)
def test_description(done: int, planned: int, wrong: int, elapsed: float, shown: str) -> None:
    assert describe(done, planned, wrong, elapsed) == shown


def test_a_long_run_says_so_in_a_log_now_and_then() -> None:
    shown = watched(runs.run(runs.failing()), step=0.125, terminal=False)
    progress = [line for line in shown.splitlines() if re.match(r"\d+ of 900 cases, ", line)]
    assert progress == [
        "80 of 900 cases, 8.0/s, 1:42 left",
        "320 of 900 cases, 8.0/s, 1:12 left, 20 wrong",
        "560 of 900 cases, 8.0/s, 0:42 left, 260 wrong",
        "800 of 900 cases, 8.0/s, 0:12 left, 500 wrong",
    ]


def test_a_short_run_leaves_no_trace_in_a_log() -> None:
    assert watched(runs.run(runs.failing()), step=0.01, terminal=False).startswith("Suite ")


def test_a_terminal_gets_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    shown = watched(runs.run(runs.failing()), step=0.01, terminal=True)
    bar, _, page = shown.rpartition("\x1b[2K")
    assert "left, 594 wrong" in re.sub(r"\x1b\[[0-9;]*m", "", bar)
    assert "/900" in bar
    assert "Verdict: " not in bar
    assert re.sub(r"\x1b\[[0-9;]*m", "", page).startswith("Suite ")
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1


def test_a_bar_leaves_the_screen_when_the_run_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    shown = watched(list(runs.run(runs.failing()))[:500], step=0.01, terminal=True)
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1
    assert shown.endswith("\x1b[2K")


def test_a_short_run_has_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    shown = watched(runs.run(runs.failing()), step=0.0001, terminal=True)
    assert "\x1b[?25l" not in shown
