"""`conformance known update`, and `conformance run` with a list of known failures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from private_cases import ENCODE, entry, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome

SICK = Path(__file__).parents[1] / "patients" / "sick.py"
COMMAND = ("--", sys.executable, "-S", str(SICK))


def encoding(id: str, text: str, **fields: Any) -> Any:
    params = {"tokenizer": "bytes-qwen3", "text": text}
    return entry(id, ENCODE, params=params, expect={"result": {"tokens": list(text.encode())}}, **fields)


@pytest.fixture(autouse=True)
def _in_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # No case of the suite need be looked at: these tests have cases of their own.
    monkeypatch.setattr("conformance.commands.run.load_suite", list)
    write(tmp_path / "cases.jsonl", encoding("ascii", "a"), encoding("umlaut", "ä"), encoding("cjk", "世"))


def test_pin_hold_mend_and_hold_again(conformance: Callable[..., Outcome]) -> None:
    cases = ("--cases", "cases.jsonl")
    sick, well = (*COMMAND, "latin1"), (*COMMAND, "well")
    assert conformance("run", *cases, *sick).code == 1

    pinned = conformance("known", "update", *cases, "--reason", "the port knows Latin-1 alone", *sick)
    assert (pinned.code, pinned.err) == (0, "")
    assert "added: 2 that fail, and were not on the list\n  umlaut\n  cjk\n" in pinned.out
    assert "conformance.toml: 0 kept, 2 in all" in pinned.out

    held = conformance("run", *cases, *sick)
    assert held.code == 0
    assert "known failures    conformance.toml" in held.out
    assert "conforms (1 of 3 cases passed, 2 known failures" in held.out

    mended = conformance("run", *cases, *well)
    assert mended.code == 1
    assert mended.out.count("unexpected pass: ") == 2
    assert "does not conform (2 errors in the list of known failures)" in mended.out

    assert "removed: 2" in conformance("known", "update", *cases, *well).out
    assert conformance("run", *cases, *well).code == 0
    assert "[[known]]" not in Path("conformance.toml").read_text()


def test_narrowing_a_run_down_makes_no_entry_stale(conformance: Callable[..., Outcome]) -> None:
    conformance("known", "update", "--cases", "cases.jsonl", *COMMAND, "latin1")
    before = Path("conformance.toml").read_text()
    narrowed = conformance("run", "--cases", "cases.jsonl", "--select", "umlaut", *COMMAND, "latin1")
    assert narrowed.code == 0
    assert "only              --select umlaut --cases cases.jsonl" in narrowed.out
    conformance("known", "update", "--cases", "cases.jsonl", "--select", "umlaut", *COMMAND, "well")
    after = Path("conformance.toml").read_text()
    assert "cjk" in after
    assert "umlaut" in before
    assert "umlaut" not in after


def test_a_fault_cannot_be_pinned(conformance: Callable[..., Outcome]) -> None:
    write(Path("cases.jsonl"), entry("tensor", "tensor.to_nested", params={"data": [1], "dtype": "x", "shape": [1]},
                                     expect={"rejection": {}}))  # fmt: skip
    ended = conformance("known", "update", "--cases", "cases.jsonl", *COMMAND, "breaks_at_refusals")
    assert ended.code == 1
    assert "faulted: 1 that broke the adapter, which no list excuses" in ended.out


def test_an_adapter_that_does_not_start_leaves_the_list_alone(conformance: Callable[..., Outcome]) -> None:
    Path("conformance.toml").write_text("# mine\n")
    ended = conformance("known", "update", "--cases", "cases.jsonl", "--", "no-such-command")
    assert ended.code == 3
    assert Path("conformance.toml").read_text() == "# mine\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("known", "update"), "give the adapter's command after `--`"),
        (("known", "update", "--"), "no command stands after `--`"),
        (("known",), "ACTION"),
        (("run", "--known", "missing.toml"), "cannot read 'missing.toml': no such file or directory"),
        (("run", "--known", "bad.toml"), "'bad.toml' is no list of known failures: the file: unknown member `x`"),
        (("known", "update", "--known", ".", *COMMAND, "well"), "cannot read '.'"),
    ],
)
def test_bad_input_is_one_line(arguments: tuple[str, ...], said: str, conformance: Callable[..., Outcome]) -> None:
    Path("bad.toml").write_text("x = 1\n")
    ended = conformance(*arguments)
    assert ended.code == 2
    assert said in ended.err
    assert ended.err.count("\n") == 1


def test_the_reference_is_not_judged_by_the_list_of_another(conformance: Callable[..., Outcome]) -> None:
    Path("conformance.toml").write_text('[[known]]\nid = "nothing"\nsignature = "s"\nreason = "r"\n')
    assert conformance("run", "--cases", "cases.jsonl").code == 0
    assert "matches nothing" in conformance("run", "--cases", "cases.jsonl", "--known", "conformance.toml").out
