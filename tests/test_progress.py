"""cookbook/progress.py: a bar on a terminal, nothing anywhere else."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from cookbook.progress import progress_bar

if TYPE_CHECKING:
    import pytest


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_nothing_is_written_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(3) as advance:
        advance("nll 1.0")
    assert capsys.readouterr() == ("", "")


def test_a_terminal_shows_how_far_the_run_is(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar(5, done=2) as advance:
        advance("[bold]nll 1.0[/bold]")
    shown = terminal.getvalue()
    assert "3/5" in shown
    assert "[bold]nll 1.0[/bold]" in shown, "words are shown as they are"
