"""A tokenizer that is not what it is called is found out before anything else is asked."""

from __future__ import annotations

import pytest
from zoo_keeper import (
    BYTES,
    PATIENT,
    ask,
    command,
    environment,
    is_true,
    lend,
)

from conformance.asking import Asker, Question
from conformance.probing import probe_question, probe_verdict
from conformance.protocol import Answer, Fault, InitializeParams, NotSupported, Rejection, Result

OFFER = InitializeParams(suite="zoo", tokenizers={"bytes-zoo": BYTES, "bytes-liar": BYTES, "unknown": BYTES})


def probe(tokenizer: str) -> tuple[str, list[int]] | None:
    return None if tokenizer == "unknown" else ("one two", list(b"one two"))


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        (
            "lies_about_tokenizer",
            "encodes 'one two' as [3, 3], not as [111, 110, 101, 32, 116, 119, 111]: is it another tokenizer?",
        ),
        ("dies_of_a_tokenizer", "exited with code 1 while answering"),
    ],
)
def test_a_tokenizer_that_is_none_is_named_and_the_others_serve(name: str, fault: str) -> None:
    with environment() as env, Asker(command(name), OFFER, PATIENT, probe=probe, env=env) as adapter:
        adapter.start()
        assert adapter.tokenizer_faults == {"bytes-liar": fault}
        assert is_true(ask(adapter, ["a"])[0].answer, "a")


def test_an_honest_tokenizer_passes_the_probe() -> None:
    for name in ("honest", "borrows"):
        with environment() as env, Asker(command(name), OFFER, PATIENT, lend, probe=probe, env=env) as adapter:
            adapter.start()
            assert adapter.tokenizer_faults == {}


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Result(b'{"tokens":[1,2]}'), None),
        (Result(b'{"tokens":[1,2,3]}'), "encodes 'x' as [1, 2, 3], not as [1, 2]: is it another tokenizer?"),
        (Result(b'{"tokens":[]}'), "encodes 'x' as [], not as [1, 2]: is it another tokenizer?"),
        (Result(b'{"tokens":[1,"2"]}'), "answers result.tokens[1]: expected integer, got string"),
        (Result(b"[1,2]"), "answers result: expected object, got array"),
        (Rejection(None, "no"), "refuses to encode 'x': no"),
        (NotSupported("not yet"), "is declared, yet not supported: not yet"),
        (Fault("timeout", "no reply within 1 s"), "no reply within 1 s"),
    ],
)
def test_the_verdict_on_a_probe(answer: Answer, verdict: str | None) -> None:
    assert probe_verdict("x", (1, 2), answer) == verdict


def test_a_verdict_shows_no_more_than_a_line() -> None:
    verdict = probe_verdict("x", (1,), Result(b'{"tokens":[%b]}' % b",".join([b"7"] * 1000)))
    assert verdict == (
        "encodes 'x' as [7, 7, 7, 7, 7, 7, 7, 7, ... (1000 tokens)], not as [1]: is it another tokenizer?"
    )


def test_the_question_of_a_probe() -> None:
    assert probe_question("bytes-zoo", "é") == Question(
        "probe/bytes-zoo", "tokenizer.encode", b'{"tokenizer":"bytes-zoo","text":"\\u00e9"}'
    )
