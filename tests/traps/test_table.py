from __future__ import annotations

from conformance.suite import load_suite
from conformance.traps.catalogue import Area, Edit, Trap
from conformance.traps.table import table
from conformance.traps.trial import Shown, attributed

SUITE = {planned.case.id: planned for planned in load_suite()}
EDITS = (Edit("a.py", "b", "c"), Edit("a.py", "d", "e"), Edit("f.py", "g", "h"))
PLANTED = Trap(id="T001", what="A | pipe in `<code>`.", edits=EDITS, causes=("value", "training-loop mask left in"))
OUTSIDE = Trap(id="T002", what="B.", outside="no <b>")


def test_a_trap_has_its_fault_its_cases_and_its_causes() -> None:
    found = {"T001": Shown(("x/y@bytes", "z"), {"value": 2, "content": 1, "training-loop mask left in": 1})}
    page = table((Area("One", (PLANTED, OUTSIDE)), Area("Two", (OUTSIDE,))), found, SUITE)
    count = sum(id.endswith("@bytes") for id in attributed()["T001"])
    row = f"| T001 | A \\| pipe in `<code>`. | `a.py`, `f.py` | 2 of {count} | `x/y@bytes` | `value`, `mask left in` |"
    assert row in page.splitlines()
    assert "1 faults are planted" in page
    assert "2 further traps" in page
    one, two = page.split("## Two")
    assert "| T002 | B. | no &lt;b> |" in one.splitlines()
    assert "| fault |" in one
    assert "| fault |" not in two
    assert two.splitlines()[1:3] == ["", "| trap | what a port does | why golden does not ask for it |"]
