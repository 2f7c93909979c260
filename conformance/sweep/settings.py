"""What a sweep asks of each row, and of whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cookbook.datasets import Fields

if TYPE_CHECKING:
    from conformance.limits import Limits

OPERATIONS = ("renderer.build_supervised_example", "renderer.build_supervised_examples")
"""What can be asked of a conversation."""


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that decides what is asked; with the data and the port it decides the report.

    `command` is the port's. `column`, `sharegpt`, `ignore` and `longest` are as in `cookbook.datasets.Fields`.
    """

    command: tuple[str, ...]
    renderer: str
    tokenizer: str
    train_on_what: str
    operation: str = OPERATIONS[0]
    column: str = "messages"
    sharegpt: bool = False
    ignore: tuple[str, ...] = ()
    longest: int = 8 << 20
    strict_errors: bool = False
    timeout: float = 10.0
    start_timeout: float = 60.0

    @property
    def fields(self) -> Fields:
        return Fields(column=self.column, sharegpt=self.sharegpt, ignore=self.ignore, longest=self.longest)

    @property
    def limits(self) -> Limits:
        from conformance.limits import Limits

        return Limits(start=self.start_timeout, question=self.timeout)
