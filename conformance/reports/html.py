"""The report as one HTML file: it opens from disk, asks no network, and shows causes first and every case on demand.

The cases travel as one block of JSON, in rows as narrow as they can be, and the browser draws those that are looked at:
ten thousand cases open as quickly as ten.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance.events import CaseFinished, Outcome, RunFinished, RunStarted
from conformance.reports import groups
from conformance.reports.escape import token as shown_token
from conformance.reports.markdown import NOTES
from conformance.reports.nearness import described
from conformance.reports.page import command_line
from conformance.reports.summary import incidents_told
from conformance.reports.tokens import weight_text
from conformance.reports.web_page import number, shown, web_page
from conformance.reports.whole import WholeReport
from conformance.verdict import Standing, counted, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from conformance.causes import Cause
    from conformance.events import Diagnosis, Window
    from conformance.reports.groups import Group

TOKEN = 200
"""How many characters of one token are shown."""
COUNTS = 6
"""How many flags or renderers of a group are named."""
STATES = {
    Standing.CONFORMS: "good",
    Standing.DOES_NOT_CONFORM: "bad",
    Standing.PARTIAL: "warn",
    Standing.NOTHING: "warn",
}


class HtmlReport(WholeReport):
    """A listener that writes the report of a run. `causes` is what `Diagnosis.cause` means."""

    def __init__(self, path: Path | str, *, causes: Mapping[str, Cause]) -> None:
        def document(started: RunStarted, cases: Sequence[CaseFinished], finished: RunFinished) -> bytes:
            return report(started, cases, finished, causes)

        super().__init__(path, document)


def report(
    started: RunStarted, cases: Sequence[CaseFinished], finished: RunFinished, causes: Mapping[str, Cause]
) -> bytes:
    """The report as an HTML document in UTF-8."""
    found = _found(cases, causes)
    places = {case.id: at for at, case in enumerate(cases)}
    account = finished.account
    ending = verdict(started, finished)
    values = {
        "started": started,
        "finished": finished,
        "asked": account.planned - account.not_run,
        "verdict": ending,
        "state": STATES[ending.standing],
        "facts": [(name, text) for name, text in _facts(started, finished) if text],
        "left_out": [(tier.title, counted(tier.cases, "case")) for tier in started.tiers if not tier.selected],
        "outcomes": [(outcome.value, _word(outcome), getattr(account, outcome.value)) for outcome in Outcome],
        "notes": {outcome.value: note for outcome, note in NOTES.items()},
        "undeclared": [
            (kind, ", ".join(names))
            for kind, names in (
                ("renderers", started.undeclared_renderers),
                ("operations", started.undeclared_operations),
                ("tokenizers", started.undeclared_tokenizers),
            )
            if names
        ],
        "process": incidents_told(finished),
        "kinds": [
            {
                "name": name,
                "total": counted(sum(len(group.cases) for _, group in of_kind), noun),
                "groups": [_card(at, kind, group, places) for at, group in of_kind],
            }
            for kind, name, noun in (
                ("failure", "Failures", "case"),
                ("fault", "Faults", "case"),
                ("drift", "Drift: the answer of an older upstream", "case"),
                ("known", "Known failures", "case"),
            )
            if (of_kind := [(at, group) for at, (of, group) in enumerate(found) if of == kind])
        ],
    }
    return web_page(
        "report.html",
        styles=("base.css", "tokens.css", "report.css"),
        scripts=("dom.js", "difference.js", "list.js", "report.js"),
        data=_data(started, cases, found),
        values=values,
    )


def _found(cases: Iterable[CaseFinished], causes: Mapping[str, Cause]) -> list[tuple[str, Group]]:
    """What went wrong, sorted: the kind of each group, and the group."""
    by_outcome: dict[Outcome, list[CaseFinished]] = {outcome: [] for outcome in Outcome}
    for case in cases:
        by_outcome[case.outcome].append(case)
    return [
        *(("failure", group) for group in groups.failures(by_outcome[Outcome.FAILED], causes)),
        *(("fault", group) for group in groups.reasons(by_outcome[Outcome.FAULTED])),
        *(("drift", group) for group in groups.drift(by_outcome[Outcome.FAILED])),
        *(("known", group) for group in groups.reasons(by_outcome[Outcome.KNOWN])),
    ]


def _facts(started: RunStarted, finished: RunFinished) -> list[tuple[str, str]]:
    return [
        ("suite", f"{started.suite}, protocol {started.protocol}"),
        ("language", started.language),
        ("follows upstream", started.upstream),
        ("tokenizer engine", started.engine),
        ("command", command_line(started.command) or "(the reference)"),
        ("known failures", started.known),
        ("only", " ".join(started.only)),
        ("shard", f"{started.shard.number} of {started.shard.of}" if started.shard else ""),
        ("asked in", f"{finished.seconds:.1f} s" if finished.seconds else ""),
    ]


def _card(at: int, kind: str, group: Group, places: Mapping[str, int]) -> dict[str, Any]:
    return {
        "at": at,
        "count": len(group.cases),
        "title": group.title,
        "key": group.key if kind == "failure" and group.key != group.title else "",
        "hint": group.hint,
        "renderers": _counts(group.renderers()),
        "operations": _counts(group.operations()),
        "flags": _counts(group.flags()),
        "all with": ", ".join(group.asked_alike()),
        "smallest": places[group.smallest.id],
    }


def _counts(counts: list[tuple[str, int]]) -> str:
    named = [f"{name} {count}" for name, count in counts[:COUNTS] if name]
    return ", ".join([*named, f"and {len(counts) - COUNTS} more"] if len(counts) > COUNTS else named)


def _word(outcome: Outcome) -> str:
    return outcome.value.replace("_", " ")


# The data. Rows are arrays whose places `web/list.js` names; words that many cases share are kept once.


class _Words:
    """Texts that are written once and named by their place from then on."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        return self._places.setdefault(text, len(self._places))

    def all(self) -> list[str]:
        return [shown(text) for text in self._places]


def _data(started: RunStarted, cases: Sequence[CaseFinished], found: Sequence[tuple[str, Group]]) -> dict[str, Any]:
    words = _Words()
    words("")
    group_of = {case.id: at for at, (_, group) in enumerate(found) for case in group.cases}
    places = {case.id: at for at, case in enumerate(cases)}
    counts = Counter(outcome.value for outcome in (case.outcome for case in cases))
    return {
        "cases": [_case(case, group_of.get(case.id, -1), words) for case in cases],
        "outcomes": [[outcome.value, _word(outcome), counts[outcome.value]] for outcome in Outcome],
        "groups": [
            [kind, shown(group.title), shown(group.hint), len(group.cases), [places[case.id] for case in group.cases]]
            for kind, group in found
        ],
        "command": shown(command_line(("--", *started.command)) if started.command else ""),
        "words": words.all(),
    }


_OUTCOMES = {outcome: at for at, outcome in enumerate(Outcome)}


def _case(case: CaseFinished, group: int, words: _Words) -> list[Any]:
    return [
        shown(case.id, TOKEN * 2),
        _OUTCOMES[case.outcome],
        words(case.operation),
        words(case.tier),
        words(case.level),
        words(case.renderer),
        words(case.tokenizer),
        [words(flag) for flag in case.flags],
        int(case.rejection),
        words(_about(case)),
        group,
        number(case.size),
        difference_data(case.diagnosis) if case.diagnosis else 0,
        shown(case.asked),
    ]


def _about(case: CaseFinished) -> str:
    if case.distance is not None:
        return f"within tolerance: {described(case.distance)}"
    return groups.drifted(case) if case.drift else case.reason


def difference_data(diagnosis: Diagnosis) -> list[Any]:
    """A diagnosis as `web/difference.js` reads it."""
    return [
        shown(diagnosis.cause, TOKEN),
        shown(diagnosis.summary),
        shown(diagnosis.path, TOKEN),
        -1 if diagnosis.index is None else number(diagnosis.index),
        _window(diagnosis.expected, diagnosis.got),
        _window(diagnosis.got, diagnosis.expected),
        shown(diagnosis.expected_value),
        shown(diagnosis.got_value),
    ]


def _window(window: Window | None, other: Window | None) -> Any:
    if window is None:
        return 0
    weights = {other.start + at: token.weight for at, token in enumerate(other.tokens)} if other else {}
    return [
        number(window.start),
        number(window.length),
        [
            [
                number(token.id),
                shown_token(token.text if len(token.text) <= TOKEN else f"{token.text[:TOKEN]}..."),
                weight_text(token.weight, weights.get(window.start + at)),
            ]
            for at, token in enumerate(window.tokens)
        ],
    ]
