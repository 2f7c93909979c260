"""conformance/reports/screen.py: what a stream can show, and what an import costs."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.reports.screen import Screen

if TYPE_CHECKING:
    import pytest


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_known_by_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert Screen(Terminal()).terminal
    assert not Screen(io.StringIO()).terminal
    assert not Screen(Terminal(), terminal=False).terminal
    monkeypatch.setenv("TERM", "dumb")
    assert not Screen(Terminal()).terminal
    with Path(os.devnull).open("w") as stream:
        pass
    assert not Screen(stream).terminal, "a closed stream shows nothing to anybody"


def test_a_page_is_as_wide_as_the_terminal_within_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for columns, width in (("80", 80), ("400", 140), ("10", 40)):
        monkeypatch.setenv("COLUMNS", columns)
        assert Screen(Terminal()).page().width == width
        assert Screen(io.StringIO()).page().width == 100
    assert Screen(Terminal(), width=72).page().width == 72


def test_stdout_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen()
    page = screen.page()
    page.line("hello")
    screen.show(page)
    assert capsys.readouterr().out == "hello\n"


HEAVY = {"rich", "junitparser", "jinja2", "numpy"}


def loaded(code: str) -> set[str]:
    """Which heavy libraries a new Python has loaded after `code`."""
    script = f"{code}\nimport sys; print(*sorted({{m.partition('.')[0] for m in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return HEAVY & set(done.stdout.splitlines()[-1].split())


def test_reports_load_heavy_libraries_only_when_they_draw_for_a_person() -> None:
    imports = "\n".join(
        f"import conformance.reports.{name}" for name in ("terminal", "jsonl", "junit", "explain", "screen")
    )
    assert loaded(imports) == set()
    draw = "from conformance.reports.screen import Screen\ns = Screen(terminal={})\ns.show(s.page())"
    assert loaded(draw.format(False)) == set()
    assert loaded(draw.format(True)) == {"rich"}


def test_importing_the_package_loads_no_report() -> None:
    script = "import conformance.reports, sys; print([m for m in sys.modules if m.startswith('conformance.')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "['conformance.reports']\n"
