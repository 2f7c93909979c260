"""conformance/commands/generate.py, end to end: a small corpus, and the reference in the place of every oracle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from private_cases import HI_TOKENS, PROMPT, entry

from conformance.cases import load_cases
from conformance.commands import generate
from conformance.corpus.question import Question
from conformance.exits import Exit
from conformance.oracles.registry import Oracle
from conformance.oracles.rulings import Ruling
from conformance.suite import Manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ended

    Conformance = Callable[..., Ended]

SMALL = {
    "renderer/qwen3.bytes.jsonl": (
        Question(id="renderer/qwen3/hi/prompt@bytes", operation=PROMPT, params=entry()["params"], flags=("bos",)),
        Question(
            id="renderer/qwen3/no-role/prompt@bytes",
            operation=PROMPT,
            params={"renderer": "qwen3", "tokenizer": "bytes-qwen3", "messages": [{"content": "x"}]},
            flags=("bos",),
        ),
    ),
    "tensor/to_nested.bytes.jsonl": (
        Question(
            id="tensor/one/to-nested@bytes",
            operation="tensor.to_nested",
            params={"data": [1.5], "dtype": "float32", "shape": [1]},
            flags=("float32",),
        ),
    ),
}
REFERENCE = "conformance.adapters.reference"
# An oracle that leaves out every newline.
STUBBORN = """
import json, sys
from conformance.adapters.reference import Reference, ascii_json, msgspec, serve
class Stubborn(Reference):
    def answer(self, method, params):
        result = super().answer(method, params)
        return {"tokens": [t for t in result["tokens"] if t != 10]} if "tokens" in result else result
made = Stubborn()
serve(initialize=made.initialize, answer=made.answer, loads=msgspec.json.decode, dumps=ascii_json)
"""


@pytest.fixture
def golden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where golden is written. Its oracles are the reference under two names, and one that disagrees if asked to."""
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("COOKBOOK_CONFORMANCE_STORE", str(tmp_path / "store"))
    monkeypatch.setattr("conformance.corpus.files", lambda: SMALL)
    monkeypatch.setattr("conformance.corpus.sets.smoke", frozenset)
    rules = {"traces/rules.json": b"{}\n"}  # Upstream's loops are not here; tests/traces has what is made of them.
    monkeypatch.setattr("conformance.traces.generate.generate_traces", lambda pythons, **options: dict(rules))
    ask(monkeypatch, "chat-template", REFERENCE)
    rule(monkeypatch)
    return tmp_path / "golden"


def ask(monkeypatch: pytest.MonkeyPatch, name: str, module: str) -> None:
    oracles = {
        "upstream": Oracle(name="upstream", module=REFERENCE, witness="upstream=={version}"),
        name: Oracle(name=name, module=module, witness=f"{name}:{{renderer}}"),
    }
    monkeypatch.setattr(generate, "ORACLES", oracles)


def rule(monkeypatch: pytest.MonkeyPatch, *rulings: Ruling) -> None:
    monkeypatch.setattr(generate, "load_rulings", lambda: rulings)


def test_golden_is_written_and_proven(golden: Path, conformance: Conformance) -> None:
    ended = conformance("generate", "--output", golden)
    assert ended.code == Exit.CONFORMS, ended.err
    assert ended.out == f"3 cases in 2 files written to {golden}\n"
    cases = {planned.case.id: planned.case for planned in load_cases([golden / "cases"])}
    assert list(cases) == [question.id for questions in SMALL.values() for question in questions]
    first = cases["renderer/qwen3/hi/prompt@bytes"]
    assert json.loads(bytes(first.expect.result)) == {"tokens": HI_TOKENS}  # type: ignore[arg-type]
    assert [witness.partition("=")[0] for witness in first.witnesses] == ["upstream", "chat-template:qwen3"]
    assert cases["renderer/qwen3/no-role/prompt@bytes"].expect.rejection is not None
    manifest: Any = json.loads((golden / "manifest.json").read_text())
    assert set(manifest) == set(Manifest.__struct_fields__)
    assert manifest["counts"] == {"renderer": {"bytes": 2}, "tensor": {"bytes": 1}}
    assert (golden / "flags.json").is_file()

    ended = conformance("generate", "--check", "--output", golden)
    assert (ended.code, ended.out) == (Exit.CONFORMS, "golden is what the oracles say today, byte for byte\n")

    stale = golden / "cases" / "renderer" / "old.bytes.jsonl"
    stale.write_text("{}\n")
    stale_trace = golden / "traces" / "old.json"
    stale_trace.write_text("{}\n")
    changed = golden / "cases" / "tensor" / "to_nested.bytes.jsonl"
    changed.write_bytes(changed.read_bytes().replace(b"1.5", b"2.5"))
    ended = conformance("generate", "--check", "--output", golden)
    assert ended.code == Exit.SUITE_BROKEN
    assert ended.out.splitlines() == [
        "cases/renderer/old.bytes.jsonl: the corpus has no such file",
        "traces/old.json: the corpus has no such file",
        "cases/tensor/to_nested.bytes.jsonl: line 1 differs from what the oracles say today",
    ]
    assert "3 files of golden are not what the oracles say today; run `conformance generate`" in ended.err
    assert stale.exists()
    assert b"2.5" in changed.read_bytes()

    assert conformance("generate", "--output", golden).code == Exit.CONFORMS
    assert not stale.exists()
    assert not stale_trace.exists()
    assert (golden / "traces" / "rules.json").read_bytes() == b"{}\n"
    assert conformance("generate", "--check", "--output", golden).code == Exit.CONFORMS


def test_a_disagreement_without_a_ruling_writes_nothing(
    golden: Path, conformance: Conformance, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(monkeypatch, "chat-template", "stubborn")
    ended = conformance("generate", "--output", golden)
    assert ended.code == Exit.SUITE_BROKEN
    *_, first, second = ended.err.splitlines()
    assert first == "conformance generate: 1 disagreements have no ruling:"
    assert second.startswith("  renderer/qwen3/hi/prompt@bytes: chat-template disagrees (newlines): ")
    assert not (golden / "cases").exists()


def test_a_disagreement_with_a_ruling_is_in_the_case(
    golden: Path, conformance: Conformance, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(monkeypatch, "chat-template", "stubborn")
    rule(
        monkeypatch, Ruling(oracle="chat-template", ruling="upstream", why="It leaves them out.", causes=("newlines",))
    )
    assert conformance("generate", "--output", golden).code == Exit.CONFORMS
    (case, *_) = [planned.case for planned in load_cases([golden / "cases"])]
    assert [dissent.why for dissent in case.dissent] == ["It leaves them out."]
    assert len(case.witnesses) == 1


def test_a_ruling_that_nothing_needs_is_refused(
    golden: Path, conformance: Conformance, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(monkeypatch, Ruling(oracle="chat-template", ruling="upstream", why="Not any more.", causes=("newlines",)))
    ended = conformance("generate", "--output", golden)
    assert ended.code == Exit.SUITE_BROKEN
    assert "a ruling speaks of no disagreement, remove it: Not any more." in ended.err


def test_an_oracle_that_breaks_stops_it(
    golden: Path, conformance: Conformance, monkeypatch: pytest.MonkeyPatch
) -> None:
    (golden.parent / "broken.py").write_text(STUBBORN.replace("return {", "return 1 / 0, {"))
    ask(monkeypatch, "chat-template", "broken")
    ended = conformance("generate", "--output", golden)
    assert ended.code == Exit.SUITE_BROKEN
    assert "the oracle chat-template broke on renderer/qwen3/hi/prompt@bytes: " in ended.err
    assert "ZeroDivisionError" in ended.err
    assert not (golden / "cases").exists()


def test_an_oracle_that_cannot_start_stops_it(
    golden: Path, conformance: Conformance, monkeypatch: pytest.MonkeyPatch
) -> None:
    (golden.parent / "missing.py").write_text("import no_such_library\n")
    ask(monkeypatch, "chat-template", "missing")
    ended = conformance("generate", "--output", golden)
    assert ended.code == Exit.SUITE_BROKEN
    assert "the oracle chat-template cannot be asked: the adapter failed to start" in ended.err
    assert "  stderr: ModuleNotFoundError: No module named 'no_such_library'" in ended.err


def test_an_environment_that_is_not_there_is_found_before_anything_is_asked(
    golden: Path, conformance: Conformance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.chdir(golden.parent)
    monkeypatch.setattr(generate, "resolve_all", None)
    ended = conformance("generate", "--output", golden)
    assert (ended.code, ended.out) == (Exit.USAGE, "")
    assert ended.err.startswith("conformance generate: the oracle upstream has no Python at ")
    assert ended.err.count("\n") == 1
