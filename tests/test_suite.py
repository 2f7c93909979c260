"""conformance/suite.py: the shipped suite is what its manifest vouches for, or is broken."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from private_cases import entry, write

from conformance import suite
from conformance.exits import Exit, SuiteError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES = {"cases/renderer/b.jsonl": [entry("b1"), entry("b2")], "cases/renderer/a.jsonl": [entry("a1")]}


@pytest.fixture
def golden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small golden directory, whole."""
    files = {}
    for name, entries in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        content = write(tmp_path / name, *entries).read_bytes()
        files[name] = {"cases": len(entries), "sha256": hashlib.sha256(content).hexdigest()}
    manifest = {
        "suite": "2026.11",
        "oracles": {"upstream": "0.5.8"},
        "files": files,
        "counts": {"renderer": {"bytes": 3}},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(suite, "golden_dir", lambda: tmp_path)
    return tmp_path


def change(golden: Path, **fields: Any) -> None:
    path = golden / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_cases_come_in_the_order_of_the_manifest(golden: Path) -> None:
    assert [planned.case.id for planned in suite.load_suite()] == ["b1", "b2", "a1"]
    manifest = suite.load_manifest()
    assert (manifest.suite, manifest.oracles) == ("2026.11", {"upstream": "0.5.8"})
    assert manifest.files["cases/renderer/b.jsonl"].cases == 2


def test_a_file_says_whether_its_cases_are_of_the_wide_set(golden: Path) -> None:
    (golden / "cases/renderer/a.jsonl").rename(golden / "cases/renderer/a.wide.bytes.jsonl")
    listed = json.loads((golden / "manifest.json").read_text())["files"]
    listed["cases/renderer/a.wide.bytes.jsonl"] = listed.pop("cases/renderer/a.jsonl")
    change(golden, files=listed)
    assert [(planned.case.id, planned.wide) for planned in suite.load_suite()] == [
        ("b1", False),
        ("b2", False),
        ("a1", True),
    ]


def smoke(golden: Path, **places: dict[str, int]) -> None:
    value = {f"cases/renderer/{name}.jsonl": lines for name, lines in places.items()}
    (golden / "smoke.json").write_text(json.dumps(value))


def test_the_smoke_set_is_read_from_its_lines_alone(golden: Path) -> None:
    (golden / "cases/renderer/a.jsonl").unlink()
    smoke(golden, b={"b2": 2})
    assert [planned.case.id for planned in suite.load_smoke()] == ["b2"]


@pytest.mark.parametrize(
    ("places", "told"),
    [
        ({"b": {"b2": 1}}, "names other lines of cases/renderer/b.jsonl"),
        ({"b": {"b2": 9}}, "cases/renderer/b.jsonl: list index out of range"),
        ({"c": {"c": 1}}, "cases/renderer/c.jsonl"),
    ],
)
def test_a_smoke_set_of_other_files(golden: Path, places: dict[str, dict[str, int]], told: str) -> None:
    smoke(golden, **places)
    with pytest.raises(SuiteError, match=told):
        suite.load_smoke()


def test_a_smoke_set_whose_file_was_touched(golden: Path) -> None:
    smoke(golden, b={"b2": 2})
    path = golden / "cases/renderer/b.jsonl"
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(SuiteError, match="restore it"):
        suite.load_smoke()


@pytest.mark.parametrize("text", ["", "[]", '{"a": ["b"]}', None])
def test_no_smoke_set(golden: Path, text: str | None) -> None:
    if text is not None:
        (golden / "smoke.json").write_text(text)
    with pytest.raises(SuiteError, match=r"golden/smoke\.json: .*install the package again"):
        suite.load_smoke()


@pytest.mark.parametrize("damage", [b"", b"\n", b"\r", b" "])
def test_a_file_that_was_touched_is_refused(golden: Path, damage: bytes) -> None:
    path = golden / "cases/renderer/a.jsonl"
    path.write_bytes(path.read_bytes()[:-1] + damage if damage != b"\n" else path.read_bytes() + damage)
    with pytest.raises(SuiteError, match=r"^golden/cases/renderer/a\.jsonl is not the file that .*; restore it$"):
        suite.load_suite()


def test_a_missing_file_is_named(golden: Path) -> None:
    (golden / "cases/renderer/b.jsonl").unlink()
    with pytest.raises(SuiteError, match=r"^golden/cases/renderer/b\.jsonl: .*No such file"):
        suite.load_suite()


def test_a_malformed_case_is_named_though_the_manifest_vouches_for_it(golden: Path) -> None:
    content = write(golden / "cases/renderer/a.jsonl", entry("a1"), {"id": "x"}).read_bytes()
    files = json.loads((golden / "manifest.json").read_text())["files"]
    files["cases/renderer/a.jsonl"]["sha256"] = hashlib.sha256(content).hexdigest()
    change(golden, files=files)
    with pytest.raises(SuiteError, match=r"^golden/cases/renderer/a\.jsonl: .*a\.jsonl:2 is not a case: "):
        suite.load_suite()


@pytest.mark.parametrize("content", [None, b"", b"{}", b"[1]", b"\xff", b'{"suite": 1}'])
def test_a_damaged_manifest_is_named(golden: Path, content: bytes | None) -> None:
    (golden / "manifest.json").unlink()
    if content is not None:
        (golden / "manifest.json").write_bytes(content)
    with pytest.raises(SuiteError, match=r"^golden/manifest\.json: .*; install the package again$"):
        suite.load_suite()


@pytest.mark.parametrize("verb", [["list"], ["run"], ["explain", "a1"]])
def test_a_broken_suite_is_one_line_and_exit_4(golden: Path, conformance: Callable[..., Any], verb: list[str]) -> None:
    (golden / "cases/renderer/a.jsonl").write_text("changed\n")
    ended = conformance(*verb)
    assert (ended.code, ended.out) == (Exit.SUITE_BROKEN, "")
    assert ended.err.startswith(f"conformance {verb[0]}: golden/cases/renderer/a.jsonl is not the file")
    assert ended.err.count("\n") == 1
