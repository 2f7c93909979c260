"""What holds for every question: its id, its flags, its input, and where it is filed."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache

import pytest

from conformance.byte_tokenizers import FAMILIES
from conformance.corpus import FLAGS, Question, files, questions
from conformance.operations import OPERATIONS, invalid_params

ID = re.compile(r"[a-z]+/[a-z0-9_]+(/[a-z0-9_-]+)+@(bytes|real)")
REAL_TOKENIZERS = {"qwen3", "llama3", "llama3_instruct", "gpt_oss", "deepseek_v3", "deepseek_v3_1"}


@cache
def all_questions() -> tuple[Question, ...]:
    return tuple(questions())


def twin_of(name: str) -> str:
    """The id of the same question in the other tier."""
    head, _, tier = name.rpartition("@")
    return f"{head}@{'real' if tier == 'bytes' else 'bytes'}"


def params_text(question: Question) -> str:
    return json.dumps(question.params, sort_keys=True)


def test_ids_are_unique() -> None:
    counted = Counter(question.id for question in all_questions())
    assert [name for name, count in counted.items() if count > 1] == []


def test_ids_are_well_formed() -> None:
    assert [question.id for question in all_questions() if not ID.fullmatch(question.id)] == []


def test_no_question_is_asked_twice() -> None:
    asked: dict[tuple[str, str], str] = {}
    twice = []
    for question in all_questions():
        key = (question.operation, params_text(question))
        if key in asked:
            twice.append((asked[key], question.id))
        asked.setdefault(key, question.id)
    assert twice == []


def test_the_order_is_the_same_at_every_call() -> None:
    first = [(question.id, params_text(question)) for question in questions()]
    assert first == [(question.id, params_text(question)) for question in questions()]


def test_every_flag_has_a_note_and_is_used() -> None:
    used = {flag for question in all_questions() for flag in question.flags}
    # What a training loop is asked is a scenario (`conformance.traces`), and no question of the corpus.
    assert used | {"training_loop"} == set(FLAGS)


def test_every_question_has_flags_and_none_twice() -> None:
    bad = [q.id for q in all_questions() if not q.flags or len(set(q.flags)) < len(q.flags)]
    assert bad == []


def test_notes_are_single_sentences_of_a_line() -> None:
    notes = {q.notes for q in all_questions() if q.notes} | set(FLAGS.values())
    assert [note for note in notes if "\n" in note or not note.endswith(".") or len(note) > 160] == []


def test_the_tokenizer_belongs_to_the_tier() -> None:
    bytes_tokenizers = {f"bytes-{name}" for name in FAMILIES}
    for question in all_questions():
        tokenizer = question.params.get("tokenizer")
        if tokenizer is not None:
            assert tokenizer in (REAL_TOKENIZERS if question.tier == "real" else bytes_tokenizers), question.id


@pytest.mark.parametrize("area", ["renderer", "tokenizer", "tensor"])
def test_each_question_of_one_tier_has_its_twin(area: str) -> None:
    """Those without a twin say so here: what has no tokens, cut bytes, no messages, a tokenizer without <think>."""
    ids = {question.id for question in all_questions() if question.id.startswith(f"{area}/")}
    alone = {name for name in ids if twin_of(name) not in ids}
    allowed = {
        "renderer": r"renderer/(deepseekv3.*/v3-tokenizer@real|content/.*@bytes|.*/openai.*|.*/cut/stream/.*@bytes"
        r"|.*/shape-long-.*@bytes|.*/json-limits/.*@bytes"
        r"|.*/(no-(message|role|part|call|unparsed-call|marker)|near-block|tools-odd-schema)/.*@bytes|.*/open-for-long@bytes)",
        "tokenizer": r"tokenizer/(deepseek_v3/.*@real|.*/bytes-.*@bytes)",
        "tensor": r".*@bytes",
    }
    assert [name for name in alone if not re.fullmatch(allowed[area], name)] == []
    assert alone


def test_params_fit_the_operation_unless_they_are_malformed_on_purpose() -> None:
    """A placeholder for tokens stands for a list, which is what is checked here."""
    odd = []
    for question in all_questions():
        params = dict(question.params)
        if isinstance(params.get("tokens"), dict):
            params["tokens"] = [1, 2]
        invalid = invalid_params(question.operation, json.dumps(params).encode())
        if invalid and "malformed" not in question.flags:
            odd.append((question.id, invalid))
    assert odd == []


def test_no_text_holds_a_lone_surrogate() -> None:
    for question in all_questions():
        json.dumps(question.params, ensure_ascii=False).encode()


def test_operations_exist() -> None:
    assert {question.operation for question in all_questions()} <= set(OPERATIONS)


def test_files_hold_every_question_once_and_none_is_large() -> None:
    filed = [question for cases in files().values() for question in cases]
    assert Counter(q.id for q in filed) == Counter(q.id for q in all_questions())
    for path, cases in files().items():
        assert re.fullmatch(r"[a-z]+/[a-z0-9_]+(\.wide)?\.(bytes|real)\.jsonl", path)
        assert {q.tier for q in cases} == {path.split(".")[-2]}
        # A case is about a kilobyte; the limit for a file is 2 MB.
        assert len(cases) < 1500, path


def test_files_keep_the_order_of_the_catalogues() -> None:
    place = {question.id: number for number, question in enumerate(all_questions())}
    for cases in files().values():
        places = [place[question.id] for question in cases]
        assert places == sorted(places)


@pytest.mark.parametrize(
    ("renderer", "least"),
    [
        ("role_colon", 400),
        ("llama3", 300),
        ("qwen3", 800),
        ("qwen3_disable_thinking", 250),
        ("qwen3_instruct", 200),
        ("deepseekv3", 600),
        ("deepseekv3_disable_thinking", 100),
        ("deepseekv3_thinking", 500),
        ("gpt_oss_no_sysprompt", 600),
        ("gpt_oss_low_reasoning", 10),
        ("gpt_oss_medium_reasoning", 100),
        ("gpt_oss_high_reasoning", 10),
    ],
)
def test_every_renderer_is_asked_enough(renderer: str, least: int) -> None:
    for tier in ("bytes", "real"):
        asked = [q for q in all_questions() if q.params.get("renderer") == renderer and q.tier == tier]
        assert len(asked) >= least


def test_conversations_are_short() -> None:
    long = {
        question.id
        for question in all_questions()
        if "messages" in question.params
        and len(json.dumps(question.params["messages"], ensure_ascii=False)) > 900
        and not re.search("/text-long/|/json-limits/", question.id)
    }
    assert long == set()


def test_seams_are_asked_in_the_real_tier_of_every_family() -> None:
    """The bytes tier cannot tell one encoding of all text from several; these can."""
    seams = [question for question in all_questions() if "apart" in question.flags and question.tier == "real"]
    assert len(seams) >= 30
    kinds = {question.id.split("/")[2].split("-")[1] for question in seams}
    assert kinds == {"header", "terminator", "prefill", "think", "call"}
    renderers = {str(question.params["renderer"]) for question in seams}
    assert renderers >= {"role_colon", "llama3", "qwen3", "deepseekv3", "gpt_oss_no_sysprompt"}
