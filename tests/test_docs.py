"""The pages for people: what they show can be done, and what they name is there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from conformance.causes import CAUSES
from conformance.known import Word, parse_known
from conformance.oracles.registry import ORACLES
from conformance.oracles.rulings import Ruling

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome

ROOT = Path(__file__).parents[1]
ORACLE_PAGE = ROOT / "docs/oracles-and-rulings.md"
KNOWN_PAGE = ROOT / "docs/known-failures.md"
ADAPTER_PAGE = ROOT / "conformance/adapters/README.md"
PAGES = (*sorted((ROOT / "docs").glob("*.md")), ADAPTER_PAGE)


def blocks(page: Path, kind: str) -> list[str]:
    return re.findall(rf"^ *```{kind}\n(.*?)^ *```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)(?:#[\w-]*)?\)", page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_are_named_exist(page: Path) -> None:
    verbs = {path.stem for path in (ROOT / "conformance/commands").glob("*.py")}
    named = set(re.findall(r"`conformance (\w+)|^ *conformance (\w+)", page.read_text("utf-8"), re.MULTILINE))
    assert {first or second for first, second in named} <= verbs


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_lines_fit_a_screen(page: Path) -> None:
    text = re.sub(r"^\|.*$", "", page.read_text("utf-8"), flags=re.MULTILINE)
    assert [line for line in text.splitlines() if len(line) > 120] == []


def test_the_commands_about_oracles_run(conformance: Callable[..., Outcome]) -> None:
    (block,) = blocks(ORACLE_PAGE, "sh")
    for line in block.splitlines():
        outcome = conformance(*shlex.split(line)[1:])
        assert outcome.code == 0, line
        assert "chat-template" in outcome.out


def test_the_ruling_is_one() -> None:
    (block,) = blocks(ORACLE_PAGE, "toml")
    (ruling,) = (msgspec.convert(one, Ruling) for one in tomllib.loads(block)["ruling"])
    assert set(ruling.causes) <= CAUSES.keys()
    assert ruling.oracle in ORACLES


def test_the_commands_about_fuzzing_run(
    conformance: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = (block for block in blocks(ADAPTER_PAGE, "sh") if "conformance fuzz" in block)
    monkeypatch.chdir(tmp_path)
    adapter = f"{sys.executable} {ROOT / 'tests' / 'faulty.py'} 'role ignored'"
    said = []
    for line in block.splitlines():
        line = line.replace("--time 60", "--count 3000 --seed 1").replace("COMMAND", adapter)
        line = line.replace("ID", "renderer/llama3/role-argument/prompt/user@bytes")
        outcome = conformance(*shlex.split(line)[1:])
        assert outcome.code in (0, 1), outcome.err
        said.append(outcome.out)
    assert "kept in crashes" in said[0]
    assert "still failing" in said[1]
    assert said[2]


def test_every_oracle_has_its_line() -> None:
    rows = re.findall(r"^\| `([\w.-]+)`", ORACLE_PAGE.read_text("utf-8"), re.MULTILINE)
    assert set(rows) == {name for name in ORACLES if not ORACLES[name].release} | {"upstream-0.1.0"}


def test_the_list_of_known_failures_is_one_and_works(conformance: Callable[..., Outcome], tmp_path: Path) -> None:
    (block,) = blocks(KNOWN_PAGE, "toml")
    assert len(parse_known(block.encode())) == 2
    path = tmp_path / "conformance.toml"
    path.write_text(block.partition("\n[[known]]\npattern")[0], "utf-8")
    (code,) = re.findall(r"^```python adapter.py\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.S | re.M)
    adapter = tmp_path / "adapter.py"
    adapter.write_text(code, "utf-8")
    case = parse_known(block.encode())[0].id
    outcome = conformance("run", "--known", path, "--select", case, "--", sys.executable, adapter)
    assert outcome.code == 0, outcome.out
    assert "conforms (0 of 1 cases passed, 1 known failure" in outcome.out


def test_every_word_about_an_entry_is_explained() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \|", KNOWN_PAGE.read_text("utf-8"), re.MULTILINE)
    assert set(rows) - {"key", "word"} == set(Word)


def test_causes_that_the_adapter_page_names_are_causes() -> None:
    rows = re.findall(r"^\| `([\w-]+)`", ADAPTER_PAGE.read_text("utf-8"), re.MULTILINE)
    assert {row for row in rows if "-" in row and "." not in row} <= CAUSES.keys()


def test_the_commands_about_reports_run(
    conformance: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs/reports.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    Path("conversation.json").write_text('[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes"}]')
    block = next(block for block in blocks(ROOT / "docs/reports.md", "sh") if "explain" in block)
    for line in block.splitlines():
        assert conformance(*shlex.split(line)[1:]).code == 0, line
    assert Path("case.html").is_file()
    assert Path("conversation.html").is_file()
    options = set(re.findall(r"`--(\w+) PATH`", page))
    assert options == {"html", "markdown", "junit", "jsonl", "badge"}


def test_the_pytest_command_collects_cases_alone(tmp_path: Path) -> None:
    (line,) = (
        line for line in (ROOT / "docs/reports.md").read_text("utf-8").splitlines() if line.startswith("pytest ")
    )
    (code,) = re.findall(r"^```python adapter.py\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.S | re.M)
    (tmp_path / "adapter.py").write_text(code.replace(".strip()", ""), "utf-8")
    words = shlex.split(line)[1:]
    (tmp_path / words[-1]).mkdir()
    words[words.index("--conformance-adapter") + 1] = f"{shlex.quote(sys.executable)} adapter.py"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    assert re.search(r"\d+ passed", ended.stdout)
