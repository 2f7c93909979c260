"""Interrupts come at once, or when the last shield ends; never in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from conformance.interrupts import raise_on_signals, shielded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    raise_on_signals()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_interrupts_at_once(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)


def test_a_shield_holds_it_back_until_the_outermost_ends() -> None:
    done = []

    def shield_twice() -> None:
        with shielded():
            with shielded():
                os.kill(os.getpid(), signal.SIGINT)
                done.append("inner")
            done.append("outer")
        done.append("never")

    with pytest.raises(KeyboardInterrupt):
        shield_twice()
    assert done == ["inner", "outer"]


def test_a_shield_that_nothing_hits_raises_nothing() -> None:
    with shielded():
        pass
    with shielded():
        pass


def test_an_error_under_a_shield_is_not_lost() -> None:
    with pytest.raises(ValueError, match="of its own"), shielded():
        raise ValueError("of its own")


def test_a_shield_of_another_thread_holds_nothing_back() -> None:
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with shielded():
            holding.set()
            done.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(60)
    try:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        done.set()
        thread.join()


INTERRUPTED = """
import os, signal
from conformance.interrupts import raise_on_signals
raise_on_signals()
try:
    exec("os.kill(os.getpid(), signal.SIGINT)")
except KeyboardInterrupt:
    raise SystemExit(7)
"""


def test_an_interrupt_in_the_middle_of_text_that_is_executed_keeps_the_exit_code(tmp_path: Path) -> None:
    """Every dataclass is made by such an `exec`; with KeyboardInterrupt itself, CPython would end by the signal."""
    (tmp_path / "interrupted.py").write_text(INTERRUPTED)
    ended = subprocess.run([sys.executable, "-m", "interrupted"], cwd=tmp_path, check=False)
    assert ended.returncode == 7
