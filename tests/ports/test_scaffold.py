"""The TypeScript scaffold as its README says: its packages come from npm, its compiler builds it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from conformance import doctor_questions
from conformance.scaffold import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    import pytest


def test_typescript(conformance: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path / "my-port"
    assert conformance("init", "--language", "typescript", directory).code == 0
    language = LANGUAGES["typescript"]
    assert language.build
    for command in language.build:
        done = subprocess.run(command.split(), cwd=directory, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.setattr(doctor_questions, "PACE_SECONDS", 0.0)
    monkeypatch.chdir(directory)
    examined = conformance("doctor", "--", *language.command.split())
    assert examined.code == 0, examined.out
    assert "handshake: my-port 0.1.0" in examined.out
    assert "mend" not in examined.out
    ran = conformance("run", "--operation", "tokenizer.encode", "--", *language.command.split())
    assert ran.code == 0, ran.out
    assert "Verdict: conforms" in ran.out
