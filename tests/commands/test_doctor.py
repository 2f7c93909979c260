"""`conformance doctor`: what it shows, and how it ends."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance import doctor_questions

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome
    from syrupy.assertion import SnapshotAssertion

SICK = Path(__file__).parents[1] / "patients" / "sick.py"


@pytest.mark.parametrize(("sickness", "code"), [("well", 0), ("latin1", 1), ("dies", 3)])
def test_the_page_and_the_exit_code(
    sickness: str,
    code: int,
    conformance: Callable[..., Outcome],
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor_questions, "PACE_SECONDS", 0.0)
    ended = conformance("doctor", "--", sys.executable, "-S", str(SICK), sickness)
    assert (ended.code, ended.err) == (code, "")
    shown = ended.out.partition("\n")[2]  # The command has the paths of this machine.
    assert re.sub(r"about [\d,]+ small", "about N small", shown) == snapshot


def test_a_command_has_to_stand_after_the_dashes(conformance: Callable[..., Outcome]) -> None:
    ended = conformance("doctor", "--")
    assert ended.code == 2
    assert "leave `--` out to ask the reference" in ended.err
