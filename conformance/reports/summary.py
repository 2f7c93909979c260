"""The report that a person reads at the end of a run, as a page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.events import CaseFinished, Outcome, RunFinished, RunStarted
from conformance.reports import groups, nearness
from conformance.reports.page import Page, Style, command_line, cut
from conformance.reports.tokens import difference
from conformance.verdict import Standing, counted, verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.causes import Cause
    from conformance.reports.groups import Group
    from conformance.reports.tally import Tally

COUNTS = 6
"""How many flags or renderers of a group are named."""
STDERR = 1000
"""How much of a line of stderr is shown."""
KNOWN_ERRORS = 20
"""How many errors in the list of known failures are shown when not verbose."""
NAMED, FEW = 12, 2
"""Up to how many operations each is named; and up to how many of an area when there are more."""
STYLES: dict[Standing, Style] = {
    Standing.CONFORMS: "good",
    Standing.DOES_NOT_CONFORM: "bad",
    Standing.PARTIAL: "warn",
    Standing.NOTHING: "warn",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What the report is about: the events of one run, without the cases of which only the count matters."""

    started: RunStarted
    tally: Tally
    failed: Sequence[CaseFinished]
    faulted: Sequence[CaseFinished]
    known: Sequence[CaseFinished]
    finished: RunFinished


def draw(
    page: Page, run: Run, *, causes: Mapping[str, Cause], verbose: bool = False, limit: int = 10, timing: bool = False
) -> None:
    """Draw the whole report.

    Args:
        causes: What `Diagnosis.cause` means.
        verbose: List every case that did not pass, in every group, not only the smallest of the largest groups.
        limit: How many groups to show when not verbose, 0 for all.
        timing: Say how long the run took, which makes the report of the same run differ from time to time.
    """
    _who(page, run.started)
    _account(page, run, timing=timing)
    _tiers(page, run)
    _undeclared(page, run)
    limit = 0 if verbose else limit
    found = groups.failures(run.failed, causes)
    if found:
        total = sum(len(group.cases) for group in found)
        _heading(page, f"Failures: {counted(total, 'case')} in {counted(len(found), 'group')}, largest first")
        _groups(page, found, run, verbose=verbose, limit=limit)
    _faults(page, run, verbose=verbose, limit=limit)
    drifted = groups.drift(run.failed)
    if drifted:
        total = sum(len(group.cases) for group in drifted)
        _heading(page, f"Drift: {counted(total, 'answer')} as an older upstream gave")
        _groups(page, drifted, run, verbose=verbose, limit=limit)
    if run.known and verbose:
        _heading(page, f"Known failures: {counted(len(run.known), 'case')}")
        for group in groups.reasons(run.known):
            page.wrap(group.title, first=f"{len(group.cases)} x ", indent=2)
            for case in group.cases:
                page.line((case.id, "name"), indent=4)
    _known_errors(page, run, verbose=verbose)
    _next(page, run, found)
    _verdict(page, run)


def _who(page: Page, started: RunStarted) -> None:
    page.line((f"Suite {started.suite}, protocol {started.protocol}", "title"))
    page.fields(
        [
            ("implementation", started.implementation),
            ("language", started.language),
            ("follows upstream", started.upstream),
            ("tokenizer engine", started.engine),
        ],
        indent=2,
    )
    page.line("command           ", command_line(started.command) or "(the reference)", indent=2)
    page.fields([("known failures  ", started.known), ("only            ", " ".join(started.only))], indent=2)
    if started.shard:
        page.line("shard             ", f"{started.shard.number} of {started.shard.of}", indent=2)
    for warning in started.warnings:
        page.wrap(warning, first="warning: ", style="warn", indent=2)


def _account(page: Page, run: Run, *, timing: bool) -> None:
    account = run.finished.account
    rows: list[tuple[str, int, Style, str]] = [
        ("  planned", account.planned, "", ""),
        (
            "= passed",
            account.passed,
            "good",
            f"of which {counted(account.rejections, 'rejection')} that golden expects",
        ),
        ("+ failed", account.failed, "bad", f"of which {account.drifted} drift: the answer of an older upstream"),
        ("+ known", account.known, "warn", "failures on the list of known failures"),
        ("+ unsupported", account.unsupported, "warn", "not declared by the implementation"),
        ("+ faulted", account.faulted, "bad", "the adapter broke"),
        ("+ not run", account.not_run, "bad", "the run ended before they were asked"),
    ]
    _heading(page, f"Cases, asked in {run.finished.seconds:.1f} s" if timing else "Cases")
    column = len(str(account.planned))
    for name, count, style, note in rows:
        shown = f"   {note}" if count and note else ""
        page.line(f"{name:15}", (f"{count:{column}}", style if count else "dim"), (shown, "dim"), indent=2)
    _nearness(page, run)


def _nearness(page: Page, run: Run) -> None:
    """One line on the numbers: how many are exact, and how far the others are."""
    case = run.tally.farthest
    if case is not None and case.distance is not None:
        page.blank()
        words = f"{nearness.counts(run.finished.account)}, farthest {nearness.described(case.distance)}"
        page.wrap(f"{words} at {case.id}", first="of passed: ", indent=2)


def _tiers(page: Page, run: Run) -> None:
    _heading(page, "Tiers")
    planned = {tier.tier: tier for tier in run.started.tiers}
    names = list(dict.fromkeys([*planned, *run.tally.tiers()]))
    column = max(map(len, names), default=0)
    for name in names:
        counts, tier = run.tally.tier(name), planned.get(name)
        if tier is not None and not tier.selected:
            page.wrap(
                f"not run ({counted(tier.cases, 'case')} left out)", first=f"{name:{column}}  ", style="warn", indent=2
            )
            continue
        total = tier.cases if tier else sum(counts.values())
        unseen = total - sum(counts.values())
        if unseen > 0:
            counts[Outcome.NOT_RUN] = counts.get(Outcome.NOT_RUN, 0) + unseen
        ended = ", ".join(f"{count} {_word(outcome)}" for outcome, count in counts.items())
        page.wrap(f"{total} planned: {ended or 'nothing'}", first=f"{name:{column}}  ", indent=2)


def _undeclared(page: Page, run: Run) -> None:
    started = run.started
    rows = [
        ("renderers", ", ".join(started.undeclared_renderers)),
        ("operations", ", ".join(by_area(started.undeclared_operations))),
        ("tokenizers", ", ".join(started.undeclared_tokenizers)),
    ]
    if any(names for _, names in rows):
        _heading(page, "Not declared by this implementation")
        page.fields(rows, indent=2)


def by_area(operations: Sequence[str]) -> list[str]:
    """The operations by name, or by area with their count where there are too many to read."""
    if len(operations) <= NAMED:
        return list(operations)
    areas = Counter(operation.partition(".")[0] for operation in operations)
    few = {area for area, count in areas.items() if count <= FEW}
    single = [name for name in operations if name.partition(".")[0] in few]
    return [*(f"{area}.* ({count})" for area, count in areas.items() if area not in few), *single]


def _groups(page: Page, found: list[Group], run: Run, *, verbose: bool, limit: int) -> None:
    shown = found[:limit] if limit else found
    for number, group in enumerate(shown, 1):
        page.blank()
        lead = f"{number}. {len(group.cases)} x "
        slug = f"  [{group.key}]" if group.key and group.key != group.title and not group.smallest.drift else ""
        page.wrap(f"{group.title}{slug}", first=lead, style="title")
        if group.hint:
            page.wrap(group.hint, first="hint: ", style="dim", indent=3)
        page.fields(
            [
                ("flags", _counts(group.flags())),
                ("renderers", _counts(group.renderers())),
                ("operations", _counts(group.operations())),
                ("all with", ", ".join(group.asked_alike())),
            ],
            indent=3,
        )
        page.blank()
        _failure(page, group.smallest, run, indent=3)
        _others(page, group, verbose=verbose)
    hidden = found[len(shown) :]
    if hidden:
        page.blank()
        cases = sum(len(group.cases) for group in hidden)
        page.line(f"{counted(len(hidden), 'more group')} with {counted(cases, 'case')}: --verbose shows all", indent=0)


def _failure(page: Page, case: CaseFinished, run: Run, *, indent: int) -> None:
    """One failure in full."""
    page.line((case.id, "name"), "  (should)" if case.level == "should" else "", indent=indent)
    if case.asked:
        page.wrap(case.asked, first="asked: ", indent=indent, limit=6)
    if case.diagnosis:
        page.wrap(case.diagnosis.summary, indent=indent, limit=6)
        lengths = ""
        if case.diagnosis.expected and case.diagnosis.got:
            lengths = f"{case.diagnosis.expected.length} tokens expected, {case.diagnosis.got.length} got"
        path = "" if case.diagnosis.path in case.diagnosis.summary else case.diagnosis.path
        where = ": ".join(part for part in (path, lengths) if part)
        if where:
            page.wrap(where, style="dim", indent=indent, limit=2)
        difference(page, case.diagnosis, indent=indent)
    _explain(page, case, run, indent=indent)


def _explain(page: Page, case: CaseFinished, run: Run, *, indent: int) -> None:
    command = run.started.command
    explain = command_line(["conformance", "explain", case.id, *(["--", *command] if command else [])])
    page.line(("more: ", "dim"), explain, indent=indent)


def _others(page: Page, group: Group, *, verbose: bool) -> None:
    others = group.cases[1:]
    if not others:
        return
    if not verbose:
        page.line((f"{len(others)} more like it: --verbose lists them", "dim"), indent=3)
        return
    page.line((f"{len(others)} more like it:", "dim"), indent=3)
    for case in others:
        page.line((case.id, "name"), indent=5)
        if case.diagnosis:
            page.wrap(case.diagnosis.summary, indent=7, limit=2)


def _faults(page: Page, run: Run, *, verbose: bool, limit: int) -> None:
    found = groups.reasons(run.faulted)
    if found:
        _heading(page, f"Faults: the adapter broke on {counted(len(run.faulted), 'case')}")
    shown = found[:limit] if limit else found
    for group in shown:
        page.wrap(group.title, first=f"{len(group.cases)} x ", style="bad", indent=2, limit=6)
        page.line((group.smallest.id, "name"), indent=4)
        _explain(page, group.smallest, run, indent=4)
        if verbose:
            for case in group.cases[1:]:
                page.line((case.id, "name"), indent=4)
        elif len(group.cases) > 1:
            page.line((f"{len(group.cases) - 1} more like it: --verbose lists them", "dim"), indent=4)
    if len(found) > len(shown):
        page.line(f"{counted(len(found) - len(shown), 'more kind')} of faults: --verbose shows all", indent=2)
    _incidents(page, run.finished)
    if run.finished.stderr:
        _heading(page, "The adapter's last words on stderr")
        for line in run.finished.stderr:
            page.line(("| ", "dim"), cut(page.safe(line), STDERR), indent=2)


def _incidents(page: Page, finished: RunFinished) -> None:
    """What happened to processes: a port that answers right after it was killed is not a port that works."""
    if not finished.incidents and not finished.restarts:
        return
    _heading(page, f"The adapter's process: {incidents_told(finished)}")
    for one in finished.incidents:
        times = f"{one.times} x " if one.times > 1 else ""
        page.wrap(one.text, first=f"{times}{one.kind}: ", style="warn", indent=2, limit=6)
        for case in one.cases:
            page.line("while it was asked ", (case, "name"), indent=4)


def incidents_told(finished: RunFinished) -> str:
    """How often processes were replaced and failed, in one phrase."""
    parts = []
    if finished.restarts:
        parts.append(f"started again {counted(finished.restarts, 'time')}")
    if finished.incidents:
        total = sum(one.times for one in finished.incidents)
        parts.append(f"{counted(total, 'incident')} that no case is to blame for")
    return ", ".join(parts)


def _known_errors(page: Page, run: Run, *, verbose: bool) -> None:
    errors = run.finished.known_errors
    if not errors:
        return
    _heading(page, f"Errors in the list of known failures: {len(errors)}")
    shown = errors if verbose else errors[:KNOWN_ERRORS]
    for error in shown:
        page.line((f"{error.word}: ", "bad"), (error.entry, "name"), indent=2)
        page.wrap(error.text, indent=4, limit=6)
    if len(errors) > len(shown):
        page.line(f"{len(errors) - len(shown)} more: --verbose lists them", indent=2)
    page.line(("`conformance known update` with the same options rewrites the list", "dim"), indent=2)


def _next(page: Page, run: Run, found: Sequence[Group]) -> None:
    """Where to begin, when there is a choice: the end of a report is what a terminal shows."""
    if len(found) < 2:
        return
    page.blank()
    first = found[0]
    page.wrap(f"{counted(len(first.cases), 'case')}: {first.title}", first="Begin with: ", style="title")
    _explain(page, first.smallest, run, indent=2)


def _verdict(page: Page, run: Run) -> None:
    account, finished = run.finished.account, run.finished
    page.blank()
    if finished.partial or account.not_run:
        asked = account.planned - account.not_run
        why = f" ({finished.reason})" if finished.reason else ""
        page.wrap(f"{asked} of {account.planned} cases were asked{why}", first="Partial: ", style="warn")
    found = verdict(run.started, finished)
    page.wrap(found.text, first="Verdict: ", style=STYLES[found.standing])


def _heading(page: Page, text: str) -> None:
    page.blank()
    page.line((text, "title"))


def _counts(counts: list[tuple[str, int]]) -> str:
    shown = [f"{name} {count}" for name, count in counts[:COUNTS] if name]
    if len(counts) > COUNTS:
        shown.append(f"and {len(counts) - COUNTS} more")
    return ", ".join(shown)


def _word(outcome: Outcome) -> str:
    return outcome.value.replace("_", " ")
