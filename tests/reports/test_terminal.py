"""conformance/reports/terminal.py and summary.py: what a person reads at the end of a run."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from conformance.events import Outcome, RunFinished, TierCount
from conformance.reports.summary import by_area
from conformance.reports.terminal import TerminalReport

from . import runs
from .streams import hostile, streams
from .test_escape import unseen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syrupy.assertion import SnapshotAssertion

    from conformance.events import Event

STDERR = ("** (RuntimeError) boom", "    lib/adapter.ex:12: Adapter.answer/1")


def report(
    events: Iterable[Event],
    *,
    verbose: bool = False,
    limit: int = 10,
    terminal: bool = False,
    width: int | None = None,
) -> str:
    stream = io.StringIO()
    with TerminalReport(
        stream, causes=runs.CAUSES, verbose=verbose, limit=limit, terminal=terminal, width=width
    ) as listener:
        for event in events:
            listener(event)
    return stream.getvalue()


def test_conforming(snapshot: SnapshotAssertion) -> None:
    assert report(runs.run(runs.conforming())) == snapshot


def test_one_line_says_how_far_numbers_are() -> None:
    cases = [runs.case(1), runs.near(2, 0.25), runs.near(3, 0.5), runs.near(4, 0.25)]
    words = "  of passed: 1 exact, 3 within tolerance, farthest 1 ulp (float32) of 2 allowed at"
    shown = report(runs.run(cases))
    assert words in shown
    assert shown.split(words)[1].split()[0] == cases[2].id
    assert "within tolerance" not in report(runs.run(runs.conforming()))


def test_600_failures_are_six_groups(snapshot: SnapshotAssertion) -> None:
    assert report(runs.run(runs.failing())) == snapshot


def test_600_failures_on_80_columns(snapshot: SnapshotAssertion) -> None:
    shown = report(runs.run(runs.failing()), width=80, limit=3)
    assert shown == snapshot
    assert all(len(line) <= 80 for line in shown.splitlines() if "conformance explain" not in line)


def test_faults(snapshot: SnapshotAssertion) -> None:
    assert report(runs.run(runs.faulting(), stderr=STDERR)) == snapshot


def test_drift(snapshot: SnapshotAssertion) -> None:
    assert report(runs.run(runs.drifting())) == snapshot


def test_partial(snapshot: SnapshotAssertion) -> None:
    assert report(runs.run(runs.conforming(), planned=100)) == snapshot


def test_everything_at_once_in_detail(snapshot: SnapshotAssertion) -> None:
    events = runs.run(
        runs.mixed(),
        planned=60,
        stderr=STDERR,
        undeclared_renderers=("gpt_oss", "kimi_k2"),
        undeclared_operations=("tensor.from_nested",),
        undeclared_tokenizers=("bytes-gpt_oss",),
        warnings=("the upstream release 0.1.0 is not known to this suite",),
    )
    assert report(events, verbose=True) == snapshot


def test_hostile_text(snapshot: SnapshotAssertion) -> None:
    shown = report(runs.hostile_run(), verbose=True)
    assert shown == snapshot
    assert set(unseen(shown)) == {"\n"}


def test_what_the_port_encodes_with_is_said_where_it_says_so() -> None:
    assert "\n  tokenizer engine  fastokens 0.3.5\n" in report(runs.run([], engine="fastokens 0.3.5"))
    assert "engine" not in report(runs.run([]))
    assert report(runs.run([], engine="x" * 100_000)).count("\n") < 40


def test_on_a_terminal_there_are_colours(snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("COLORTERM", raising=False)
    shown = report(runs.run(runs.mixed()), terminal=True, width=80)
    assert shown.replace("\x1b", "␛") == snapshot


def test_colours_change_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for events in (runs.hostile_run, lambda: runs.run(runs.failing()), lambda: runs.run(runs.mixed())):
        coloured = report(events(), terminal=True, width=90, verbose=True)
        bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
        assert "\x1b" not in bare
        plain = report(events(), width=90, verbose=True)
        assert [line.rstrip() for line in bare.splitlines()] == [
            line.replace("Cases", "Cases, asked in 1.5 s") if line == "Cases" else line for line in plain.splitlines()
        ]


def test_markup_is_text_on_a_terminal_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    case = runs.case(1, Outcome.FAULTED, reason="[bold]x[/bold] :smile: [link=http://x]y")
    shown = re.sub(r"\x1b\[[0-9;]*m", "", report(runs.run([case]), terminal=True, width=100))
    assert "1 x [bold]x[/bold] :smile: [link=http://x]y" in shown


@settings(deadline=None, max_examples=60)
@given(streams(text=hostile))
def test_any_run_can_be_reported(events: list[Event]) -> None:
    shown = report(events, verbose=True)
    assert set(unseen(shown)) == {"\n"}
    end = events[-1]
    assert isinstance(end, RunFinished)
    account = end.account
    block = shown.split("\nCases\n")[1].split("\n\n")[0]
    numbers = [int(n) for n in re.findall(r"^  [ =+] [a-z ]+? +(\d+)(?:   |$)", block, re.MULTILINE)]
    assert numbers == [
        account.planned,
        account.passed,
        account.failed,
        account.known,
        account.unsupported,
        account.faulted,
        account.not_run,
    ]
    last = [line for line in shown.splitlines() if not line.startswith(" ")][-1]
    assert last.startswith("Verdict: ")
    shown_something = account.passed + account.known > 0
    assert last.startswith("Verdict: conforms") == (account.conforms and shown_something and not end.partial)


def verdict(events: Iterable[Event]) -> str:
    return report(events).splitlines()[-1]


def test_verdicts() -> None:
    assert verdict(runs.run(runs.conforming())) == "Verdict: conforms (43 of 43 cases passed, real tier not run)"
    assert verdict(runs.run(runs.failing())) == "Verdict: does not conform (600 failures)"
    assert verdict(runs.run(runs.faulting())) == "Verdict: does not conform (8 faults)"
    assert verdict(runs.run(runs.drifting())) == "Verdict: does not conform (1 failure, 7 drifted)"
    assert verdict(runs.run(runs.drifting()[:-1])) == "Verdict: does not conform (7 drifted)"
    assert verdict(runs.run(runs.conforming(), planned=44)).startswith("Verdict: none yet (partial")
    undeclared = [runs.case(n, Outcome.UNSUPPORTED) for n in range(3)]
    assert verdict(runs.run(undeclared)) == "Verdict: nothing was shown, because nothing that was planned is declared"
    assert verdict(runs.run([])) == "Verdict: nothing was shown, because no case was planned"
    assert verdict(runs.run([runs.case(1, Outcome.KNOWN)])).startswith(
        "Verdict: conforms (0 of 1 cases passed, 1 known"
    )
    known = [*runs.conforming(), runs.case(90, Outcome.KNOWN), *(runs.case(n, Outcome.UNSUPPORTED) for n in (91, 92))]
    assert verdict(runs.run(known, tiers=(TierCount("bytes", True, 46),))) == (
        "Verdict: conforms (43 of 46 cases passed, 1 known failure, 2 not declared)"
    )


def test_a_tier_that_was_not_run_is_never_shown_as_passed() -> None:
    shown = report(runs.run(runs.conforming()))
    assert "  real   not run (1800 cases left out)\n" in shown
    both = runs.run(runs.conforming(), tiers=(TierCount("bytes", True, 43), TierCount("real", True, 0)))
    assert "  real   0 planned: nothing\n" in report(both)


def test_groups_beyond_the_limit_are_counted() -> None:
    shown = report(runs.run(runs.failing()), limit=2)
    assert "4 more groups with 150 cases: --verbose shows all\n" in shown
    assert "[key-order]" not in shown
    assert "[whitespace]" in report(runs.run(runs.failing()), limit=0)
    assert "[whitespace]" in report(runs.run(runs.failing()), limit=2, verbose=True)


def test_kinds_of_faults_beyond_the_limit_are_counted() -> None:
    assert "  2 more kinds of faults: --verbose shows all\n" in report(runs.run(runs.faulting()), limit=1)


def test_many_flags_are_counted() -> None:
    cases = [runs.case(n, Outcome.FAILED, flags=("common", f"flag-{n}")) for n in range(9)]
    shown = report(runs.run(cases))
    assert "flags       common 9\n" in shown


def test_a_failure_of_level_should_says_so() -> None:
    failure = runs.case(1, Outcome.FAILED, level="should")
    assert f"   {failure.id}  (should)\n" in report(runs.run([failure]))


def test_verbose_lists_every_failure() -> None:
    failed = [case.id for case in runs.failing() if case.outcome is Outcome.FAILED]
    shown = report(runs.run(runs.failing()), verbose=True)
    assert all(re.search(rf"^ +{re.escape(id)}$", shown, re.MULTILINE) for id in failed)
    short = report(runs.run(runs.failing()))
    assert sum(id in short for id in failed) == 6


def test_verbose_lists_every_fault() -> None:
    shown = report(runs.run(runs.faulting()), verbose=True)
    for case in runs.faulting():
        listed = re.search(rf"^    {re.escape(case.id)}$", shown, re.MULTILINE) is not None
        assert listed == (case.outcome is Outcome.FAULTED)


def test_the_command_to_see_more_can_be_pasted() -> None:
    case = runs.case(1, Outcome.FAULTED, id="renderer/it's here/x@bytes", reason="x")
    shown = report(runs.run([case], command=("./my adapter", "--x=$HOME")))
    assert """conformance explain 'renderer/it'"'"'s here/x@bytes' -- './my adapter' '--x=$HOME'\n""" in shown


def test_the_reference_has_no_command() -> None:
    shown = report(runs.run([runs.case(1, Outcome.FAILED)], command=()))
    assert "  command           (the reference)\n" in shown
    assert "more: conformance explain renderer/llama3/case-1/prompt@bytes\n" in shown


def test_plain_output_does_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    before = report(runs.run(runs.failing()))
    for name, value in {"COLUMNS": "20", "FORCE_COLOR": "1", "TERM": "xterm", "CLICOLOR_FORCE": "1"}.items():
        monkeypatch.setenv(name, value)
    assert report(runs.run(runs.failing())) == before


def test_plain_output_does_not_depend_on_time() -> None:
    quick, slow = list(runs.run(runs.mixed())), list(runs.run(runs.mixed()))
    account = runs.account(runs.mixed(), len(runs.mixed()))
    slow[-1] = RunFinished(account=account, seconds=99.0)
    assert report(quick) == report(slow)


def test_a_stream_that_speaks_ascii_only() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", errors="strict")
    listener = TerminalReport(stream, causes=runs.CAUSES)
    for event in runs.hostile_run():
        listener(event)
    stream.flush()
    assert rb"\u241b[2J" in raw.getvalue()


def test_an_account_that_is_not_that_of_the_cases_is_refused() -> None:
    events = list(runs.run(runs.conforming()))
    del events[5]
    with pytest.raises(ValueError, match="it says 43 passed, the cases say 42"):
        report(events)


def test_a_run_cannot_finish_before_it_starts() -> None:
    with pytest.raises(ValueError, match="did not start"):
        report(list(runs.run([]))[1:])


@pytest.mark.parametrize("events", [[], list(runs.run(runs.conforming()))[:10]])
def test_a_run_that_died_leaves_no_report(events: list[Event]) -> None:
    assert report(events) == ""


def test_many_undeclared_operations_are_told_by_area() -> None:
    few = [f"renderer.{name}" for name in "abc"]
    assert by_area(few) == few
    many = [*(f"rl.{at}" for at in range(12)), "tensor.cast", "wire.a", "wire.b"]
    assert by_area(many) == ["rl.* (12)", "tensor.cast", "wire.a", "wire.b"]
    text = report(runs.run(runs.conforming(), undeclared_operations=tuple(many)))
    assert "  operations  rl.* (12), tensor.cast, wire.a, wire.b\n" in text
