"""conformance/merge.py: shards become the whole only when they are proven to be it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from private_cases import planned
from reports import runs

from conformance.events import CaseFinished, Event, KnownError, Outcome, RunFinished, RunStarted, Shard, TierCount
from conformance.exits import UsageError
from conformance.merge import Report, load, merged
from conformance.reports.jsonl import JsonlReport
from conformance.reports.tally import Tally
from conformance.shards import digest, shard_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

OF = 3
IDS = [f"case/{number:02}" for number in range(30)]
CASES = [
    runs.case(at, Outcome.FAILED if at % 7 == 3 else Outcome.PASSED, id=id, rejection=at % 7 == 1, seconds=0.0)
    for at, id in enumerate(IDS)
]
TIERS = (TierCount("bytes", True, 30), TierCount("real", False, 1800))


def report(number: int, *, cases: Sequence[CaseFinished] = CASES, seen: int | None = None, **changed: Any) -> Report:
    """One shard of a run of `cases`. `seen`: it was cut off after so many of them."""
    mine = [case for case in cases if shard_of(case.id, OF) == number]
    shown = mine if seen is None else mine[:seen]
    tally = Tally()
    for case in shown:
        tally.add(case)
    values: dict[str, Any] = {
        "tiers": (TierCount("bytes", True, len(mine)), TIERS[1]),
        "shard": Shard(number=number, of=OF, whole=len(cases), digest=digest(case.id for case in cases)),
        "undeclared_renderers": (f"r{number}", "kimi"),
    }
    ending = {name: changed.pop(name) for name in ("known_errors", "stderr") if name in changed}
    return Report(
        path=f"{number}.jsonl",
        started=runs.started(len(mine), **(values | changed)),
        cases=tuple(shown),
        finished=RunFinished(
            account=tally.account(len(mine)),
            seconds=1.0,
            partial=seen is not None,
            reason="cut off" if seen else "",
            **ending,
        ),
    )


def shards(**changed: Any) -> list[Report]:
    return [report(number, **changed) for number in (1, 2, 3)]


def whole(reports: Sequence[Report]) -> tuple[RunStarted, list[CaseFinished], RunFinished]:
    started, *cases, finished = list[Event](merged(reports))
    assert isinstance(started, RunStarted)
    assert isinstance(finished, RunFinished)
    return started, [case for case in cases if isinstance(case, CaseFinished)], finished


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_shards_become_the_whole(order: tuple[int, ...]) -> None:
    all_shards = shards()
    started, cases, finished = whole([all_shards[at] for at in order])
    assert cases == CASES
    assert started == runs.started(30, tiers=TIERS, undeclared_renderers=("kimi", "r1", "r2", "r3"))
    assert finished.account == runs.account(CASES, 30)
    assert (finished.seconds, finished.partial, finished.known_errors) == (3.0, False, ())


def test_the_whole_names_the_engine_of_all_shards() -> None:
    assert whole(shards(engine="tokenizers 0.23.3"))[0].engine == "tokenizers 0.23.3"


def test_the_cases_of_the_suite_are_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    order = [*reversed(IDS[:20])]
    monkeypatch.setattr("conformance.merge.load_suite", lambda: [planned(id) for id in order])
    assert [case.id for case in whole(shards())[1]] == [*order, *IDS[20:]]


def test_a_shard_that_was_cut_off_makes_the_whole_partial() -> None:
    _, cases, finished = whole([report(1), report(2, seen=2), report(3)])
    assert finished.partial
    assert finished.reason == "cut off"
    assert finished.account.planned == 30
    assert finished.account.not_run == 30 - len(cases) > 0


def test_errors_in_the_list_of_known_failures_are_told_once() -> None:
    everywhere = KnownError(word="expired", entry="a", text="over")
    once = KnownError(word="unexpected pass", entry="b", text="passes", case="b")
    reports = [
        report(1, known_errors=(everywhere, once)),
        report(2, known_errors=(everywhere,)),
        report(3, known_errors=(everywhere,)),
    ]
    assert whole(reports)[2].known_errors == (everywhere, once)


def _moved() -> list[Report]:
    """A case stands in the report of another shard."""
    first, second, third = shards()
    tally = Tally()
    cases = (*second.cases, first.cases[0])
    for case in cases:
        tally.add(case)
    finished = msgspec.structs.replace(second.finished, account=tally.account(len(cases)))
    return [first, Report(path="2.jsonl", started=second.started, cases=cases, finished=finished), third]


def _without_a_case() -> list[Report]:
    """The cases are others than those of which the digest speaks."""
    own = [case for case in CASES if shard_of(case.id, OF) == 2]
    other = next(f"x{at}" for at in range(99) if shard_of(f"x{at}", OF) == 2)
    replaced = [msgspec.structs.replace(case, id=other) if case is own[0] else case for case in CASES]
    changed = report(2, cases=replaced, shard=report(2).started.shard)
    return [report(1), changed, report(3)]


SHARD = report(1).started.shard
assert SHARD is not None
PLANTED: dict[str, list[Report]] = {
    "one is missing": [report(1), report(3)],
    "two are missing": [report(2)],
    "one is there twice": [report(1), report(2), report(2), report(3)],
    "not a shard": [report(1), report(2, shard=None), report(3)],
    "another suite": [report(1), report(2, suite="2025.1"), report(3)],
    "another implementation": [report(1), report(2, implementation="other 1\x1b[2J"), report(3)],
    "another upstream": [report(1), report(2, upstream="9"), report(3)],
    "another engine": [report(1, engine="tokenizers 0.23.3"), report(2, engine="x\x1b"), report(3)],
    "an engine that only one names": [report(1, engine="tokenizers 0.23.3"), report(2), report(3)],
    "another list": [report(1), report(2, known="k.toml"), report(3)],
    "other options": [report(1), report(2, only=("--flag", "x")), report(3)],
    "of another number": [report(1), report(2, shard=msgspec.structs.replace(SHARD, number=2, of=4)), report(3)],
    "of other cases": [report(1), report(2, cases=CASES[1:]), report(3)],
    "no such number": [report(1), report(2, shard=msgspec.structs.replace(SHARD, number=4)), report(3)],
    "a case of another shard": _moved(),
    "another case": _without_a_case(),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_not_the_whole_is_refused_in_one_line(name: str, snapshot: SnapshotAssertion) -> None:
    with pytest.raises(UsageError) as refused:
        list(merged(PLANTED[name]))
    assert str(refused.value).isprintable()
    assert str(refused.value) == snapshot


def test_reports_are_read_and_checked(tmp_path: Path) -> None:
    made = report(2)
    path = tmp_path / "2.jsonl"
    with JsonlReport(path) as listener:
        for event in (made.started, *made.cases, made.finished):
            listener(event)
    read = load(str(path))
    assert (read.started, read.cases, read.finished) == (made.started, made.cases, made.finished)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(UsageError, match="is not a usable report"):
        load(str(path))
