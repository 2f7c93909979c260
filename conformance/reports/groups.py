"""Sort what went wrong into few groups, so that 600 failures read as 6 causes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from conformance.causes import Cause
    from conformance.events import CaseFinished


ASKED = re.compile(
    r'no train_on_what(?=\))|train_on_what="[a-z_]+"|prefill(?==)|role="[a-z]+"(?= |$)|options=\{[^{}]*\}'
)
"""What of a question may tell how it was asked, as `conformance.asked` writes it."""
FEW = 5
DIRECT = ("renderer", "tokenizer")
"""Areas whose answers others are made of: what is wrong there is to be looked at first."""
MOST = 6
"""How many shared flags are named."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Cases that went wrong in the same way, the one to look at first: the smallest of those that must be right."""

    key: str
    """The cause, the fault or the version that the cases share."""
    title: str
    hint: str
    """Where to look in a port; empty where nobody knows."""
    cases: tuple[CaseFinished, ...]

    @property
    def smallest(self) -> CaseFinished:
        return self.cases[0]

    def flags(self) -> list[tuple[str, int]]:
        """The flags that most of the cases share, else the two most frequent, with their counts, most frequent first.

        Every case has several; those of a few cases say nothing about what the cases have in common.
        """
        counts = _counts(flag for case in self.cases for flag in case.flags)
        shared = [(flag, count) for flag, count in counts if 2 * count > len(self.cases)]
        return shared[:MOST] or counts[:2]

    def asked_alike(self) -> list[str]:
        """What the questions of all these cases have in common besides messages: how, not what, was asked.

        Nothing for a few cases, which may have it in common by chance.
        """
        if len(self.cases) < FEW:
            return []
        shared = set.intersection(*(set(ASKED.findall(case.asked)) for case in self.cases))
        return sorted(shared)

    def renderers(self) -> list[tuple[str, int]]:
        """The renderers of the cases with their counts, most frequent first."""
        return _counts(case.renderer for case in self.cases if case.renderer)

    def operations(self) -> list[tuple[str, int]]:
        """The operations of the cases with their counts, most frequent first."""
        return _counts(case.operation for case in self.cases)


def failures(cases: Iterable[CaseFinished], causes: Mapping[str, Cause]) -> list[Group]:
    """Failed cases that are not drift, by cause, the largest group first."""

    def title(cause: str) -> tuple[str, str]:
        known = causes.get(cause)
        return (known.title, known.hint) if known else (cause.replace("-", " ") or "no diagnosis", "")

    wrong = (case for case in cases if not case.drift)
    return _groups(wrong, key=lambda case: case.diagnosis.cause if case.diagnosis else "", title=title)


def drift(cases: Iterable[CaseFinished]) -> list[Group]:
    """Failed cases that answer as an older upstream did, by its version, the largest group first."""
    drifting = [case for case in cases if case.drift]
    titles = {case.drift: drifted(case) for case in drifting}
    return _groups(drifting, key=lambda case: case.drift, title=lambda version: (titles[version], ""))


def drifted(case: CaseFinished) -> str:
    """What drift is called in every report."""
    # A release of another package than tinker-cookbook says of which.
    release = case.drift if "==" in case.drift else f"upstream {case.drift}"
    return f"equals {release}; changed {f'in {case.changed_in}' if case.changed_in else 'since'}"


def reasons(cases: Iterable[CaseFinished]) -> list[Group]:
    """Cases by their reason, the largest group first. Reasons that differ only in numbers are one group."""
    titles: dict[str, str] = {}

    def key(case: CaseFinished) -> str:
        reason = case.reason or "no reason given"
        slug = re.sub(r"\d+", "N", reason)
        titles.setdefault(slug, reason)
        return slug

    return _groups(cases, key=key, title=lambda slug: (titles[slug], ""))


def _groups(
    cases: Iterable[CaseFinished],
    *,
    key: Callable[[CaseFinished], str],
    title: Callable[[str], tuple[str, str]],
) -> list[Group]:
    members: dict[str, list[CaseFinished]] = {}
    for case in cases:
        members.setdefault(key(case), []).append(case)
    groups = []
    for name, group in members.items():
        shown, hint = title(name)
        groups.append(Group(key=name, title=shown, hint=hint, cases=tuple(sorted(group, key=_size))))
    return sorted(groups, key=lambda group: (-len(group.cases), group.key))


def _size(case: CaseFinished) -> tuple[bool, bool, bool, int, int, int, str]:
    """The order of cases in a group: what must be right, in bytes, as rendered; then by size."""
    answer = case.diagnosis.expected if case.diagnosis else None
    return (
        case.level != "must",
        case.tier != "bytes",
        case.operation.partition(".")[0] not in DIRECT,
        case.size,
        answer.length if answer else 0,
        len(case.id),
        case.id,
    )


def _counts(names: Iterable[str]) -> list[tuple[str, int]]:
    return sorted(Counter(names).items(), key=lambda item: (-item[1], item[0]))
