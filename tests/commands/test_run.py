"""conformance/commands/run.py: the main job, from the arguments to the verdict."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from private_cases import ENCODE, EXAMPLE, HI_TOKENS, PROMPT, entry, write
from zoo_keeper import command as zoo
from zoo_keeper import environment

from conformance.exits import Exit
from conformance.reports import jsonl

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ended
    from syrupy.assertion import SnapshotAssertion

    Conformance = Callable[..., Ended]

TURN = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes"}]
TURN_TOKENS = [257, *b"user\nHi", 258, *b"\n", 257, *b"assistant\n", 280, *b"\n\n", 281, *b"\n\nYes", 258]
WEIGHTS = [0] * 21 + [1] * 10  # from the think block on
EXAMPLE_PARAMS = {"renderer": "qwen3", "tokenizer": "bytes-qwen3", "messages": TURN}
REFUSED = {"renderer": "qwen3", "tokenizer": "bytes-qwen3", "messages": [{"role": "user"}]}


def entries() -> list[Any]:
    """Every outcome that the reference can have, and two failures of one cause."""
    missing = [token for token in HI_TOKENS if token != 10]
    return [
        entry("private/prompt@bytes", flags=["bos"]),
        entry("private/refused@bytes", PROMPT, params=REFUSED, expect={"rejection": {"kind": "invalid_message"}}),
        entry("private/other-kind@bytes", PROMPT, params=REFUSED, expect={"rejection": {"kind": "config"}}),
        entry(
            "private/newlines@bytes", expect={"result": {"tokens": missing}}, flags=["whitespace"], notes="No newline."
        ),
        entry("private/newlines-too@bytes", expect={"result": {"tokens": missing[1:]}}, level="should"),
        entry(
            "private/weights@bytes",
            EXAMPLE,
            params=EXAMPLE_PARAMS,
            expect={"result": {"tokens": TURN_TOKENS, "weights": [*WEIGHTS[:-1], 0]}},
        ),
        entry("private/refused-wrongly@bytes", PROMPT, params=REFUSED | {"messages": [{"role": "u", "content": []}]}),
        entry("private/undeclared@bytes", params={"renderer": "mine", "tokenizer": "bytes-qwen3", "messages": []}),
        entry("private/real@real", params={"renderer": "qwen3", "tokenizer": "qwen3", "messages": []}),
    ]


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    return write(Path("private.jsonl"), *entries()).name


def pointed_out(err: str) -> list[str]:
    """The renderers that the suite does not know; nothing else may be on stderr."""
    found = [
        re.fullmatch(r"conformance run: the suite knows no renderer '(\w+)' .*", line) for line in err.splitlines()
    ]
    return [match[1] if match else "something else" for match in found]


def of_any_engine(out: str) -> str:
    """A report, whatever version of `tokenizers` the reference has in this environment."""
    return out.replace(f"tokenizers {version('tokenizers')}\n", "tokenizers VERSION\n")


def test_the_report_of_a_run(cases: str, conformance: Conformance, snapshot: SnapshotAssertion) -> None:
    ended = conformance("run", "--cases", cases)
    assert ended.code == Exit.DOES_NOT_CONFORM
    assert pointed_out(ended.err) == ["mine"]
    assert of_any_engine(ended.out) == snapshot


def test_the_verbose_report_of_a_run(cases: str, conformance: Conformance, snapshot: SnapshotAssertion) -> None:
    chosen = ["--select", "*refused*", "--select", "*kind*"]
    ended = conformance("run", "--cases", cases, "--verbose", "--strict-errors", *chosen)
    assert ended.code == Exit.DOES_NOT_CONFORM
    assert of_any_engine(ended.out) == snapshot


def test_a_run_that_conforms(cases: str, conformance: Conformance, snapshot: SnapshotAssertion) -> None:
    ended = conformance("run", "--cases", cases, "--select", "*/prompt@*", "--select", "*/refused@*")
    assert ended.code == Exit.CONFORMS
    assert pointed_out(ended.err) == ["mine"]
    assert of_any_engine(ended.out) == snapshot


def test_nothing_that_is_declared_is_no_green_run(cases: str, conformance: Conformance) -> None:
    ended = conformance("run", "--cases", cases, "--select", "*/undeclared@*")
    assert ended.code == Exit.DOES_NOT_CONFORM
    assert "because nothing that was planned is declared" in ended.out


def account(path: Path) -> dict[str, int]:
    """The account of a report, which is checked while it is read."""
    *_, end = jsonl.read(path)
    return json.loads(path.read_text().splitlines()[-1])["account"] if end else {}


def test_all_reports_tell_the_same(cases: str, tmp_path: Path, conformance: Conformance) -> None:
    conformance("run", "--cases", cases, "--jsonl", tmp_path / "r.jsonl", "--junit", tmp_path / "r.xml")
    told = account(tmp_path / "r.jsonl")
    assert told == {
        "planned": 8,
        "passed": 3,
        "failed": 4,
        "known": 0,
        "unsupported": 1,
        "faulted": 0,
        "not_run": 0,
        "rejections": 2,
        "drifted": 0,
        "tolerated": 0,
    }
    root = ElementTree.parse(tmp_path / "r.xml").getroot()
    assert [int(root.get(name, "0")) for name in ("tests", "failures", "errors")] == [8, 4, 0]


def test_several_workers_tell_the_same_as_one(tmp_path: Path, conformance: Conformance) -> None:
    many = [entry(f"private/{at}@bytes", ENCODE, expect={"result": {"tokens": [*b"Hi"]}}) for at in range(200)]
    many[150]["expect"] = {"result": {"tokens": [1]}}
    cases = write(tmp_path / "many.jsonl", *many)
    ended = [conformance("run", "--cases", cases, "--jobs", jobs, "--", *zoo("honest")) for jobs in (1, 3)]
    assert ended[0] == ended[1]
    assert ended[0].code == Exit.DOES_NOT_CONFORM
    assert "passed       199" in ended[0].out


# Adapters that misbehave: what the user is told. (How a fault is brought home is tested with the zoo.)


def zoo_cases(tmp_path: Path) -> Path:
    texts = ["one", "bad", "three"]
    return write(
        tmp_path / "zoo.jsonl",
        *[
            entry(
                f"private/{text}@bytes",
                ENCODE,
                params={"tokenizer": "bytes-qwen3", "text": text},
                expect={"result": {"tokens": [*text.encode()]}},
            )
            for text in texts
        ],
    )


@pytest.mark.parametrize(
    ("adapter", "says"),
    [
        ("honest", "passed       3"),
        ("crash_on_bad", "faulted      1"),
        ("breaks", "faulted      1"),
        ("off_by_one_token", "failed       3"),
        ("declines", "not supported, although it was declared"),
        ("rejects", "input is refused that has an answer"),
        ("floods_stderr", "passed       3"),
        ("chatter_on_stdout", "faulted      "),
    ],
)
def test_an_adapter_of_the_zoo(adapter: str, says: str, tmp_path: Path, conformance: Conformance) -> None:
    ended = conformance("run", "--cases", zoo_cases(tmp_path), "--", *zoo(adapter))
    assert ended.code == (Exit.CONFORMS if "passed       3" in says else Exit.DOES_NOT_CONFORM)
    assert says in ended.out, ended.out
    assert ended.err == ""


def test_a_question_that_takes_too_long(tmp_path: Path, conformance: Conformance) -> None:
    ended = conformance("run", "--cases", zoo_cases(tmp_path), "--timeout", "0.7", "--", *zoo("hangs"))
    assert ended.code == Exit.DOES_NOT_CONFORM
    assert "faulted      1" in ended.out
    assert "0.7 s" in ended.out


def test_an_adapter_that_cannot_be_started_again_leaves_a_partial_report(
    tmp_path: Path, conformance: Conformance
) -> None:
    report = tmp_path / "r.jsonl"
    once = [*zoo("starts_once"), tmp_path / "started"]
    ended = conformance("run", "--cases", zoo_cases(tmp_path), "--jsonl", report, "--", *once)
    assert ended.code == Exit.ADAPTER_UNUSABLE
    assert ended.err.startswith("conformance run: the adapter failed to start 3 times in a row")
    told = account(report)
    assert told["not_run"] > 0
    assert sum(told[name] for name in ("passed", "failed", "faulted", "not_run")) == told["planned"] == 3
    assert "partial" in ended.out


def test_a_private_case_of_a_renderer_that_nobody_knows_is_pointed_out(
    tmp_path: Path, conformance: Conformance
) -> None:
    params = {"renderer": "qwen33", "tokenizer": "bytes-qwen3", "messages": []}
    cases = write(
        tmp_path / "mine.jsonl",
        entry("private/a@bytes", params=params),
        entry("private/b@bytes", params={**params, "renderer": "zzz\x1b"}),
        entry("private/c@bytes"),
    )
    ended = conformance("run", "--cases", cases)
    first, second = ended.err.splitlines()
    assert "the suite knows no renderer 'qwen33' (did you mean 'qwen3'?)" in first
    assert "'zzz\\x1b' (it has deepseekv3, " in second
    assert "1, are asked only if the adapter declares it" in second
    # Those of the suite are not pointed out, nor is the suite itself.
    assert conformance("run", "--operation", "tensor.to_nested").err == ""


def test_an_unusable_adapter_leaves_no_report(tmp_path: Path, conformance: Conformance) -> None:
    report = tmp_path / "r.jsonl"
    report.write_text("what was there before\n")
    ended = conformance("run", "--cases", zoo_cases(tmp_path), "--jsonl", report, "--", *zoo("garbage_handshake"))
    assert (ended.code, ended.out) == (Exit.ADAPTER_UNUSABLE, "")
    assert report.read_text() == "what was there before\n"


@pytest.mark.parametrize(
    ("signals", "jobs"),
    [([signal.SIGINT], 1), ([signal.SIGTERM], 1), ([signal.SIGTERM], 2), ([signal.SIGINT, signal.SIGINT], 2)],
)
def test_an_interrupted_run_reports_and_leaves_nothing_running(signals: list[int], jobs: int, tmp_path: Path) -> None:
    many = [
        entry(
            f"private/{at}@bytes",
            ENCODE,
            params={"tokenizer": "bytes-qwen3", "text": "bad" if at == 100 else "fine"},
            expect={"result": {"tokens": [*b"fine"]}},
        )
        for at in range(200)
    ]
    cases = write(tmp_path / "many.jsonl", *many)
    report = tmp_path / "r.jsonl"
    run = ["run", "--cases", cases, "--jobs", jobs, "--jsonl", report, "--timeout", "600", "--", *zoo("hangs")]
    with environment() as env:
        process = subprocess.Popen(
            [sys.executable, "-m", "conformance.cli", *map(str, run)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
        )
        wait_for_hanging(process)
        for number in signals:
            process.send_signal(number)
            time.sleep(0.3)  # or two signals were one
        out, err = process.communicate(timeout=120)
    assert process.returncode == Exit.DOES_NOT_CONFORM
    assert err == "conformance run: interrupted\n"
    told = account(report)
    assert told["not_run"] > 0
    assert told["planned"] == 200
    assert "interrupted" in out


def wait_for_hanging(process: subprocess.Popen[str]) -> None:
    """Until the adapter has been asked and sleeps: there is one, and neither it nor the run uses any time."""
    until = time.monotonic() + 60
    before: list[tuple[str, ...]] = []
    rested = 0
    while time.monotonic() < until:
        children = children_of(process.pid)
        now = [times(pid) for pid in (process.pid, *children)]
        # On a busy machine both may be waiting for their turn: rest lasts.
        rested = rested + 1 if children and now == before else 0
        if rested == 3:
            return
        before = now
        time.sleep(0.2)
    raise AssertionError("the adapter did not come to rest")


def children_of(pid: int) -> list[int]:
    found = []
    for stat in os.listdir("/proc"):  # noqa: PTH208
        if stat.isdecimal():
            try:
                with open(f"/proc/{stat}/stat") as file:  # noqa: PTH123
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid:
                found.append(int(stat))
    return found


def times(pid: int) -> tuple[str, ...]:
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            return tuple(file.read().rpartition(")")[2].split()[11:13])
    except OSError:
        return ()
