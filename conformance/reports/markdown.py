"""The summary that a CI shows beside a job (`--markdown "$GITHUB_STEP_SUMMARY"`): verdict, account, causes.

Everything that comes from outside stands in it as text: no markup, no links, no mentions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.events import CaseFinished, Outcome, RunFinished, RunStarted
from conformance.reports import groups, nearness
from conformance.reports.escape import markdown, markdown_code
from conformance.reports.page import command_line
from conformance.reports.summary import incidents_told
from conformance.reports.whole import WholeReport
from conformance.verdict import Standing, counted, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from conformance.causes import Cause
    from conformance.reports.groups import Group

GROUPS = 20
"""How many groups of each kind are shown: a CI refuses summaries that are too long."""
LONGEST = 400
"""How much of one text is shown."""
SIGNS = {
    Standing.CONFORMS: "✅",
    Standing.DOES_NOT_CONFORM: "❌",
    Standing.PARTIAL: "⚠️",
    Standing.NOTHING: "⚠️",
}
NOTES = {
    Outcome.PASSED: "",
    Outcome.FAILED: "the answer differs from golden",
    Outcome.KNOWN: "failures on the list of known failures",
    Outcome.UNSUPPORTED: "not declared by the implementation",
    Outcome.FAULTED: "the adapter broke",
    Outcome.NOT_RUN: "the run ended before they were asked",
}


class MarkdownReport(WholeReport):
    """A listener that writes the summary of a run. `causes` is what `Diagnosis.cause` means."""

    def __init__(self, path: Path | str, *, causes: Mapping[str, Cause]) -> None:
        def document(started: RunStarted, cases: Sequence[CaseFinished], finished: RunFinished) -> bytes:
            text = summary(started, cases, finished, causes)
            return text.encode("utf-8", "backslashreplace")

        super().__init__(
            path,
            document,
            keep=lambda case: case.distance is not None or case.outcome in (Outcome.FAILED, Outcome.FAULTED),
        )


def summary(
    started: RunStarted, cases: Iterable[CaseFinished], finished: RunFinished, causes: Mapping[str, Cause]
) -> str:
    """The summary as Markdown. Of `cases` those that passed exactly are not looked at."""
    cases = list(cases)
    found = verdict(started, finished)
    blocks = [
        f"## {SIGNS[found.standing]} {_text(started.implementation)}: {_text(found.text)}",
        _who(started),
        _account(finished),
        _nearness(finished, nearness.farthest(cases)),
        _tiers(started),
        _known_errors(finished),
        _failures(groups.failures((case for case in cases if case.outcome is Outcome.FAILED), causes), started),
        _plain("Faults", groups.reasons(case for case in cases if case.outcome is Outcome.FAULTED)),
        _incidents(finished),
        _plain("Drift", groups.drift(case for case in cases if case.outcome is Outcome.FAILED)),
        _undeclared(started),
    ]
    if finished.partial:
        asked = finished.account.planned - finished.account.not_run
        why = f" ({_text(finished.reason)})" if finished.reason else ""
        blocks.insert(1, f"**Partial**: {asked} of {finished.account.planned} cases were asked{why}.")
    return "\n\n".join(block for block in blocks if block) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, align: str = "") -> str:
    """A table of cells that are Markdown already. `align` has `l` or `r` for each column."""
    align = align or "l" * len(head)
    rule = ["---:" if side == "r" else "---" for side in align]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _who(started: RunStarted) -> str:
    facts = [
        f"suite {_text(started.suite)}",
        _text(started.language),
        f"follows upstream {_text(started.upstream)}" if started.upstream else "",
        f"tokenizer engine {_text(started.engine)}" if started.engine else "",
        _code(command_line(started.command)) if started.command else "the reference",
        f"known failures from {_code(started.known)}" if started.known else "",
        f"only {_code(' '.join(started.only))}" if started.only else "",
        f"shard {started.shard.number} of {started.shard.of}" if started.shard else "",
    ]
    lines = [" · ".join(fact for fact in facts if fact)]
    return "\n".join([*lines, *(f"\n> {_text(warning)}" for warning in started.warnings)])


def _account(finished: RunFinished) -> str:
    account = finished.account
    notes = dict(NOTES)
    if account.rejections:
        notes[Outcome.PASSED] = f"of which {counted(account.rejections, 'rejection')} that golden expects"
    if account.drifted:
        notes[Outcome.FAILED] += f"; {account.drifted} drifted"
    rows = [("planned", f"{account.planned}", "")]
    for outcome in Outcome:
        count = getattr(account, outcome.value)
        rows.append((outcome.value.replace("_", " "), f"{count}", notes[outcome] if count else ""))
    return table(("cases", "count", ""), rows, align="lrl")


def _nearness(finished: RunFinished, case: CaseFinished | None) -> str:
    if case is None or case.distance is None:
        return ""
    words = f"Of passed: {nearness.counts(finished.account)}, farthest {nearness.described(case.distance)}"
    return f"{_text(words)} at {_code(case.id)}"


def _tiers(started: RunStarted) -> str:
    left_out = [tier for tier in started.tiers if not tier.selected]
    return "\n".join(f"The {_text(tier.title)} was **not run** ({counted(tier.cases, 'case')})." for tier in left_out)


def _known_errors(finished: RunFinished) -> str:
    errors = finished.known_errors
    if not errors:
        return ""
    rows = [(f"**{_text(error.word)}**", _code(error.entry), _text(error.text)) for error in errors[: 2 * GROUPS]]
    more = _more(len(errors) - len(rows), "error")
    return f"### Errors in the list of known failures: {len(errors)}\n\n{table(('error', 'entry', ''), rows)}{more}"


def _failures(found: list[Group], started: RunStarted) -> str:
    if not found:
        return ""
    total = sum(len(group.cases) for group in found)
    blocks = [f"### Failures: {counted(total, 'case')} in {counted(len(found), 'group')}"]
    for group in found[:GROUPS]:
        case = group.smallest
        again = command_line(
            ["conformance", "explain", case.id, *(["--", *started.command] if started.command else [])]
        )
        lines = [
            f"**{len(group.cases)} x {_text(group.title)}**",
            _text(group.hint),
            f"Begin with {_code(case.id)}" + (f": {_text(case.diagnosis.summary)}" if case.diagnosis else ""),
            f"asked: {_code(case.asked)}" if case.asked else "",
            _code(again),
        ]
        blocks.append("<br>\n".join(line for line in lines if line))
    return "\n\n".join(blocks) + _more(len(found) - GROUPS, "group")


def _plain(title: str, found: list[Group]) -> str:
    if not found:
        return ""
    total = sum(len(group.cases) for group in found)
    rows = [(f"{len(group.cases)}", _text(group.title), _code(group.smallest.id)) for group in found[:GROUPS]]
    body = table(("cases", "", "smallest"), rows, align="rll")
    return f"### {title}: {counted(total, 'case')}\n\n{body}{_more(len(found) - GROUPS, 'group')}"


def _incidents(finished: RunFinished) -> str:
    if not finished.incidents and not finished.restarts:
        return ""
    rows = [
        (f"{one.times}", _code(one.kind), _text(one.text), ", ".join(map(_code, one.cases)))
        for one in finished.incidents
    ]
    body = f"\n\n{table(('times', '', '', 'while it was asked'), rows[:GROUPS], align='rlll')}" if rows else ""
    more = _more(len(rows) - GROUPS, "kind")
    return f"### The adapter's process: {incidents_told(finished)}{body}{more}"


def _undeclared(started: RunStarted) -> str:
    rows = [
        (kind, ", ".join(map(_code, names)))
        for kind, names in (
            ("renderers", started.undeclared_renderers),
            ("operations", started.undeclared_operations),
            ("tokenizers", started.undeclared_tokenizers),
        )
        if names
    ]
    return f"### Not declared\n\n{table(('', ''), rows)}" if rows else ""


def _more(count: int, noun: str) -> str:
    return f"\n\nand {counted(count, f'more {noun}')}" if count > 0 else ""


def _text(text: str) -> str:
    # A mention (`@name`) would notify somebody: the mark alone is no name.
    return markdown(_cut(text)).replace("&#64;", "&#64;<!-- -->")


def _code(text: str) -> str:
    return markdown_code(_cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
