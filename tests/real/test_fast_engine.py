"""The reference with the fast engine: golden's real tier, through the adapter, as a user asks it."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from conformance.events import RunFinished, RunStarted
from conformance.reports.jsonl import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conformance.tokenizers import Store


def test_it_conforms_and_the_report_names_it(store: Store, conformance: Callable[..., Any], tmp_path: Path) -> None:
    report = tmp_path / "r.jsonl"
    adapter = (sys.executable, "-m", "conformance.adapters.reference", "--engine", "fastokens")
    ended = conformance("run", "--tier", "real", "--jsonl", report, "--", *adapter)
    assert ended.code == 0, ended.out
    start, *_, end = read(report)
    assert isinstance(start, RunStarted)
    assert isinstance(end, RunFinished)
    assert start.engine == f"fastokens {version('fastokens')}"
    assert end.account.passed == end.account.planned > 5000
