"""`conformance list`: the ids of the selected cases."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from conformance.commands.selecting import cases_of, selected, selection_of
from conformance.exits import Exit
from conformance.reports.escape import visible

if TYPE_CHECKING:
    from argparse import Namespace


def main(arguments: Namespace) -> int:
    chosen, _ = selected(cases_of(arguments), selection_of(arguments))
    sys.stdout.writelines(f"{visible(planned.case.id)}\n" for planned in chosen)
    return Exit.CONFORMS
