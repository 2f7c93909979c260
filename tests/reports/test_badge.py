"""conformance/reports/badge.py: green is for one state alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from conformance.events import Account, KnownError, RunFinished, Shard, TierCount
from conformance.reports.badge import COLOURS, Badge, BadgeReport, badge, endpoint, svg
from reports import runs

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

BOTH = (TierCount("bytes", True, 5), TierCount("real", True, 5))
ERROR = KnownError(word="expired", entry="a", text="t")
SHARD = Shard(number=1, of=2, whole=20, digest="d")


def made(started: dict[str, Any], **account: Any) -> Badge:
    rest = {name: account.pop(name) for name in ("partial", "known_errors") if name in account}
    finished = RunFinished(account=Account(planned=sum(account.values()), **account), **rest)
    return badge(runs.started(finished.account.planned, **{"tiers": BOTH, **started}), finished)


STATES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "everything": ({}, {"passed": 9000}, "brightgreen"),
    "one undeclared": ({}, {"passed": 8999, "unsupported": 1}, "blue"),
    "a tier left out": ({"tiers": (BOTH[0], TierCount("real", False, 5))}, {"passed": 9}, "blue"),
    "narrowed": ({"only": ("--renderer", "x")}, {"passed": 9}, "yellow"),
    "a shard": ({"shard": SHARD}, {"passed": 9}, "yellow"),
    "one known": ({}, {"passed": 9, "known": 1}, "yellow"),
    "partial": ({}, {"passed": 9, "not_run": 1, "partial": True}, "yellow"),
    "partial in name": ({}, {"passed": 9, "partial": True}, "yellow"),
    "one failure": ({}, {"passed": 9, "failed": 1}, "red"),
    "one fault": ({}, {"passed": 9, "faulted": 1}, "red"),
    "failed and partial": ({}, {"failed": 1, "not_run": 1, "partial": True}, "red"),
    "a broken list": ({}, {"passed": 9, "known_errors": (ERROR,)}, "red"),
    "nothing declared": ({}, {"unsupported": 9}, "lightgrey"),
    "nothing planned": ({}, {}, "lightgrey"),
}


@pytest.mark.parametrize("state", STATES)
def test_the_colour_of_a_state(state: str, snapshot: SnapshotAssertion) -> None:
    started, account, colour = STATES[state]
    drawn = made(started, **account)
    assert drawn.colour == colour
    assert drawn == snapshot


def test_only_one_state_is_green() -> None:
    assert [state for state, (_, _, colour) in STATES.items() if "green" in colour] == ["everything"]


def test_the_endpoint_of_shields() -> None:
    assert json.loads(endpoint(made({}, passed=9000))) == {
        "schemaVersion": 1,
        "label": "tinker-cookbook",
        "message": "conforms: all 9,000",
        "color": "brightgreen",
    }


def test_the_picture(snapshot: SnapshotAssertion) -> None:
    drawn = svg(made({}, passed=9, failed=1)).decode()
    assert drawn == snapshot
    assert ElementTree.fromstring(drawn).get("aria-label") == "tinker-cookbook: 1 of 10 wrong"


def test_hostile_text_cannot_leave_its_place() -> None:
    bad = "\"'<script>&\x1b]]>\u202e"
    root = ElementTree.fromstring(svg(Badge(bad, bad, "red")).decode())
    assert [element.tag.rpartition("}")[2] for element in root.iter()] == [
        "svg", "title", "rect", "path", "g", "text", "text",
    ]  # fmt: skip
    assert "\u202e" not in (root.get("aria-label") or "")


def test_white_text_can_be_read_on_every_colour() -> None:
    def linear(channel: str) -> float:
        value = int(channel, 16) / 255
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    for colour in COLOURS.values():
        red, green, blue = (linear(colour[at : at + 2]) for at in (1, 3, 5))
        assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5, colour


@pytest.mark.parametrize(("name", "begin"), [("b.json", b"{"), ("b", b"{"), ("b.svg", b"<svg"), ("B.SVG", b"<svg")])
def test_the_path_says_the_form(name: str, begin: bytes, tmp_path: Path) -> None:
    with BadgeReport(tmp_path / name) as report:
        for event in runs.run(runs.mixed()):
            report(event)
    assert (tmp_path / name).read_bytes().startswith(begin)


def test_a_run_that_died_is_no_green_badge(tmp_path: Path) -> None:
    with BadgeReport(tmp_path / "b") as report:
        for event in list(runs.run(runs.conforming(), tiers=BOTH))[:10]:
            report(event)
    assert json.loads((tmp_path / "b").read_bytes())["color"] == "yellow"
