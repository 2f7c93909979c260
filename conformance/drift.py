"""What changed between two oracles: the questions that they answer differently, by flag, the smallest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from conformance.cases import Case, Expect, ExpectedRejection, Planned
from conformance.judge import Judge
from conformance.protocol import Answer, Rejection, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conformance.events import Diagnosis
    from conformance.oracles.panel import Asked
    from conformance.token_causes import Lexicon


@dataclass(frozen=True, kw_only=True)
class Change:
    """One question that two oracles answer differently. The later one's answer counts as the expected one."""

    planned: Planned
    diagnosis: Diagnosis


@dataclass(frozen=True, kw_only=True)
class Drift:
    """Everything that is to be said about two oracles."""

    changes: tuple[Change, ...]
    same: int
    only_before: int
    """Questions that the earlier one alone can answer."""
    only_after: int

    def by_flag(self) -> list[tuple[str, list[Change]]]:
        """The changes of each flag, the smallest question first; the largest group first.

        A change with several flags is in several groups.
        """
        groups: dict[str, list[Change]] = {}
        for change in sorted(
            self.changes, key=lambda change: (len(bytes(change.planned.case.params)), change.planned.case.id)
        ):
            for flag in change.planned.case.flags:
                groups.setdefault(flag, []).append(change)
        return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))


def drift(cases: Sequence[Planned], before: Asked, after: Asked, lexicon: Callable[[str], Lexicon | None]) -> Drift:
    """Hold the earlier oracle's answers against the later one's."""
    judge = Judge(lexicon=lexicon)
    changes = []
    same = 0
    for planned in cases:
        old, new = before.answers.get(planned.case.id), after.answers.get(planned.case.id)
        if old is None or new is None:
            continue
        verdict = judge.verdict(_expecting(planned, new), old)
        if verdict.diagnosis is None:
            same += 1
        else:
            changes.append(Change(planned=planned, diagnosis=verdict.diagnosis))
    ids = [planned.case.id for planned in cases]
    return Drift(
        changes=tuple(changes),
        same=same,
        only_before=_only(ids, before, after),
        only_after=_only(ids, after, before),
    )


def _only(ids: Iterable[str], one: Asked, other: Asked) -> int:
    return sum(id in one.answers and id not in other.answers for id in ids)


def _expecting(planned: Planned, answer: Answer) -> Planned:
    case: Case = planned.case
    if isinstance(answer, Result):
        expect = Expect(result=msgspec.Raw(answer.raw))
    else:
        kind = answer.kind if isinstance(answer, Rejection) else None
        expect = Expect(rejection=ExpectedRejection(kind=kind))
    return Planned(msgspec.structs.replace(case, expect=expect, history={}), planned.asks)
