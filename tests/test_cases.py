"""conformance/cases.py: reading and selecting cases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from private_cases import ENCODE, NESTED, PROMPT, STOP, entry, planned, write

from conformance.cases import (
    Asks,
    Case,
    CaseError,
    Expect,
    Planned,
    Selection,
    case_files,
    load_cases,
    read_cases,
    select_cases,
)
from conformance.exits import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def ids(cases: Sequence[Planned]) -> list[str]:
    return [one.case.id for one in cases]


def test_what_is_not_required_has_a_default(tmp_path: Path) -> None:
    (read,) = read_cases(write(tmp_path / "a.jsonl", entry("x")))
    assert read.case.id == "x"
    assert (read.case.level, read.case.since, read.case.flags, read.case.notes) == ("must", "", (), "")
    assert (read.case.text, read.case.tolerance, read.case.signed_zero) == (None, None, False)
    assert (read.case.witnesses, read.case.dissent, read.case.history) == ((), (), {})
    assert read.asks == Asks(renderer="qwen3", tokenizer="bytes-qwen3")


def test_empty_lines_are_skipped_and_the_last_needs_no_end(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n" + json.dumps(entry("x")).encode() + b"\r\n   \n\n" + json.dumps(entry("y")).encode())
    assert ids([*read_cases(path)]) == ["x", "y"]


def test_params_stay_as_they_are_written(tmp_path: Path) -> None:
    params = b'{ "text":"\\u00e9 1.0","tokenizer" : "bytes-qwen3"}'
    line = b'{"id":"x","operation":"tokenizer.encode","params":%b,"expect":{"rejection":{}}}' % params
    (read,) = read_cases(write(tmp_path / "a.jsonl", line))
    assert bytes(read.case.params) == params


def test_params_written_in_utf8_become_ascii_for_the_wire(tmp_path: Path) -> None:
    line = json.dumps(entry("x", ENCODE, params={"tokenizer": "bytes-qwen3", "text": "é👋"}), ensure_ascii=False)
    (read,) = read_cases(write(tmp_path / "a.jsonl", line.encode()))
    assert bytes(read.case.params).isascii()
    assert json.loads(bytes(read.case.params)) == {"tokenizer": "bytes-qwen3", "text": "é👋"}


LINE = json.dumps(entry("x")).encode()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "malformed|truncated"),
        (b"nonsense", "malformed"),
        (b"[1]", "Expected `object`"),
        (b"null", "Expected `object`"),
        (b"\x00\x01\x02", "malformed"),
        (b"\xef\xbb\xbf" + LINE, "malformed"),
        (b"\xff\xfe{", "utf-8"),
        (LINE.replace(b"Hi", b"\xff"), "utf-8"),
        (LINE.replace(b"Hi", b"\xed\xa0\x80"), "utf-8"),
        (LINE.replace(b"Hi", b"\\ud800"), "malformed"),
        (LINE.replace(b'"messages"', b'\r"messages"'), "carriage return"),
        (LINE.replace(b'"id"', b'"ID"'), "`ID`"),
        (LINE.replace(b'"x"', b"7"), "Expected `str`"),
        (LINE.replace(b'"x"', b'""'), "printable"),
        (LINE.replace(b'"x"', b'"  "'), "printable"),
        (LINE.replace(b'"x"', b'"a\\nb"'), "printable"),
        (LINE.replace(b'"x"', b'"\\u001b[2J"'), "printable"),
        (LINE.replace(b'"x"', b'"a\\u202eb"'), "printable"),
        (json.dumps(entry(params=[])).encode(), "Expected `object`"),
        (json.dumps(entry(params={"renderer": 1})).encode(), "Expected `str`"),
        (json.dumps(entry(expect={"a": 1})).encode(), "unknown field"),
        (b'{"id":"x","operation":"o","params":{},"expect":{}}', "exactly one"),
        (b'{"id":"x","operation":"o","params":{},"expect":{"result":{},"rejection":{}}}', "exactly one"),
        (json.dumps(entry(level="may")).encode(), "level"),
        (json.dumps(entry(colour="red")).encode(), "colour"),
        (json.dumps(entry(tolerance={"abs": 1})).encode(), "why"),
        (json.dumps(entry(history=["0.1"])).encode(), "history"),
        (
            b'{"id":"x","operation":"o","params":' + b"[" * 9999 + b"]" * 9999 + b',"expect":{"rejection":{}}}',
            "too deeply",
        ),
    ],
)
def test_a_malformed_line_names_its_file_and_number(tmp_path: Path, line: bytes, says: str) -> None:
    path = write(tmp_path / "bad.jsonl", entry("good"), b"", line)
    with pytest.raises(CaseError, match=says) as raised:
        [*read_cases(path)]
    assert str(raised.value).startswith(f"{path}:3 is not a case: ")
    assert "\n" not in str(raised.value)


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "junk.jsonl"
    path.write_bytes(junk)
    try:
        assert [*read_cases(path)] == []
    except CaseError as error:
        assert str(path) in str(error)  # noqa: PT017 (raised or not, both are right)


@given(st.data())
def test_no_damage_to_a_line_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    at = data.draw(st.integers(0, len(LINE)))
    line = LINE[:at] + data.draw(st.binary(max_size=4)) + LINE[at + data.draw(st.integers(0, 4)) :]
    path = tmp_path_factory.getbasetemp() / "damaged.jsonl"
    path.write_bytes(line)
    try:
        for read in read_cases(path):
            assert bytes(read.case.params).isascii()
            assert read.case.id.isprintable()
    except CaseError as error:
        assert str(path) in str(error)  # noqa: PT017


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"cannot read .*nothing\.jsonl: No such file"):
        [*read_cases(tmp_path / "nothing.jsonl")]
    with pytest.raises(CaseError, match=r"cannot read .*: Is a directory"):
        [*read_cases(tmp_path)]


def test_a_directory_stands_for_all_its_case_files(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    for name in ("z.jsonl", "b/a.jsonl", "b/c/d.jsonl", "b/readme.md", "b/a.json"):
        (tmp_path / name).write_text("")
    assert [path.relative_to(tmp_path).as_posix() for path in case_files(tmp_path)] == [
        "b/a.jsonl",
        "b/c/d.jsonl",
        "z.jsonl",
    ]
    assert case_files(tmp_path / "b" / "readme.md") == [tmp_path / "b" / "readme.md"]


def test_a_path_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="nowhere does not exist; give a"):
        case_files(tmp_path / "nowhere")
    with pytest.raises(CaseError, match=r"holds no \.jsonl file"):
        case_files(tmp_path)
    with pytest.raises(CaseError, match=r"cannot read .*name too long"):
        case_files(tmp_path / ("a" * 5000))


def test_ids_are_unique_over_all_files(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", entry("x"), entry("y"))
    write(tmp_path / "b.jsonl", entry("z"), entry("x"))
    with pytest.raises(CaseError, match=r"b\.jsonl: the id 'x' is taken already, in .*a\.jsonl"):
        load_cases([tmp_path])
    with pytest.raises(CaseError, match="taken already"):
        load_cases([write(tmp_path / "c.jsonl", entry("x"), entry("x"))])


def test_cases_come_in_the_order_given(tmp_path: Path) -> None:
    first = write(tmp_path / "z.jsonl", entry("3"), entry("1"))
    second = write(tmp_path / "a.jsonl", entry("2"))
    assert ids(load_cases([first, second])) == ["3", "1", "2"]
    assert ids(load_cases([tmp_path])) == ["2", "3", "1"]


@pytest.mark.parametrize(
    ("params", "tier"),
    [
        ({"tokenizer": "bytes-qwen3"}, "bytes"),
        ({"tokenizer": "qwen3"}, "real"),
        ({"tokenizer": "mybytes-qwen3"}, "real"),
        ({"tokenizer": ""}, "bytes"),
        ({}, "bytes"),
    ],
)
def test_the_tokenizer_says_the_tier(params: Any, tier: str) -> None:
    assert planned("x", params=params).tier == tier


def test_expect_holds_exactly_one_answer() -> None:
    assert Expect(result=msgspec.Raw(b"null")).rejection is None
    with pytest.raises(ValueError, match="exactly one"):
        Expect()


# Selecting.

CASES = [
    planned("renderer/qwen3/a/prompt@bytes", flags=["bos", "tools"]),
    planned("renderer/qwen3/b/prompt@real", params={"renderer": "qwen3", "tokenizer": "qwen3"}, flags=["bos"]),
    planned("renderer/llama3/a/stop@bytes", STOP, params={"renderer": "llama3", "tokenizer": "bytes-llama3"}),
    planned("tensor/[x]/to-nested@bytes", NESTED, flags=["float32"]),
]
ALL = ("bytes", "real")


def chosen(**selection: Any) -> list[int]:
    picked = select_cases(CASES, Selection(**selection))
    assert all(one in CASES for one in picked)
    return [CASES.index(one) for one in picked]


def test_the_bytes_tier_is_selected_unless_told_otherwise() -> None:
    assert chosen() == [0, 2, 3]
    assert chosen(tiers=("real",)) == [1]
    assert chosen(tiers=ALL) == [0, 1, 2, 3]


def test_patterns_of_one_option_mean_any_and_options_mean_all() -> None:
    assert chosen(tiers=ALL, select=("*/qwen3/*", "tensor*")) == [0, 1, 3]
    assert chosen(tiers=ALL, select=("*/qwen3/*",), flags=("tools",)) == [0]
    assert chosen(tiers=ALL, exclude=("*@real", "tensor/*")) == [0, 2]
    assert chosen(tiers=ALL, flags=("b?s",)) == [0, 1]
    assert chosen(tiers=ALL, operations=(STOP, NESTED)) == [2, 3]
    assert chosen(tiers=ALL, renderers=("llama*",)) == [2]
    assert chosen(tiers=ALL, operations=("renderer.*",), exclude=("*llama*",), renderers=("q*",)) == [0, 1]


def test_the_wide_set_is_left_out_unless_told_otherwise() -> None:
    cases = [*CASES, Planned(CASES[0].case, CASES[0].asks, wide=True)]
    assert [one.wide for one in select_cases(cases, Selection())] == [False] * 3
    assert [one.wide for one in select_cases(cases, Selection(wide=True))] == [False] * 3 + [True]


def test_a_pattern_that_matches_the_wide_set_alone_says_so() -> None:
    cases = [CASES[1], Planned(CASES[0].case, CASES[0].asks, wide=True)]
    with pytest.raises(UsageError, match="matches only cases of the wide set; add --wide"):
        select_cases(cases, Selection(flags=("tools",)))
    assert len(select_cases(cases, Selection(flags=("tools",), wide=True))) == 1


def test_globs_are_case_sensitive_and_brackets_are_sets() -> None:
    assert chosen(select=("tensor/[[]x]/*",)) == [3]
    with pytest.raises(UsageError):
        chosen(select=("RENDERER/*",))
    with pytest.raises(UsageError):
        chosen(select=("tensor/[x]/*",))


@pytest.mark.parametrize(
    ("field", "option"),
    [
        ("select", "--select"),
        ("exclude", "--exclude"),
        ("flags", "--flag"),
        ("operations", "--operation"),
        ("renderers", "--renderer"),
    ],
)
def test_a_pattern_that_matches_nothing_is_refused(field: str, option: str) -> None:
    with pytest.raises(UsageError, match=rf"{option} 'no\\nsuch' matches no case; `conformance list`"):
        chosen(**{field: ("*", "no\nsuch")})


def test_a_pattern_may_match_in_another_tier_alone() -> None:
    assert chosen(select=("*@real",)) == []


@given(
    st.lists(st.sampled_from(["*", "*@bytes", "renderer/*", "*/a/*"]), max_size=2),
    st.lists(st.sampled_from(["*llama*", "tensor*", "*@real"]), max_size=2),
)
def test_what_is_selected_keeps_the_order_of_the_suite(select: list[str], exclude: list[str]) -> None:
    picked = chosen(tiers=ALL, select=tuple(select), exclude=tuple(exclude))
    assert picked == sorted(set(picked))


def test_a_case_survives_writing_and_reading() -> None:
    case = planned("x", PROMPT, flags=["a"], notes="why", history={"0.1": "sha256:0"}).case
    assert msgspec.json.decode(msgspec.json.encode(case), type=Case) == case
