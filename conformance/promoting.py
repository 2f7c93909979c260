"""From a finding to a case: a private file of cases in golden's form, which `conformance run --cases` asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from conformance.atomic import write_whole
from conformance.cases import CaseError, read_cases
from conformance.crashes import name_of
from conformance.differing import planned
from conformance.exits import UsageError
from conformance.generate import case_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from conformance.cases import Case
    from conformance.differing import Difference


ONE_WITNESS = "The expected answer has one witness, the reference."
"""What is said of a promoted case until `conformance generate` has asked the oracles."""


def case_of(difference: Difference, origin: str) -> Case:
    """The question as a case that expects the reference's answer. `origin` says how it was found."""
    case = planned(difference.operation, difference.params, difference.expected, id=name_of(difference)).case
    return msgspec.structs.replace(case, notes=f"{origin} {ONE_WITNESS}")


def promote(path: Path, cases: Iterable[Case]) -> int:
    """Append the cases that the file does not hold yet; how many there were.

    The file is written whole or not at all, and what was there stays as it is.

    Raises:
        UsageError: the file holds something else than cases, or cannot be written.
    """
    try:
        there = path.read_bytes() if path.exists() else b""
        taken = {one.case.id for one in read_cases(path)} if there else set()
    except (OSError, CaseError) as error:
        raise UsageError(f"cannot add cases to {str(path)!r}: {error}") from error
    new = {case.id: case_line(case) for case in cases if case.id not in taken}
    if not new:
        return 0
    if there and not there.endswith(b"\n"):
        there += b"\n"
    write_whole(path, there + b"".join(new.values()))
    return len(new)
