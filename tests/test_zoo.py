"""Every question has a reply, the guilty one is blamed and no other: the whole zoo."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from zoo_keeper import (
    IMPATIENT,
    PATIENT,
    ZOO,
    ask,
    asker,
    is_true,
    lend,
    texts,
)

from conformance.asking import Question
from conformance.child import STDERR_BYTES, STDERR_LINES
from conformance.limits import Limits
from conformance.protocol import (
    Fault,
    NotSupported,
    Rejection,
    Result,
)

BAD = 5
COUNT = 12


class Guilt(NamedTuple):
    """What an adapter's question "bad" comes to: the kind of fault and what its message and detail say."""

    name: str
    kind: str
    message: str
    detail: str = ""
    limits: Limits = PATIENT


SHORT_LINES = Limits(start=60.0, question=60.0, shutdown=60.0, line=1 << 20)

GUILTY = [
    Guilt("silent", "timeout", r"^no reply within 1 s$", limits=IMPATIENT),
    Guilt("hangs", "timeout", r"^no reply within 1 s$", limits=IMPATIENT),
    Guilt("late_reply", "timeout", r"^no reply within 1 s$", limits=IMPATIENT),
    Guilt(
        "half_a_line",
        "timeout",
        r"^no reply within 1 s; unfinished line \d+ of stdout: '\{\"jsonrpc\": \"2\.0\", \"id\":.*'$",
        limits=IMPATIENT,
    ),
    Guilt("half_a_line_then_exit", "crash", r"^exited with code 0 while answering; unfinished line \d+ of stdout: "),
    Guilt("crash_on_bad", "crash", r"^exited with code 3 while answering$", "^panic: no such vocabulary$"),
    Guilt("segfault", "crash", r"^was killed by SIGSEGV while answering$"),
    Guilt("exits_zero_early", "crash", r"^exited with code 0 while answering$"),
    Guilt("closes_stdout", "crash", r"^closed its stdout while answering$"),
    Guilt("leaves_a_grandchild", "crash", r"^exited with code 3 while answering$"),
    Guilt("babbling_grandchild", "garbage|crash", r"still here|exited with code 3"),
    Guilt("wrong_id", "wrong_id", r"^line \d+ of stdout is not protocol: it replies to 'somebody-else', which was not"),
    Guilt("number_for_id", "wrong_id", r"^line \d+ of stdout is not protocol: it replies to 7, which was not asked"),
    Guilt("duplicate_reply", "duplicate", r"^line \d+ of stdout is a second reply to 'q/5'$"),
    Guilt(
        "chatter_on_stdout",
        "garbage",
        r"^line 2 of stdout is not protocol: it is not JSON \(.*\): 'Loading the vocabulary\.\.\.'$",
    ),
    Guilt("chatter_after_reply", "garbage", r"^line 3 of stdout is not protocol: .*: 'Freed the vocabulary\.'$"),
    Guilt("truncated_utf8", "garbage", r"it is not UTF-8 \(byte 0xc3 at offset \d+\)"),
    Guilt("mojibake", "garbage", r"^line 2 of stdout is not protocol: it is not UTF-8 \(byte 0xe9 at offset 1\)"),
    Guilt("giant_line", "too_long", r"^line 2 of stdout is longer than 1,048,576 bytes$", limits=SHORT_LINES),
    Guilt("endless_line", "too_long", r"^line 2 of stdout is longer than 1,048,576 bytes$", limits=SHORT_LINES),
    Guilt("batch_reply", "garbage", r"it is a batch: protocol 1 has one object a line, no arrays: '\[\{"),
    Guilt("bare_result", "malformed", r"it has no `\"jsonrpc\":\"2.0\"`"),
    Guilt("blank_line", "garbage", r"^line 2 of stdout is not protocol: it is empty: ''$"),
    Guilt("result_and_error", "malformed", r"it has both `result` and `error`"),
    Guilt("null_error", "malformed", r"its `error` is null: a reply with a result has no `error`"),
    Guilt("neither_result_nor_error", "malformed", r"it has neither `result` nor `error`"),
    Guilt("no_jsonrpc", "malformed", r"it has no `\"jsonrpc\":\"2.0\"`"),
    Guilt("not_a_number", "malformed", r'it has NaN, which is not JSON: send the string "NaN"'),
    Guilt("lone_surrogate", "malformed", r"it holds a lone surrogate, which is no Unicode text"),
    Guilt("nested_too_deeply", "garbage", r"it is nested too deeply to be read: '.*'\.\.\. \(200,\d+ bytes\)$"),
    Guilt("error_without_id", "malformed", r"it is a reply without an id \(its error: parse error\)"),
    Guilt("notifies", "malformed", r"it is a notification, which this protocol does not have"),
    Guilt("borrows_without_end", "malformed", r"it asks on and on without reading the replies"),
    Guilt("borrows_for_ever", "timeout", r"^no reply within 1 s", limits=IMPATIENT),
    Guilt("breaks", "broke", r"^the adapter broke: index out of range$", "^at line 7$"),
    Guilt("invalid_params", "broke", r"^error -32602, which is no answer of protocol 1: invalid params$"),
]


@pytest.mark.parametrize("guilt", GUILTY, ids=[guilt.name for guilt in GUILTY])
def test_the_guilty_question_is_blamed_and_no_other(guilt: Guilt) -> None:
    asked = texts(COUNT, bad=BAD)
    with asker(guilt.name, limits=guilt.limits, lend=lend) as adapter:
        replies = ask(adapter, asked)
        incidents = adapter.incidents
    guilty = replies.pop(BAD).answer
    assert isinstance(guilty, Fault)
    assert re.fullmatch(guilt.kind, guilty.kind)
    assert re.search(guilt.message, guilty.message)
    assert re.search(guilt.detail, guilty.detail)
    assert "\n" not in guilty.message
    innocent = [text for text in asked if text != "bad"]
    assert all(is_true(reply.answer, text) for reply, text in zip(replies, innocent, strict=True))
    assert incidents == ()


LEGAL = {
    "honest": PATIENT,
    "slow": IMPATIENT,
    "reads_slowly": PATIENT,
    "dribbles": PATIENT,
    "floods_stderr": PATIENT,
    "reverse_order": PATIENT,
    "carriage_returns": PATIENT,
    "borrows": PATIENT,
    "borrows_undeclared": PATIENT,
    "late_reply": PATIENT,
    "crash_on_bad": PATIENT,
}


@pytest.mark.parametrize("name", LEGAL)
def test_an_unusual_adapter_is_not_blamed(name: str) -> None:
    asked = texts(COUNT)
    with asker(name, limits=LEGAL[name], lend=lend) as adapter:
        replies = ask(adapter, asked)
        assert adapter.starts == 1
    assert all(is_true(reply.answer, text) for reply, text in zip(replies, asked, strict=True))
    assert adapter.incidents == ()


def test_a_long_line_within_the_limit_is_an_answer() -> None:
    with asker("giant_line") as adapter:
        (reply,) = ask(adapter, ["bad"])
    assert isinstance(reply.answer, Result)
    assert len(reply.answer.raw) > 50_000_000


def test_a_wrong_answer_is_an_answer() -> None:
    with asker("off_by_one_token") as adapter:
        (reply,) = ask(adapter, ["a"])
    assert reply.answer == Result(b'{"tokens": [98]}')


def test_a_rejection_and_a_lack_of_support_are_answers() -> None:
    with asker("rejects") as adapter:
        assert ask(adapter, ["bad"])[0].answer == Rejection("invalid_message", "no such role")
    with asker("declines") as adapter:
        assert ask(adapter, ["bad"])[0].answer == NotSupported("no vision")


def test_an_adapter_that_borrows_undeclared_is_refused() -> None:
    with asker("borrows_undeclared", lend=lend) as adapter:
        replies = ask(adapter, texts(COUNT, bad=BAD))
    assert replies[BAD].answer == NotSupported('not declared: set `options.tokenizer` to "callback" in the handshake')


def test_what_cannot_be_lent_is_refused() -> None:
    question = Question("q", "tokenizer.encode", b'{"tokenizer":"nobody\'s","text":"a"}')
    with asker("borrows", lend=lend) as adapter:
        (reply,) = adapter.ask([question])
    assert reply.answer == Fault("broke", """error -32602, which is no answer of protocol 1: KeyError: "nobody's\"""")


def test_a_failure_that_does_not_come_back_is_an_incident() -> None:
    asked = texts(35)
    with asker("crash_on_nth") as adapter:
        replies = ask(adapter, asked)
        incidents = adapter.incidents
    assert all(is_true(reply.answer, text) for reply, text in zip(replies, asked, strict=True))
    assert {incident.fault.message for incident in incidents} == {"exited with code 3 while answering"}
    assert all(incident.suspects for incident in incidents)


def test_a_process_for_each_question_is_an_incident_each() -> None:
    asked = texts(5)
    with asker("one_shot") as adapter:
        replies = ask(adapter, asked)
    assert all(is_true(reply.answer, text) for reply, text in zip(replies, asked, strict=True))
    assert adapter.starts == 5
    assert {incident.fault.kind for incident in adapter.incidents} == {"crash"}


def test_every_question_can_be_guilty() -> None:
    with asker("duplicates_everything") as adapter:
        replies = ask(adapter, texts(COUNT))
        starts = adapter.starts
    # The second reply to the last question may come when nobody listens any more.
    assert {reply.answer.kind for reply in replies[:-1] if isinstance(reply.answer, Fault)} == {"duplicate"}
    assert sum(isinstance(reply.answer, Fault) for reply in replies) >= COUNT - 1
    assert starts == 1


def test_an_adapter_that_does_not_read_cannot_stop_the_runner() -> None:
    asked = ["x" * 200_000, "y" * 200_000]
    with asker("never_reads_stdin", limits=IMPATIENT) as adapter:
        replies = ask(adapter, asked)
    for reply in replies:
        assert isinstance(reply.answer, Fault)
        assert re.fullmatch(r"no reply within 1 s; [\d,]+ bytes of its stdin are not read", reply.answer.message)


def test_a_flood_on_stderr_cannot_stop_the_clock() -> None:
    with asker("floods_stderr_then_dies", limits=IMPATIENT) as adapter:
        (reply,) = ask(adapter, ["a"])
        tail = adapter.stderr_tail
    assert isinstance(reply.answer, Fault)
    assert reply.answer.kind == "timeout"
    assert 0 < len("".join(tail)) <= STDERR_BYTES


def test_the_tail_of_stderr_is_kept() -> None:
    with asker("floods_stderr") as adapter:
        ask(adapter, ["a"])
    assert adapter.stderr_tail[-1] == f"debug: {9999:090}"
    assert len(adapter.stderr_tail) <= STDERR_LINES


def test_every_adapter_of_the_zoo_is_asked() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [path.stem for path in ZOO.glob("*.py") if f'"{path.stem}"' not in tests] == []
