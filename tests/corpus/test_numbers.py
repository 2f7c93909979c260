"""conformance/corpus/numbers: enough of everything, and tolerances only where numbers are not exact."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import pytest

from conformance.corpus.numbers import FLAGS, questions
from conformance.corpus.numbers.types import FLOATS, largest, smallest
from conformance.number_operations import NUMBER_OPERATIONS

if TYPE_CHECKING:
    from conformance.corpus import Question

RANGES = ((250, 271), (280, 285), (288, 289), (340, 347), (358, 358), (370, 398), (412, 412), (428, 428), (460, 470))
"""Entries of the behaviour map that are about numbers."""

TRAPS_NOT_CASES = {
    357: "an invalid row gives no datum: a dataset's own function, which no question reaches",
    286: "rows of a file that lack a key: the library that reads the file fills it in",
    287: "streaming, whose order changed between releases of the library under it",
    290: "sources that are mixed while they are read",
    291: "whether the caller's rows are changed cannot be seen from another process",
}

EXACT = ("tensor.", "wire.", "data.", "datum.length", "datum.to_ints", "datum.append_int", "datum.chunks", "model.")
"""Operations that calculate nothing, or only what is exact in every library."""


@cache
def asked() -> tuple[Question, ...]:
    return tuple(questions())


def test_there_are_enough() -> None:
    answered_by_upstream = {"datum", "supervised", "schedule", "hyperparams", "model", "data", "preference", "rl"}
    assert sum(one.operation.partition(".")[0] in answered_by_upstream for one in asked()) >= 2500
    assert min(Counter(question.operation for question in asked()).values()) >= 2


def test_every_operation_is_asked() -> None:
    # Loops are asked for in `conformance.traces.questions`.
    called = {name for name in NUMBER_OPERATIONS if not name.startswith("trace.")}
    assert {question.operation for question in asked()} == called


def test_every_flag_is_used() -> None:
    assert set(FLAGS) <= {flag for question in asked() for flag in question.flags}


def test_every_trap_is_named() -> None:
    named = {int(trap[1:]) for question in asked() for trap in question.traps}
    wanted = {number for first, last in RANGES for number in range(first, last + 1)}
    assert wanted - named == set()
    assert named & set(TRAPS_NOT_CASES) == set()


@pytest.mark.parametrize("operation", EXACT)
def test_what_is_exact_has_no_tolerance(operation: str) -> None:
    assert [one.id for one in asked() if one.operation.startswith(operation) and one.tolerance] == []


def test_tolerances_are_narrow_and_say_why() -> None:
    for question in asked():
        if (tolerance := question.tolerance) is not None:
            assert tolerance.why
            assert not tolerance.why.endswith(".")
            assert tolerance.abs + tolerance.rel > 0
            assert tolerance.rel <= 5e-6


def test_the_sign_of_zero_is_flagged_where_it_counts() -> None:
    assert [one.id for one in asked() if one.signed_zero and "signed_zero" not in one.flags] == []


def test_questions_of_both_tiers_come_in_twos() -> None:
    real = {one.id for one in asked() if one.tier == "real" and one.operation != "supervised.compute_bpb"}
    twins = {re.sub("@real$", "@bytes", name) for name in real}
    assert twins <= {one.id for one in asked()}


def test_the_bounds_of_types_are_theirs() -> None:
    assert (smallest("int4"), largest("int4"), largest("uint64")) == (-8, 7, 2**64 - 1)
    float16 = next(one for one in FLOATS if one.name == "float16")
    assert float16.largest + float16.last_step == 2.0**16
    assert (float16.smallest_subnormal, float16.step) == (2.0**-24, 2.0**-10)
