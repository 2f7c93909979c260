from __future__ import annotations

from private_cases import planned

from conformance.mutants.choosing import smoke, wide

SHOWN_BY = [["a", "b"], ["b"], ["c"], ["b", "c"], ["d", "e"], []]
TENSOR = {"data": [1]}


def test_the_smoke_set_takes_what_shows_most_of_what_is_left() -> None:
    assert smoke(SHOWN_BY, share=0.6) == ["b"]
    assert smoke(SHOWN_BY, share=0.7) == ["b", "e"]
    assert smoke(SHOWN_BY, share=1.0) == ["b", "e", "c"]


def test_it_ends_when_everything_is_shown() -> None:
    taken = smoke(SHOWN_BY, share=1.0)
    assert set(taken) == {"b", "c", "e"}
    assert all(set(taken).intersection(ids) for ids in SHOWN_BY if ids)


def test_what_costs_more_must_show_more() -> None:
    assert smoke([["a", "b"], ["b"], ["a", "c"]], share=0.6, cost={"b": 3.0, "c": 3.0}) == ["a"]
    assert smoke([["a", "b"], ["b"], ["b"], ["b", "c"]], share=1.0, cost={"b": 3.0}) == ["b"]


def test_of_each_group_there_is_one_at_least() -> None:
    assert smoke(SHOWN_BY, share=0.6, groups=[["a", "c"], ["x", "y"]]) == ["c", "y", "b"]
    assert smoke(SHOWN_BY, share=0.6, groups=[["a", "b"]]) == ["b"]
    groups = [["x"], ["y", "z"], ["x", "z"]]
    assert all(set(group).intersection(smoke([], share=0.9, groups=groups)) for group in groups)


def test_the_wide_set_is_what_nothing_needs() -> None:
    cases = [
        planned("first", flags=["x"]),
        planned("shows", flags=["x"]),
        planned("kept", flags=["x"]),
        planned("neither", flags=["x"]),
        planned("another flag", flags=["x", "y"]),
        planned("that flag again", flags=["y"]),
        planned("of another renderer", params={"renderer": "llama3", "tokenizer": "bytes-llama3"}, flags=["x"]),
        planned("of a vendor's tokenizer", params={"renderer": "qwen3", "tokenizer": "qwen3"}, flags=["x"]),
        planned("and again", params={"renderer": "qwen3", "tokenizer": "qwen3"}, flags=["x"]),
    ]
    assert wide(cases, [["shows", "elsewhere"]], kept={"kept"}) == ["neither"]
