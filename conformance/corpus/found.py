"""What fuzzing found and made small: the lines of `found.jsonl`, to which `--promote` adds.

    conformance fuzz --promote conformance/corpus/found.jsonl -- COMMAND

A promoted line has the reference's answer; that is not read here. The oracles are asked, as for every other question.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from conformance.cases import read_cases
from conformance.corpus.question import Question
from conformance.promoting import ONE_WITNESS

if TYPE_CHECKING:
    from collections.abc import Iterator

FOUND = Path(__file__).with_name("found.jsonl")
FLAG = "found_by_fuzzing"


def questions(path: Path = FOUND) -> Iterator[Question]:
    """The questions of a file of promoted cases, in its order.

    Raises:
        CaseError: a line is no case.
    """
    for planned in read_cases(path):
        case = planned.case
        yield Question(
            id=case.id,
            operation=case.operation,
            params=msgspec.json.decode(case.params),
            flags=(FLAG,),
            notes=case.notes.removesuffix(ONE_WITNESS).rstrip(),
            level=case.level,
            tolerance=case.tolerance,
        )
