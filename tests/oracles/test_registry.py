"""conformance/oracles/registry.py: which oracles there are, and how each is started."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from pathlib import Path

import pytest

from conformance.exits import UsageError
from conformance.oracles.registry import ORACLES, PACKAGES, PRINCIPAL, Oracle, oracle_command

TOX = (Path(__file__).parents[2] / "tox.ini").read_text()
PYTHON = Path(sys.executable)


def test_the_principal_oracle_is_one_of_them() -> None:
    assert PRINCIPAL in ORACLES
    assert ORACLES[PRINCIPAL].release == ""


@pytest.mark.parametrize("oracle", ORACLES.values(), ids=ORACLES)
def test_an_oracle_is_a_module_with_an_environment_that_tox_builds(oracle: Oracle) -> None:
    assert importlib.util.find_spec(oracle.module) is not None
    assert oracle.environment is None or f"[testenv:{oracle.environment}]" in TOX
    assert oracle.witness.format(version="1.2", renderer="qwen3")


def test_oracles_are_told_apart_as_witnesses() -> None:
    named = [oracle.witness for oracle in ORACLES.values() if not oracle.release]
    assert len(set(named)) == len(named)


def test_the_client_of_the_live_api_has_a_history_too() -> None:
    oracle = ORACLES["tinker-0.15.0"]
    assert (oracle.release, oracle.called.format(version="0.15.0")) == ("tinker-0.15.0", "tinker==0.15.0")
    assert f"history/{oracle.release} tinker==0.15.0" in TOX


def test_an_oracle_without_an_environment_runs_in_ours() -> None:
    command, environment = oracle_command(ORACLES["reference"], {})
    assert command == (sys.executable, "-m", "conformance.adapters.reference")
    assert environment["PYTHONPATH"].split(os.pathsep)[0] == str(PACKAGES)
    assert (PACKAGES / "conformance").is_dir()
    assert (PACKAGES / "cookbook").is_dir()


def test_a_python_may_be_given() -> None:
    command, _ = oracle_command(ORACLES["upstream"], {"upstream": PYTHON, "harmony": Path("/no")})
    assert command == (sys.executable, "-m", "conformance.oracles.upstream")


def test_what_was_in_the_path_stays_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/mine")
    _, environment = oracle_command(ORACLES["reference"], {})
    assert environment["PYTHONPATH"].split(os.pathsep) == [str(PACKAGES), "/mine"]


def test_the_environment_of_tox_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="tox -e oracle-upstream") as raised:
        oracle_command(ORACLES["upstream"], {})
    assert str(tmp_path) in str(raised.value)
    place = tmp_path / ".tox" / "oracle-upstream" / "bin"
    place.mkdir(parents=True)
    (place / "python").symlink_to(PYTHON)
    command, _ = oracle_command(ORACLES["upstream"], {})
    assert command[0] == str(place / "python")


@pytest.mark.parametrize("given", ["/no/such/python", "/", "."])
def test_a_python_that_is_none_is_refused_with_the_remedy(given: str) -> None:
    with pytest.raises(
        UsageError, match=re.escape(f"no Python at {given}: build it with `tox -e oracle-upstream`, or")
    ):
        oracle_command(ORACLES["upstream"], {"upstream": Path(given)})


def test_an_older_release_runs_on_the_environment_of_the_principal(tmp_path: Path) -> None:
    oracle = next(oracle for oracle in ORACLES.values() if oracle.release)
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(PYTHON)
    with pytest.raises(UsageError, match=oracle.name):
        oracle_command(oracle, {"upstream": python})
    release = tmp_path / "history" / oracle.release
    release.mkdir(parents=True)
    command, environment = oracle_command(oracle, {"upstream": python})
    assert command == (str(python), "-m", oracle.module)
    assert environment["PYTHONPATH"].split(os.pathsep)[:2] == [str(release), str(PACKAGES)]
