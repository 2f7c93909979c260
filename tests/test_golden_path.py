"""conformance/golden_path.py: the golden files are found in a checkout and in an installed wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conformance import golden_path


def test_the_checkouts_golden_directory_is_found() -> None:
    assert golden_path.golden_dir() == Path(__file__).resolve().parent.parent / "golden"


@pytest.mark.parametrize("place", ["conformance/golden", "golden"])
def test_golden_is_found_inside_or_beside_the_package(tmp_path: Path, place: str) -> None:
    found = _ask(tmp_path, place)
    assert (found.returncode, found.stdout.strip()) == (0, str(tmp_path.resolve() / place))


def test_an_incomplete_installation_is_named(tmp_path: Path) -> None:
    found = _ask(tmp_path, None)
    assert found.returncode == 1
    assert "FileNotFoundError: no golden files in " in found.stderr


def _ask(site: Path, golden: str | None) -> subprocess.CompletedProcess[str]:
    (site / "conformance").mkdir()
    (site / "conformance" / "__init__.py").touch()
    shutil.copy(golden_path.__file__, site / "conformance")
    if golden is not None:
        (site / golden / "tokenizers").mkdir(parents=True)
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "from conformance.golden_path import golden_dir; print(golden_dir())"
    )
    return subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
