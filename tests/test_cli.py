"""conformance/cli.py and the commands behind it: bad input is one clear line and an exit code, never a traceback."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from complaints import one_line
from private_cases import entry, write

from conformance import cli
from conformance.cli import main
from conformance.exits import Exit, SuiteError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ended

    Conformance = Callable[..., Ended]


BAD_FILES: list[tuple[str, Any, str]] = [
    ("missing", None, "does not exist"),
    ("empty", b"", "holds no case"),
    ("blank", b"\n\n\n", "holds no case"),
    ("text", b"hello\n", ":1 is not a case"),
    ("binary", bytes(range(256)), ":1 is not a case"),
    ("latin1", b'{"id": "caf\xe9"}\n', "utf-8"),
    ("utf16", '{"id": "a"}'.encode("utf-16"), "utf-8"),
    ("array", b"[]\n", ":1 is not a case"),
    ("incomplete", b'{"id":"a"}\n', "missing required field"),
    ("second", [entry("a"), {"id": "b"}], ":2 is not a case"),
    ("twice", [entry("a"), entry("a")], "taken already"),
    ("operation", [entry(params={}, operation="renderer.wibble")], "no operation 'renderer.wibble'"),
    (
        "tokenizer",
        [entry(params={"renderer": "qwen3", "tokenizer": "wibble", "messages": []})],
        "no tokenizer 'wibble'",
    ),
    ("params", [entry(params={"renderer": "qwen3", "tokenizer": "bytes-qwen3"})], "missing member `messages`"),
    ("unknown-member", [entry(params={"renderer": "q", "tokenizer": "bytes-qwen3", "messages": [], "x": 1})], "`x`"),
    ("result", [entry(expect={"result": {"tokens": "x"}})], "result.tokens: expected array"),
    ("both", [entry(expect={"result": {}, "rejection": {}})], "exactly one"),
    ("escape", [entry("\x1b[2J")], "printable"),
    ("newline", [entry("a\nconformance run: all is well")], "printable"),
    (
        "surrogate",
        b'{"id":"a","operation":"tokenizer.encode","params":{"text":"\\ud800"},"expect":{"rejection":{}}}',
        ":1",
    ),
    ("deep", b'{"id":"a","operation":"o","params":' + b'{"a":' * 3000 + b"1" + b"}" * 3001, ":1 is not a case"),
    (
        "deep-result",
        b'{"id":"a","operation":"tensor.to_nested","params":{"data":[],"dtype":"int64","shape":[0]},"expect":{"result":'
        b'{"data":' + b"[" * 700 + b"]" * 700 + b"}}}",
        "nested too deeply",
    ),
]


@pytest.mark.parametrize("verb", [["run"], ["list"], ["explain", "a"]], ids=lambda verb: verb[0])
@pytest.mark.parametrize(("name", "content", "says"), BAD_FILES, ids=[name for name, _, _ in BAD_FILES])
def test_bad_files_of_cases(
    verb: list[str], name: str, content: Any, says: str, tmp_path: Path, conformance: Conformance
) -> None:
    path = tmp_path / f"{name}.jsonl"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        write(path, *content)
    ended = conformance(*verb, "--cases", path)
    one_line(ended, Exit.USAGE, says, verb[0])
    assert path.name in ended.err or "'a'" in ended.err


@pytest.mark.parametrize("name", ["no\nsuch", "no\x1b[2Jsuch", "no\u202esuch", "no\udcffsuch", "x" * 5000, "a" * 300])
def test_hostile_paths(name: str, tmp_path: Path, conformance: Conformance) -> None:
    one_line(conformance("run", "--cases", tmp_path / name), Exit.USAGE, "conformance run: ", "run")
    one_line(
        conformance("run", "--cases", write(tmp_path / "a", entry()), "--jsonl", f"/{name}/x"), Exit.USAGE, "write"
    )


def test_directories_without_cases(tmp_path: Path, conformance: Conformance) -> None:
    (tmp_path / "notes.md").write_text("no cases")
    one_line(conformance("list", "--cases", tmp_path), Exit.USAGE, "holds no .jsonl file", "list")
    (tmp_path / "a.jsonl").mkdir()
    one_line(conformance("list", "--cases", tmp_path), Exit.USAGE, "Is a directory", "list")


@pytest.mark.parametrize("option", ["--jsonl", "--junit"])
def test_reports_that_cannot_be_written(option: str, tmp_path: Path, conformance: Conformance) -> None:
    cases = write(tmp_path / "a.jsonl", entry())
    for path, says in (
        (tmp_path / "no" / "such" / "report", "no such file or directory"),
        (tmp_path, "it is a directory"),
        (cases / "report", "not a directory"),
        ("", "cannot write"),
        (f"/dev/full/{'x' * 300}", "cannot write"),
    ):
        ended = conformance("run", "--cases", cases, option, path)
        if path == "":
            continue  # An empty path is no path: the option is not given.
        one_line(ended, Exit.USAGE, says, "run")


@pytest.mark.parametrize(
    ("option", "pattern"),
    [
        ("--select", "wibble*"),
        ("--exclude", "wibble"),
        ("--flag", "wibble"),
        ("--operation", "wibble.*"),
        ("--renderer", "wibble"),
        ("--select", "[unclosed"),
        ("--select", "a\nb\x1b"),
        ("--select", ""),
    ],
)
def test_patterns_that_match_nothing(option: str, pattern: str, tmp_path: Path, conformance: Conformance) -> None:
    cases = write(tmp_path / "a.jsonl", entry(flags=["bos"]))
    for verb in ("list", "run"):
        ended = conformance(verb, "--cases", cases, option, pattern)
        one_line(ended, Exit.USAGE, f"{option} {pattern!r} matches no case", verb)


def test_selecting_nothing(tmp_path: Path, conformance: Conformance) -> None:
    cases = write(tmp_path / "a.jsonl", entry())
    one_line(conformance("run", "--cases", cases, "--tier", "real"), Exit.USAGE, "nothing is selected", "run")
    one_line(conformance("run", "--cases", cases, "--exclude", "*"), Exit.USAGE, "nothing is selected", "run")


@pytest.mark.parametrize("id", ["wibble", "", "a\nb", "\x1b[2J", "\udcff", "x" * 5000])
def test_unknown_ids(id: str, tmp_path: Path, conformance: Conformance) -> None:
    ended = conformance("explain", id, "--cases", write(tmp_path / "c.jsonl", entry("renderer/a")))
    one_line(ended, Exit.USAGE, "there is no case", "explain")


def test_a_near_miss_gets_a_hint(tmp_path: Path, conformance: Conformance) -> None:
    ended = conformance(
        "explain", "renderer/qwen3/promt", "--cases", write(tmp_path / "c", entry("renderer/qwen3/prompt"))
    )
    one_line(ended, Exit.USAGE, "did you mean 'renderer/qwen3/prompt'?", "explain")


@pytest.mark.parametrize("verb", [["path"], ["fetch"]])
def test_unknown_tokenizers(verb: list[str], conformance: Conformance) -> None:
    for name in ("wibble", "", "a\nb", "../../etc/passwd"):
        one_line(conformance("tokenizers", *verb, name), Exit.USAGE, "there is no tokenizer", "tokenizers")


@pytest.mark.parametrize("given", ["x", "=x", "wibble=/x", "upstream", "upstream=", "a\nb=c"])
def test_generate_with_a_bad_python(given: str, conformance: Conformance) -> None:
    one_line(
        conformance("generate", "--python", given), Exit.USAGE, f"--python {given!r} is not ORACLE=PATH", "generate"
    )


# The adapter.


@pytest.mark.parametrize("verb", [["run"], ["explain", "a"]], ids=["run", "explain"])
def test_adapters_that_cannot_be_started(verb: list[str], tmp_path: Path, conformance: Conformance) -> None:
    cases = write(tmp_path / "c.jsonl", entry())
    plain = tmp_path / "plain"
    plain.write_text("echo hello\n")
    junk = tmp_path / "junk"
    junk.write_bytes(bytes(range(1, 200)))
    junk.chmod(0o755)
    for command, says in (
        (tmp_path / "missing", "No such file"),
        (plain, "Permission denied"),
        (tmp_path, "Permission denied"),
        (junk, "Exec format error"),
        (plain / "below", "Not a directory"),
        ("no\nsuch", r"'no\nsuch'"),
        ("x" * 5000, "too long"),
        ("", "''"),
    ):
        ended = conformance(*verb, "--cases", cases, "--", command)
        one_line(ended, Exit.ADAPTER_UNUSABLE, says, verb[0])


def test_an_adapter_that_dies_shows_what_it_said(tmp_path: Path, conformance: Conformance) -> None:
    cases = write(tmp_path / "c.jsonl", entry())
    script = "import sys; sys.exit('no such module: \\x1b[31mqwen3')"
    ended = conformance("run", "--cases", cases, "--", sys.executable, "-S", "-c", script)
    assert ended.code == Exit.ADAPTER_UNUSABLE
    first, *rest = ended.err.splitlines()
    assert first.startswith("conformance run: the adapter failed to start 3 times in a row: ")
    assert rest == ["  stderr: no such module: ␛[31mqwen3"]


# What a command may raise.


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def command(arguments: argparse.Namespace) -> int:
        raise error

    monkeypatch.setitem(sys.modules, "conformance.commands.list", SimpleNamespace(main=command))  # type: ignore[misc]


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (UsageError("no such thing"), Exit.USAGE, "conformance list: no such thing\n"),
        (UsageError("a\nb\x1b"), Exit.USAGE, "conformance list: a␊b␛\n"),
        (SuiteError("golden/x: broken"), Exit.SUITE_BROKEN, "conformance list: golden/x: broken\n"),
        (SuiteError("two:\n  a\x1b\n  b"), Exit.SUITE_BROKEN, "conformance list: two:\n  a␛\n  b\n"),
        (KeyboardInterrupt(), Exit.DOES_NOT_CONFORM, "conformance list: interrupted\n"),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            Exit.USAGE,
            "conformance list: cannot go on: [Errno 28] No space left on device\n",
        ),
    ],
)
def test_errors_become_a_line_and_a_code(
    error: BaseException, code: int, says: str, conformance: Conformance, monkeypatch: pytest.MonkeyPatch
) -> None:
    raising(monkeypatch, error)
    monkeypatch.setattr(cli, "_drop_stdout", lambda: None)
    assert conformance("list") == (code, "", says)


def test_an_error_of_our_own_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        main(["list"])


# As a process.


def process(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "conformance.cli", *map(str, arguments)]
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run(command, text=True, timeout=120, check=False, **settings)


def test_a_process_ends_with_the_code(tmp_path: Path) -> None:
    ended = process("run", "--cases", tmp_path / "missing")
    assert ended.returncode == Exit.USAGE
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert "Traceback" not in ended.stderr


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    cases = write(tmp_path / "c.jsonl", *[entry(f"{'long' * 50}{at}") for at in range(2000)])
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as nobody:
        ended = process("list", "--cases", cases, stdout=nobody)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_verdict_that_nobody_reads_is_not_green(tmp_path: Path) -> None:
    cases = write(tmp_path / "c.jsonl", entry())
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as nobody:
        ended = process("run", "--cases", cases, stdout=nobody)
    assert (ended.returncode, ended.stderr) == (Exit.DOES_NOT_CONFORM, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")  # noqa: PTH110
def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        ended = process("list", "--cases", write(tmp_path / "c.jsonl", entry()), stdout=full)
    assert ended.returncode == Exit.USAGE
    assert ended.stderr.count("\n") == 1
    assert "No space left" in ended.stderr


def test_a_stdout_that_cannot_say_it_gets_escapes(tmp_path: Path) -> None:
    cases = write(tmp_path / "c.jsonl", entry("renderer/café/👋"))
    ended = process("list", "--cases", cases, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "renderer/caf\\xe9/\\U0001f44b\n", "")
