from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.corpus import sets as corpus_sets
from conformance.exits import Exit
from conformance.mutants import sets
from conformance.suite import load_suite

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def shown(path: Path, *shown_by: list[str]) -> Path:
    path.write_text(
        "".join(json.dumps({"fault": str(n), "ids": ids, "pool": []}) + "\n" for n, ids in enumerate(shown_by))
    )
    return path


def test_sets_are_written_from_what_was_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(corpus_sets, "DIRECTORY", tmp_path)
    ids = [planned.case.id for planned in load_suite() if planned.tier == "bytes"]
    path = shown(tmp_path / "shown.jsonl", [ids[0], ids[1]], [ids[1]], [ids[2]], [])
    assert sets.main(["--killers", "none", "--shown", str(path), "--again", "--write"]) == Exit.CONFORMS
    smoke = corpus_sets.smoke(tmp_path)
    assert {ids[1], ids[2]} <= smoke
    asked = {(one.case.operation, one.asks.renderer) for one in load_suite() if one.case.id in smoke}
    every = {(one.case.operation, one.asks.renderer) for one in load_suite() if one.tier == "bytes"}
    assert {operation for operation, _ in asked} == {operation for operation, _ in every}
    assert {one for one in every if one[0] in sets.OF_EVERY_RENDERER} <= asked
    wide = corpus_sets.wide(tmp_path)
    assert wide
    assert not wide.intersection(ids[:3])
    assert wide < set(ids)
    assert "cases show 100.0 % of 3 mutants" in capsys.readouterr().out


def test_without_write_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus_sets, "DIRECTORY", tmp_path)
    path = shown(tmp_path / "shown.jsonl", ["a"])
    assert sets.main(["--killers", "none", "--shown", str(path), "--again"]) == Exit.CONFORMS
    assert [entry.name for entry in tmp_path.iterdir()] == ["shown.jsonl"]


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--killers", "none", "--shown", str(tmp_path / "none"), "--again"]
    assert sets.main(arguments) == Exit.USAGE
    assert "sets: " in capsys.readouterr().err
