"""`conformance report merge` and `matrix`, and `conformance run --shard`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from private_cases import ENCODE, entry, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome
    from syrupy.assertion import SnapshotAssertion

SICK = Path(__file__).parents[1] / "patients" / "sick.py"


@pytest.fixture(autouse=True)
def _in_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    texts = ["a", "ä", "世", "b", "c", "ö", "d"]
    write(
        tmp_path / "cases.jsonl",
        *(
            entry(
                f"case/{at}",
                ENCODE,
                params={"tokenizer": "bytes-qwen3", "text": text},
                expect={"result": {"tokens": list(text.encode())}},
            )
            for at, text in enumerate(texts)
        ),
    )


def command(sickness: str) -> tuple[str, ...]:
    return ("--", sys.executable, "-S", str(SICK), sickness)


def untimed(path: str) -> list[object]:
    lines = [json.loads(line) for line in Path(path).read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


@pytest.mark.parametrize(("sickness", "code"), [("well", 0), ("latin1", 1)])
def test_shards_merge_into_the_report_of_the_whole(
    sickness: str, code: int, conformance: Callable[..., Outcome]
) -> None:
    run = ("run", "--cases", "cases.jsonl")
    assert conformance(*run, "--jsonl", "whole.jsonl", *command(sickness)).code == code
    for number in (1, 2):
        conformance(*run, "--shard", f"{number}/2", "--jsonl", f"{number}.jsonl", *command(sickness))
    joined = conformance(
        "report", "merge", "2.jsonl", "1.jsonl", "--output", "m.jsonl", "--badge", "b", "--markdown", "s"
    )
    assert joined.code == code, joined.err
    assert untimed("m.jsonl") == untimed("whole.jsonl")
    assert json.loads(Path("b").read_text())["color"] == ("red" if code else "yellow")
    assert "| planned | 7 |" in Path("s").read_text()


def test_a_missing_shard_is_one_line_and_leaves_nothing(conformance: Callable[..., Outcome]) -> None:
    conformance("run", "--cases", "cases.jsonl", "--shard", "1/2", "--jsonl", "1.jsonl", *command("well"))
    ended = conformance("report", "merge", "1.jsonl", "--output", "m.jsonl")
    assert (ended.code, ended.err) == (2, "conformance report: shard 2 of 2 is missing: name its report too\n")
    assert not Path("m.jsonl").exists()


@pytest.mark.parametrize("shard", ["0/2", "3/2", "x", "1/1001"])
def test_a_shard_that_is_none(shard: str, conformance: Callable[..., Outcome]) -> None:
    ended = conformance("run", "--shard", shard)
    assert ended.code == 2
    assert "is not K/N" in ended.err


def test_several_implementations_side_by_side(conformance: Callable[..., Outcome], snapshot: SnapshotAssertion) -> None:
    for sickness in ("well", "latin1", "declares_nothing"):
        conformance("run", "--cases", "cases.jsonl", "--jsonl", f"{sickness}.jsonl", *command(sickness))
    shown = conformance(
        "report", "matrix", "well.jsonl", "latin1.jsonl", "declares_nothing.jsonl", "--markdown", "matrix.md"
    )
    assert (shown.code, shown.err) == (0, "")
    assert shown.out == snapshot
    assert Path("matrix.md").read_text() == snapshot


def test_two_engines_of_one_implementation_stand_side_by_side(conformance: Callable[..., Outcome]) -> None:
    run = ("run", "--cases", "cases.jsonl")
    for sickness, first in (("well", 1), ("names_its_engine", 3)):
        for number in (1, 2):
            path = f"{first + number - 1}.jsonl"
            conformance(*run, "--shard", f"{number}/2", "--jsonl", path, *command(sickness))
            # They are one port with two engines; the sickness itself is told as the language.
            Path(path).write_text(Path(path).read_text().replace(f'"language":"{sickness}"', '"language":"python"'))
    shown = conformance("report", "matrix", "1.jsonl", "2.jsonl", "3.jsonl", "4.jsonl", "--markdown", "matrix.md")
    assert "[1] sick 1, python, --cases" in shown.out
    assert "[2] sick 1, python, fast␛[2J <0.3.5>, --cases" in shown.out
    assert "[3]" not in shown.out
    assert ", fast␛&#91;2J &#60;0&#46;3&#46;5&#62;, " in Path("matrix.md").read_text()


def test_shards_of_one_implementation_are_joined_in_a_matrix(conformance: Callable[..., Outcome]) -> None:
    run = ("run", "--cases", "cases.jsonl")
    conformance(*run, "--jsonl", "other.jsonl", *command("declares_nothing"))
    conformance(*run, "--jsonl", "whole.jsonl", *command("well"))
    for number in (1, 2):
        conformance(*run, "--shard", f"{number}/2", "--jsonl", f"{number}.jsonl", *command("well"))
    whole = conformance("report", "matrix", "other.jsonl", "whole.jsonl")
    assert conformance("report", "matrix", "other.jsonl", "2.jsonl", "1.jsonl").out == whole.out
    alone = conformance("report", "matrix", "2.jsonl", "other.jsonl")
    assert (alone.code, "shard 2 of 2" in alone.out) == (0, True)
    doubled = conformance("report", "matrix", "2.jsonl", "2.jsonl")
    assert (doubled.code, doubled.err.count("\n")) == (2, 1)


def test_reports_of_two_suites_have_no_matrix(conformance: Callable[..., Outcome]) -> None:
    conformance("run", "--cases", "cases.jsonl", "--jsonl", "a.jsonl", *command("well"))
    Path("b.jsonl").write_text(Path("a.jsonl").read_text().replace('"suite":"', '"suite":"\\u001b'))
    ended = conformance("report", "matrix", "a.jsonl", "b.jsonl")
    assert ended.code == 2
    assert "their counts cannot stand side by side" in ended.err
    assert "\x1b" not in ended.err


def test_a_report_that_is_none(conformance: Callable[..., Outcome]) -> None:
    for action in ("merge", "matrix"):
        ended = conformance("report", action, "cases.jsonl")
        assert ended.code == 2
        assert "is not a usable report" in ended.err
        assert ended.err.count("\n") == 1
