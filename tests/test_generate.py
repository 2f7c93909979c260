"""conformance/generate.py: from what oracles answered to golden cases, witnesses, dissent and history."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_answers import lexicon
from private_cases import ENCODE, HI_TOKENS, PARSE, PROMPT, entry

from conformance import SUITE
from conformance.cases import Asks, Case
from conformance.corpus.question import Question
from conformance.exits import SuiteError
from conformance.generate import (
    Assembler,
    Golden,
    canonical,
    case_line,
    check,
    flags_file,
    manifest,
    resolved,
    smoke_file,
)
from conformance.judge import digest
from conformance.oracles.panel import Asked
from conformance.oracles.registry import ORACLES, Oracle
from conformance.oracles.rulings import Ruling
from conformance.protocol import Answer, Rejection, Result, ascii_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PARAMS = entry()["params"]
ASKS = Asks(renderer="qwen3", tokenizer="bytes-qwen3")
TRUE = Result(ascii_json({"tokens": HI_TOKENS}))
SPACED = Result(b'{"tokens": ' + json.dumps(HI_TOKENS).encode() + b"}")
NO_NEWLINES = Result(ascii_json({"tokens": [token for token in HI_TOKENS if token != 10]}))
RULING = Ruling(oracle="chat-template", ruling="upstream", why="It trims.", causes=("newlines",))
OLD = Oracle(name="upstream-0.1.0", module="x", witness="upstream=={version}", release="0.1.0")


def asked(name: str, answer: Answer | None, *, version: str = "1") -> Asked:
    oracle = OLD if name == OLD.name else ORACLES[name]
    return Asked(oracle=oracle, version=version, answers={} if answer is None else {"q": answer})


def upstream(answer: Answer | None = TRUE) -> Asked:
    return asked("upstream", answer, version="0.5.8")


def question(**fields: Any) -> Question:
    return Question(**{"id": "q", "operation": PROMPT, "params": PARAMS, "flags": ("bos",), **fields})


def assembled(*answers: Asked, rulings: Sequence[Ruling] = (), **fields: Any) -> tuple[Case, Golden]:
    assembler = Assembler(asked=answers, rulings=rulings, lexicon=lexicon)
    made = question(**fields)
    return assembler.case(made, ascii_json(made.params), ASKS), assembler.golden


def test_the_principal_oracles_answer_is_golden() -> None:
    case, golden = assembled(upstream(), notes="why", since="2026.11", level="should", signed_zero=True)
    assert (case.id, case.operation, case.flags, case.notes) == ("q", PROMPT, ("bos",), "why")
    assert (case.level, case.since, case.signed_zero) == ("should", "2026.11", True)
    assert json.loads(bytes(case.params)) == PARAMS
    assert bytes(case.expect.result) == TRUE.raw  # type: ignore[arg-type]
    assert (case.witnesses, case.dissent, case.history) == (("upstream==0.5.8",), (), {})
    assert (golden.unruled, golden.used_rulings) == ([], set())


def test_a_rejection_keeps_its_kind() -> None:
    case, _ = assembled(
        upstream(Rejection("renderer_error", "words")), asked("reference", Rejection("config", "other"))
    )
    assert case.expect.rejection is not None
    assert case.expect.rejection.kind == "renderer_error"
    assert case.witnesses == ("upstream==0.5.8", "reference")
    assert case.text is None


def test_who_gives_the_same_answer_is_a_witness() -> None:
    case, _ = assembled(upstream(), asked("chat-template", SPACED), asked("reference", TRUE))
    assert case.witnesses == ("upstream==0.5.8", "chat-template:qwen3", "reference")


def test_who_says_nothing_is_none() -> None:
    case, golden = assembled(asked("reference", None), upstream(), asked("chat-template", None))
    assert case.witnesses == ("upstream==0.5.8",)
    assert golden.unruled == []


def test_the_principal_oracle_has_to_answer() -> None:
    with pytest.raises(SuiteError, match=r"^q: the oracle upstream has no answer$"):
        assembled(upstream(None), asked("reference", TRUE))


def test_a_disagreement_with_a_ruling_is_written_down() -> None:
    case, golden = assembled(upstream(), asked("chat-template", NO_NEWLINES), rulings=[RULING])
    (dissent,) = case.dissent
    assert (dissent.witness, dissent.ruling, dissent.why) == ("chat-template:qwen3", "upstream", "It trims.")
    assert case.witnesses == ("upstream==0.5.8",)
    assert (golden.unruled, golden.used_rulings) == ([], {0})


def test_a_disagreement_without_a_ruling_is_told() -> None:
    other = Ruling(oracle="chat-template", ruling="upstream", why="x", causes=("json-spacing",))
    case, golden = assembled(upstream(), asked("chat-template", NO_NEWLINES), rulings=[other])
    assert case.dissent == ()
    assert golden.unruled == ['q: chat-template disagrees (newlines): "\\n" is missing, and so at 2 more places']
    assert golden.used_rulings == set()


def test_the_first_ruling_that_holds_is_recorded() -> None:
    wide = Ruling(oracle="chat-template", ruling="upstream", why="wide")
    case, golden = assembled(upstream(), asked("chat-template", NO_NEWLINES), rulings=[RULING, wide])
    assert [dissent.why for dissent in case.dissent] == ["It trims."]
    assert golden.used_rulings == {0}


def test_an_oracle_that_refuses_disagrees() -> None:
    _, golden = assembled(upstream(), asked("reference", Rejection("config", "no")))
    assert golden.unruled == ['q: reference disagrees (rejected): refused: "no"']
    _, golden = assembled(upstream(Rejection("config", "no")), asked("reference", TRUE))
    assert golden.unruled[0].startswith("q: reference disagrees (accepted): ")


def test_an_older_release_leaves_a_digest_where_it_answered_otherwise() -> None:
    old = asked(OLD.name, NO_NEWLINES, version="0.1.0")
    case, golden = assembled(upstream(), old)
    assert case.history == {"0.1.0": digest(NO_NEWLINES)}
    assert case.witnesses == ("upstream==0.5.8",)
    assert golden.unruled == []
    case, _ = assembled(upstream(), asked(OLD.name, TRUE, version="0.1.0"))
    assert case.history == {}
    case, _ = assembled(upstream(), asked(OLD.name, Rejection(None, ""), version="0.1.0"))
    assert case.history == {"0.1.0": digest(Rejection(None, ""))}


def test_an_older_client_of_the_live_api_is_called_by_its_package() -> None:
    case, _ = assembled(upstream(), asked("tinker-0.15.0", NO_NEWLINES, version="0.15.0"))
    assert case.history == {"tinker==0.15.0": digest(NO_NEWLINES)}


def test_tokens_are_written_out_for_people() -> None:
    case, _ = assembled(upstream())
    assert case.text == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    made = question(operation=PARSE, params={"renderer": "qwen3", "tokenizer": "bytes-qwen3", "tokens": [65, 258]})
    answer = Result(b'{"message":{"role":"assistant","content":"A"},"termination":"stop_sequence"}')
    assembler = Assembler(asked=[upstream(answer)], rulings=[], lexicon=lexicon)
    assert assembler.case(made, ascii_json(made.params), ASKS).text == "A<|im_end|>"


def test_the_real_tier_has_no_text() -> None:
    made = question(params={**PARAMS, "tokenizer": "qwen3"})
    assembler = Assembler(asked=[upstream()], rulings=[], lexicon=lexicon)
    assert assembler.case(made, ascii_json(made.params), Asks("qwen3", "qwen3")).text is None


def test_placeholders_of_params_are_resolved_with_the_tokenizer_they_name() -> None:
    asked_of = []

    def encode(tokenizer: str, text: str) -> list[int]:
        asked_of.append(tokenizer)
        return [*text.encode()]

    params = {"renderer": "qwen3", "tokenizer": "bytes-qwen3", "tokens": {"$encode": "é", "drop_last": 1}}
    assert json.loads(resolved(question(operation=PARSE, params=params), encode)) == {**params, "tokens": [0xC3]}
    assert asked_of == ["bytes-qwen3"]
    plain = question(operation=ENCODE, params={"tokenizer": "bytes-qwen3", "text": "é"})
    assert b"\\u00e9" in resolved(plain, encode)
    assert asked_of == ["bytes-qwen3"]


# The canonical form.


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    )
)
def test_canonical_json_is_ascii_and_has_one_form(value: Any) -> None:
    written = canonical(value)
    assert written.isascii()
    assert json.loads(written) == value
    assert canonical(json.loads(json.dumps(value, indent=1))) == written
    if isinstance(value, dict):
        assert canonical(dict(reversed(value.items()))) == written


def test_numbers_are_written_as_python_writes_them() -> None:
    assert canonical([1.0, -0.0, 1e-07, 10**20, 0.1]) == b"[1.0,-0.0,1e-07,100000000000000000000,0.1]"


def test_a_line_leaves_out_what_is_not_said_and_reads_back() -> None:
    case, _ = assembled(upstream(), asked("chat-template", NO_NEWLINES), rulings=[RULING], notes="é")
    line = case_line(case)
    assert line.isascii()
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert "signed_zero" not in json.loads(line)
    again = msgspec.json.decode(line, type=Case)
    assert case_line(again) == line
    assert again.notes == "é"


# The files.


def test_the_manifest_vouches_for_every_file() -> None:
    case, _ = assembled(upstream())
    files = {"cases/renderer/q.bytes.jsonl": [case, case], "cases/renderer/q.real.jsonl": [case]}
    golden = {name: b"".join(map(case_line, cases)) for name, cases in files.items()}
    value = json.loads(manifest([upstream(), asked("reference", TRUE)], files, golden))
    assert value["suite"] == SUITE
    assert value["oracles"] == {"upstream": "0.5.8"}
    assert value["counts"] == {"renderer": {"bytes": 2, "real": 1}}
    assert value["files"]["cases/renderer/q.real.jsonl"] == {
        "cases": 1,
        "sha256": hashlib.sha256(case_line(case)).hexdigest(),
    }


def case_of(id: str) -> Case:
    return msgspec.structs.replace(assembled(upstream())[0], id=id)


def test_the_smoke_set_is_written_with_the_lines_of_its_cases() -> None:
    files = {"b": [case_of("b1"), case_of("b2")], "a": [case_of("a1")], "c": [case_of("c1")]}
    assert json.loads(smoke_file(files, {"b2", "a1"})) == {"a": {"a1": 1}, "b": {"b2": 2}}
    with pytest.raises(SuiteError, match="names a case that is not there: z"):
        smoke_file(files, {"b2", "z"})


def test_flags_are_written_in_order() -> None:
    assert flags_file({"b": "é", "a": "x"}) == b'{\n "a": "x",\n "b": "\\u00e9"\n}\n'


@pytest.fixture
def golden(tmp_path: Path) -> Golden:
    """Generated files, which are all stored as they are."""
    made = Golden(files={"cases/a/x.jsonl": b"1\n2\n3\n", "cases/b/y.jsonl": b"1\n", "flags.json": b"{}\n"})
    for name, content in made.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return made


def test_what_is_stored_as_generated_is_no_difference(golden: Golden, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("not generated")
    (tmp_path / "cases" / "notes.txt").write_text("neither")
    assert check(golden, tmp_path) == []


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("cases/a/x.jsonl", b"1\n2\n4\n", "line 3 differs from what the oracles say today"),
        ("cases/a/x.jsonl", b"1\n", "1 lines, the oracles give 3"),
        ("cases/a/x.jsonl", b"1\n2\n3\n4\n", "4 lines, the oracles give 3"),
        ("cases/a/x.jsonl", b"", "0 lines, the oracles give 3"),
        ("cases/a/x.jsonl", b"1\n2\n3", "line ends differ from what the oracles say today"),
        ("cases/a/x.jsonl", b"1\r\n2\r\n3\r\n", "line ends differ from what the oracles say today"),
        ("cases/a/x.jsonl", b"1 \n2\n3\n", "line 1 differs from what the oracles say today"),
        ("cases/a/x.jsonl", None, "missing"),
        ("flags.json", None, "missing"),
        ("flags.json", b"[]\n", "line 1 differs from what the oracles say today"),
        ("cases/c/z.jsonl", b"1\n", "the corpus has no such file"),
    ],
)
def test_every_kind_of_change_is_found(
    golden: Golden, tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    path = tmp_path / name
    if content is None:
        path.unlink()
    else:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    assert check(golden, tmp_path) == [f"{name}: {says}"]
