"""conformance/commands/selecting.py: from the arguments of a command to cases, tokenizers and askers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from private_cases import ENCODE, NESTED, entry, planned, write

from conformance.ahead import REFERENCE
from conformance.command_line import parse
from conformance.commands.selecting import (
    asker_for,
    cases_of,
    fetched,
    hello_for,
    invalid_case,
    limits_of,
    narrowed,
    pythons_of,
    selected,
    selection_of,
    suite_of,
)
from conformance.events import TierCount
from conformance.exits import UsageError
from conformance.suite import load_suite
from conformance.tokenizers import Store, StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.cases import Planned

REAL = {"renderer": "qwen3", "tokenizer": "qwen3", "messages": []}


def test_without_cases_it_is_the_suite() -> None:
    assert [one.case.id for one in cases_of(parse(["list"]))] == [one.case.id for one in load_suite()]


def test_given_cases_replace_the_suite(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", entry("x"))
    assert [one.case.id for one in cases_of(parse(["list", "--cases", str(path)]))] == ["x"]


def test_every_case_of_the_suite_can_be_asked() -> None:
    assert [(one.case.id, wrong) for one in load_suite()[::50] if (wrong := invalid_case(one))] == []


@pytest.mark.parametrize(
    ("case", "says"),
    [
        (planned(), None),
        (planned(operation="renderer.wibble", params={}), "no operation 'renderer.wibble'"),
        (planned(params={"renderer": "x", "tokenizer": "wibble", "messages": []}), "no tokenizer 'wibble'"),
        (planned(params={"renderer": "wibble", "tokenizer": "bytes-qwen3", "messages": []}), None),
        (
            planned(params={"renderer": "x", "tokenizer": "bytes-qwen3", "messages": 1}),
            "params.messages: expected array",
        ),
        (planned(expect={"result": {"tokens": [-1]}}), "result.tokens[0]: "),
        (planned(params={"tokenizer": "bytes-qwen3", "messages": 1}, expect={"rejection": {}}), None),
        (planned(operation=NESTED, expect={"result": {"data": [None]}}), "result.data[0]: expected number"),
    ],
)
def test_a_case_that_cannot_be_asked_says_why(case: Planned, says: str | None) -> None:
    found = invalid_case(case)
    assert (found is None) == (says is None)
    assert says is None or says in str(found)


def test_options_become_a_selection() -> None:
    argv = ["list", "--tier", "all", "--select", "a", "--select", "b", "--exclude", "c", "--flag", "d"]
    selection = selection_of(parse([*argv, "--operation", "e", "--renderer", "f"]))
    assert (selection.tiers, selection.select, selection.exclude) == (("bytes", "real"), ("a", "b"), ("c",))
    assert (selection.flags, selection.operations, selection.renderers) == (("d",), ("e",), ("f",))
    assert selection_of(parse(["list"])).tiers == ("bytes",)
    assert selection_of(parse(["list", "--tier", "real"])).tiers == ("real",)


def test_what_narrows_a_run_is_told() -> None:
    assert narrowed(parse(["run", "--tier", "real"])) == ()
    argv = ["run", "--renderer", "q", "--select", "a", "--select", "b"]
    assert narrowed(parse(argv)) == ("--select", "a", "--select", "b", "--renderer", "q")


CASES = [planned("a"), planned("b", ENCODE), planned("c", params=REAL), planned("d", params=REAL)]


def test_tiers_are_counted_with_what_was_left_out() -> None:
    chosen, tiers = selected(CASES, selection_of(parse(["run"])))
    assert [one.case.id for one in chosen] == ["a", "b"]
    assert tiers == (TierCount("bytes", True, 2), TierCount("real", False, 2))
    _, tiers = selected(CASES, selection_of(parse(["run", "--select", "[bc]"])))
    assert tiers == (TierCount("bytes", True, 1), TierCount("real", False, 1))
    _, tiers = selected(CASES, selection_of(parse(["run", "--tier", "all", "--exclude", "a"])))
    assert tiers == (TierCount("bytes", True, 1), TierCount("real", True, 2))


def test_the_wide_set_is_counted_when_it_is_left_out() -> None:
    cases = [*CASES, *(msgspec.structs.replace(one, wide=True) for one in (planned("w"), planned("x", params=REAL)))]
    chosen, tiers = selected(cases, selection_of(parse(["run"])))
    assert [one.case.id for one in chosen] == ["a", "b"]
    assert tiers == (TierCount("bytes", True, 2), TierCount("real", False, 2), TierCount("wide", False, 1))
    assert [tier.title for tier in tiers] == ["bytes tier", "real tier", "wide set"]
    chosen, tiers = selected(cases, selection_of(parse(["run", "--wide", "--tier", "all"])))
    assert len(chosen) == 6
    assert tiers == (TierCount("bytes", True, 3), TierCount("real", True, 3))


def test_what_a_run_does_not_read_is_counted() -> None:
    for argv in (["run"], ["run", "--wide"], ["run", "--tier", "real"], ["run", "--tier", "all"]):
        selection = selection_of(parse(argv))
        whole, counted = selected(load_suite(), selection)
        part, unread = suite_of(selection)
        assert selected(part, selection, unread) == (whole, counted)
        assert len(part) + sum(unread.values()) <= len(load_suite())


def test_the_smoke_set_is_a_part_of_the_suite(tmp_path: Path) -> None:
    every = {one.case.id for one in cases_of(parse(["list"]))}
    few = cases_of(parse(["run", "--smoke"]))
    assert few
    assert {one.case.id for one in few} < every
    assert {one.tier for one in few} == {"bytes"}
    assert narrowed(parse(["run", "--smoke", "--select", "a"])) == ("--smoke", "--select", "a")
    for other in (["--wide"], ["--cases", str(tmp_path)]):
        with pytest.raises(UsageError, match=f"leave out {other[0]}"):
            cases_of(parse(["run", "--smoke", *other]))


def test_nothing_selected_is_refused() -> None:
    with pytest.raises(UsageError, match="nothing is selected"):
        selected(CASES[:2], selection_of(parse(["run", "--tier", "real"])))


def test_the_handshake_offers_what_the_cases_name() -> None:
    store = Store()
    names = fetched([*CASES[:2], planned("e", NESTED)], store)
    assert names == {"bytes-qwen3"}
    hello = hello_for(names, store)
    assert list(hello.tokenizers) == ["bytes-qwen3"]
    assert list(hello_for([], store).tokenizers) == []


def test_a_tokenizer_that_cannot_be_had_is_a_usage_error() -> None:
    class Nothing:
        def path(self, name: str) -> None:
            return None

        def fetch(self, names: list[str], **_: Any) -> None:
            raise StoreError(f"cannot fetch {names}")

    store: Any = Nothing()
    with pytest.raises(UsageError, match=r"cannot fetch \['bytes-qwen3', 'qwen3'\]"):
        fetched(CASES, store)


def test_limits_are_those_of_the_options() -> None:
    limits = limits_of(parse(["run", "--timeout", "1.5", "--start-timeout", "2"]))
    assert (limits.question, limits.start) == (1.5, 2.0)


def test_an_asker_asks_the_command() -> None:
    store = Store()
    with asker_for(REFERENCE, hello_for(["bytes-qwen3"], store), limits_of(parse(["run"])), store) as asker:
        assert asker.start().implementation.name == "cookbook (the reference)"
        assert asker.tokenizer_faults == {}


def test_pythons_of_oracles_are_paths() -> None:
    pythons = pythons_of(parse(["generate", "--python", "upstream=/a=b", "--python", "harmony=c"]))
    assert {name: str(path) for name, path in pythons.items()} == {"upstream": "/a=b", "harmony": "c"}
