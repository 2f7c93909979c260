"""The traps that bytes cannot show, because bytes do not merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from traps.test_shown import REAL, show

if TYPE_CHECKING:
    from conformance.traps.catalogue import Trap


@pytest.mark.parametrize("trap", REAL, ids=lambda trap: trap.id)
def test_its_cases_turn_red_and_the_cause_names_it(trap: Trap) -> None:
    show(trap)
