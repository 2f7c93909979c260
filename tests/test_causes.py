"""conformance/causes.py: every cause can be produced, and says what to do."""

from __future__ import annotations

import pytest
from planted_answers import PLANTED_ANSWERS, PlantedAnswer, lexicon

from conformance.causes import CAUSES
from conformance.events import Outcome
from conformance.judge import Judge

JUDGE = Judge(lexicon=lexicon, strict_errors=True)


@pytest.mark.parametrize("planted", PLANTED_ANSWERS, ids=lambda planted: planted.cause)
def test_a_planted_answer_is_found_for_its_cause(planted: PlantedAnswer) -> None:
    verdict = JUDGE.verdict(planted.case, planted.answer)
    assert verdict.outcome is Outcome.FAILED
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.cause == planted.cause
    assert verdict.diagnosis.summary
    assert verdict.diagnosis.signature
    assert "\n" not in verdict.diagnosis.summary


def test_no_cause_is_dead() -> None:
    assert {planted.cause for planted in PLANTED_ANSWERS} == set(CAUSES)


@pytest.mark.parametrize("slug", CAUSES)
def test_a_cause_says_what_is_wrong_and_where_to_look(slug: str) -> None:
    cause = CAUSES[slug]
    assert slug == slug.lower()
    assert slug.replace("-", "").isalpha()
    assert cause.title
    assert not cause.title.endswith(".")
    assert cause.hint.endswith(".")


def test_titles_are_different() -> None:
    assert len({cause.title for cause in CAUSES.values()}) == len(CAUSES)
