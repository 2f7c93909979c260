"""What a recogniser sees, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from conformance.reports.escape import visible
from conformance.traces.shape import Loop, Step, shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.traces.compare import Comparison, Difference
    from conformance.traces.stream import ForwardBackward

MAX_TEXT = 60


class Told(Struct, frozen=True, kw_only=True):
    """A sentence about one or more differences. `cause` names what was recognised; empty: the difference alone."""

    text: str
    explains: tuple[Difference, ...]
    cause: str = ""


class View(Struct, frozen=True, kw_only=True):
    """A comparison, seen as loops.

    `loop` is `supervised`, `preference` or `rl`; `first_step` is the number of the first step, after a resume.
    """

    loop: str
    comparison: Comparison
    expected: Loop
    got: Loop
    first_step: int = 0

    def of(self, *what: str) -> list[Difference]:
        """The differences of these kinds."""
        return [each for each in self.comparison.differences if each.what in what]

    def step(self, difference: Difference) -> str:
        """`step 2`, counted as in metrics.jsonl."""
        return self.step_number(difference.step)

    def step_number(self, number: int) -> str:
        return f"step {number + self.first_step}"

    def steps(self, differences: Iterable[Difference]) -> str:
        """`step 2`, `steps 2 and 3`, `steps 0 to 5`, `every step`."""
        numbers = sorted({each.step for each in differences})
        if len(numbers) > 1 and len(numbers) == len(self.expected.steps):
            return "every step"
        shown = [number + self.first_step for number in numbers]
        if len(shown) == 1:
            return f"step {shown[0]}"
        if len(shown) > 2 and shown[-1] - shown[0] == len(shown) - 1:
            return f"steps {shown[0]} to {shown[-1]}"
        return f"steps {', '.join(map(str, shown[:-1]))} and {shown[-1]}"

    def pairs(self) -> Iterator[tuple[int, Step, Step]]:
        """The steps that both loops have, with their numbers from 0."""
        for number, (one, other) in enumerate(zip(self.expected.steps, self.got.steps, strict=False)):
            yield number, one, other


def view(comparison: Comparison, *, loop: str, first_step: int = 0) -> View:
    """The comparison as recognisers see it."""
    return View(
        loop=loop,
        comparison=comparison,
        expected=shape(comparison.expected),
        got=shape(comparison.got),
        first_step=first_step,
    )


def backward(step: Step) -> list[ForwardBackward]:
    """The passes of a step that have a gradient."""
    return [each for each in step.passes if not each.forward_only]


def say(value: Any) -> str:
    """A value in a sentence: short, and harmless to show."""
    text = value if isinstance(value, str) else repr(value)
    text = text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 3]}..."
    return f"'{visible(text)}'" if isinstance(value, str) else visible(text)
