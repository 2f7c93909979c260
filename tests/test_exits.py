"""conformance/exits.py: the exit codes are part of what users rely on."""

from __future__ import annotations

from conformance.exits import Exit
from conformance.help_texts import EPILOG


def test_the_codes_are_few_and_fixed() -> None:
    assert {code.name: int(code) for code in Exit} == {
        "CONFORMS": 0,
        "DOES_NOT_CONFORM": 1,
        "USAGE": 2,
        "ADAPTER_UNUSABLE": 3,
        "SUITE_BROKEN": 4,
    }


def test_help_tells_all_of_them() -> None:
    (line,) = [line for line in EPILOG.splitlines() if line.startswith("exit codes:")]
    for code in Exit:
        assert f"{int(code)} " in line
