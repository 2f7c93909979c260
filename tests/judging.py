"""Judging the reference in this process: the golden cases of the bytes tier, without the pipe."""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from conformance.adapters.reference import Reference
from conformance.adapters.serve import NotSupported as Unsupported
from conformance.adapters.serve import Rejected
from conformance.commands.selecting import hello_for, lexicons
from conformance.compare import Mismatch, compare
from conformance.events import Outcome
from conformance.judge import Judge, finished
from conformance.protocol import Answer, Fault, NotSupported, Rejection, Result, ascii_json
from conformance.suite import load_suite
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.cases import Planned
    from conformance.events import CaseFinished

STORE = Store()
JUDGE = Judge(lexicon=lexicons(STORE))


@cache
def golden_cases(renderer: str) -> tuple[Planned, ...]:
    """The cases that ask one renderer in the bytes tier, without the wide set, which nothing may need.

    What is made of a renderer's output elsewhere is not among them.
    """
    return tuple(
        planned
        for planned in _bytes_tier()
        if planned.asks.renderer == renderer and planned.case.operation.startswith("renderer.")
    )


@cache
def _bytes_tier() -> tuple[Planned, ...]:
    return tuple(planned for planned in load_suite() if planned.tier == "bytes" and not planned.wide)


def reference(names: Iterable[str]) -> Reference:
    """A new session of the reference that was offered these tokenizers."""
    made = Reference()
    made.initialize(msgspec.to_builtins(hello_for(names, STORE)))
    return made


def verdicts(cases: Iterable[Planned], *, diagnosed: int | None = None) -> Iterator[CaseFinished]:
    """What a judge says of the reference's answers. After so many failures, the others are only found."""
    cases = tuple(cases)
    answerer = reference({planned.asks.tokenizer for planned in cases if planned.asks.tokenizer})
    failures = 0
    with warnings.catch_warnings(), _without_logging():
        warnings.simplefilter("ignore")  # The library warns of things that golden asks on purpose.
        for planned in cases:
            answer = _answer(answerer, planned)
            if diagnosed is not None and failures >= diagnosed and isinstance(answer, Result):
                expected = planned.case.expect
                wrong = expected.rejection is not None or isinstance(compare(planned.case, answer.raw), Mismatch)
                yield finished(planned, Outcome.FAILED if wrong else Outcome.PASSED)
                continue
            verdict = JUDGE.verdict(planned, answer)
            failures += verdict.outcome is Outcome.FAILED
            yield verdict


@contextmanager
def _without_logging() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _answer(answerer: Reference, planned: Planned) -> Answer:
    """As the loop of the adapter answers, and as the runner reads it."""
    try:
        params = msgspec.json.decode(planned.case.params)
        return Result(ascii_json(answerer.answer(planned.case.operation, params)))
    except Rejected as error:
        return Rejection(error.kind, str(error))
    except Unsupported as error:
        return NotSupported(str(error))
    except Exception as error:
        return Fault("broke", f"{type(error).__name__}: {error}")
