"""conformance/pytest_plugin.py, in another repository: pytest runs there as its author runs it."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from conformance.suite import load_suite

ZOO = Path(__file__).parent / "zoo"
PROSE = ("--conformance-select", "tokenizer/qwen3/prose-*/encode@bytes")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "test_port.py").write_text("def test_of_the_port():\n    pass\n")
    return tmp_path


def run(repository: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout + done.stderr


def adapter(name: str) -> tuple[str, str]:
    return "--conformance-adapter", f"'{sys.executable}' '{ZOO / name}.py'"


def only(pattern: str) -> tuple[str, str]:
    return "--conformance-select", pattern


def counts(output: str) -> dict[str, int]:
    last = output.rstrip().splitlines()[-1]
    return {word: int(count) for count, word in re.findall(r"(\d+) (\w+)", last.partition(" in ")[0])}


def test_pytest_finds_the_plugin_in_the_installed_package() -> None:
    (found,) = (entry for entry in entry_points(group="pytest11") if entry.name == "conformance")
    assert found.value == "conformance.pytest_plugin"


def test_without_the_option_nothing_is_collected_and_nothing_heavy_is_imported(repository: Path) -> None:
    (repository / "conftest.py").write_text(
        "import sys\n"
        "def pytest_unconfigure():\n"
        "    print('loaded', sorted(n for n in sys.modules if n.partition('.')[0] in ('conformance', 'msgspec')))\n"
        "    print('heavy', sorted(n for n in ('numpy', 'tokenizers', 'rich', 'jinja2') if n in sys.modules))\n"
    )
    code, output = run(repository)
    assert code == 0, output
    assert "1 passed" in output
    assert "loaded ['conformance', 'conformance.pytest_plugin']" in output
    assert "heavy []" in output


def test_cases_are_items_beside_the_tests_of_the_repository(repository: Path) -> None:
    code, output = run(repository, *adapter("honest"), *PROSE, "-rp")
    assert code == 0, output
    assert "PASSED golden::tokenizer/qwen3/prose-word/encode@bytes" in output
    assert "PASSED test_port.py::test_of_the_port" in output
    assert counts(output) == {"passed": 10}


def test_cases_are_deselected_by_id_and_flag_like_any_test(repository: Path) -> None:
    _, output = run(repository, *adapter("honest"), *PROSE, "-k", "prose-url", "--collect-only")
    assert "golden::tokenizer/qwen3/prose-url/encode@bytes" in output
    assert "1/10 tests collected" in output


def of_the_wide_set() -> tuple[str, set[str], set[str]]:
    """A glob, and the cases of the bytes tier that match it: those outside of the wide set, and those in it."""
    cases = [one for one in load_suite() if one.tier == "bytes"]
    for start in (f"{one.case.id.rpartition('/')[0]}/" for one in cases if one.wide):
        narrow, wide = (
            {one.case.id for one in cases if one.wide == is_wide and one.case.id.startswith(start)}
            for is_wide in (False, True)
        )
        if narrow:
            return f"{start}*", narrow, wide
    raise AssertionError("each of the wide set is far from all others")


def test_the_wide_set_is_collected_where_it_is_asked_for(repository: Path) -> None:
    pattern, narrow, wide = of_the_wide_set()
    for options, expected in (((), narrow), (("--conformance-wide",), narrow | wide)):
        code, output = run(repository, *adapter("honest"), *only(pattern), "--collect-only", *options)
        assert code == 0, output
        assert set(re.findall(r"^golden::(.*)$", output, re.MULTILINE)) == expected


def test_a_pattern_that_matches_the_wide_set_alone_says_which_option_is_missing(repository: Path) -> None:
    id = min(of_the_wide_set()[2])
    code, output = run(repository, *adapter("honest"), *only(id))
    assert code == pytest.ExitCode.USAGE_ERROR
    assert f"--conformance-select '{id}' matches only cases of the wide set; add --conformance-wide" in output


def test_the_header_says_what_is_left_out(repository: Path) -> None:
    pattern, _, _ = of_the_wide_set()
    for options, without in (
        ((), " without the real tier and the wide set"),
        (("--conformance-tier", "all"), " without the wide set"),
        (("--conformance-tier", "all", "--conformance-wide"), ""),
    ):
        _, output = run(repository, *adapter("honest"), *only(pattern), "--collect-only", "-v", *options)
        assert re.search(rf"^conformance: suite \S+, \d+ cases{without}, ", output, re.MULTILINE), output[:500]


def test_a_failure_shows_the_difference(repository: Path) -> None:
    code, output = run(repository, *adapter("off_by_one_token"), *only("tokenizer/qwen3/prose-word/encode@bytes"))
    assert code == 1
    assert "cause: " in output
    assert re.search(r"^expected  ", output, re.MULTILINE)
    assert re.search(r"^got  ", output, re.MULTILINE)
    assert "more: conformance explain tokenizer/qwen3/prose-word/encode@bytes -- " in output
    assert "Traceback" not in output
    assert counts(output) == {"failed": 1, "passed": 1}


def test_what_is_not_declared_is_skipped_with_its_reason(repository: Path) -> None:
    code, output = run(repository, *adapter("honest"), *only("renderer/qwen3/four-turns/*"), "-rs")
    assert code == 0, output
    assert "is not declared" in output
    assert counts(output)["passed"] == 1


def test_an_adapter_that_breaks_fails_its_case_alone(repository: Path) -> None:
    broken = repository / "adapter.py"
    broken.write_text(
        "import os, sys\n"
        f"sys.path.insert(0, {str(ZOO)!r})\n"
        "from honest import reply, requests\n"
        "for request in requests():\n"
        "    if 'prose-url' in str(request['id']):\n"
        "        os._exit(3)\n"
        "    reply(request)\n"
    )
    code, output = run(repository, "--conformance-adapter", f"'{sys.executable}' adapter.py", *PROSE)
    assert code == 1, output
    assert "faulted: exited with code 3" in output
    assert counts(output) == {"failed": 1, "passed": 9}


def test_known_failures_are_expected_and_unexpected_passes_are_not(repository: Path) -> None:
    entry = '[[known]]\nid = "tokenizer/qwen3/prose-{}/encode@bytes"\nsignature = "{}"\nreason = "issue 7"\n'
    (repository / "conformance.toml").write_text(entry.format("word", "something else"))
    code, output = run(repository, *adapter("off_by_one_token"), *only("tokenizer/qwen3/prose-word/*"))
    signature = re.search(r"fails with '(.*?)', not with 'something else'", output.replace("\n", " "))
    assert code == 1
    assert signature is not None, output
    (repository / "conformance.toml").write_text(entry.format("word", signature[1]))
    code, output = run(repository, *adapter("off_by_one_token"), *only("tokenizer/qwen3/prose-word/*"), "-rx")
    assert code == 0, output
    assert "known failure: issue 7" in output
    assert counts(output) == {"passed": 2, "xfailed": 1}
    code, output = run(repository, *adapter("honest"), *only("tokenizer/qwen3/prose-word/*"))
    assert code == 1
    assert "passes: take it off the list" in output
    (repository / "conformance.toml").write_text(entry.format("gone", "x"))
    code, output = run(repository, *adapter("honest"), *only("tokenizer/qwen3/prose-word/*"))
    assert code == 1
    assert "there is no case of this id" in output
    assert counts(output) == {"failed": 1, "passed": 2}


def test_an_adapter_that_cannot_be_started_ends_the_session_at_once(repository: Path) -> None:
    code, output = run(repository, *adapter("dies_in_handshake"), *PROSE)
    assert code == 1
    assert "the adapter cannot be used" in output
    assert counts(output) == {"failed": 1, "passed": 1}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--conformance-adapter", " "), "is empty"),
        (("--conformance-adapter", "'x"), "No closing quotation"),
        (
            ("--conformance-adapter", "x", "--conformance-select", "nothing*"),
            "--conformance-select 'nothing*' matches no case",
        ),
        (("--conformance-adapter", "x", "--conformance-known", "no.toml"), "cannot read 'no.toml'"),
    ],
)
def test_what_cannot_work_is_a_usage_error(repository: Path, arguments: tuple[str, ...], says: str) -> None:
    code, output = run(repository, *arguments)
    assert code == pytest.ExitCode.USAGE_ERROR
    assert says in output
    assert "Traceback" not in output


def test_workers_share_the_cases(repository: Path) -> None:
    code, output = run(repository, *adapter("honest"), *PROSE, "-n", "2")
    assert code == 0, output
    assert counts(output) == {"passed": 10}
