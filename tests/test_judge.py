"""conformance/judge.py: the verdict on one answer, digests, and drift."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_answers import lexicon
from private_cases import HI_TOKENS, NESTED, PARSE, PROMPT, expecting, planned

from conformance.events import CaseFinished, Outcome
from conformance.judge import Judge, digest, finished
from conformance.protocol import Answer, Fault, NotSupported, Rejection, Result

JUDGE = Judge(lexicon=lexicon)
STRICT = Judge(lexicon=lexicon, strict_errors=True)
REFUSAL = planned(expect={"rejection": {"kind": "renderer_error"}})


def result(value: Any) -> Result:
    return Result(json.dumps(value).encode())


def outcome(verdict: CaseFinished) -> tuple[str, str]:
    return verdict.outcome, verdict.diagnosis.cause if verdict.diagnosis else ""


@pytest.mark.parametrize(
    ("answer", "of_a_result", "of_a_rejection"),
    [
        (result({"tokens": HI_TOKENS}), ("passed", ""), ("failed", "accepted")),
        (result({"tokens": [1]}), ("failed", "text-other"), ("failed", "accepted")),
        (Rejection("renderer_error", "no"), ("failed", "rejected"), ("passed", "")),
        (Rejection("config", "no"), ("failed", "rejected"), ("passed", "")),
        (Rejection(None, ""), ("failed", "rejected"), ("passed", "")),
        (NotSupported("no"), ("failed", "declined"), ("failed", "declined")),
        (Fault("crash", "killed by signal 11"), ("faulted", ""), ("faulted", "")),
        (result({"tokens": "x"}), ("failed", "malformed-result"), ("failed", "malformed-result")),
        (result([]), ("failed", "malformed-result"), ("failed", "malformed-result")),
        (result({"tokens": [], "more": 1}), ("failed", "malformed-result"), ("failed", "malformed-result")),
    ],
)
def test_all_answers(answer: Answer, of_a_result: tuple[str, str], of_a_rejection: tuple[str, str]) -> None:
    assert outcome(JUDGE.verdict(planned(), answer)) == of_a_result
    assert outcome(JUDGE.verdict(REFUSAL, answer)) == of_a_rejection


def test_an_answer_within_tolerance_passes_and_says_how_far() -> None:
    loose = expecting({"data": [1.0]}, "tensor.to_nested", tolerance={"why": "sums", "abs": 0.25})
    exact, near, far = (JUDGE.verdict(loose, result({"data": [value]})) for value in (1.0, 1.125, 1.5))
    assert (exact.outcome, exact.distance) == (Outcome.PASSED, None)
    assert (near.outcome, near.diagnosis) == (Outcome.PASSED, None)
    assert near.distance is not None
    assert (near.distance.path, near.distance.absolute, near.distance.allowed) == ("data[0]", 0.125, 0.25)
    assert (far.outcome, far.distance) == (Outcome.FAILED, None)


def test_kinds_of_rejection_are_compared_on_request_alone() -> None:
    assert outcome(JUDGE.verdict(REFUSAL, Rejection("config", "no"))) == ("passed", "")
    assert outcome(STRICT.verdict(REFUSAL, Rejection("config", "no"))) == ("failed", "rejection-kind")
    assert outcome(STRICT.verdict(REFUSAL, Rejection(None, "no"))) == ("failed", "rejection-kind")
    assert outcome(STRICT.verdict(REFUSAL, Rejection("renderer_error", "other words"))) == ("passed", "")
    any_kind = planned(expect={"rejection": {}})
    assert outcome(STRICT.verdict(any_kind, Rejection(None, ""))) == ("passed", "")


def test_a_passed_rejection_is_counted_apart() -> None:
    assert JUDGE.verdict(REFUSAL, Rejection("renderer_error", "no")).rejection
    assert not JUDGE.verdict(REFUSAL, result({"tokens": []})).rejection
    assert not JUDGE.verdict(planned(), result({"tokens": HI_TOKENS})).rejection


def test_a_fault_says_why() -> None:
    verdict = JUDGE.verdict(planned(), Fault("timeout", "no reply within 10 s", "stderr"), 10.5)
    assert (verdict.outcome, verdict.reason, verdict.diagnosis) == (Outcome.FAULTED, "no reply within 10 s", None)
    assert verdict.seconds == 10.5


def test_the_event_says_what_the_case_is() -> None:
    case = planned("x/y@bytes", flags=["bos"], level="should")
    verdict = JUDGE.verdict(case, result({"tokens": HI_TOKENS}), 0.5)
    assert verdict == finished(case, Outcome.PASSED, seconds=0.5)
    assert (verdict.id, verdict.operation, verdict.tier, verdict.level) == ("x/y@bytes", PROMPT, "bytes", "should")
    assert (verdict.renderer, verdict.tokenizer, verdict.flags) == ("qwen3", "bytes-qwen3", ("bos",))
    assert verdict.size == len(bytes(case.case.params))


def test_equal_bytes_are_believed_and_equal_values_too() -> None:
    case = expecting({"tokens": HI_TOKENS})
    assert JUDGE.verdict(case, Result(bytes(case.case.expect.result))).outcome is Outcome.PASSED  # type: ignore[arg-type]
    spaced = json.dumps({"tokens": HI_TOKENS}, indent=3).encode()
    assert JUDGE.verdict(case, Result(spaced)).outcome is Outcome.PASSED


def test_a_lexicon_is_asked_only_when_something_differs() -> None:
    asked = []

    def spy(tokenizer: str) -> None:
        asked.append(tokenizer)

    judge = Judge(lexicon=spy)
    judge.verdict(planned(), result({"tokens": HI_TOKENS}))
    judge.verdict(planned(), Rejection(None, ""))
    assert asked == []
    judge.verdict(planned(), result({"tokens": [1]}))
    assert asked == ["bytes-qwen3"]


@pytest.mark.parametrize("depth", [100, 400, 600, 900, 5000])
def test_deep_nesting_is_a_failure_like_any_other(depth: int) -> None:
    deep = Result(b'{"data":' + b"[" * depth + b"1" + b"]" * depth + b"}")
    verdict = JUDGE.verdict(planned("a", NESTED, expect={"result": {"data": [1]}}, history={"0.1": "sha256:0"}), deep)
    assert outcome(verdict) in {("failed", cause) for cause in ("shape", "value", "malformed-result")}


ANSWERS = st.one_of(
    st.builds(Rejection, st.none() | st.text(max_size=5), st.text(max_size=9)),
    st.builds(NotSupported, st.text(max_size=9)),
    st.builds(Fault, st.just("crash"), st.text(max_size=9)),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["tokens", "weights", "message", "role", "content", "termination", "data", "examples"]),
                inner,
                max_size=3,
            )
        ),
    ).map(result),
)


@given(
    ANSWERS, st.sampled_from([planned(), REFUSAL, planned("a", PARSE, expect={"rejection": {}}), planned("a", NESTED)])
)
def test_every_answer_has_one_verdict(answer: Answer, case: Any) -> None:
    verdict = STRICT.verdict(case, answer)
    assert verdict.outcome in {Outcome.PASSED, Outcome.FAILED, Outcome.FAULTED}
    assert (verdict.diagnosis is not None) == (verdict.outcome is Outcome.FAILED)
    assert verdict.outcome is not Outcome.FAULTED or isinstance(answer, Fault)


# Digests.


def test_a_digest_is_over_canonical_json() -> None:
    canonical = b'{"result":{"a":[1,2.5,"\\u00e9\\ud83d\\udc4b"],"b":null}}'
    expected = "sha256:" + hashlib.sha256(canonical).hexdigest()
    assert digest(Result('{ "b":null, "a" : [1.0, 2.5, "é👋"] }'.encode())) == expected


def test_a_digest_is_the_same_however_a_value_is_written() -> None:
    assert digest(Result(b'{"a":1,"b":[0]}')) == digest(Result(b'{"b":[0.0],\n"a":1.0}'))
    assert digest(Result(b'{"a":-0.0}')) == digest(Result(b'{"a":0}'))
    assert digest(Result(b"1e3")) == digest(Result(b"1000"))


def test_other_values_have_other_digests() -> None:
    texts = [b"1", b"true", b'"1"', b"1.5", b"null", b"[]", b"{}", b'""', b"[1]", b"[[1]]", b'{"1":1}']
    assert len({digest(Result(text)) for text in texts}) == len(texts)


def test_all_rejections_have_one_digest_and_faults_none() -> None:
    expected = "sha256:" + hashlib.sha256(b'{"rejection":{}}').hexdigest()
    assert digest(Rejection("config", "x")) == digest(Rejection(None, "")) == expected
    assert digest(Fault("crash", "x")) is None
    assert digest(NotSupported("x")) is None


NUMBERS = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)


@given(st.dictionaries(st.text(max_size=3), st.lists(NUMBERS | st.text(max_size=3), max_size=3), max_size=3))
def test_key_order_and_spacing_do_not_reach_a_digest(value: Any) -> None:
    turned = {key: value[key] for key in reversed(value)}
    assert digest(result(value)) == digest(Result(json.dumps(turned, indent=2, ensure_ascii=False).encode()))


# Drift.


def drifted(history: dict[str, Answer], answer: Answer, **fields: Any) -> str:
    digests = {version: str(digest(old)) for version, old in history.items()}
    return JUDGE.verdict(planned(history=digests, **fields), answer).drift


OLD, OLDER = result({"tokens": [1]}), result({"tokens": [2]})


def test_the_answer_of_an_older_release_is_recognised() -> None:
    assert drifted({"0.1.0": OLD, "0.2.0": OLDER}, OLD) == "0.1.0"
    assert drifted({"0.1.0": OLD, "0.2.0": OLDER}, Result(b'{ "tokens" : [2.0] }')) == "0.2.0"
    assert drifted({"0.1.0": OLD}, OLDER) == ""
    assert drifted({}, OLD) == ""


def test_a_release_of_another_package_is_in_no_order_with_upstreams() -> None:
    judge = Judge(lexicon=lexicon, releases=("0.4.3", "0.16.0"))
    case = planned(history={"tinker==0.15.0": str(digest(OLD)), "0.4.3": str(digest(OLDER))})
    verdicts = [judge.verdict(case, answer) for answer in (OLD, OLDER)]
    assert [(one.drift, one.changed_in) for one in verdicts] == [("tinker==0.15.0", ""), ("0.4.3", "0.16.0")]


def test_of_several_releases_the_newest_is_named() -> None:
    assert drifted({"0.10.0": OLD, "0.9.0": OLD, "0.2.11": OLD}, OLD) == "0.10.0"
    assert drifted({"0.2.0": OLD, "0.2.0.post1": OLD}, OLD) == "0.2.0.post1"
    assert drifted({"1.\u00b2": OLD, "0.9": OLD}, OLD) == "1.\u00b2"


def test_an_older_release_may_have_refused() -> None:
    assert drifted({"0.1.0": Rejection(None, "")}, Rejection("config", "no")) == "0.1.0"


def test_what_passes_or_breaks_has_not_drifted() -> None:
    assert drifted({"0.1.0": result({"tokens": HI_TOKENS})}, result({"tokens": HI_TOKENS})) == ""
    assert drifted({"0.1.0": OLD}, Fault("crash", "x")) == ""
    assert drifted({"0.1.0": OLD}, NotSupported("x")) == ""
