"""conformance/differing.py: when two answers differ, what makes two differences the same, and what is asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_answers import lexicon

from conformance.differing import Comparison, Minimizer, wire
from conformance.judge import Judge
from conformance.protocol import Fault, NotSupported, Rejection, Result, ascii_json

if TYPE_CHECKING:
    from conformance.protocol import Answer

PROMPT = "renderer.build_generation_prompt"
PARAMS = wire({"renderer": "qwen3", "tokenizer": "bytes-qwen3", "messages": []})
ONE, OTHER = Result(b'{"tokens":[97,98]}'), Result(b'{"tokens":[97,99]}')
REFUSED = Rejection("renderer_error", "no")

texts = st.text(st.characters(exclude_categories=()), max_size=5)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_what_goes_over_the_wire_is_ascii_and_the_same_value(value: Any) -> None:
    raw = wire(value)
    assert raw.isascii()
    assert b"\n" not in raw
    assert json.loads(raw) == value
    assert json.dumps(json.loads(raw)) == json.dumps(value)


def difference(expected: Answer, got: Answer, *, strict: bool = False) -> Any:
    return Comparison(Judge(lexicon=lexicon, strict_errors=strict)).difference(PROMPT, PARAMS, expected, got)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (ONE, ONE),
        (ONE, Result(b'{"tokens": [97, 98]}')),
        (REFUSED, REFUSED),
        (REFUSED, Rejection("config", "another reason")),
        # The reference has no answer, or broke: nothing can be said of the port.
        (NotSupported("none"), ONE),
        (Fault("broke", "oh"), ONE),
    ],
)
def test_answers_that_do_not_differ(expected: Answer, got: Answer) -> None:
    assert difference(expected, got) is None


@pytest.mark.parametrize(
    ("expected", "got", "cause"),
    [
        (ONE, REFUSED, "rejected"),
        (REFUSED, ONE, "accepted"),
        (ONE, Fault("timeout", "no reply"), "fault-timeout"),
        (REFUSED, Fault("broke", "oh"), "fault-broke"),
        (ONE, NotSupported("not yet"), "declined"),
        (ONE, Result(b'{"tokens":"ab"}'), "malformed-result"),
    ],
)
def test_answers_that_do(expected: Answer, got: Answer, cause: str) -> None:
    found = difference(expected, got)
    assert found.diagnosis.cause == cause
    assert found.failure == (PROMPT, cause)
    assert found.renderer == "qwen3"


def test_kinds_of_refusals_differ_where_they_are_looked_at() -> None:
    assert difference(REFUSED, Rejection("config", ""), strict=True).diagnosis.cause == "rejection-kind"
    assert difference(REFUSED, REFUSED, strict=True) is None


def test_places_tell_no_findings_apart() -> None:
    one = difference(ONE, OTHER)
    later = difference(Result(b'{"tokens":[97,97,98]}'), Result(b'{"tokens":[97,97,99]}'))
    assert one.signature == later.signature


class Port:
    """Answers by a function, in this process."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def answer(self, operation: str, params: bytes) -> Answer:
        found: Answer = self._answer(json.loads(params))
        return found

    def ask(self, questions: Any) -> Any:
        from conformance.conversation import Reply

        for question in questions:
            yield Reply(question.id, self.answer(question.method, question.params), 0.0)


def minimizer(expected: Any, got: Any) -> Minimizer:
    comparison = Comparison(Judge(lexicon=lexicon))
    port: Any = Port(got)
    reference: Any = Port(expected)
    return Minimizer(asker=port, reference=reference, comparison=comparison)


def length(params: Any) -> Answer:
    return Result(ascii_json({"tokens": [len(params["messages"])]}))


def test_the_smallest_question_of_the_same_failure_is_found() -> None:
    said = [{"role": "user", "content": text} for text in ("Tea?", "The Loire.", "why")]
    asked = wire({"renderer": "qwen3", "tokenizer": "bytes-qwen3", "messages": said, "prefill": "Well"})
    ask = minimizer(length, lambda params: REFUSED if "Loire" in json.dumps(params) else length(params))
    found = ask.difference(PROMPT, asked)
    assert found is not None
    small = ask.minimal(found)
    assert small.steady
    assert json.loads(small.difference.params)["messages"] == [{"role": "user", "content": "Loire"}]
    assert "prefill" not in json.loads(small.difference.params)


def test_what_does_not_come_back_stays_as_it_was_drawn() -> None:
    answers = iter([REFUSED])
    ask = minimizer(length, lambda params: next(answers, length(params)))
    found = ask.difference(PROMPT, PARAMS)
    assert found is not None
    small = ask.minimal(found)
    assert (small.steady, small.difference, small.steps) == (False, found, 1)
