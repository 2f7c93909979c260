"""conformance/commands/explain.py: one case in full, and what an adapter answers."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from private_cases import EXAMPLE, EXAMPLES, HI_TOKENS, NESTED, PARSE, PROMPT, entry, write
from zoo_keeper import command as zoo

from conformance.ahead import REFERENCE
from conformance.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ended
    from syrupy.assertion import SnapshotAssertion

    Conformance = Callable[..., Ended]

QWEN = {"renderer": "qwen3", "tokenizer": "bytes-qwen3"}
MESSAGE = {"role": "assistant", "content": [{"type": "text", "text": "A"}]}
ENTRIES = [
    entry(
        "private/prompt@bytes",
        flags=["whitespace", "no_such_flag"],
        level="should",
        since="2026.11",
        notes="Why this is asked.",
        text="<|im_start|>user\nHi",
        witnesses=["upstream==0.5.8", "reference"],
        dissent=[{"witness": "chat-template:qwen3", "cause": "newlines", "ruling": "upstream", "why": "It trims."}],
    ),
    entry("private/wrong@bytes", expect={"result": {"tokens": HI_TOKENS[:5] + HI_TOKENS[6:]}}),
    entry("private/refused@bytes", params={**QWEN, "messages": [{"role": "user"}]}, expect={"rejection": {}}),
    entry("private/parse@bytes", PARSE, expect={"result": {"message": MESSAGE, "termination": "malformed"}}),
    entry("private/undeclared@bytes", params={**QWEN, "renderer": "mine", "messages": []}),
    entry("private/nested@bytes", NESTED, expect={"result": {"data": [1]}}),
    entry("private/example@bytes", EXAMPLE, expect={"result": {"tokens": [65], "weights": [1]}}),
    entry("private/examples@bytes", EXAMPLES, expect={"result": {"examples": [{"tokens": [65], "weights": [1]}]}}),
]


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("conformance.commands.explain.flag_notes", lambda: {"whitespace": "Some ports trim."})
    return write(Path("private.jsonl"), *ENTRIES).name


def test_a_case_by_itself(cases: str, conformance: Conformance, snapshot: SnapshotAssertion) -> None:
    ended = conformance("explain", "private/prompt@bytes", "--cases", cases)
    assert (ended.code, ended.err) == (Exit.CONFORMS, "")
    assert ended.out == snapshot


@pytest.mark.parametrize(
    ("id", "code"),
    [
        ("private/prompt@bytes", Exit.CONFORMS),
        ("private/wrong@bytes", Exit.DOES_NOT_CONFORM),
        ("private/refused@bytes", Exit.CONFORMS),
        ("private/parse@bytes", Exit.DOES_NOT_CONFORM),
        ("private/undeclared@bytes", Exit.DOES_NOT_CONFORM),
    ],
)
def test_a_case_beside_the_answer_of_an_adapter(
    id: str, code: int, cases: str, conformance: Conformance, snapshot: SnapshotAssertion
) -> None:
    ended = conformance("explain", id, "--cases", cases, "--", *REFERENCE)
    assert (ended.code, ended.err) == (code, "")
    assert ended.out.replace(sys.executable, "python") == snapshot


def test_the_line_to_paste_is_the_question(cases: str, conformance: Conformance) -> None:
    out = conformance("explain", "private/parse@bytes", "--cases", cases).out
    (line,) = [line for line in out.splitlines() if line.startswith("{")]
    assert json.loads(line) == {
        "jsonrpc": "2.0",
        "id": "private/parse@bytes",
        "method": PARSE,
        "params": {**QWEN, "tokens": [65]},
    }


def test_the_lines_to_send_begin_with_the_handshake(cases: str, conformance: Conformance) -> None:
    ended = conformance("explain", "private/prompt@bytes", "--cases", cases, "--lines")
    hello, question = map(json.loads, ended.out.splitlines())
    assert hello["method"] == "initialize"
    assert list(hello["params"]["tokenizers"]) == ["bytes-qwen3"]
    assert (question["id"], question["method"]) == ("private/prompt@bytes", PROMPT)


def test_a_case_of_the_suite_is_explained(conformance: Conformance) -> None:
    id = conformance("list", "--renderer", "llama3").out.splitlines()[0]
    ended = conformance("explain", id)
    assert ended.code == Exit.CONFORMS
    assert id in ended.out
    assert "upstream==" in ended.out


# An adapter may answer anything: it is shown, not believed.

ANSWER = """
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    reply = {"jsonrpc": "2.0", "id": request["id"], "result": {}}
    if request["method"] == "initialize":
        names = ["qwen3"]
        reply["result"] = {"protocol": 1, "implementation": {"name": "odd", "version": "", "language": ""},
            "operations": sys.argv[2].split(), "renderers": names, "tokenizers": list(request["params"]["tokenizers"])}
        print(json.dumps(reply), flush=True)
    elif request["method"] == "shutdown":
        print(json.dumps(reply), flush=True)
    else:
        reply.pop("result")
        print(json.dumps(reply)[:-1] + ", " + sys.argv[1] + "}", flush=True)
"""


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("prompt", '"result": {"tokens": "no list"}'),
        ("prompt", '"result": {"tokens": [1, "two", null]}'),
        ("prompt", '"result": [1, 2]'),
        ("prompt", '"result": null'),
        ("prompt", '"result": {"tokens": [' + str(2**70) + ", 300, 65]}"),
        ("prompt", '"result": {"tokens": []}'),
        ("prompt", '"result": ' + "[" * 5000 + "]" * 5000),
        ("prompt", '"error": {"code": -32000, "message": "\\u001b[2J no\\nsuch"}'),
        ("prompt", '"error": {"code": -32601, "message": "no\\nvision"}'),
        ("prompt", '"error": {"code": -32603, "message": "broke", "data": {"trace": "line 1\\nline 2 \\u001b[31m"}}'),
        ("example", '"result": {"tokens": [65, 66], "weights": 5}'),
        ("example", '"result": {"tokens": [65, 66], "weights": [1]}'),
        ("example", '"result": {"tokens": [65], "weights": ["NaN"]}'),
        ("example", '"result": {"tokens": [65], "weights": [null]}'),
        ("example", '"result": {"tokens": [65]}'),
        ("example", '"result": {"tokens": [65], "weights": [1e39]}'),
        ("examples", '"result": {"examples": []}'),
        ("examples", '"result": {"examples": [[], {}]}'),
        ("examples", '"result": {"examples": [{"tokens": [65], "weights": [1]}, {"tokens": [], "weights": []}]}'),
        ("parse", '"result": {"message": {"role": "assistant", "content": "\\u001b[2J\\u202e"}, "termination": "eos"}'),
        ("nested", '"result": {"data": ' + "[" * 600 + "1" + "]" * 600 + "}"),
        ("nested", '"result": {"data": ["NaN", 1' + "0" * 30 + "]}"),
    ],
)
def test_any_answer_can_be_shown(id: str, answer: str, cases: str, conformance: Conformance) -> None:
    operations = " ".join([PROMPT, EXAMPLE, EXAMPLES, PARSE, NESTED])
    command = [sys.executable, "-S", "-c", ANSWER, answer, operations]
    ended = conformance("explain", f"private/{id}@bytes", "--cases", cases, "--", *command)
    assert (ended.code, ended.err) == (Exit.DOES_NOT_CONFORM, "")
    assert f"private/{id}@bytes" in ended.out
    assert "\x1b" not in ended.out
    assert "\u202e" not in ended.out


def test_a_hostile_case_is_shown_without_its_effects(tmp_path: Path, conformance: Conformance) -> None:
    bad = "\x1b[2J\x07\u202e\x9b31m\nconformance: all is well"
    case = entry(
        "private/hostile@bytes",
        flags=[bad],
        notes=bad,
        since=bad,
        text=bad,
        witnesses=[bad],
        dissent=[{"witness": bad, "cause": "newlines", "ruling": bad, "why": bad}],
        history={bad: bad},
        params={**QWEN, "messages": [{"role": "user", "content": bad}]},
    )
    cases = write(tmp_path / "hostile.jsonl", case)
    for command in (["explain", "private/hostile@bytes"], ["run"]):
        ended = conformance(*command, "--cases", cases, "--", *REFERENCE)
        assert (ended.code, ended.err) == (Exit.DOES_NOT_CONFORM, "")
        assert not set("\x1b\x07\u202e\x9b") & set(ended.out)
        shown = [line for line in ended.out.splitlines() if line.startswith("conformance: all is well")]
        assert shown == []


def test_an_adapter_that_crashes_is_a_fault(cases: str, conformance: Conformance) -> None:
    crash = "import os; os._exit(3)"
    script = ANSWER.replace('reply.pop("result")', crash)
    command = [sys.executable, "-S", "-c", script, "", PROMPT]
    ended = conformance("explain", "private/prompt@bytes", "--cases", cases, "--", *command)
    assert ended.code == Exit.DOES_NOT_CONFORM
    assert "fault" in ended.out
    assert "3" in ended.out


@pytest.mark.parametrize("adapter", ["garbage_handshake", "refuses_handshake", "wrong_protocol_version"])
def test_an_adapter_that_cannot_be_asked(adapter: str, cases: str, conformance: Conformance) -> None:
    ended = conformance("explain", "private/prompt@bytes", "--cases", cases, "--", *zoo(adapter))
    assert (ended.code, ended.out) == (Exit.ADAPTER_UNUSABLE, "")
    assert ended.err.startswith("conformance explain: the adapter failed to start")


def test_the_hint_for_a_wrong_id_is_the_nearest(cases: str, conformance: Conformance) -> None:
    ended: Any = conformance("explain", "private/prompts", "--cases", cases)
    assert (
        ended.err == "conformance explain: there is no case 'private/prompts'; did you mean 'private/prompt@bytes'?\n"
    )


def test_an_answer_within_tolerance_is_told_how_far_it_is(conformance: Conformance, tmp_path: Path) -> None:
    case = entry(
        "private/near@bytes",
        "schedule.compute_schedule_lr_multiplier",
        params={"lr_schedule": "linear", "step": 1, "total_steps": 4},
        expect={"result": {"multiplier": 0.7500000000000004}},
        tolerance={"why": "a test", "abs": 0.0, "rel": 1e-15},
    )
    private = write(tmp_path / "private.jsonl", case)
    ended = conformance("explain", "private/near@bytes", "--cases", private, "--", *REFERENCE)
    assert ended.code == Exit.CONFORMS
    assert "tolerance  0 + 1e-15 of the number, in float64: a test\n" in ended.out
    assert ": within tolerance of golden\n" in ended.out
    assert (
        "1 number is not exact, farthest 4 ulp (float64) of 6.76 allowed, 4.4e-16 of 7.5e-16, at multiplier"
        in ended.out
    )


def test_the_page_holds_the_answers_and_every_way_to_render_the_conversation(
    cases: str, conformance: Conformance, tmp_path: Path
) -> None:
    page = tmp_path / "case.html"
    ended = conformance("explain", "private/wrong@bytes", "--cases", cases, "--html", page, "--", *REFERENCE)
    assert ended.code == Exit.DOES_NOT_CONFORM
    text = page.read_text("utf-8")
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert data is not None
    groups = dict.fromkeys(view[0] for view in json.loads(data[1])["views"])
    assert list(groups) == [
        "answers",
        "build_supervised_example",
        "build_supervised_examples",
        "build_generation_prompt",
    ]


def test_the_page_of_a_case_without_tokens(cases: str, conformance: Conformance, tmp_path: Path) -> None:
    page = tmp_path / "case.html"
    for id in ("private/refused@bytes", "private/parse@bytes", "private/nested@bytes"):
        ended = conformance("explain", id, "--cases", cases, "--html", page)
        assert (ended.code, ended.err) == (Exit.CONFORMS, "")
        assert id in page.read_text("utf-8")


def test_of_a_datum_more_is_compared_than_its_tokens(conformance: Conformance, tmp_path: Path) -> None:
    inputs = {
        "weights": {"data": [2.0], "dtype": "float32", "shape": [1]},
        "target_tokens": {"data": [2], "dtype": "int64", "shape": [1]},
    }
    case = entry(
        "private/datum@bytes",
        "datum.datum_from_model_input_weights",
        params={
            "model_input": {"chunks": [{"type": "encoded_text", "tokens": [1, 2]}]},
            "weights": {"data": [0, 1], "dtype": "float32"},
        },
        expect={"result": {"tokens": [1], "loss_fn_inputs": inputs}},
    )
    private = write(tmp_path / "private.jsonl", case)
    ended = conformance("explain", "private/datum@bytes", "--cases", private, "--", *REFERENCE)
    assert ended.code == Exit.DOES_NOT_CONFORM
    assert "the same as golden" not in ended.out
    assert "loss_fn_inputs.weights.data[0]" in ended.out
