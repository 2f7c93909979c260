"""Whether golden keeps its own rules: one line for each breach, with file and case."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from conformance.cases import CaseError, Planned, read_cases
from conformance.exits import SuiteError
from conformance.generate import case_line
from conformance.operations import OPERATIONS, invalid_params, invalid_result

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SIZE_LIMIT = 20 * 2**20
"""How many bytes the cases of golden may have in total."""

ID = re.compile(r"[a-z0-9_]+(/[A-Za-z0-9_.=-]+)+@(bytes|real)")
ALONE = "One witness:"
"""How the notes of a case begin that nobody but the principal oracle can answer."""


def lint(directory: Path) -> list[str]:
    """Every breach of the rules in a golden directory; empty when there is none.

    Raises:
        SuiteError: flags.json or tombstones.json cannot be read.
    """
    flags = _read(directory / "flags.json")
    tombstones = _read(directory / "tombstones.json")
    lines: list[str] = []
    ids: Counter[str] = Counter()
    used: set[str] = set()
    size = 0
    for path in sorted((directory / "cases").rglob("*.jsonl")):
        name = path.relative_to(directory).as_posix()
        raw = path.read_bytes()
        size += len(raw)
        try:
            cases = list(read_cases(path))
        except CaseError as error:
            lines.append(str(error))
            continue
        written = raw.splitlines(keepends=True)
        if len(written) != len(cases):
            lines.append(f"{name}: holds empty lines")
            continue
        for planned, line in zip(cases, written, strict=True):
            ids[planned.case.id] += 1
            used.update(planned.case.flags)
            breaches = list(_breaches(planned, line, flags, tombstones, name))
            lines += [f"{name}: {planned.case.id}: {breach}" for breach in breaches]
    lines += [f"{id}: occurs {count} times" for id, count in ids.items() if count > 1]
    lines += [f"flags.json: no case has the flag {flag}" for flag in sorted(flags.keys() - used)]
    if size > SIZE_LIMIT:
        lines.append(f"the cases have {size} bytes, more than {SIZE_LIMIT}")
    return lines


def _read(path: Path) -> dict[str, str]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except (OSError, msgspec.MsgspecError) as error:
        raise SuiteError(f"{path.name}: {error}") from error


def _breaches(
    planned: Planned, line: bytes, flags: Mapping[str, str], tombstones: Mapping[str, str], file: str
) -> Iterator[str]:
    case = planned.case
    if not ID.fullmatch(case.id):
        yield "the id is not area/subject/...@tier in lower case"
    if case.id in tombstones:
        yield f"the id was removed in {tombstones[case.id]} and must not be used again"
    if not case.id.endswith(f"@{planned.tier}") or f".{planned.tier}.jsonl" not in file:
        yield f"its tokenizer is of the tier {planned.tier}, but its id or file says otherwise"
    if case_line(case) != line:
        yield "the line is not in canonical form"
    yield from (f"the flag {flag} has no note" for flag in case.flags if not flags.get(flag))
    if not case.flags:
        yield "it has no flag"
    if not case.since:
        yield "it does not say since when it exists"
    if len(case.witnesses) < 2 and not case.notes.startswith(ALONE):
        yield f"it has one witness; its notes must say why, beginning with {ALONE!r}"
    if case.operation not in OPERATIONS:
        yield f"there is no operation {case.operation}"
    elif isinstance(case.expect.result, msgspec.Raw):
        wrong = invalid_params(case.operation, bytes(case.params))
        wrong = wrong or invalid_result(case.operation, bytes(case.expect.result))
        if wrong:
            yield wrong
