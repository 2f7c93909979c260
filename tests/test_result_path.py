"""conformance/result_path.py: places in results."""

from __future__ import annotations

import pytest

from conformance.result_path import ResultPath, dotted


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("tokens", 3), "tokens[3]"),
        (("examples", 1, "weights", 7), "examples[1].weights[7]"),
        ((0, "a"), "[0].a"),
    ],
)
def test_places_are_written_with_dots_and_brackets(path: ResultPath, text: str) -> None:
    assert dotted(path) == text
