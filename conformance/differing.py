"""Whether a port answers a question as the reference does, and in which way it does not."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from conformance.asking import Question
from conformance.cases import Asks, Case, Expect, ExpectedRejection, Planned, Tolerance
from conformance.diagnose import diagnose_answer
from conformance.events import Outcome
from conformance.operations import invalid_params
from conformance.protocol import Answer, Fault, Rejection, Result
from conformance.shrink import STEPS, Shrinking

if TYPE_CHECKING:
    from conformance.asking import Asker
    from conformance.events import Diagnosis
    from conformance.in_process import InProcess
    from conformance.judge import Judge

EXACT = frozenset({"tokenizer", "renderer", "tensor", "wire"})
"""Areas whose answers are copied, not computed."""
COMPUTED = Tolerance(
    why="No case states how near is near enough, and sums in another order differ in their last digits.",
    abs=1e-6,
    rel=1e-5,
)
_ascii = json.JSONEncoder(separators=(",", ":"), check_circular=False)

STEPS_OF_FAULTS = {"timeout": 10, "crash": 40}
"""Smaller questions that are asked after a fault: each costs a process, or all the time there is for a question."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A question that a port answers otherwise than the reference. `params` is the JSON text that was asked."""

    operation: str
    params: bytes
    expected: Answer
    """The reference's: a result or a rejection."""
    got: Answer
    diagnosis: Diagnosis

    @property
    def renderer(self) -> str:
        return msgspec.json.decode(self.params, type=Asks).renderer

    @property
    def failure(self) -> tuple[str, str]:
        """The failure class, which stays while a question is made smaller: the cause and the operation."""
        return self.operation, self.diagnosis.cause

    @property
    def signature(self) -> tuple[str, str, str]:
        """What makes two findings the same one: as `failure`, of one renderer, at the same member of the answer."""
        place = re.sub(r"@\d.*$", "", self.diagnosis.signature)
        return self.operation, self.renderer, re.sub(r"\d+", "N", place)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Holds a port's answers against the reference's."""

    judge: Judge

    def difference(self, operation: str, params: bytes, expected: Answer, got: Answer) -> Difference | None:
        """None when the answers are the same under the rules of golden, or when the reference has none."""
        if isinstance(got, Result) and isinstance(expected, Result) and got.raw == expected.raw:
            return None
        if isinstance(got, Rejection) and isinstance(expected, Rejection) and not self.judge.strict_errors:
            return None
        if not isinstance(expected, Result | Rejection):
            return None
        if isinstance(got, Fault):
            found: Diagnosis | None = diagnose_answer(f"fault-{got.kind}", got.message)
        else:
            verdict = self.judge.verdict(planned(operation, params, expected), got)
            found = verdict.diagnosis if verdict.outcome is Outcome.FAILED else None
        if found is None:
            return None
        return Difference(operation=operation, params=params, expected=expected, got=got, diagnosis=found)


def planned(operation: str, params: bytes, expected: Answer, *, id: str = "drawn") -> Planned:
    """The question as a case that expects this answer."""
    if isinstance(expected, Result):
        expect = Expect(result=msgspec.Raw(expected.raw))
    else:
        kind = expected.kind if isinstance(expected, Rejection) else None
        expect = Expect(rejection=ExpectedRejection(kind=kind))
    exact = operation.partition(".")[0] in EXACT
    case = Case(
        id=id, operation=operation, params=msgspec.Raw(params), expect=expect, tolerance=None if exact else COMPUTED
    )
    return Planned(case, msgspec.json.decode(params, type=Asks))


@dataclass(frozen=True, kw_only=True)
class Minimal:
    """A difference made small. `steady`: it came back when its question was asked again, alone."""

    difference: Difference
    steps: int
    steady: bool


@dataclass(frozen=True, kw_only=True)
class Minimizer:
    """Asks port and reference smaller and smaller questions."""

    asker: Asker
    reference: InProcess
    comparison: Comparison

    def difference(self, operation: str, params: bytes) -> Difference | None:
        """What is different in the answers to this question, asked now."""
        expected = self.reference.answer(operation, params)
        (reply,) = self.asker.ask([Question("smaller", operation, params)])
        return self.comparison.difference(operation, params, expected, reply.answer)

    def minimal(self, found: Difference) -> Minimal:
        """The smallest question with a difference of the same failure class.

        Raises:
            AdapterUnusable: the port cannot be started any more.
        """
        again = self.difference(found.operation, found.params)
        if again is None or again.failure != found.failure:
            return Minimal(difference=found, steps=1, steady=False)
        smallest = again

        def interesting(value: object) -> bool:
            nonlocal smallest
            params = wire(value)
            # What is not of the operation's form is no question: a port may do with it as it likes.
            if invalid_params(found.operation, params) is not None:
                return False
            smaller = self.difference(found.operation, params)
            if smaller is None or smaller.failure != found.failure:
                return False
            smallest = smaller
            return True

        fault = found.got.kind if isinstance(found.got, Fault) else ""
        steps = STEPS_OF_FAULTS.get(fault, STEPS)
        shrinking = Shrinking(msgspec.json.decode(again.params), interesting, steps=steps)
        shrinking.run()
        return Minimal(difference=smallest, steps=shrinking.steps, steady=True)


def wire(params: object) -> bytes:
    """Params as they go over the wire: JSON in ASCII."""
    try:
        raw = msgspec.json.encode(params)
    except (ValueError, OverflowError):
        # Half of a surrogate pair, or an integer of more than 64 bits: the standard library writes them.
        raw = b"\xff"
    # What is ASCII as it is needs no escapes; those the standard library writes in C, at several times the price.
    return raw if raw.isascii() else _ascii.encode(params).encode("ascii")
