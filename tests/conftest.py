"""What all tests share."""

from __future__ import annotations

import logging
import os
import signal
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck, settings

from conformance import cli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# A machine that is busy with something else is no failure. The same examples are drawn every time, so that a change is
# to blame for what turns red; EXPLORE=1 draws others.
settings.register_profile(
    "patient",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="EXPLORE" not in os.environ,
)
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Commands that are run in this process silence the log; the next test may look into it."""
    before = logging.root.manager.disable
    yield
    logging.disable(before)


class Ended(NamedTuple):
    """What a command line came to."""

    code: int
    out: str
    err: str


@pytest.fixture
def conformance(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Ended]]:
    """Runs a command line in this process: `conformance("list", "--tier", "all")`."""

    def run(*arguments: object) -> Ended:
        capsys.readouterr()
        try:
            code = cli.main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Ended(code, *capsys.readouterr())

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield run
    for number, handler in before.items():
        signal.signal(number, handler)
