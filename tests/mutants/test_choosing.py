from __future__ import annotations

from private_cases import planned

from conformance.mutants.choosing import smoke, wide

SHOWN_BY = [["a", "b"], ["b"], ["c"], ["b", "c"], ["d", "e"], []]
TENSOR = {"data": [1]}


def test_the_smoke_set_takes_what_shows_most_of_what_is_left() -> None:
    assert smoke(SHOWN_BY, share=0.6) == ["b"]
    assert smoke(SHOWN_BY, share=0.7, tries=0) == ["b", "e"]
    assert smoke(SHOWN_BY, share=1.0, tries=0) == ["b", "e", "c"]


def test_it_ends_when_everything_is_shown() -> None:
    taken = smoke(SHOWN_BY, share=1.0)
    assert set(taken) == {"b", "c", "e"}
    assert all(set(taken).intersection(ids) for ids in SHOWN_BY if ids)


def test_what_costs_more_must_show_more() -> None:
    assert smoke([["a", "b"], ["b"], ["a", "c"]], share=0.6, cost={"b": 3.0, "c": 3.0}) == ["a"]
    assert smoke([["a", "b"], ["b"], ["b"], ["b", "c"]], share=1.0, cost={"b": 3.0}) == ["b"]


def test_of_each_group_there_is_one_at_least() -> None:
    assert smoke(SHOWN_BY, share=0.6, groups=[["a", "c"], ["x", "y"]], tries=0) == ["c", "y", "b"]
    assert smoke(SHOWN_BY, share=0.6, groups=[["a", "b"]]) == ["b"]
    groups = [["x"], ["y", "z"], ["x", "z"]]
    assert all(set(group).intersection(smoke([], share=0.9, groups=groups)) for group in groups)


def _by_fault(shows: dict[str, str]) -> list[list[str]]:
    return [[one for one, faults in shows.items() if fault in faults] for fault in sorted({*"".join(shows.values())})]


def test_what_later_ones_make_needless_is_left_out() -> None:
    # The first shows the most, and the others have to be taken all the same.
    shown_by = _by_fault({"first": "bcde", "left": "abc", "right": "def"})
    assert sorted(smoke(shown_by, share=1.0, tries=0)) == ["left", "right"]


def test_what_costs_more_is_left_out_first_if_it_shows_as_little() -> None:
    shown_by = [["dear"], ["cheap"], *[["other"]] * 8]
    assert sorted(smoke(shown_by, share=0.9, cost={"dear": 1.5}, groups=[["dear", "x"]], tries=0)) == ["dear", "other"]
    assert sorted(smoke(shown_by, share=0.9, cost={"dear": 1.5}, tries=0)) == ["cheap", "other"]


def test_fewer_are_found_than_one_after_another() -> None:
    # To take what shows the most, at each step, takes three of these, of which none is needless.
    shown_by = _by_fault({"A": "abcdefg", "B": "hijklmn", "C": "defgklmn", "D": "bcij", "E": "ah"})
    assert sorted(smoke(shown_by, share=1.0, tries=0)) == ["C", "D", "E"]
    assert sorted(smoke(shown_by, share=1.0, tries=50)) == ["A", "B"]


def test_of_what_costs_less_there_may_be_more() -> None:
    shown_by = _by_fault({"A": "abcdefg", "B": "hijklmn", "C": "defgklmn", "D": "bcij", "E": "ah"})
    cost = {"A": 1.8, "B": 1.8}
    assert sorted(smoke(shown_by, share=1.0, cost=cost)) == ["C", "D", "E"]


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
