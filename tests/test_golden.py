"""golden/: what its README promises of every line. That the answers are the oracles', `generate --check` proves."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import msgspec
import pytest

from conformance.cases import read_cases
from conformance.generate import case_line
from conformance.golden_path import golden_dir
from conformance.operations import OPERATIONS, invalid_params, invalid_result
from conformance.oracles.registry import ORACLES, PRINCIPAL
from conformance.suite import load_manifest, load_suite
from conformance.tokenizers import locked

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.cases import Planned

GOLDEN = golden_dir()
FILES = sorted(path.relative_to(GOLDEN).as_posix() for path in (GOLDEN / "cases").rglob("*.jsonl"))
SIZE_LIMIT = 20 * 2**20


@cache
def suite() -> tuple[Planned, ...]:
    return tuple(load_suite())


@cache
def flags() -> dict[str, str]:
    return json.loads((GOLDEN / "flags.json").read_bytes())


def breaches(name: str, cases: list[Planned], lines: list[bytes]) -> list[str]:
    """What is wrong with the cases of one file."""
    area, _, file = name.removeprefix("cases/").partition("/")
    tier = file.split(".")[-2]
    found = []
    for planned, line in zip(cases, lines, strict=True):
        case = planned.case
        expect = case.expect
        rules = {
            "is not canonical": case_line(case) == line,
            "is not ASCII": line.isascii(),
            "holds a lone surrogate": not re.search(rb"\\u[dD][89a-fA-F]", line) or _is_text(line),
            "has a flag without a note": set(case.flags) <= flags().keys(),
            "repeats a flag": len(set(case.flags)) == len(case.flags),
            "has no witness": bool(case.witnesses),
            f"has not {PRINCIPAL} as a witness": any(w.startswith(f"{PRINCIPAL}==") for w in case.witnesses),
            "repeats a witness": len(set(case.witnesses)) == len(case.witnesses),
            "has a dissent without a reason": all(dissent.why and dissent.ruling for dissent in case.dissent),
            "has a witness that dissents": not {d.witness for d in case.dissent} & set(case.witnesses),
            "has an id of another tier": case.id.endswith(f"@{planned.tier}"),
            "stands in a file of another tier": planned.tier == tier,
            "stands in a file of another area": case.id.split("/")[0] == area,
            "has an unknown operation": case.operation in OPERATIONS,
            "says upstream's accident and not which": case.level == "must" or bool(case.notes),
            "has a text in the real tier": planned.tier == "bytes" or case.text is None,
            "has a tokenizer that is not locked": not planned.asks.tokenizer or planned.asks.tokenizer in locked(),
            "has a digest of another form": all(re.fullmatch(r"sha256:[0-9a-f]{64}", d) for d in case.history.values()),
        }
        if isinstance(expect.result, msgspec.Raw):
            rules |= {
                "has invalid params": invalid_params(case.operation, bytes(case.params)) is None,
                "has an invalid result": invalid_result(case.operation, bytes(expect.result)) is None,
            }
        else:
            rules["has a rejection without a kind"] = expect.rejection is not None and bool(expect.rejection.kind)
        found += [f"{case.id} {what}" for what, holds in rules.items() if not holds]
    return found


def _is_text(line: bytes) -> bool:
    json.loads(line).__repr__().encode("utf-8", "strict")
    return True


@pytest.mark.parametrize("name", FILES)
def test_every_line_keeps_the_rules(name: str) -> None:
    path = GOLDEN / name
    lines = path.read_bytes().splitlines(keepends=True)
    cases = list(read_cases(path))
    assert len(cases) == len(lines)
    assert breaches(name, cases, lines) == []


def test_ids_are_unique_over_all_files() -> None:
    counts = Counter(planned.case.id for planned in suite())
    assert [id for id, count in counts.items() if count > 1] == []


def test_removed_ids_stay_removed() -> None:
    tombstones = json.loads((GOLDEN / "tombstones.json").read_bytes())
    assert tombstones.keys() & {planned.case.id for planned in suite()} == set()


def test_every_flag_is_used_and_says_why() -> None:
    used = {flag for planned in suite() for flag in planned.case.flags}
    assert flags().keys() - used == set()
    for flag, note in flags().items():
        assert re.fullmatch(r"[a-z0-9_]+", flag)
        assert len(note) > 20, flag
        assert note.endswith("."), flag


def test_the_manifest_is_true() -> None:
    manifest = load_manifest()
    assert list(manifest.files) == FILES
    for name, listed in manifest.files.items():
        content = (GOLDEN / name).read_bytes()
        assert listed.sha256 == hashlib.sha256(content).hexdigest(), name
        assert listed.cases == content.count(b"\n"), name
    counts = Counter((planned.case.id.split("/")[0], planned.tier) for planned in suite())
    assert {(area, tier): n for area, tiers in manifest.counts.items() for tier, n in tiers.items()} == counts
    assert manifest.oracles.keys() <= ORACLES.keys()


def test_witnesses_are_of_the_versions_in_the_manifest() -> None:
    versions = load_manifest().oracles
    known = {
        oracle.witness.format(version=versions.get(name, ""), renderer=planned.asks.renderer)
        for name, oracle in ORACLES.items()
        for planned in suite()
    }
    named = {witness for planned in suite() for witness in planned.case.witnesses}
    named |= {dissent.witness for planned in suite() for dissent in planned.case.dissent}
    assert named - known == set()


def test_golden_is_small_and_the_suite_is_not() -> None:
    assert sum(path.stat().st_size for path in GOLDEN.rglob("*") if path.is_file()) < SIZE_LIMIT
    assert len(suite()) > 500


def test_the_two_tiers_ask_the_same() -> None:
    """A question of the real tier is one of the bytes tier with another tokenizer, but for what only merges show."""
    real = {planned.case.id.removesuffix("@real") for planned in suite() if planned.tier == "real"}
    plain = {planned.case.id.removesuffix("@bytes") for planned in suite() if planned.tier == "bytes"}
    assert len(real & plain) > 0.9 * len(real)


def test_the_reference_conforms_over_the_pipe(tmp_path: Path) -> None:
    """The main job, as a user runs it."""
    command = [sys.executable, "-m", "conformance.cli", "run", "--jsonl", tmp_path / "report.jsonl"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    account = json.loads((tmp_path / "report.jsonl").read_text().splitlines()[-1])["account"]
    assert (
        account["passed"]
        == account["planned"]
        == sum(planned.tier == "bytes" and not planned.wide for planned in suite())
    )
    assert account["rejections"] > 0
