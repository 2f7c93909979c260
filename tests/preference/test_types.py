"""cookbook/preference/types.py: swapping says the same of the other order."""

from __future__ import annotations

from typing import Any

import pytest

from cookbook.preference.types import Comparison, LabeledComparison

USER: Any = {"role": "user", "content": "?"}
A: Any = {"role": "assistant", "content": "a"}
B: Any = {"role": "assistant", "content": "b"}


@pytest.mark.parametrize(("label", "swapped"), [("A", "B"), ("B", "A"), ("Tie", "Tie")])
def test_swap(label: Any, swapped: str) -> None:
    labeled = LabeledComparison(Comparison([USER], [A], [B]), label)
    assert labeled.swap() == LabeledComparison(Comparison([USER], [B], [A]), swapped)  # type: ignore[arg-type]
    assert labeled.swap().swap() == labeled
