"""conformance/shards.py: every case is in one shard, and the same one whatever else is selected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from private_cases import planned

from conformance.exits import UsageError
from conformance.shards import digest, parse_shard, shard_of, take

CASES = [planned(f"case/{number}") for number in range(200)]


@given(of=st.integers(1, 40))
def test_shards_are_disjoint_and_complete(of: int) -> None:
    ids = [one.case.id for one in CASES]
    parts = [[id for id in ids if shard_of(id, of) == number] for number in range(1, of + 1)]
    assert sorted(id for part in parts for id in part) == sorted(ids)


def test_a_case_is_where_it_always_was() -> None:
    assert [shard_of(f"renderer/qwen3/{name}@bytes", 5) for name in ("a", "b", "c", "d", "é")] == [2, 3, 2, 5, 1]


def test_a_shard_keeps_the_order_and_knows_the_whole() -> None:
    chosen, shard = take(CASES, 2, 3)
    ids = [one.case.id for one in chosen]
    assert ids == [one.case.id for one in CASES if one.case.id in ids]
    assert (shard.number, shard.of, shard.whole) == (2, 3, 200)
    assert shard.digest == take(CASES, 3, 3)[1].digest == digest(one.case.id for one in reversed(CASES))
    assert shard.digest != take(CASES[1:], 2, 3)[1].digest


def test_an_empty_shard_is_no_green_run() -> None:
    number = shard_of("a", 7) % 7 + 1
    with pytest.raises(UsageError, match="is empty: only 1 cases are selected; use fewer shards"):
        take([planned("a")], number, 7)


@pytest.mark.parametrize(("text", "parsed"), [("1/1", (1, 1)), ("2/5", (2, 5)), ("1000/1000", (1000, 1000))])
def test_a_shard_is_written_so(text: str, parsed: tuple[int, int]) -> None:
    assert parse_shard(text) == parsed


@pytest.mark.parametrize(
    "text", ["", "1", "0/3", "4/3", "1/0", "-1/3", "1/2/3", "a/b", "1.0/2", "1/1001", "\u0661/\u0662", "1/\xb2"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not K/N with K from 1 to N"):
        parse_shard(text)
