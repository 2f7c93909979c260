"""conformance/verdict.py: one word and one line for what a run shows."""

from __future__ import annotations

from typing import Any

import pytest
from reports import runs

from conformance.events import Account, KnownError, RunFinished, Shard, TierCount
from conformance.verdict import Ending, Standing, counted, reservations, standing, verdict

ERROR = KnownError(word="expired", entry="a", text="it is over")


def end(**fields: Any) -> RunFinished:
    rest = {name: fields.pop(name) for name in ("partial", "reason", "known_errors") if name in fields}
    return RunFinished(account=Account(**fields), **rest)


@pytest.mark.parametrize(
    ("finished", "expected", "text"),
    [
        (end(planned=3, passed=3), Standing.CONFORMS, "conforms (3 of 3 cases passed, real tier not run)"),
        (
            end(planned=5, passed=3, known=1, unsupported=1),
            Standing.CONFORMS,
            "conforms (3 of 5 cases passed, 1 known failure, 1 not declared, real tier not run)",
        ),
        (end(planned=3, passed=1, failed=2), Standing.DOES_NOT_CONFORM, "does not conform (2 failures)"),
        (
            end(planned=3, failed=2, drifted=1, faulted=1),
            Standing.DOES_NOT_CONFORM,
            "does not conform (1 failure, 1 drifted, 1 fault)",
        ),
        (
            end(planned=1, passed=1, known_errors=(ERROR,)),
            Standing.DOES_NOT_CONFORM,
            "does not conform (1 error in the list of known failures)",
        ),
        (
            end(planned=2, passed=1, not_run=1, partial=True),
            Standing.PARTIAL,
            "none yet (partial: nothing wrong so far, but not every case was asked)",
        ),
        (end(planned=2, failed=1, not_run=1, partial=True), Standing.DOES_NOT_CONFORM, "does not conform (1 failure)"),
        (
            end(planned=2, unsupported=2),
            Standing.NOTHING,
            "nothing was shown, because nothing that was planned is declared",
        ),
        (end(), Standing.NOTHING, "nothing was shown, because no case was planned"),
    ],
)
def test_the_verdict(finished: RunFinished, expected: Standing, text: str) -> None:
    assert standing(finished) is expected
    assert verdict(runs.started(finished.account.planned), finished).text == text
    ending = Ending()
    assert not ending.conforms
    ending(finished)
    assert ending.conforms == (expected is Standing.CONFORMS)


def test_what_a_run_does_not_show() -> None:
    tiers = (TierCount("bytes", True, 1), TierCount("real", True, 1))
    finished = end(planned=1, passed=1)
    assert reservations(runs.started(1, tiers=tiers), finished) == []
    shard = Shard(number=2, of=5, whole=9, digest="d")
    narrowed = runs.started(1, tiers=tiers, shard=shard, only=("--renderer", "qwen3"))
    assert reservations(narrowed, finished) == ["shard 2 of 5 only", "only --renderer qwen3"]


def test_a_count_and_its_noun() -> None:
    assert [counted(count, "case") for count in (0, 1, 2)] == ["0 cases", "1 case", "2 cases"]
