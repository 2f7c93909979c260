"""Two answers to the same prompt, and which of them is better.

Behaviour: tinker-cookbook 0.5.8, `preference.types`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cookbook.messages import Message

Label = Literal["A", "B", "Tie"]
_SWAPPED: dict[Label, Label] = {"A": "B", "B": "A", "Tie": "Tie"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A conversation, and two ways to go on."""

    prompt_conversation: Sequence[Message]
    completion_A: Sequence[Message]  # noqa: N815 - upstream's name
    completion_B: Sequence[Message]  # noqa: N815

    def swap(self) -> Comparison:
        """The same with A and B exchanged."""
        return Comparison(self.prompt_conversation, self.completion_B, self.completion_A)


@dataclass(frozen=True, slots=True)
class LabeledComparison:
    """A comparison, and which completion is the better one."""

    comparison: Comparison
    label: Label

    def swap(self) -> LabeledComparison:
        """The same statement with A and B exchanged."""
        return LabeledComparison(self.comparison.swap(), _SWAPPED[self.label])
