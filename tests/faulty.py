"""An adapter that is the reference with one fault planted in it: `python tests/faulty.py "role_colon: BOS twice"`.

Faults come from `planted_faults` (by family and name) and from `fuzz_faults` (by name).
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from conformance.adapters import reference


class Patch:
    """As much of pytest's MonkeyPatch as planting needs; nothing is ever undone."""

    def setattr(self, owner: Any, name: str, value: object, raising: bool = True) -> None:
        if raising and not hasattr(owner, name):
            raise AttributeError(f"{owner!r} has no {name!r}")
        setattr(owner, name, value)

    def setitem(self, owner: Any, name: object, value: object) -> None:
        owner[name] = value

    def delattr(self, owner: Any, name: str) -> None:
        delattr(owner, name)


def plant(name: str) -> None:
    """Plant the fault of this name.

    Raises:
        LookupError: there is none.
    """
    family, separator, _ = name.partition(": ")
    if not separator:
        import_module("fuzz_faults").plant(name)
        return
    for fault in import_module(f"planted_faults.{family}").FAULTS:
        if str(fault) == name:
            fault.plant(Patch())
            return
    raise LookupError(name)


if __name__ == "__main__":
    plant(sys.argv[1])
    reference.main()
