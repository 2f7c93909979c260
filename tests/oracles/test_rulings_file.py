"""conformance/oracles/rulings.toml: every ruling speaks of something that exists, and says enough."""

from __future__ import annotations

import fnmatch
from collections import Counter

import pytest

from conformance.corpus import FLAGS, questions
from conformance.oracles.rulings import Ruling, load_rulings

RULINGS = load_rulings()
ASKED = [
    (question.id, str(question.params.get("renderer", "")), question.operation, frozenset(question.flags))
    for question in questions()
]
VAGUE = {"text-other", "text-missing", "text-extra", "role-header", "content", "value", "rejected", "accepted"}


@pytest.fixture(params=RULINGS, ids=[f"{place}-{ruling.oracle}" for place, ruling in enumerate(RULINGS)])
def ruling(request: pytest.FixtureRequest) -> Ruling:
    found: Ruling = request.param
    return found


def test_it_speaks_of_questions_that_are_asked(ruling: Ruling) -> None:
    def among(text: str, patterns: tuple[str, ...]) -> bool:
        return any(fnmatch.fnmatchcase(text, pattern) for pattern in patterns)

    spoken_of = [
        id
        for id, renderer, operation, flags in ASKED
        if among(renderer, ruling.renderers) and among(operation, ruling.operations)
        if not ruling.flags or flags & set(ruling.flags)
    ]
    assert spoken_of
    stale = [pattern for pattern in ruling.ids if not fnmatch.filter(spoken_of, pattern)]
    assert not stale, "no question has such an id any more"


def test_it_is_narrow(ruling: Ruling) -> None:
    assert ruling.renderers != ("*",)
    assert ruling.operations != ("*",)
    assert ruling.causes
    if VAGUE & set(ruling.causes):
        assert ruling.flags or ruling.ids != ("*",), "these causes say too little by themselves"


def test_it_can_be_checked_by_a_reader(ruling: Ruling) -> None:
    assert ruling.ruling == "upstream"
    assert "pstream" in ruling.why, "it says what upstream does"
    assert any(name in ruling.why for name in ("harmony", "tml-renderers", "template")), "and what the oracle does"
    assert ruling.why.endswith(".")
    assert set(ruling.flags) <= FLAGS.keys()


def test_none_is_written_twice() -> None:
    written = Counter(
        (ruling.oracle, ruling.renderers, ruling.operations, ruling.causes, ruling.flags, ruling.ids)
        for ruling in RULINGS
    )
    assert [once for once, times in written.items() if times > 1] == []
