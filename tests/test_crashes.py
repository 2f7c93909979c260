"""Findings on disk: written whole, asked again, dropped when they are fixed; and made cases of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from fake_askers import Fakes, hello
from private_cases import PROMPT

from conformance.cases import read_cases
from conformance.commands.selecting import hello_for, lexicons
from conformance.crashes import CrashDirectory, crash_of
from conformance.differing import Comparison, Difference, Minimizer, wire
from conformance.exits import UsageError
from conformance.fuzz import Finding
from conformance.in_process import InProcess
from conformance.judge import Judge
from conformance.promoting import case_of, promote
from conformance.protocol import Answer, Fault, NotSupported, Rejection, Result
from conformance.replaying import replay
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.protocol import InitializeResult

STORE = Store()
OFFER = hello_for(["bytes-qwen3"], STORE)
REFERENCE = InProcess(OFFER)
COMPARISON = Comparison(Judge(lexicon=lexicons(STORE)))
PARAMS = {"renderer": "qwen3", "tokenizer": "bytes-qwen3", "messages": [{"role": "user", "content": "é"}]}
WRONG: Answer = Result(b'{"tokens":[1,2]}')
TRUE = REFERENCE.answer(PROMPT, wire(PARAMS))


def difference(got: Answer = WRONG, params: Any = PARAMS, operation: str = PROMPT) -> Difference:
    raw = wire(params)
    found = COMPARISON.difference(operation, raw, REFERENCE.answer(operation, raw), got)
    assert found is not None
    return found


def finding(got: Answer = WRONG, params: Any = PARAMS) -> Finding:
    return Finding(difference=difference(got, params), seed=7, place=12, steps=3, steady=True)


def replayed(directory: CrashDirectory, answer: Answer, declared: InitializeResult | None = None) -> list[str]:
    declared = declared or hello()
    asker: Any = Fakes(lambda question: answer, declared)()
    minimizer = Minimizer(asker=asker, reference=REFERENCE, comparison=COMPARISON)
    return [one.word for one in replay(directory, minimizer, declared)]


@pytest.mark.parametrize(
    ("got", "kept"),
    [
        (WRONG, {"result": {"tokens": [1, 2]}}),
        (Rejection("config", "no"), {"rejection": {"kind": "config", "message": "no"}}),
        (NotSupported("none"), {"not_supported": {"reason": "none"}}),
        (Fault("crash", "gone", "trace"), {"fault": {"kind": "crash", "message": "gone", "detail": "trace"}}),
    ],
)
def test_a_finding_is_kept_with_both_answers(tmp_path: Path, got: Answer, kept: Any) -> None:
    path = CrashDirectory(tmp_path / "new" / "crashes").keep(finding(got))
    value = json.loads(path.read_bytes())
    assert isinstance(TRUE, Result)
    assert value["got"] == kept
    assert value["expected"] == {"result": json.loads(TRUE.raw)}
    assert (value["operation"], value["params"], value["seed"], value["place"]) == (PROMPT, PARAMS, 7, 12)
    assert path.read_bytes().isascii()


def test_a_crash_is_read_as_it_was_kept(tmp_path: Path) -> None:
    directory = CrashDirectory(tmp_path)
    path = directory.keep(finding())
    ((found, crash),) = directory.crashes()
    assert found == path
    assert bytes(crash.params) == wire(PARAMS)
    assert msgspec.structs.replace(crash, params=b"", expected={}, got={}) == msgspec.structs.replace(
        crash_of(difference(), seed=7, place=12, steady=True), params=b"", expected={}, got={}
    )


@pytest.mark.parametrize(
    ("answer", "word", "left"),
    [
        (TRUE, "fixed", 0),
        (WRONG, "still failing", 1),
        (Rejection(None, "no"), "changed", 1),
        (Fault("crash", "gone"), "changed", 1),
    ],
)
def test_replaying_says_what_became_of_a_crash_and_heals_the_directory(
    tmp_path: Path, answer: Answer, word: str, left: int
) -> None:
    directory = CrashDirectory(tmp_path)
    directory.keep(finding())
    assert replayed(directory, answer) == [word]
    assert len(list(tmp_path.iterdir())) == len(directory.crashes()) == left
    # What has changed is what fails from now on.
    assert replayed(directory, answer) == ["still failing"] * left


def test_what_the_adapter_does_not_declare_is_not_asked_and_stays(tmp_path: Path) -> None:
    directory = CrashDirectory(tmp_path)
    directory.keep(finding())
    assert replayed(directory, TRUE, hello(renderers=["llama3"])) == ["not asked"]
    assert len(directory.crashes()) == 1


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"\xff", b"[" * 100_000, b'{"id":"a","operation":"no.such","params":{}}']
)
def test_what_is_no_crash_is_an_error_that_names_the_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.crash.json").write_bytes(content)
    with pytest.raises(UsageError, match=r"x\.crash\.json"):
        CrashDirectory(tmp_path).crashes()


@pytest.mark.parametrize(("member", "value"), [("operation", "no.such"), ("params", {"messages": 1})])
def test_a_crash_that_was_edited_badly_is_an_error(tmp_path: Path, member: str, value: Any) -> None:
    path = CrashDirectory(tmp_path).keep(finding())
    path.write_text(json.dumps({**json.loads(path.read_bytes()), member: value}))
    with pytest.raises(UsageError, match=r"is not a question|is no operation"):
        CrashDirectory(tmp_path).crashes()


def test_a_directory_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no-such"):
        CrashDirectory(tmp_path / "no-such").crashes()
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="file"):
        CrashDirectory(tmp_path / "file" / "below").keep(finding())


def test_other_files_of_the_directory_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("mine")
    assert CrashDirectory(tmp_path).crashes() == []


# Cases.


def test_a_promoted_finding_is_a_case_with_one_witness(tmp_path: Path) -> None:
    path = tmp_path / "found.jsonl"
    other = {**PARAMS, "messages": [{"role": "user", "content": 7 * "a"}]}
    cases = [case_of(difference(params=params), "Drawn.") for params in (PARAMS, other)]
    assert promote(path, cases) == 2
    first, second = read_cases(path)
    assert isinstance(TRUE, Result)
    assert isinstance(first.case.expect.result, msgspec.Raw)
    assert json.loads(bytes(first.case.expect.result)) == json.loads(TRUE.raw)
    assert first.case.witnesses == ()
    assert first.case.notes == "Drawn. The expected answer has one witness, the reference."
    assert first.case.id.startswith("fuzz/qwen3/build_generation_prompt/")
    assert first.case.id != second.case.id


def test_promoting_again_adds_only_what_is_new(tmp_path: Path) -> None:
    path = tmp_path / "found.jsonl"
    line = b'{"id":"mine","operation":"tensor.to_nested","params":{},"expect":{"rejection":{}}}'
    path.write_bytes(line)  # without a line end
    case = case_of(difference(), "Drawn.")
    assert promote(path, [case]) == 1
    assert promote(path, [case]) == 0
    assert [one.case.id for one in read_cases(path)] == ["mine", case.id]
    assert path.read_bytes().startswith(line + b"\n")


def test_a_refusal_is_promoted_as_one(tmp_path: Path) -> None:
    params = {"data": [1], "dtype": "number"}
    found = difference(Result(b'{"data":[1],"dtype":"int64","shape":[1]}'), params, "tensor.from_nested")
    assert found.diagnosis.cause == "accepted"
    promote(tmp_path / "found.jsonl", [case_of(found, "Drawn.")])
    ((only),) = read_cases(tmp_path / "found.jsonl")
    assert only.case.expect.rejection is not None


def test_a_file_of_something_else_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader,")
    with pytest.raises(UsageError, match=r"letter\.txt"):
        promote(path, [case_of(difference(), "Drawn.")])
    assert path.read_text() == "Dear reader,"
