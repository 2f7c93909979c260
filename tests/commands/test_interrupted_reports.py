"""A run that is interrupted: every report is whole and says that it is partial, or is not written at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from private_cases import ENCODE, entry, write
from zoo_keeper import command as zoo
from zoo_keeper import environment

from conformance.events import RunFinished
from conformance.exits import Exit
from conformance.reports.jsonl import read

from .test_run import children_of, wait_for_hanging

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMATS = {"jsonl": "r.jsonl", "junit": "r.xml", "markdown": "r.md", "html": "r.html", "badge": "r.svg"}
BEFORE = b"what was there before\n"


@contextmanager
def begun(
    tmp_path: Path, animal: str, *, badge: str = "r.svg"
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Path]]]:
    """A run with every report, whose adapter hangs somewhere. At the end no process may be left."""
    cases = [
        entry(
            f"private/{at}@bytes",
            ENCODE,
            params={"tokenizer": "bytes-qwen3", "text": "bad" if at == 40 else "fine"},
            expect={"result": {"tokens": [*b"fine"]}},
        )
        for at in range(60)
    ]
    paths = {name: tmp_path / file for name, file in FORMATS.items()} | {"badge": tmp_path / badge}
    for path in paths.values():
        path.write_bytes(BEFORE)
    options = [word for name, path in paths.items() for word in (f"--{name}", path)]
    run = ["run", "--cases", write(tmp_path / "many.jsonl", *cases), *options]
    run += ["--timeout", "600", "--start-timeout", "600", "--", *zoo(animal)]
    with environment() as env:
        process = subprocess.Popen(
            [sys.executable, "-m", "conformance.cli", *map(str, run)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
        )
        wait_for_hanging(process)
        yield process, paths


def left_over(tmp_path: Path) -> list[str]:
    return [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")]


@pytest.mark.parametrize(("number", "badge"), [(signal.SIGINT, "r.svg"), (signal.SIGTERM, "r.json")])
def test_every_report_of_an_interrupted_run_is_whole_and_partial(number: int, badge: str, tmp_path: Path) -> None:
    with begun(tmp_path, "hangs", badge=badge) as (process, paths):
        process.send_signal(number)
        out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (Exit.DOES_NOT_CONFORM, "conformance run: interrupted\n")
    assert "Partial: " in out
    finished = list(read(paths["jsonl"]))[-1]  # it adds up, or cannot be read
    assert isinstance(finished, RunFinished)
    assert (finished.partial, finished.reason, finished.account.planned) == (True, "interrupted", 60)
    asked = finished.account.planned - finished.account.not_run
    root = ElementTree.parse(paths["junit"]).getroot()
    assert root.attrib["name"].endswith("(partial: interrupted)")
    assert int(root.attrib["tests"]) == 60
    assert paths["markdown"].read_text("utf-8").count(f"**Partial**: {asked} of 60 cases were asked") == 1
    page = paths["html"].read_text("utf-8")
    assert f"<strong>Partial.</strong> {asked} of 60 cases were asked (interrupted)." in page
    assert page.endswith("</html>")
    drawn = paths["badge"].read_text("utf-8")
    message = json.loads(drawn)["message"] if badge.endswith("json") else drawn
    assert f"partial: {asked} of 60 passed" in message
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_no_report_of_a_run_that_did_not_begin(number: int, tmp_path: Path) -> None:
    with begun(tmp_path, "silent_handshake") as (process, paths):
        process.send_signal(number)
        process.communicate(timeout=120)
    assert process.returncode not in (Exit.CONFORMS, -number)
    assert {path.read_bytes() for path in paths.values()} == {BEFORE}
    assert left_over(tmp_path) == []


def test_a_run_that_is_killed_leaves_what_was_there(tmp_path: Path) -> None:
    with begun(tmp_path, "hangs") as (process, paths):
        adapters = children_of(process.pid)
        process.kill()
        for adapter in adapters:  # nothing can be done for them by a process that is gone
            with suppress(ProcessLookupError):
                os.kill(adapter, signal.SIGKILL)
        process.communicate(timeout=120)
    assert {path.read_bytes() for path in paths.values()} == {BEFORE}
