"""conformance/reports/markdown.py: what a CI shows beside a job."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import msgspec
import pytest

from conformance.events import CaseFinished, Event, KnownError, RunFinished, RunStarted, Shard
from conformance.exits import UsageError
from conformance.reports.markdown import GROUPS, MarkdownReport, summary
from reports import runs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

KINDS = ("conforming", "failing", "faulting", "drifting", "mixed")


def text_of(events: Iterable[Event]) -> str:
    started, *cases, finished = events
    assert isinstance(started, RunStarted)
    assert isinstance(finished, RunFinished)
    return summary(started, [case for case in cases if isinstance(case, CaseFinished)], finished, runs.CAUSES)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run(kind: str, snapshot: SnapshotAssertion) -> None:
    assert text_of(runs.run(getattr(runs, kind)())) == snapshot


def test_a_run_that_needed_tolerances_says_how_far() -> None:
    text = html.unescape(text_of(runs.run([runs.case(1), runs.near(2, 0.25), runs.near(3, 0.5), runs.near(4, 0.25)])))
    words = "Of passed: 1 exact, 3 within tolerance, farthest 1 ulp (float32) of 2 allowed at"
    assert f"{words} <code>{runs.near(3, 0.5).id}</code>\n" in text
    assert "within tolerance" not in text_of(runs.run(runs.mixed()))


def test_a_partial_run_of_a_shard_with_a_broken_list(snapshot: SnapshotAssertion) -> None:
    *events, end = runs.run(
        runs.conforming(),
        planned=50,
        shard=Shard(number=2, of=5, whole=250, digest="d"),
        only=("--renderer", "qwen3"),
        known="conformance.toml",
        warnings=("tokenizer bytes-qwen3: it lies",),
        command=(),
    )
    errors = tuple(KnownError(word="unexpected pass", entry=f"a/{at}", text="passes now") for at in range(41))
    assert isinstance(end, RunFinished)
    assert text_of([*events, msgspec.structs.replace(end, known_errors=errors)]) == snapshot


def test_what_the_port_encodes_with_is_said_where_it_says_so() -> None:
    assert " · tokenizer engine fastokens 0&#46;3&#46;5 · " in text_of(runs.run([], engine="fastokens 0.3.5"))
    assert "engine" not in text_of(runs.run([]))


def test_hostile_text_is_inert(snapshot: SnapshotAssertion) -> None:
    *events, end = runs.hostile_run()
    assert isinstance(end, RunFinished)
    bad = KnownError(word=runs.HOSTILE, entry=runs.HOSTILE, text="@you ![x](http://y)\n| # " + runs.HOSTILE)
    text = text_of([*events, msgspec.structs.replace(end, known_errors=(bad,))])
    assert text == snapshot
    ours = re.sub(r"</?code>|<br>|<!-- -->|^#+ |^> |\*\*|^\|.*\|$", "", text, flags=re.MULTILINE)
    assert not re.search(r"[<>|`*_\[\]@\x1b\r\b\u2028\u202e]", ours)
    cells = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.count("|") in (3, 4) for line in cells)


def test_a_megabyte_of_text_stays_short() -> None:
    long = "a\u0301" * 500_000
    case = runs.case(1, runs.Outcome.FAULTED, id=long, reason=long)
    assert len(text_of(runs.run([case], implementation=long, command=(long,), upstream=long, engine=long))) < 20_000


def test_many_groups_stay_short() -> None:
    cases = [runs.case(at, runs.Outcome.FAILED, diagnosis=runs.diagnosis(f"cause-{at}", "a", "b")) for at in range(500)]
    text = text_of(runs.run(cases))
    assert text.count("Begin with") == GROUPS
    assert "and 480 more groups" in text


def test_the_file_appears_when_the_run_ends(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_text("old")
    with MarkdownReport(path, causes=runs.CAUSES) as report:
        for event in runs.run(runs.mixed()):
            assert path.read_text() == "old"
            report(event)
    assert path.read_text() == text_of(runs.run(runs.mixed()))


def test_the_file_knows_what_was_near(tmp_path: Path) -> None:
    with MarkdownReport(tmp_path / "summary.md", causes=runs.CAUSES) as report:
        for event in runs.run([runs.case(1), runs.near(2, 0.25)]):
            report(event)
    assert "1 exact, 1 within tolerance" in (tmp_path / "summary.md").read_text()


def test_a_run_that_died_is_partial(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    with MarkdownReport(path, causes=runs.CAUSES) as report:
        for event in list(runs.run(runs.conforming()))[:10]:
            report(event)
    assert "none yet" in path.read_text()
    assert "34 |" in path.read_text()  # not run


def test_a_run_that_did_not_start_leaves_no_file(tmp_path: Path) -> None:
    with MarkdownReport(tmp_path / "summary.md", causes=runs.CAUSES):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_bad_path_is_known_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="create its directory first"):
        MarkdownReport(tmp_path / "no" / "summary.md", causes=runs.CAUSES)


def test_an_account_that_is_not_that_of_the_cases_is_refused(tmp_path: Path) -> None:
    events = list(runs.run(runs.conforming()))
    del events[5]
    report = MarkdownReport(tmp_path / "summary.md", causes=runs.CAUSES)
    for event in events[:-1]:
        report(event)
    with pytest.raises(ValueError, match="it says 43 passed, the cases say 42"):
        report(events[-1])
    report.close()


def test_a_run_cannot_finish_before_it_starts(tmp_path: Path) -> None:
    report = MarkdownReport(tmp_path / "summary.md", causes=runs.CAUSES)
    with pytest.raises(ValueError, match="did not start"):
        report(list(runs.run([]))[1])
    report.close()
