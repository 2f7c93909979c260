"""conformance/commands/listening.py: the reports that were asked for."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from conformance.command_line import parse
from conformance.commands.listening import listeners
from conformance.exits import UsageError

if TYPE_CHECKING:
    from pathlib import Path

REPORTS = ("jsonl", "junit", "markdown", "html", "badge")


def made(*argv: str) -> list[str]:
    with ExitStack() as reports:
        return [type(one).__name__ for one in listeners(parse(["run", *argv]), reports)]


def test_the_terminal_is_always_told_and_the_last() -> None:
    assert made() == ["TerminalReport"]


def test_every_report_that_is_asked_for_listens(tmp_path: Path) -> None:
    options = [word for name in REPORTS for word in (f"--{name}", str(tmp_path / name))]
    assert made(*options) == [
        "JsonlReport",
        "JunitReport",
        "MarkdownReport",
        "HtmlReport",
        "BadgeReport",
        "TerminalReport",
    ]


def test_a_run_that_never_starts_leaves_no_file(tmp_path: Path) -> None:
    made("--jsonl", str(tmp_path / "report"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", REPORTS)
def test_a_file_that_cannot_be_written_is_found_out_at_once(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write"):
        made(f"--{name}", str(tmp_path / "no" / "such" / "file"))


@pytest.mark.parametrize("other", REPORTS[1:])
def test_two_reports_have_two_files(other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=rf"--jsonl and --{other} both write to .*; name a file for each"):
        made("--jsonl", "report", f"--{other}", str(tmp_path / "." / "report"))
    (tmp_path / "link").symlink_to("report")
    with pytest.raises(UsageError, match="both write"):
        made("--jsonl", "report", f"--{other}", "link")
