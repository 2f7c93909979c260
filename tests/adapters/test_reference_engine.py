"""conformance/adapters/reference_engine.py: which engine is asked for, and what its version is."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from byte_files import ADDED, tokenizer_json

from conformance.adapters import reference_engine
from cookbook.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("package", [*reference_engine.ENGINES, "numpy", "pytest"])
def test_the_version_is_the_one_that_is_installed(package: str) -> None:
    assert reference_engine.version(package) == importlib.metadata.version(package)


@pytest.mark.parametrize("package", ["no_such_package", "json"])
def test_what_no_installer_put_there_has_none(package: str) -> None:
    assert reference_engine.version(package) is None
    assert reference_engine.stated(package) == {}


def test_a_package_without_its_directory_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here" / "lone").mkdir(parents=True)
    (tmp_path / "here" / "lone" / "__init__.py").touch()
    (tmp_path / "there" / "lone-4.2.dist-info").mkdir(parents=True)
    (tmp_path / "there" / "lone-4.2.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: lone\nVersion: 4.2\n"
    )
    monkeypatch.syspath_prepend(tmp_path / "here")
    assert reference_engine.version("lone") is None
    monkeypatch.syspath_prepend(tmp_path / "there")
    assert reference_engine.version("lone") == "4.2"


def test_an_engine_that_is_not_installed_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reference_engine, "version", lambda _: None)
    with pytest.raises(SystemExit) as ended:
        reference_engine.chosen(["--engine", "fastokens"])
    assert ended.value.code == 2
    assert "the engine 'fastokens' is not installed" in capsys.readouterr().err
    assert reference_engine.chosen([]) == "tokenizers"


def test_the_library_knows_every_engine(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(tokenizer_json(ADDED))
    for engine in reference_engine.ENGINES:
        loaded = load_tokenizer(path, engine=engine).engine
        assert {"engine": {"name": loaded.name, "version": loaded.version}} == reference_engine.stated(engine)


def test_to_state_an_engine_imports_none() -> None:
    program = (
        "import sys; before = set(sys.modules); from conformance.adapters import reference_engine as engine\n"
        "assert all(engine.stated(engine.chosen([])) for _ in range(2)) and engine.stated('fastokens')\n"
        "print(sorted({'tokenizers', 'fastokens', 'argparse', 'importlib.metadata'} & (set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
