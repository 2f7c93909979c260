"""What a comparison says, in the loop's words: first difference first, with a cause where one is recognised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.traces.causes import beginning, data, inputs, optimizer, reading, saving
from conformance.traces.causes.view import Told, view

if TYPE_CHECKING:
    from conformance.traces.compare import Comparison

PARTS = (beginning, data, reading, inputs, optimizer, saving)


def tell(comparison: Comparison, *, loop: str, first_step: int = 0) -> list[Told]:
    """A sentence for each thing that differs, in the order of the first difference that it explains.

    `loop` is `supervised`, `preference` or `rl`; `first_step` the number of the loop's first step, after a resume.
    """
    seen = view(comparison, loop=loop, first_step=first_step)
    place = {id(each): number for number, each in enumerate(comparison.differences)}
    told: list[Told] = []
    explained: set[int] = set()
    for part in PARTS:
        for sentence in part.tell(seen):
            new = {id(each) for each in sentence.explains} - explained
            if new:
                told.append(sentence)
                explained |= new
    left = [each for each in comparison.differences if id(each) not in explained]
    told += [Told(text=f"{seen.step(each)}: {each.what} {each.field} differ", explains=(each,)) for each in left]
    return sorted(told, key=lambda sentence: min(place[id(each)] for each in sentence.explains))
