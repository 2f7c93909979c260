"""Faults to be planted in copies of the reference's loops, and what the report must say of each.

A fault is a text of a source file and what stands there instead. The copy runs in a process of its own, so that nothing
of it is left behind.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import cookbook
from conformance.traces.judging import judge_stream
from conformance.traces.scenario import load_scenario
from conformance.traces.stream import decode

if TYPE_CHECKING:
    from conformance.traces.causes.view import Told


class Edit(NamedTuple):
    """A text of a file of the package, and what is to stand there."""

    file: str
    old: str
    new: str


class Planted(NamedTuple):
    """A fault. `says` is what the first sentence of the report begins with, `cause` what it recognises."""

    name: str
    scenario: str
    edits: tuple[Edit, ...]
    says: str
    cause: str

    def __str__(self) -> str:
        return self.name


ANSWER = """
import json, sys, logging
logging.disable(logging.CRITICAL)
from conformance.adapters.reference_loops import answer
question = json.load(sys.stdin)
print(json.dumps(answer(question["operation"], question["params"])))
"""


def run_copy(fault: Planted, directory: Path, script: str = ANSWER) -> dict[str, Any]:
    """What a copy of the reference with the fault answers to the scenario, or what another script prints of it."""
    copy = directory / "cookbook"
    shutil.copytree(Path(cookbook.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for edit in fault.edits:
        path = copy / edit.file
        source = path.read_text(encoding="utf-8")
        assert source.count(edit.old) == 1, f"{fault.name}: {source.count(edit.old)} places in {edit.file}: {edit.old}"
        path.write_text(source.replace(edit.old, edit.new), encoding="utf-8")
    package = Path(cookbook.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=load_scenario(fault.scenario).question(),
        cwd=directory,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(directory), str(package)])},
    )
    assert done.returncode == 0, done.stderr.decode()
    answered: dict[str, Any] = json.loads(done.stdout)
    return answered


def report(fault: Planted, directory: Path) -> list[Told]:
    """What is told of the copy."""
    told, _ = judge_stream(load_scenario(fault.scenario), decode(json.dumps(run_copy(fault, directory)["stream"])))
    return told
