"""The real SDK against the service. tox runs these in environments of their own, one for each wire.

In an environment without the SDK they are errors, not skipped: a wire that nobody tested must not read as tested.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.service.running import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import tinker


@pytest.fixture
def start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., tuple[Served, tinker.ServiceClient]]]:
    """Starts a service and a client of it."""
    import tinker

    running: list[Served] = []

    def begin(script: str = "") -> tuple[Served, tinker.ServiceClient]:
        path = tmp_path / "script.toml"
        path.write_text(script)
        served = Served("--script", str(path), "--gap-seconds", "2")
        running.append(served)
        monkeypatch.setenv("TINKER_BASE_URL", served.greeting["base_url"])
        monkeypatch.setenv("TINKER_API_KEY", "tml-test")
        return served, tinker.ServiceClient()

    yield begin
    for served in running:
        served.stop()
