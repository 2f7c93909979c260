"""conformance/reports/annotations.py: what GitHub shows beside a commit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.reports.annotations import LIMIT, commands, main
from conformance.reports.jsonl import JsonlReport
from reports import runs

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_line_for_the_verdict_and_one_for_each_cause() -> None:
    lines = list(commands(runs.run(runs.failing())))
    assert lines[0] == "::error title=tinkex_cookbook 0.4.0::does not conform (600 failures)"
    assert lines[1].startswith("::error title=300 cases%3A missing newline::smallest: renderer/")
    assert len(lines) == 1 + 6 + 1
    assert lines[-1] == "::notice title=not everything was asked::the real tier was not run (1800 cases)"


def test_faults_and_drift_have_their_lines() -> None:
    text = "\n".join(commands(runs.run(runs.mixed())))
    assert "::error title=1 case%3A crashed%3A exit status 1::smallest: " in text
    assert "1 case%3A equals upstream 0.1.0" in text


def test_what_went_well_is_a_notice_and_what_is_partial_a_warning() -> None:
    assert next(commands(runs.run(runs.conforming()))).startswith("::notice title=tinkex_cookbook 0.4.0::conforms (")
    assert next(commands(runs.run(runs.conforming(), planned=50))).startswith("::warning ")


def test_hostile_text_forges_no_command() -> None:
    for line in commands(runs.hostile_run()):
        assert re.fullmatch(r"::(error|warning|notice) title=[^:,\n\r]*::[^\n\r]*", line)
        assert line.isprintable()
        assert not re.search("%(?!25|3A|2C)", line)


def test_many_causes_are_few_lines() -> None:
    cases = [
        runs.case(at, runs.Outcome.FAILED, diagnosis=runs.diagnosis(f"c{at}", "a", "b" * 10_000)) for at in range(99)
    ]
    lines = list(commands(runs.run(cases, tiers=())))
    assert len(lines) == 1 + LIMIT
    assert max(map(len, lines)) < 2000


def test_the_command_reads_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.jsonl"
    with JsonlReport(path) as report:
        for event in runs.run(runs.failing()):
            report(event)
    assert main([str(path)]) == 0
    assert capsys.readouterr().out.count("::error ") == 7


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main([str(tmp_path / "none.jsonl")]) == 2
    assert "cannot read" in capsys.readouterr().err
