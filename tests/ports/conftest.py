"""The TypeScript port as it is built, and copies of it with one fault each."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typescript_faults import FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from typescript_faults import SourceFault

PORT = Path(__file__).parents[2] / "conformance" / "adapters" / "typescript"
TRANSPILE = Path(__file__).with_name("transpile.mjs")


@pytest.fixture(scope="session")
def port() -> Path:
    """The adapter of the port, built."""
    adapter = PORT / "dist" / "adapter.js"
    if not adapter.is_file() or not (PORT / "node_modules" / "typescript").is_dir():
        pytest.fail(f"the port is not built: in {PORT}, npm ci && npm run build; or run `tox -e ports`")
    return adapter


@pytest.fixture(scope="session")
def scripts(port: Path) -> dict[str, str]:
    """The changed file of every fault, as JavaScript, by the fault's name."""
    changed = {}
    for fault in FAULTS:
        source = (PORT / "src" / fault.file).read_text()
        assert source.count(fault.before) == 1, f"{fault.name}: {fault.file} has {fault.before!r} not once"
        changed[fault.name] = source.replace(fault.before, fault.after)
    done = subprocess.run(
        ["node", str(TRANSPILE), str(PORT / "package.json")],
        input=json.dumps(changed),
        capture_output=True,
        text=True,
        check=True,
    )
    made: dict[str, str] = json.loads(done.stdout)
    return made


@pytest.fixture
def planted(scripts: dict[str, str], tmp_path: Path) -> Callable[[SourceFault], Path]:
    """Plants a fault in a copy of the port; its adapter."""

    def plant(fault: SourceFault) -> Path:
        copy = tmp_path / "port"
        shutil.copytree(PORT / "dist", copy / "dist")
        shutil.copy(PORT / "package.json", copy)
        (copy / "node_modules").symlink_to(PORT / "node_modules")
        (copy / "dist" / fault.file).with_suffix(".js").write_text(scripts[fault.name])
        return copy / "dist" / "adapter.js"

    return plant
