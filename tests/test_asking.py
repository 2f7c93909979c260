"""An Asker starts adapters, survives them, asks in order, and leaves nobody behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from zoo_keeper import (
    HELLO,
    IMPATIENT,
    PATIENT,
    ask,
    asker,
    environment,
    is_true,
    questions,
    texts,
)

from conformance.asking import AdapterUnusable, Asker, Question
from conformance.conversation import AHEAD
from conformance.limits import Limits
from conformance.protocol import (
    Fault,
    Implementation,
    InitializeResult,
    Result,
    ascii_json,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# Starting.

UNUSABLE = [
    ("silent_handshake", r"^the adapter failed to start 3 times in a row: no reply to initialize within 0\.3 s$"),
    ("garbage_handshake", r"3 times in a row: line 1 of stdout is not protocol: .*: 'Tokenizer server 2\.0 ready'$"),
    ("byte_order_mark", r"line 1 of stdout is not protocol: it starts with a byte order mark: write UTF-8 without one"),
    ("dies_in_handshake", r"3 times in a row: exited with code 127 while answering initialize$"),
    ("refuses_handshake", r"^the adapter failed to start: refused initialize: this port needs a licence$"),
    ("wrong_protocol_version", r"^the adapter failed to start: speaks protocol 2, this runner speaks protocol 1$"),
    ("misspells_handshake", r"declared itself wrongly: result: unknown member `operation`$"),
]


@pytest.mark.parametrize(("name", "message"), UNUSABLE, ids=[name for name, _ in UNUSABLE])
def test_an_adapter_that_does_not_shake_hands_is_unusable(name: str, message: str) -> None:
    limits = Limits(start=0.3) if name == "silent_handshake" else PATIENT
    with asker(name, limits=limits) as adapter, pytest.raises(AdapterUnusable, match=message) as caught:
        adapter.start()
    if name == "dies_in_handshake":
        assert caught.value.stderr_tail == ("cannot find libvocabulary.so",)
        assert adapter.stderr_tail == caught.value.stderr_tail


def test_a_command_that_is_no_program_is_unusable(tmp_path: Path) -> None:
    for missing, message in (
        ([str(tmp_path / "nowhere")], r"^cannot start '.*nowhere': No such file or directory$"),
        ([str(tmp_path)], r"^cannot start '.*': Permission denied$"),
        ([], r"^cannot start the adapter: its command is empty$"),
    ):
        with Asker(missing, HELLO) as adapter, pytest.raises(AdapterUnusable, match=message):
            adapter.start()


def test_a_directory_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    command = ["true"]
    with Asker(command, HELLO, cwd=tmp_path / "nowhere") as adapter, pytest.raises(AdapterUnusable) as caught:
        adapter.start()
    assert str(caught.value) == f"cannot start 'true' in {tmp_path / 'nowhere'}: No such file or directory"


def test_two_starts_in_vain_are_forgiven(tmp_path: Path) -> None:
    with asker("starts_twice_in_vain", str(tmp_path / "count")) as adapter:
        assert adapter.start().implementation.name == "zoo"
        assert adapter.starts == 3
        assert is_true(ask(adapter, ["a"])[0].answer, "a")


def test_an_adapter_that_does_not_start_again_ends_the_asking(tmp_path: Path) -> None:
    asked = texts(12, bad=5)
    with asker("starts_once", str(tmp_path / "mark")) as adapter:
        replies = []
        with pytest.raises(AdapterUnusable, match=r"3 times in a row: exited with code 1") as caught:
            replies.extend(adapter.ask(questions(asked)))
    assert caught.value.stderr_tail == ("the port is taken",)
    assert [reply.id for reply in replies] == [f"q/{at}" for at in range(5)]
    assert all(is_true(reply.answer, text) for reply, text in zip(replies, asked, strict=False))


def test_what_an_adapter_declares_is_told() -> None:
    with asker("honest") as adapter:
        declared = adapter.start()
        assert adapter.start() is declared
    assert declared == InitializeResult(
        protocol=1,
        implementation=Implementation(name="zoo", version="1", language="python"),
        operations=("tokenizer.encode", "tokenizer.decode"),
        tokenizers=("bytes-zoo",),
    )


# Being asked.


def test_questions_are_drawn_as_they_can_be_sent() -> None:
    drawn = 0

    def draw() -> Iterator[Question]:
        nonlocal drawn
        for question in questions(texts(5000)):
            drawn += 1
            yield question

    with asker("honest") as adapter, closing(adapter.ask(draw())) as replies:
        for given, _ in enumerate(replies, start=1):
            assert drawn - given <= AHEAD + 1
            if given == 1000:
                break
    assert 1000 < drawn < 5000


def test_replies_that_wait_for_an_earlier_one_are_bounded() -> None:
    drawn = 0

    def draw() -> Iterator[Question]:
        nonlocal drawn
        for question in questions(texts(3 * AHEAD, bad=0)):
            drawn += 1
            yield question

    with asker("silent", limits=IMPATIENT) as adapter, closing(adapter.ask(draw())) as replies:
        first = next(replies)
        assert isinstance(first.answer, Fault)
        assert AHEAD <= drawn <= AHEAD + 1


def test_an_early_end_leaves_nothing_for_the_next() -> None:
    with asker("honest") as adapter:
        for _ in range(3):
            with closing(adapter.ask(questions(texts(500)))) as replies:
                assert is_true(next(replies).answer, "text 0")
            assert is_true(ask(adapter, ["other"])[0].answer, "other")
        assert adapter.incidents == ()


def test_an_early_end_does_not_wait_for_what_was_asked() -> None:
    with asker("hangs") as adapter:
        with closing(adapter.ask(questions(["a", "b", "bad"]))) as replies:
            assert is_true(next(replies).answer, "a")
        assert is_true(ask(adapter, ["other"])[0].answer, "other")
        assert adapter.starts == 2
    assert adapter.incidents == ()


def test_the_time_of_the_consumer_is_not_the_adapters() -> None:
    with asker("honest", limits=IMPATIENT) as adapter:
        for at, reply in enumerate(adapter.ask(questions(texts(300)))):
            assert isinstance(reply.answer, Result)
            if at in (0, 120):
                time.sleep(1.5)
        assert adapter.starts == 1


def test_an_id_can_be_used_again() -> None:
    question = questions(["a"])[0]
    with asker("honest") as adapter:
        together = list(adapter.ask([question] * 3))
        again = list(adapter.ask([question]))
    assert [reply.id for reply in together + again] == ["q/0"] * 4
    assert all(is_true(reply.answer, "a") for reply in together + again)


def test_a_second_reply_is_not_taken_for_the_answer_to_a_later_question_of_that_id() -> None:
    first, other = (
        Question("same", "tokenizer.encode", ascii_json({"tokenizer": "bytes-zoo", "text": text}))
        for text in ("bad", "a")
    )
    with asker("duplicate_reply") as adapter:
        list(adapter.ask([first]))
        (reply,) = adapter.ask([other])
    assert is_true(reply.answer, "a")


def test_no_questions_need_no_adapter_twice() -> None:
    with asker("honest") as adapter:
        assert list(adapter.ask([])) == []
        assert adapter.starts == 1


def test_a_question_that_cannot_be_sent_is_the_callers_fault() -> None:
    with asker("honest") as adapter:
        with pytest.raises(ValueError, match="'q/1' are not the ASCII text of a JSON object on one line"):
            list(adapter.ask([*questions(["a"]), Question("q/1", "tokenizer.encode", b"[]")]))
        assert is_true(ask(adapter, ["a"])[0].answer, "a")


def test_one_conversation_at_a_time() -> None:
    with asker("honest") as adapter:
        replies = adapter.ask(questions(texts(2000)))
        next(replies)
        with pytest.raises(RuntimeError, match="asked already"):
            list(adapter.ask(questions(["a"])))
        replies.close()
        assert is_true(ask(adapter, ["a"])[0].answer, "a")


def test_several_askers_in_several_threads() -> None:
    def work(name: str) -> list[bool]:
        with asker(name) as adapter:
            replies = ask(adapter, texts(200, bad=50))
            return [is_true(reply.answer, text) for reply, text in zip(replies, texts(200, bad=50), strict=True)]

    names = ["crash_on_bad", "honest", "chatter_on_stdout", "reverse_order"]
    with ThreadPoolExecutor(len(names)) as pool:
        for name, answers in zip(names, pool.map(work, names), strict=True):
            assert answers.count(False) == (name in ("crash_on_bad", "chatter_on_stdout"))
            assert answers[50] == (name in ("honest", "reverse_order"))


# The end.


def test_an_adapter_that_does_not_leave_is_made_to() -> None:
    with asker("ignores_sigterm", limits=Limits(shutdown=0.2)) as adapter:
        assert is_true(ask(adapter, ["a"])[0].answer, "a")
    assert [incident.fault.message for incident in adapter.incidents] == ["had not exited 0.2 s after shutdown"]


def test_a_grandchild_does_not_outlive_a_polite_end() -> None:
    with asker("leaves_a_grandchild") as adapter:
        assert is_true(ask(adapter, ["a"])[0].answer, "a")
    assert adapter.incidents == ()


def test_a_stray_line_after_the_last_reply_is_an_incident() -> None:
    with asker("chatter_after_reply") as adapter:
        (reply,) = ask(adapter, ["bad"])
        assert is_true(reply.answer, "bad")
    assert ["Freed the vocabulary." in incident.fault.message for incident in adapter.incidents] == [True]


def test_a_process_that_ended_between_two_rounds_is_an_incident() -> None:
    with asker("one_shot") as adapter:
        for _ in range(3):
            assert is_true(ask(adapter, ["a"])[0].answer, "a")
            time.sleep(0.3)
    assert {incident.fault.kind for incident in adapter.incidents} == {"crash"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
@pytest.mark.parametrize("name", ["honest", "hangs", "ignores_sigterm", "leaves_a_grandchild", "floods_stderr"])
def test_an_exception_leaves_nobody_behind(name: str, error: type[BaseException]) -> None:
    def interrupted() -> Iterator[Question]:
        yield from questions(texts(100))
        raise error

    with pytest.raises(error), asker(name) as adapter:
        list(adapter.ask(interrupted()))


def test_an_exception_is_no_time_for_politeness() -> None:
    lines: list[bytes] = []

    def interrupted() -> None:
        with asker("honest", watch=lambda way, line: lines.append(line)) as adapter:
            ask(adapter, ["a"])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert lines
    assert not any(b"shutdown" in line for line in lines)


def test_a_closed_asker_stays_closed() -> None:
    with asker("honest") as adapter:
        replies = adapter.ask(questions(texts(500)))
        next(replies)
    with pytest.raises(RuntimeError, match="closed"):
        list(replies)
    with pytest.raises(RuntimeError, match="closed"):
        list(adapter.ask(questions(["a"])))


RUNNER = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # Shells ignore it for what they run in the background.
sys.path.insert(0, sys.argv[1])
from zoo_keeper import HELLO, PATIENT, command, questions
from conformance.asking import Asker
with Asker(command(sys.argv[2]), HELLO, PATIENT) as adapter:
    for reply in adapter.ask(questions(["a", "b", "bad", "c"])):
        print(reply.id, flush=True)
"""


@pytest.mark.parametrize(
    ("name", "number", "status"),
    [
        ("hangs", signal.SIGINT, -signal.SIGINT),
        # Killed hard, it can do nothing any more: its adapter sees the end of stdin.
        ("silent", signal.SIGKILL, -signal.SIGKILL),
    ],
)
def test_a_runner_that_is_killed_leaves_nobody_behind(name: str, number: signal.Signals, status: int) -> None:
    with environment() as env:
        runner = subprocess.Popen(
            [sys.executable, "-c", RUNNER, str(Path(__file__).parent), name],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        with runner:
            assert runner.stdout is not None
            assert runner.stdout.readline() == b"q/0\n"
            runner.send_signal(number)
            assert runner.wait() == status


@pytest.mark.parametrize(("name", "asked"), [("hangs", True), ("silent_handshake", False)])
def test_an_adapter_that_is_given_up_is_not_waited_for(name: str, asked: bool) -> None:
    patient = Limits(start=600, question=600, shutdown=600)
    with asker(name, limits=patient) as opened:
        begun = threading.Event()

        def ask_for_ever() -> None:
            if asked:
                opened.start()
            begun.set()
            with pytest.raises(AdapterUnusable, match="nobody waits"):
                list(opened.ask(questions(["bad"])))
            opened.drop()

        thread = threading.Thread(target=ask_for_ever, daemon=True)
        thread.start()
        assert begun.wait(60)
        opened.give_up()
        thread.join(60)
        assert not thread.is_alive()
