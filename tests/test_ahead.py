"""What was started ahead is taken once, and by nobody else; what nobody takes is gone."""

from __future__ import annotations

import sys
import uuid
from typing import TYPE_CHECKING

import pytest
from complaints import one_line
from zoo_keeper import HELLO, MARK, PATIENT, alive, ask, assert_none_left, come_alive, command, is_true, texts

from conformance.ahead import Ahead
from conformance.asking import AdapterUnusable, Asker
from conformance.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Ended

HONEST = command("honest")


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """What the processes of a test are known by, none of which may be left."""
    name = uuid.uuid4().hex
    monkeypatch.setenv(MARK, name)
    yield name
    assert_none_left(name)


def test_the_first_process_is_the_one_that_was_started(mark: str) -> None:
    with Ahead(HONEST) as ahead:
        started = come_alive(mark)
        with Asker(HONEST, HELLO, PATIENT, ahead=ahead) as asker:
            (reply,) = ask(asker, texts(1))
            assert is_true(reply.answer, "text 0")
            assert alive(mark) == started
            assert asker.starts == 1
            asker.drop()
            (reply,) = ask(asker, texts(1))
            assert is_true(reply.answer, "text 0")
            assert asker.starts == 2
            assert len(alive(mark)) == 1
            assert alive(mark) != started


def test_only_one_of_several_takes_it(mark: str) -> None:
    with Ahead(HONEST) as ahead:
        with Asker(HONEST, HELLO, PATIENT, ahead=ahead) as one, Asker(HONEST, HELLO, PATIENT, ahead=ahead) as other:
            one.start()
            other.start()
            assert len(alive(mark)) == 2
        assert not alive(mark)


def test_another_command_does_not_take_it(mark: str) -> None:
    with Ahead(HONEST) as ahead:
        with Asker(command("rejects"), HELLO, PATIENT, ahead=ahead) as asker:
            asker.start()
            assert len(alive(mark)) == 2
        assert len(alive(mark)) == 1


@pytest.mark.parametrize("name", ["honest", "ignores_sigterm", "leaves_a_grandchild", "floods_stderr"])
def test_what_nobody_takes_is_gone(name: str, mark: str) -> None:
    with Ahead(command(name)):
        come_alive(mark)
    assert_none_left(mark)


def test_one_that_dies_before_it_is_spoken_to_is_told_of_as_ever(mark: str) -> None:
    short_lived = [sys.executable, "-S", "-c", "import sys; sys.exit('no vocabulary')"]
    with Ahead(short_lived) as ahead, Asker(short_lived, HELLO, PATIENT, ahead=ahead) as asker:
        while alive(mark):
            pass
        with pytest.raises(AdapterUnusable, match="3 times in a row: exited with code 1") as caught:
            asker.start()
    assert caught.value.stderr_tail == ("no vocabulary",)


def test_a_command_that_cannot_be_started_is_told_of_by_who_asks() -> None:
    missing = ["/no/such/adapter"]
    told = pytest.raises(AdapterUnusable, match="cannot start '/no/such/adapter'")
    with Ahead(missing) as ahead, Asker(missing, HELLO, PATIENT, ahead=ahead) as asker, told:
        asker.start()


def test_a_run_that_comes_to_nothing_leaves_no_adapter(mark: str, conformance: Callable[..., Ended]) -> None:
    ended = conformance("run", "--select", "no/such/case", "--", *HONEST)
    one_line(ended, Exit.USAGE, "no/such/case", "run")
    assert_none_left(mark)


def test_a_run_asks_the_process_that_was_started_ahead(
    mark: str, tmp_path: Path, conformance: Callable[..., Ended]
) -> None:
    """A second one would not start: the adapter is one that starts once."""
    del mark
    once = command("starts_once", str(tmp_path / "started"))
    ended = conformance("run", "--smoke", "--operation", "tokenizer.encode", "--", *once)
    assert "implementation  zoo" in ended.out
    assert ended.code in (Exit.CONFORMS, Exit.DOES_NOT_CONFORM)
