"""conformance/doctor.py: every sickness is found, named in plain words, and comes with its mend."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance import doctor_questions
from conformance.commands.selecting import hello_for, lexicons
from conformance.doctor import Finding, Level, Patient, examine
from conformance.judge import Judge
from conformance.lent_tokenizers import lender, prober
from conformance.limits import Limits
from conformance.suite import load_suite
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from conformance.cases import Planned
    from conformance.protocol import InitializeParams

SICK = Path(__file__).parent / "patients" / "sick.py"
ZOO = Path(__file__).parent / "zoo"
STORE = Store()
PATIENT = Limits(start=60.0, question=60.0, shutdown=60.0)

SICKNESSES = {
    "banner": "handshake",
    "dies": "handshake",
    "protocol_2": "handshake",
    "misdeclares": "handshake",
    "refuses": "handshake",
    "misspells": "declaration",
    "twice": "declaration",
    "declines": "a question",
    "misshapes": "tokenizers",
    "breaks_at_refusals": "a rejection",
    "declines_refusals": "a rejection",
    "answers_the_unknown": "an unknown operation",
    "dies_of_the_unknown": "an unknown operation",
    "latin1": "Unicode",
    "halves": "Unicode",
    "normalises": "Unicode",
    "splits_lines": "Unicode",
    "ends_at_null": "Unicode",
    "narrow_ids": "Unicode",
    "float_integers": "large integers",
    "bare_nan": "numbers that are not finite",
    "mixes_up": "a crowd",
    "short_lines": "a long line",
    "chatters": "a question",
    "last_words": "shutdown",
}
"""What each sickness is found at."""
SLOW = {
    "buffered": ("handshake", Limits(start=4.0, question=60.0, shutdown=60.0)),
    "reads_all": ("handshake", Limits(start=4.0, question=60.0, shutdown=60.0)),
    "silent": ("handshake", Limits(start=1.0, question=60.0, shutdown=60.0)),
    "survives_shutdown": ("shutdown", Limits(start=60.0, question=60.0, shutdown=1.0)),
    "survives_stdin": ("shutdown", Limits(start=60.0, question=60.0, shutdown=1.0)),
    "one_line_a_read": ("a crowd", Limits(start=60.0, question=2.0, shutdown=60.0)),
}
"""Those that show only when a time is over."""


@pytest.fixture(autouse=True)
def _briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_questions, "PACE_SECONDS", 0.0)
    monkeypatch.setattr(doctor_questions, "CROWD", 20)
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


@cache
def hello() -> InitializeParams:
    return hello_for(["bytes-llama3", "bytes-qwen3"], STORE)


@cache
def patient(*command: str, limits: Limits = PATIENT) -> Patient:
    return Patient(
        command=command,
        hello=hello(),
        limits=limits,
        cases=cases(),
        judge=Judge(lexicon=lexicons(STORE)),
        load=STORE.load,
        lend=lender(STORE),
        probe=prober(STORE),
    )


@cache
def cases() -> tuple[Planned, ...]:
    return tuple(planned for planned in load_suite() if planned.tier == "bytes")


def examined(sickness: str, limits: Limits = PATIENT) -> list[Finding]:
    return list(examine(patient(sys.executable, "-S", str(SICK), sickness, limits=limits)))


def shown(findings: list[Finding]) -> list[str]:
    """The findings without what differs from time to time."""
    return [f"{one.level} {one.about}: {one.text}\n-> {one.mend}" for one in findings if one.about != "speed"]


def wrong(findings: list[Finding]) -> list[Finding]:
    return [one for one in findings if one.level is Level.MEND]


def test_a_well_adapter(snapshot: SnapshotAssertion) -> None:
    findings = examined("well")
    assert wrong(findings) == []
    assert shown(findings) == snapshot
    assert findings[-1].about == "speed"
    assert findings[-1].text.endswith("small questions a second")


def test_the_engine_is_said_where_the_adapter_names_it() -> None:
    (engine,) = (one.text for one in examined("names_its_engine") if one.about == "handshake")
    (none,) = (one.text for one in examined("well") if one.about == "handshake")
    assert engine.endswith(", engine fast\x1b[2J <0.3.5>")
    assert "engine" not in none


@pytest.mark.parametrize("sickness", SICKNESSES)
def test_a_sickness_is_found_at_its_place(sickness: str, snapshot: SnapshotAssertion) -> None:
    findings = examined(sickness)
    found = wrong(findings)
    assert SICKNESSES[sickness] in [one.about for one in found]
    assert all(one.mend for one in found)
    assert shown(found) == snapshot
    assert findings[-1].fatal == (SICKNESSES[sickness] == "handshake")


@pytest.mark.parametrize("sickness", SLOW)
def test_a_sickness_that_takes_its_time(sickness: str, snapshot: SnapshotAssertion) -> None:
    about, limits = SLOW[sickness]
    found = wrong(examined(sickness, limits))
    assert [one.about for one in found] == [about]
    assert shown(found) == snapshot


def test_what_is_buffered_is_told_from_what_is_silent() -> None:
    texts = {name: wrong(examined(name, SLOW[name][1]))[0] for name in ("buffered", "silent")}
    assert "only when its stdin ends" in texts["buffered"].text
    assert "Flush after every line" in texts["buffered"].mend
    assert "not even when its stdin ends" in texts["silent"].text


@pytest.mark.parametrize("sickness", ["declares_nothing", "breaks_at_the_unknown", "accepts"])
def test_what_is_legal_is_only_noted(sickness: str, snapshot: SnapshotAssertion) -> None:
    findings = examined(sickness)
    assert wrong(findings) == []
    assert shown([one for one in findings if one.level is Level.NOTE]) == snapshot


def test_a_command_that_does_not_start(snapshot: SnapshotAssertion) -> None:
    findings = list(examine(patient("no-such-command-anywhere")))
    assert findings[-1].fatal
    assert shown(findings) == snapshot


def test_an_adapter_that_borrows_its_tokenizer() -> None:
    findings = list(examine(patient(sys.executable, "-S", str(ZOO / "borrows.py"))))
    assert "one at a time because it borrows its tokenizer" in " ".join(one.text for one in findings)
