"""`conformance init`: what it writes is an adapter, in each language whose tools are on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance import doctor_questions
from conformance.scaffold import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome

ELSEWHERE = {"typescript"}
"""Its compiler comes from npm: it is built and examined in tests/ports, by `tox -e ports`."""


def called(*command: str | Path, cwd: Path) -> None:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr


def need(*tools: str) -> None:
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"NOT PROVEN: the scaffold was not run, because {tool} is not on this machine")


@pytest.fixture
def well(
    tmp_path: Path, conformance: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, list[str], Callable[[Path], None]], None]:
    """Writes an adapter, builds it, has the doctor examine it, and runs the tokenizers' cases."""
    monkeypatch.setattr(doctor_questions, "PACE_SECONDS", 0.0)

    def examine(language: str, command: list[str], build: Callable[[Path], None]) -> None:
        directory = tmp_path / "my-port"
        written = conformance("init", "--language", language, directory)
        assert (written.code, written.err) == (0, "")
        build(directory)
        monkeypatch.chdir(directory)
        examined = conformance("doctor", "--", *command)
        assert examined.code == 0, examined.out
        assert "handshake: my-port 0.1.0" in examined.out
        assert "mend" not in examined.out
        ran = conformance("run", "--operation", "tokenizer.encode", "--", *command)
        assert ran.code == 0, ran.out
        assert "Verdict: conforms" in ran.out

    return examine


def test_python(well: Callable[..., None]) -> None:
    well("python", [sys.executable, "adapter.py"], lambda _: None)


def test_elixir(well: Callable[..., None]) -> None:
    need("elixir")
    well("elixir", ["elixir", "adapter.exs"], lambda _: None)


def test_rust(well: Callable[..., None]) -> None:
    need("cargo", "rustc")
    # Not optimised: the build is what takes time here.
    well("rust", ["target/debug/adapter"], lambda directory: called("cargo", "build", "--offline", cwd=directory))


def test_go(well: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    need("go")
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    monkeypatch.setenv("GOPROXY", "off")
    monkeypatch.setenv("GOCACHE", os.environ.get("GOCACHE", str(tmp_path / "cache")))
    well("go", ["./adapter"], lambda directory: called("go", "build", "-o", "adapter", ".", cwd=directory))


def test_every_language_is_proven_here() -> None:
    assert {f"test_{language}" for language in LANGUAGES if language not in ELSEWHERE} <= set(globals())
    elsewhere = (Path(__file__).parents[1] / "ports" / "test_scaffold.py").read_text()
    assert all(f"def test_{language}(" in elsewhere for language in ELSEWHERE)


def test_elixir_under_mix(tmp_path: Path, conformance: Callable[..., Outcome]) -> None:
    need("mix")
    assert conformance("init", "--language", "elixir", tmp_path / "my-port").code == 0
    called("mix", "compile", "--warnings-as-errors", cwd=tmp_path / "my-port")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--language", "cobol", "x"), "there is no template for 'cobol'"),
        (("--language", "python", "Bad Name"), "'Bad Name' cannot be the name of a package"),
        (("--language", "python", "--name", "../x", "x"), "'../x' cannot be the name of a package"),
        (("--language", "python", "file"), "'file' is not a directory"),
        (("--language", "python", "full"), "'full' has adapter.py already; --force overwrites"),
        (("--language", "python"), "DIR"),
        (("x",), "--language"),
    ],
)
def test_bad_input_is_one_line(
    arguments: tuple[str, ...],
    said: str,
    conformance: Callable[..., Outcome],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("full").mkdir()
    Path("full/adapter.py").touch()
    ended = conformance("init", *arguments)
    assert ended.code == 2
    assert said in ended.err
    assert ended.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["adapter.py", "file", "full"]
