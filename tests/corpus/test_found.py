"""conformance/corpus/found.py: from a finding to a question, and to a case with witnesses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.ahead import REFERENCE
from conformance.cases import Asks, CaseError, ExpectedRejection, load_cases
from conformance.commands.selecting import asker_for, hello_for, lexicons
from conformance.conversation import Question as Asked
from conformance.corpus import FLAGS, files
from conformance.corpus.found import FLAG, FOUND, questions
from conformance.generate import Assembler, resolved
from conformance.golden_path import golden_dir
from conformance.limits import DEFAULT_LIMITS
from conformance.oracles.panel import Asked as Panel
from conformance.oracles.registry import ORACLES
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

FAULTY = (*REFERENCE[:1], "tests/faulty.py", "arguments sorted")


def test_what_was_found_is_asked_and_has_golden_answers() -> None:
    found = list(questions())
    assert found
    assert {question.flags for question in found} == {(FLAG,)}
    assert FLAGS[FLAG]
    golden = {one.case.id: one.case for one in load_cases([golden_dir() / "cases" / "fuzz"])}
    assert list(golden) == [one.id for group in files().values() for one in group if one.id.startswith("fuzz/")]
    for question in found:
        case = golden[question.id]
        assert case.witnesses[0].startswith("upstream==")
        assert "witness" not in case.notes


def test_ids_are_of_findings_that_are_there_once() -> None:
    ids = [question.id for question in questions()]
    assert len(set(ids)) == len(ids)
    assert FOUND.read_bytes().endswith(b"\n")


def test_a_file_that_holds_no_cases_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "found.jsonl"
    path.write_text("{}\n")
    with pytest.raises(CaseError, match=r"found\.jsonl:1 is not a case"):
        list(questions(path))


def test_a_finding_becomes_a_case_with_witnesses(
    conformance: Callable[..., Any], tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(request.config.rootpath)
    path = tmp_path / "found.jsonl"
    narrow = (
        "--operation",
        "renderer.build_generation_prompt",
        "--operation",
        "*example",
        "--renderer",
        "qwen3_instruct",
    )
    options = ("--seed", 1, "--count", 400, "--crashes", tmp_path / "crashes", "--promote", path)
    assert conformance("fuzz", *options, *narrow, "--", *FAULTY).code == 1
    promoted = [json.loads(line) for line in path.read_text().splitlines()]
    assert promoted

    # What the corpus makes of it does not hold the answer, which may be wrong: whoever is asked has to give it.
    found = list(questions(path))
    assert [question.id for question in found] == [one["id"] for one in promoted]
    params = {question.id: resolved(question, lambda tokenizer, text: []) for question in found}
    store = Store()
    with asker_for(REFERENCE, hello_for(["bytes-qwen3"], store), DEFAULT_LIMITS, store) as asker:
        asked = [Asked(question.id, question.operation, params[question.id]) for question in found]
        answers = {reply.id: reply.answer for reply in asker.ask(asked)}
    panel = [
        Panel(oracle=ORACLES["upstream"], version="1", answers=answers),
        Panel(oracle=ORACLES["reference"], version="2", answers=answers),
    ]
    assembler = Assembler(asked=panel, rulings=(), lexicon=lexicons(store))
    for question, before in zip(found, promoted, strict=True):
        case = assembler.case(question, params[question.id], Asks(renderer="qwen3_instruct", tokenizer="bytes-qwen3"))
        assert case.witnesses == ("upstream==1", "reference")
        assert json.loads(bytes(case.params)) == before["params"]
        assert case.notes.startswith("Drawn with seed 1 as question ")
        assert isinstance(case.expect.rejection, ExpectedRejection) or case.expect.result is not None
