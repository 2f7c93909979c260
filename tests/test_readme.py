"""What the README shows is what happens."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from conformance.cases import read_cases
from conformance.cli import main
from conformance.commands.selecting import invalid_case

README = Path(__file__).parents[1] / "README.md"


def blocks(kind: str) -> list[str]:
    """The code blocks whose opening fence says `kind`."""
    return re.findall(rf"^```{re.escape(kind)}\n(.*?)^```$", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    (code,) = blocks("python adapter.py")
    path = tmp_path / "adapter.py"
    path.write_text(code, "utf-8")
    return path


def test_the_first_adapter_has_the_fault_that_the_readme_shows(
    adapter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--", sys.executable, str(adapter)]) == 1
    report = capsys.readouterr().out
    (shown,) = [block for block in blocks("") if block.startswith("Failures: ")]
    for line in shown.splitlines():
        if line.strip() != "...":
            assert line in report.splitlines()


def test_without_the_fault_it_conforms(adapter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = adapter.read_text("utf-8")
    assert code.count(".strip()") == 1
    adapter.write_text(code.replace(".strip()", ""), "utf-8")
    assert main(["run", "--", sys.executable, str(adapter)]) == 0
    assert "Verdict: conforms" in capsys.readouterr().out


def test_the_private_case_can_be_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (case,) = blocks("json")
    path = tmp_path / "mine.jsonl"
    path.write_text(case, "utf-8")
    (planned,) = read_cases(path)
    assert invalid_case(planned) is None
    assert main(["run", "--cases", str(path)]) == 0
    assert "1 of 1 cases passed" in capsys.readouterr().out


def test_the_two_commands_are_the_ones_that_ci_runs() -> None:
    section = README.read_text("utf-8").partition("## Two commands")[2].partition("\n## ")[0]
    commands = re.findall(r"^python3 -m venv .*$", section, re.MULTILINE)
    assert len(commands) == 2
    assert "conformance run --tier all" in commands[0]
    assert commands[1].endswith("bin/tox")


def test_links_to_files_lead_somewhere() -> None:
    for page in (README, *README.parent.glob("*/README.md")):
        for target in re.findall(r"\]\(([\w./-]+)(?:#[\w-]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
