"""The GitHub action and the reusable workflow: their steps are run here as a runner runs them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
ACTION = ROOT / ".github/actions/conformance/action.yml"
WORKFLOW = ROOT / ".github/workflows/port.yml"
DOCS = ROOT / "docs/github.md"
HONEST = ROOT / "tests/zoo/honest.py"

action: dict[str, Any] = yaml.safe_load(ACTION.read_text())
workflow: dict[Any, Any] = yaml.safe_load(WORKFLOW.read_text())
called: dict[str, Any] = workflow[True]["workflow_call"]["inputs"]  # YAML 1.1 reads `on` as true
ours = "/.github/actions/conformance"


def steps() -> list[dict[str, Any]]:
    return [*action["runs"]["steps"], *workflow["jobs"]["conformance"]["steps"]]


def run_step(tmp_path: Path, **values: str) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run the step that asks the adapter, with the inputs that are given and the defaults of the others."""
    (step,) = (step for step in action["runs"]["steps"] if step.get("id") == "run")
    programs = tmp_path / "conformance-suite/bin"
    programs.mkdir(parents=True)
    for name, module in (("conformance", "-m conformance.cli"), ("python", "")):
        (programs / name).write_text(f"#!/bin/sh\nexec '{sys.executable}' {module} \"$@\"\n")
        (programs / name).chmod(0o755)
    script = tmp_path / "step.sh"
    script.write_text(step["run"])
    inputs = {name: str(about.get("default", "")) for name, about in action["inputs"].items()} | values
    variables = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: inputs[found[1]], value)
        for name, value in step["env"].items()
        if "inputs." in value
    }
    environment = {
        **os.environ,
        **variables,
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done, tmp_path / "conformance-reports"


def outputs(tmp_path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())


def test_a_port_that_conforms(tmp_path: Path) -> None:
    done, reports = run_step(
        tmp_path,
        adapter=f"'{sys.executable}' '{HONEST}'",
        options="--select 'tokenizer/*/prose-*/encode@bytes' --jobs 1",
    )
    assert done.returncode == 0, done.stderr
    assert outputs(tmp_path) == {"reports": str(reports), "exit-code": "0"}
    assert {path.name for path in reports.iterdir()} == {
        "summary.md", "report.html", "report.jsonl", "junit.xml", "badge.svg"
    }  # fmt: skip
    assert "::notice title=zoo 1::conforms" in done.stdout
    assert "zoo 1: conforms" in (tmp_path / "summary").read_text()


def test_a_port_that_does_not_is_told_by_the_exit_code_after_the_reports_are_there(tmp_path: Path) -> None:
    done, reports = run_step(
        tmp_path,
        adapter=f"'{sys.executable}' '{HONEST.parent / 'off_by_one_token.py'}'",
        options="--select '*/prose-word/encode@bytes'",
    )
    assert done.returncode == 0, done.stderr
    assert outputs(tmp_path)["exit-code"] == "1"
    assert "::error title=" in done.stdout
    assert (reports / "report.html").is_file()


def test_the_quick_job_asks_the_smoke_set(tmp_path: Path) -> None:
    done, _ = run_step(
        tmp_path, adapter=f"'{sys.executable}' -m conformance.adapters.reference", set="smoke", options="--jobs 1"
    )
    assert done.returncode == 0, done.stderr
    assert outputs(tmp_path)["exit-code"] == "0"
    assert "smoke" in (tmp_path / "summary").read_text()


def test_an_adapter_that_is_not_there(tmp_path: Path) -> None:
    done, reports = run_step(tmp_path, adapter="./no-such-adapter", options="--select '*/prose-word/encode@bytes'")
    assert done.returncode == 0
    assert outputs(tmp_path)["exit-code"] == "3"
    assert list(reports.iterdir()) == []


def test_a_list_of_known_failures_with_a_space_in_its_name(tmp_path: Path) -> None:
    done, _ = run_step(tmp_path, adapter="true", known="no such.toml")
    assert outputs(tmp_path)["exit-code"] == "2"
    assert "no such.toml" in done.stderr


@pytest.mark.parametrize("code", ["0", "1", ""])
def test_the_verdict_is_the_last_step(code: str) -> None:
    last = action["runs"]["steps"][-1]
    done = subprocess.run(["bash", "-c", last["run"]], env={"CODE": code, "PATH": os.environ["PATH"]}, check=False)
    assert done.returncode == int(code or 4)


def test_no_input_is_pasted_into_a_script() -> None:
    for step in steps():
        assert "${{" not in step.get("run", ""), "an input in a script can be any command: pass it in the environment"


def test_inputs_that_are_read_are_inputs_that_there_are() -> None:
    for text, there in ((ACTION.read_text(), action["inputs"]), (WORKFLOW.read_text(), called)):
        read = set(re.findall(r"inputs\.([\w-]+)", text))
        assert read == set(there)


def test_the_workflow_hands_on_what_the_action_knows() -> None:
    last = workflow["jobs"]["conformance"]["steps"][-1]
    assert last["uses"] == f"./.conformance-suite{ours}"
    assert set(last["with"]) <= set(action["inputs"])
    assert set(workflow["permissions"].values()) == {"read"}


def test_the_examples_of_the_guide_use_what_there_is() -> None:
    examples = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", DOCS.read_text(), re.DOTALL)]
    used = set()
    for example in examples:
        for job in example["jobs"].values():
            if job.get("uses", "").partition("@")[0].endswith("/.github/workflows/port.yml"):
                used.add("workflow")
                assert set(job["with"]) <= set(called)
                assert {name for name, about in called.items() if about.get("required")} <= set(job["with"])
            for step in job.get("steps", ()):
                if step.get("uses", "").partition("@")[0].endswith(ours):
                    used.add("action")
                    assert set(step["with"]) <= set(action["inputs"])
                    assert "adapter" in step["with"]
    assert used == {"workflow", "action"}
