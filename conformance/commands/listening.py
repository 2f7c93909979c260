"""The reports that a command line asks for, as listeners."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.causes import CAUSES
from conformance.exits import UsageError
from conformance.reports.terminal import TerminalReport

if TYPE_CHECKING:
    from argparse import Namespace
    from contextlib import ExitStack

    from conformance.events import Listener


def listeners(arguments: Namespace, reports: ExitStack) -> list[Listener]:
    """The reports that were asked for, the terminal's last. A file that cannot be written is found out here.

    Raises:
        UsageError: a file cannot be written, or two reports are to be written to one.
    """
    _check_apart(arguments)
    asked: list[Listener] = []
    if arguments.jsonl:
        from conformance.reports.jsonl import JsonlReport

        asked.append(reports.enter_context(JsonlReport(arguments.jsonl)))
    if arguments.junit:
        from conformance.reports.junit import JunitReport

        asked.append(reports.enter_context(JunitReport(arguments.junit)))
    if arguments.markdown:
        from conformance.reports.markdown import MarkdownReport

        asked.append(reports.enter_context(MarkdownReport(arguments.markdown, causes=CAUSES)))
    if arguments.html:
        from conformance.reports.html import HtmlReport

        asked.append(reports.enter_context(HtmlReport(arguments.html, causes=CAUSES)))
    if arguments.badge:
        from conformance.reports.badge import BadgeReport

        asked.append(reports.enter_context(BadgeReport(arguments.badge)))
    asked.append(reports.enter_context(TerminalReport(causes=CAUSES, verbose=arguments.verbose)))
    return asked


def _check_apart(arguments: Namespace) -> None:
    """Each report replaces the file it is written to: only the last of two would be left."""
    places: dict[Path, str] = {}
    for option in ("jsonl", "junit", "markdown", "html", "badge"):
        path = getattr(arguments, option)
        if not path:
            continue
        other = places.setdefault(Path(os.path.realpath(path)), option)
        if other != option:
            raise UsageError(f"--{other} and --{option} both write to {path!r}; name a file for each")
