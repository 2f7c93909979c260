"""What the oracles say of golden, summed up: asked, agreed, and dissented by cause, for each oracle and family."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.cases import Planned

FAMILIES = ("role_colon", "llama3", "qwen3", "deepseekv3", "gpt_oss")


@dataclass(kw_only=True)
class Row:
    """One oracle and one family, or one area for cases without a renderer."""

    oracle: str
    family: str
    agreed: int = 0
    dissents: Counter[str] = field(default_factory=Counter)
    """Cause -> how many cases."""

    @property
    def asked(self) -> int:
        """The cases that the oracle answered."""
        return self.agreed + self.dissents.total()


def oracle_table(cases: Iterable[Planned]) -> list[Row]:
    """The rows in order of oracle, then family."""
    rows: dict[tuple[str, str], Row] = {}

    def row(witness: str, family: str) -> Row:
        oracle = witness.partition(":")[0]
        return rows.setdefault((oracle, family), Row(oracle=oracle, family=family))

    for planned in cases:
        family = family_of(planned)
        for witness in planned.case.witnesses:
            row(witness, family).agreed += 1
        for dissent in planned.case.dissent:
            row(dissent.witness, family).dissents[dissent.cause] += 1
    return [rows[key] for key in sorted(rows)]


def family_of(planned: Planned) -> str:
    """The family of a case's renderer; the area of a case without one."""
    for family in FAMILIES:
        if planned.asks.renderer.startswith(family):
            return family
    return planned.asks.renderer or planned.case.operation.partition(".")[0]
