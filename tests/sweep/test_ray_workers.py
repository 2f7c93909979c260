"""conformance/sweep/ray_workers.py without a cluster. With one: tests/cluster."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from data_sets import rows, write

from conformance.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def test_without_ray_it_says_what_to_install(
    conformance: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    data = write(tmp_path / "rows.jsonl", rows(3))
    ended = conformance("sweep", data, "--renderer", "qwen3", "--output", tmp_path / "out", "--ray", "auto")
    assert (ended.code, ended.err.count("\n")) == (Exit.USAGE, 1)
    assert "pip install 'cookbook-conformance[ray]'" in ended.err
