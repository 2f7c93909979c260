"""Whether golden shows a trap: its fault is planted in the reference, and its cases are asked."""

from __future__ import annotations

import logging
import warnings
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import cookbook
from conformance.events import Outcome
from conformance.mutants.trial import answer, be_patient, changed_session, in_child

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import CodeType

    from conformance.cases import Planned
    from conformance.events import CaseFinished, Diagnosis
    from conformance.judge import Judge
    from conformance.protocol import InitializeParams
    from conformance.traps.catalogue import Edit, Trap

ROOT = Path(cookbook.__file__).parent
LOOP = "training-loop"


class Shown(msgspec.Struct, frozen=True):
    """What golden says while a fault is planted: the ids that are red and the causes, with how many have each.

    `broke` are cases at which the reference broke instead of answering wrongly: a fault must not do that.
    """

    red: tuple[str, ...] = ()
    causes: dict[str, int] = {}
    broke: tuple[str, ...] = ()


class FaultError(ValueError):
    """A fault cannot be planted; the text says why."""


def patched(edits: Iterable[Edit]) -> dict[str, CodeType]:
    """The code of the modules that the edits change, by their names.

    Raises:
        FaultError: a file is not there, does not hold the text just once, or is no Python afterwards.
    """
    sources: dict[str, str] = {}
    for edit in edits:
        try:
            source = sources.get(edit.file) or (ROOT / edit.file).read_text(encoding="utf-8")
        except OSError as error:
            raise FaultError(f"cookbook/{edit.file}: {error.strerror}") from error
        if source.count(edit.old) != 1:
            raise FaultError(f"cookbook/{edit.file} holds {source.count(edit.old)} times: {edit.old}")
        sources[edit.file] = source.replace(edit.old, edit.new)
    codes = {}
    for file, source in sources.items():
        parts = Path("cookbook", file).with_suffix("").parts
        try:
            codes[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = compile(
                source, str(ROOT / file), "exec"
            )
        except SyntaxError as error:
            raise FaultError(f"cookbook/{file}: {error}") from error
    return codes


@cache
def attributed() -> Mapping[str, tuple[str, ...]]:
    """The ids of the cases that the corpus attributes to each trap."""
    from conformance.corpus import questions

    found: defaultdict[str, list[str]] = defaultdict(list)
    for question in questions():
        for trap in question.traps:
            found[trap].append(question.id)
    return {trap: tuple(ids) for trap, ids in found.items()}


def cases_of(trap: Trap, suite: Mapping[str, Planned]) -> tuple[Planned, ...]:
    """The cases of a trap: those that it names, and of the bytes tier; of the real one where there are no others.

    Raises:
        FaultError: a case that the catalogue names is not in the suite.
    """
    for name in trap.cases:
        if name not in suite:
            raise FaultError(f"{trap.id}: there is no case {name}")
    ids = (*trap.cases, *attributed().get(trap.id, ()))
    found = tuple(suite[name] for name in dict.fromkeys(ids) if name in suite)
    return tuple(planned for planned in found if planned.tier == "bytes" or planned.case.id in trap.cases) or found


def shown(trap: Trap, cases: Sequence[Planned], hello: InitializeParams, judge: Judge) -> Shown:
    """What golden says of the cases while the trap's fault is planted, found out in a process of its own.

    Raises:
        FaultError: the fault cannot be planted, or takes the process with it.
    """
    codes = patched(trap.edits)
    said, status = in_child(lambda: msgspec.json.encode(_shown(codes, cases, hello, judge)))
    if not said:
        raise FaultError(f"{trap.id}: the process with the fault ended with status {status}")
    return msgspec.json.decode(said, type=Shown)


def _shown(codes: Mapping[str, CodeType], cases: Sequence[Planned], hello: InitializeParams, judge: Judge) -> Shown:
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    be_patient()
    session = changed_session(codes, hello)
    red: list[str] = []
    broke: list[str] = []
    causes: defaultdict[str, int] = defaultdict(int)
    for planned in cases:
        be_patient()
        verdict = judge.verdict(planned, answer(session, planned))
        if verdict.outcome is Outcome.FAILED and verdict.diagnosis is not None:
            red.append(planned.case.id)
            causes[_cause(verdict.diagnosis)] += 1
        elif verdict.outcome is not Outcome.PASSED:
            broke.append(f"{planned.case.id}: {_reason(verdict)}")
    return Shown(tuple(red), dict(causes), tuple(broke))


def _cause(diagnosis: Diagnosis) -> str:
    """The cause; of a training loop, what the report says of it."""
    return diagnosis.signature if diagnosis.cause == LOOP else diagnosis.cause


def _reason(verdict: CaseFinished) -> str:
    return verdict.reason.splitlines()[0] if verdict.reason else str(verdict.outcome)


def missed(trap: Trap, found: Shown) -> str:
    """What is wrong with what golden says of a trap, in one line; empty when it shows the trap and names its causes."""
    if found.broke:
        return f"the fault breaks the reference: {found.broke[0]}"
    if not found.red:
        return "no case of it turns red"
    unnamed = [cause for cause in trap.causes if cause not in found.causes]
    if unnamed:
        return f"not named: {', '.join(unnamed)}; the causes are {', '.join(sorted(found.causes))}"
    return ""
