"""conformance/reports/align.py: every element once, in order, and equal ones together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.reports import align as module
from conformance.reports.align import CONTEXT, Stretch, align, stretches

if TYPE_CHECKING:
    import pytest

SEQUENCES = st.lists(st.integers(0, 3), max_size=20)


def rows(left: str, right: str) -> list[str]:
    """Rows as two characters, "." for nothing."""
    return [
        ("." if row.left is None else left[row.left]) + ("." if row.right is None else right[row.right])
        for row in align(left, right)
    ]


def test_equal_elements_share_a_row() -> None:
    assert rows("abcdef", "abdef") == ["aa", "bb", "c.", "dd", "ee", "ff"]
    assert rows("abc", "abxc") == ["aa", "bb", ".x", "cc"]
    assert rows("abc", "axc") == ["aa", "bx", "cc"]
    assert rows("", "ab") == [".a", ".b"]
    assert rows("aa", "aaa") == ["aa", "aa", ".a"]
    assert rows("abxyz", "ab") == ["aa", "bb", "x.", "y.", "z."]


@settings(deadline=None)
@given(SEQUENCES, SEQUENCES)
def test_nothing_is_lost_and_order_is_kept(left: list[int], right: list[int]) -> None:
    found = align(left, right)
    assert [row.left for row in found if row.left is not None] == list(range(len(left)))
    assert [row.right for row in found if row.right is not None] == list(range(len(right)))
    assert all(row.left is not None or row.right is not None for row in found)


@settings(deadline=None)
@given(SEQUENCES, st.integers(0, 20), st.integers(4, 9))
def test_one_insertion_is_one_row(left: list[int], at: int, extra: int) -> None:
    at = min(at, len(left))
    found = align(left, [*left[:at], extra, *left[at:]])
    assert [row for row in found if row.left is None] == [(None, at)]
    assert all(row.right is not None for row in found)


def test_very_different_long_answers_are_aligned_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EXACT", 0)
    left, right = [i % 7 for i in range(3000)], [i % 5 for i in range(2500)]
    found = align(left, right)
    assert [row.left for row in found if row.left is not None] == list(range(3000))
    assert [row.right for row in found if row.right is not None] == list(range(2500))


def test_long_equal_runs_fold() -> None:
    equal = [True] * 10 + [False] + [True] * 10
    assert list(stretches(equal)) == [Stretch(0, 7, True), Stretch(7, 14, False), Stretch(14, 21, True)]
    assert list(stretches(equal, unfold=True)) == [Stretch(0, 21, False)]
    assert list(stretches([True] * 4 + [False])) == [Stretch(0, 1, False), Stretch(1, 5, False)]
    assert list(stretches([])) == []


@given(st.lists(st.booleans(), max_size=40))
def test_no_difference_is_folded(equal: list[bool]) -> None:
    found = list(stretches(equal))
    assert [i for stretch in found for i in range(stretch.start, stretch.stop)] == list(range(len(equal)))
    for stretch in found:
        if stretch.folded:
            assert all(equal[max(0, stretch.start - CONTEXT) : stretch.stop + CONTEXT])
            assert stretch.stop - stretch.start > 1
