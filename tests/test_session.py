"""One adapter process, spoken to: the transcript, the clock, the handshake and the end."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from zoo_keeper import HELLO, IMPATIENT, PATIENT, command, environment, lend, texts
from zoo_keeper import questions as asked

from conformance.limits import Limits
from conformance.protocol import Fault, Result, request_line
from conformance.session import REMEMBERED, Broken, Session, StartFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syrupy.assertion import SnapshotAssertion

    from conformance.conversation import Question


@contextmanager
def session(name: str, limits: Limits = PATIENT, **options: Any) -> Iterator[Session]:
    """A session with an adapter of the zoo; killed at the end of the block."""
    with environment() as env:
        started = Session(command(name), HELLO, limits=limits, env=env, **options)
        try:
            yield started
        finally:
            started.kill()


def send(started: Session, *questions: Question) -> None:
    for question in questions:
        started.send(question.id, request_line(question.id, question.method, question.params))


def receive(started: Session, count: int) -> dict[int | str, Any]:
    received: dict[int | str, Any] = {}
    while len(received) < count:
        for id, answer in started.receive():
            assert isinstance(answer, Result)
            received[id] = json.loads(answer.raw)
    return received


def poll_for_ever(started: Session) -> None:
    while True:
        assert started.poll() == []


@pytest.mark.parametrize("name", ["honest", "borrows", "rejects"])
def test_the_transcript(name: str, snapshot: SnapshotAssertion) -> None:
    lines: list[str] = []
    with session(name, lend=lend, watch=lambda way, line: lines.append(f"{way} {line.decode()}")) as started:
        for question in asked(["Grüße, 😀", "bad"]):
            send(started, question)
            started.receive()
        started.finish()
    assert "".join(lines) == snapshot


def test_questions_travel_together() -> None:
    with session("honest") as started:
        send(started, *asked(texts(20)))
        assert started.in_flight == 20
        assert receive(started, 20) == {f"q/{at}": {"tokens": list(text.encode())} for at, text in enumerate(texts(20))}
        assert started.in_flight == 0
        assert started.asked == 20
        assert started.finish() is None


def test_bytes_in_flight_are_bounded() -> None:
    limits = Limits(start=60, question=60, shutdown=60, in_flight=1000)
    with session("honest", limits) as started:
        assert started.has_room(5000)  # A long one travels alone.
        send(started, *asked(["x" * 600]))
        assert started.has_room(200)
        assert not started.has_room(5000)
        assert not started.has_room(400)
        receive(started, 1)
        assert started.has_room(5000)


def test_who_borrows_is_asked_one_at_a_time() -> None:
    with session("borrows", lend=lend) as started:
        assert started.lock_step
        assert started.has_room(100)
        send(started, *asked(["a"]))
        assert not started.has_room(1)
        assert receive(started, 1) == {"q/0": {"tokens": [97]}}


def test_an_id_is_taken_while_it_could_be_mistaken() -> None:
    with session("honest") as started:
        assert not started.is_taken("q/0")
        send(started, *asked(["a"]))
        assert started.is_taken("q/0")
        receive(started, 1)
        assert started.is_taken("q/0")


def test_answered_ids_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert REMEMBERED >= 1000
    monkeypatch.setattr("conformance.session.REMEMBERED", 10)
    with session("honest") as started:  # The handshake is the first of the ids.
        for question in asked(texts(25)):
            send(started, question)
            receive(started, 1)
        assert [at for at in range(25) if started.is_taken(f"q/{at}")] == list(range(9, 25))


# The clock.


def test_the_clock_starts_when_the_adapter_can() -> None:
    # Each takes 0.15 s, together far more than the limit.
    with session("slow", Limits(start=60, question=0.9, shutdown=60)) as started:
        send(started, *asked(texts(10)))
        seconds = []
        while started.in_flight:
            started.receive()
            seconds.append(started.seconds)
    assert all(each > 0 for each in seconds)


def test_the_time_of_the_caller_does_not_count() -> None:
    with session("honest", IMPATIENT) as started:
        send(started, *asked(["a"]))
        time.sleep(1.3)
        assert receive(started, 1)
        time.sleep(1.3)
        send(started, *asked(["b"]))
        time.sleep(1.3)
        assert receive(started, 1)
        assert started.seconds > 0


def test_a_reply_that_waits_for_the_caller_is_not_late() -> None:
    with session("wordy", IMPATIENT) as started:
        send(started, *asked(["a", "b"]))
        assert len(started.receive()) == 1
        time.sleep(1.3)  # The adapter cannot go on: what it has to say does not fit into the pipe.
        assert len(started.receive()) == 1


def test_a_question_that_is_still_being_read_is_not_late() -> None:
    with session("reads_ever_so_slowly", IMPATIENT) as started:
        send(started, *asked(["x" * 300_000]))
        assert receive(started, 1) == {"q/0": {"tokens": [120] * 300_000}}


def test_the_time_of_the_lender_does_not_count() -> None:
    def slow(params: Any) -> list[int] | str:
        time.sleep(1.3)
        return lend(params)

    with session("borrows", IMPATIENT, lend=slow) as started:
        send(started, *asked(["a"]))
        assert receive(started, 1)


def test_a_limit_can_be_set_for_the_occasion() -> None:
    with session("hangs") as started:
        send(started, *asked(["bad"]))
        with pytest.raises(Broken) as caught:
            started.receive(0.3)
        assert caught.value.fault == Fault("timeout", "no reply within 0.3 s", "")


# Failures.


def test_replies_before_a_failure_are_given_first() -> None:
    with session("crash_on_bad") as started:
        send(started, *asked(texts(6, bad=5)))
        assert len(receive(started, 5)) == 5
        with pytest.raises(Broken) as caught:
            started.receive()
        assert caught.value.fault == Fault("crash", "exited with code 3 while answering", "panic: no such vocabulary")
        assert started.stderr_tail == ("panic: no such vocabulary",)
        with pytest.raises(Broken):
            started.receive()
        with pytest.raises(Broken):
            started.poll()
        assert started.finish() is None


def test_a_broken_session_has_no_process() -> None:
    with environment() as env:
        started = Session(command("chatter_on_stdout"), HELLO, limits=PATIENT, env=env)
        send(started, *asked(["bad"]))
        with pytest.raises(Broken):
            started.receive()


def test_a_second_reply_bears_the_id_of_the_first() -> None:
    with session("duplicates_everything") as started:
        send(started, *asked(["a"]))
        replies = started.receive()
        while len(replies) < 2:
            replies += started.poll()
        assert replies[0] == ("q/0", Result(b'{"tokens": [97]}'))
        assert replies[1] == ("q/0", Fault("duplicate", "line 3 of stdout is a second reply to 'q/0'"))


def test_an_idle_process_is_seen_to_end() -> None:
    with session("one_shot") as started:
        send(started, *asked(["a"]))
        receive(started, 1)
        with pytest.raises(Broken) as caught:
            poll_for_ever(started)
        assert caught.value.fault.message == "exited with code 0 with no question in flight"


# The end.


def test_a_stray_line_at_the_end_is_told() -> None:
    with session("chatter_after_reply") as started:
        send(started, *asked(["bad"]))
        receive(started, 1)
        fault = started.finish()
    assert fault is not None
    assert fault.kind == "garbage"
    assert "Freed the vocabulary." in fault.message


def test_who_does_not_leave_is_told_and_ended() -> None:
    with session("ignores_sigterm", Limits(start=60, question=60, shutdown=0.2)) as started:
        assert started.finish() == Fault("timeout", "had not exited 0.2 s after shutdown", "")


def test_nobody_is_left_when_the_handshake_fails() -> None:
    with environment() as env, pytest.raises(StartFailed, match="no reply to initialize within"):
        Session(command("silent_handshake"), HELLO, limits=Limits(start=0.3), env=env)
