"""The verdict on one answer to one case."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.asked import shown_question
from conformance.compare import Mismatch, compare
from conformance.diagnose import diagnose, diagnose_answer, shown_answer
from conformance.events import CaseFinished, Diagnosis, Distance, Outcome
from conformance.operations import invalid_result
from conformance.protocol import Answer, Fault, NotSupported, Rejection, Result
from conformance.quoting import quote
from conformance.suite import release_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.cases import Planned
    from conformance.token_causes import Lexicon


MESSAGE = 200
"""How many characters of the message of a rejection are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Judges answers. `lexicon(tokenizer)` explains token ids; it is asked only when something differs.

    `releases` are the releases of upstream whose answers golden knows, so that drift can say when it began.
    """

    lexicon: Callable[[str], Lexicon | None]
    strict_errors: bool = False
    releases: tuple[str, ...] = ()

    def verdict(self, planned: Planned, answer: Answer, seconds: float = 0.0) -> CaseFinished:
        """The outcome of a case whose question was answered with `answer`."""
        distance: Distance | None = None
        match answer:
            case Fault():
                return finished(
                    planned, Outcome.FAULTED, reason=answer.message, asked=self._asked(planned), seconds=seconds
                )
            case NotSupported():
                failure: Diagnosis | None = diagnose_answer("declined", f"not supported: {quote(answer.reason)}")
            case Rejection():
                failure = self._rejected(planned, answer)
            case Result():
                try:
                    found = self._answered(planned, answer)
                    failure, distance = (None, found) if isinstance(found, Distance) else (found, None)
                except RecursionError:
                    failure = diagnose_answer("malformed-result", "result: nested too deeply")
        if failure is None:
            rejection = isinstance(answer, Rejection)
            return finished(planned, Outcome.PASSED, rejection=rejection, distance=distance, seconds=seconds)
        drift = _drift(planned, answer)
        # Releases of another package than tinker-cookbook, `tinker==0.15.0`, are in no order with these.
        ordered = bool(drift) and "==" not in drift
        changed_in = next(
            (release for release in self.releases if ordered and release_key(release) > release_key(drift)), ""
        )
        return finished(
            planned,
            Outcome.FAILED,
            diagnosis=failure,
            asked=self._asked(planned),
            drift=drift,
            changed_in=changed_in,
            seconds=seconds,
        )

    def _asked(self, planned: Planned) -> str:
        params = bytes(planned.case.params)
        lexicon = self.lexicon(planned.asks.tokenizer) if b'"tokens"' in params else None
        return shown_question(planned.case.operation, params, lexicon)

    def _rejected(self, planned: Planned, answer: Rejection) -> Diagnosis | None:
        expected = planned.case.expect.rejection
        if expected is None:
            return diagnose_answer(
                "rejected", f"refused: {quote(answer.message, MESSAGE)}", signature=f"rejected {answer.kind}"
            )
        if self.strict_errors and expected.kind is not None and answer.kind != expected.kind:
            return diagnose_answer(
                "rejection-kind",
                f"refused as {quote(str(answer.kind))} where {quote(expected.kind)} is expected",
                signature=f"rejection-kind {answer.kind}",
            )
        return None

    def _answered(self, planned: Planned, answer: Result) -> Diagnosis | Distance | None:
        expect = planned.case.expect
        if isinstance(expect.result, msgspec.Raw) and answer.raw == bytes(expect.result):
            return None
        invalid = invalid_result(planned.case.operation, answer.raw)
        if invalid is not None:
            return diagnose_answer("malformed-result", invalid)
        if expect.rejection is not None:
            shown = shown_answer(answer.raw, self.lexicon(planned.asks.tokenizer))
            return diagnose_answer("accepted", f"answered {shown} where the input must be refused")
        if planned.case.operation.startswith("trace."):
            from conformance.traces.verdict import diagnose_trace

            return diagnose_trace(planned.case, answer.raw)
        found = compare(planned.case, answer.raw)
        return diagnose(found, self.lexicon(planned.asks.tokenizer)) if isinstance(found, Mismatch) else found


def finished(
    planned: Planned,
    outcome: Outcome,
    *,
    rejection: bool = False,
    distance: Distance | None = None,
    drift: str = "",
    changed_in: str = "",
    reason: str = "",
    diagnosis: Diagnosis | None = None,
    asked: str = "",
    seconds: float = 0.0,
) -> CaseFinished:
    """The event that ends a case."""
    case = planned.case
    return CaseFinished(
        id=case.id,
        outcome=outcome,
        operation=case.operation,
        tier=planned.tier,
        level=case.level,
        renderer=planned.asks.renderer,
        tokenizer=planned.asks.tokenizer,
        flags=case.flags,
        rejection=rejection,
        distance=distance,
        drift=drift,
        changed_in=changed_in,
        reason=reason,
        diagnosis=diagnosis,
        asked=asked,
        size=len(bytes(case.params)),
        seconds=seconds,
    )


def digest(answer: Answer) -> str | None:
    """The digest of an answer under which golden keeps what older releases answered; None for a fault.

    It is over the canonical JSON of `{"result": ...}` or `{"rejection": {}}`: sorted keys, no spaces, ASCII, and
    numbers with a whole value written without a fraction.
    """
    match answer:
        case Result():
            value: Any = {"result": _whole(msgspec.json.decode(answer.raw))}
        case Rejection():
            value = {"rejection": {}}
        case _:
            return None
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode("ascii")).hexdigest()


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _drift(planned: Planned, answer: Answer) -> str:
    """The newest older release whose answer this is; empty when it is nobody's."""
    history = planned.case.history
    if not history:
        return ""
    try:
        found = digest(answer)
    except RecursionError:
        return ""
    versions = [version for version, kept in history.items() if kept == found]
    return max(versions, key=release_key) if versions else ""
