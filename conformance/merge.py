"""Join the reports of a run's shards into the report of the whole, and prove that they are the whole.

What is proven: all speak of the same suite, implementation, tokenizer engine, options and questions (by the digest of
their ids); each shard from 1 to N is there once; each case is in the shard that its hash says; the cases of all have
the digest that each shard's report says of the whole. A shard that ended early makes the whole partial; the cases that
its report does not name are then counted as not run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from conformance import incidents
from conformance.events import (
    Account,
    CaseFinished,
    Event,
    KnownError,
    RunFinished,
    RunStarted,
    TierCount,
)
from conformance.exits import SuiteError, UsageError
from conformance.reports.escape import visible
from conformance.reports.jsonl import read
from conformance.reports.tally import Tally
from conformance.shards import digest, shard_of
from conformance.suite import load_suite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

STDERR_LINES = 50
"""How many of the last words of all adapters are kept."""
SAME = ("suite", "protocol", "implementation", "language", "upstream", "engine", "known", "only")
"""What all shards must say alike. Their commands may differ: machines have their own paths."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """One report, read and checked."""

    path: str
    started: RunStarted
    cases: tuple[CaseFinished, ...]
    finished: RunFinished


def load(path: str) -> Report:
    """Read a report.

    Raises:
        UsageError: it cannot be read, or does not add up.
    """
    started, *cases, finished = read(path)
    assert isinstance(started, RunStarted)
    assert isinstance(finished, RunFinished)
    return Report(
        path=path,
        started=started,
        cases=tuple(case for case in cases if isinstance(case, CaseFinished)),
        finished=finished,
    )


def merged(reports: Sequence[Report]) -> Iterator[Event]:
    """The events of the whole run, in suite order.

    Raises:
        UsageError: the reports are not all shards of one run. One line that names the report and what is wrong.
    """
    _prove(reports)
    first = reports[0].started
    shard = first.shard
    assert shard is not None
    cases = [case for report in reports for case in report.cases]
    order = _order(cases)
    cases.sort(key=lambda case: (order.get(case.id, len(order)), case.id))
    yield msgspec.structs.replace(
        first,
        planned=shard.whole,
        shard=None,
        tiers=_tiers(reports),
        undeclared_operations=_union(report.started.undeclared_operations for report in reports),
        undeclared_renderers=_union(report.started.undeclared_renderers for report in reports),
        undeclared_tokenizers=_union(report.started.undeclared_tokenizers for report in reports),
        warnings=tuple(dict.fromkeys(line for report in reports for line in report.started.warnings)),
    )
    yield from cases
    reasons = [report.finished.reason for report in reports if report.finished.partial]
    yield RunFinished(
        account=_account(cases, shard.whole),
        seconds=sum(report.finished.seconds for report in reports),
        partial=bool(reasons),
        reason=", ".join(dict.fromkeys(reasons)),
        stderr=tuple(line for report in reports for line in report.finished.stderr)[-STDERR_LINES:],
        known_errors=_known_errors(reports),
        restarts=sum(report.finished.restarts for report in reports),
        incidents=incidents.merged(report.finished.incidents for report in reports),
    )


def joined(reports: Sequence[Report]) -> list[Report]:
    """The reports, the shards of each implementation (with each engine) joined into one where the first of them stood.

    A shard of which no other is given stays as it is: it says of itself that it is a part.

    Raises:
        UsageError: several shards of one implementation are not the whole of a run.
    """
    shards: dict[tuple[str, str], list[Report]] = {}
    for report in reports:
        if report.started.shard is not None:
            shards.setdefault(_who(report), []).append(report)
    found = []
    for report in reports:
        parts = shards.get(_who(report), []) if report.started.shard is not None else []
        if len(parts) < 2:
            found.append(report)
        elif report is parts[0]:
            started, *cases, finished = merged(parts)
            assert isinstance(started, RunStarted)
            assert isinstance(finished, RunFinished)
            told = tuple(case for case in cases if isinstance(case, CaseFinished))
            found.append(Report(path=report.path, started=started, cases=told, finished=finished))
    return found


def _who(report: Report) -> tuple[str, str]:
    return report.started.implementation, report.started.engine


def _prove(reports: Sequence[Report]) -> None:
    first = reports[0]
    owner: dict[int, str] = {}
    for report in reports:
        shard = report.started.shard
        if shard is None:
            raise UsageError(
                f"{report.path!r} is no report of a shard: `conformance run --shard K/N --jsonl` makes one"
            )
        for name in SAME:
            mine, theirs = getattr(report.started, name), getattr(first.started, name)
            if mine != theirs:
                hint = "; `conformance report matrix` shows several" if name in ("implementation", "engine") else ""
                raise _wrong(report, f"its {name} is {_shown(mine)}, that of {first.path!r} is {_shown(theirs)}{hint}")
        whole = first.started.shard
        assert whole is not None
        if (shard.of, shard.whole, shard.digest) != (whole.of, whole.whole, whole.digest):
            raise _wrong(
                report,
                f"it is shard {shard.number} of {shard.of} of a run of {shard.whole} cases, {first.path!r} is of "
                f"{whole.of} and {whole.whole}, or of other cases: all shards must be of the same selection",
            )
        if not 1 <= shard.number <= shard.of:
            raise _wrong(report, f"there is no shard {shard.number} of {shard.of}")
        if shard.number in owner:
            raise _wrong(report, f"it is shard {shard.number} of {shard.of}, and so is {owner[shard.number]!r}")
        owner[shard.number] = report.path
        for case in report.cases:
            if shard_of(case.id, shard.of) != shard.number:
                raise _wrong(report, f"the case {case.id!r} belongs to shard {shard_of(case.id, shard.of)}")
    shard = first.started.shard
    assert shard is not None
    missing = [number for number in range(1, shard.of + 1) if number not in owner]
    if missing:
        raise UsageError(f"shard {', '.join(map(str, missing[:20]))} of {shard.of} is missing: name its report too")
    # That no case is in two shards is proven by now: each is where its hash says, and once in its report.
    ids = [case.id for report in reports for case in report.cases]
    cut_off = any(report.finished.partial for report in reports)
    planned = sum(report.started.planned for report in reports)
    if planned != shard.whole or len(ids) > shard.whole or (not cut_off and digest(ids) != shard.digest):
        raise UsageError(
            f"the shards do not add up to the whole: they have {planned} cases, and the run of which they are a part "
            f"has {shard.whole}, or others"
        )
    if cut_off and len(ids) == shard.whole and digest(ids) != shard.digest:
        raise UsageError("the shards do not add up to the whole: they have other cases than the run they are a part of")


def _wrong(report: Report, text: str) -> UsageError:
    return UsageError(f"{report.path!r} cannot be merged: {text}")


def _shown(value: object) -> str:
    return visible(repr(value))[:200]


def _order(cases: Iterable[CaseFinished]) -> Mapping[str, int]:
    """The place of each case in the suite; private cases come after it, by id."""
    wanted = {case.id for case in cases}
    try:
        return {one.case.id: at for at, one in enumerate(load_suite()) if one.case.id in wanted}
    except SuiteError:  # Nothing is asked here, so a broken suite costs the order alone.
        return {}


def _tiers(reports: Sequence[Report]) -> tuple[TierCount, ...]:
    """Of a tier that was left out, every shard counts all cases; of one that was asked, its own."""
    found: dict[str, TierCount] = {}
    for report in reports:
        for tier in report.started.tiers:
            before = found.get(tier.tier)
            if before is not None and tier.selected:
                tier = msgspec.structs.replace(tier, cases=before.cases + tier.cases)
            found[tier.tier] = tier
    return tuple(found.values())


def _union(names: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(sorted({name for some in names for name in some}))


def _known_errors(reports: Sequence[Report]) -> tuple[KnownError, ...]:
    """Errors of the list as such are in every shard's report; those that a case shows, in one."""
    errors = dict.fromkeys(error for report in reports for error in report.finished.known_errors)
    return tuple(sorted(errors, key=lambda error: bool(error.case)))


def _account(cases: Iterable[CaseFinished], planned: int) -> Account:
    tally = Tally()
    for case in cases:
        tally.add(case)
    return tally.account(planned)
