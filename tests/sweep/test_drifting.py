"""conformance/sweep/drifting.py: the newest release that answers as the port does. The releases are copies of the
reference that go wrong as the port does, or do not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from conformance.differing import Minimizer, wire
from conformance.exits import UsageError
from conformance.sweep.adding_up import Group
from conformance.sweep.asking import Sweeper, sweeper_for
from conformance.sweep.drifting import drifts_of, releases
from conformance.sweep.plan import Data
from conformance.sweep.settings import Settings
from conformance.sweep.shrinking import Small

PORT = (sys.executable, str(Path(__file__).parent / "ports.py"))
SETTINGS = Settings(command=PORT, renderer="qwen3", tokenizer="bytes-qwen3", train_on_what="last_assistant_message")


def small(sweeper: Sweeper, mark: str) -> Small:
    """A finding as it comes of a row in which the port goes wrong."""
    messages = [{"role": "user", "content": f"Hi {mark}"}, {"role": "assistant", "content": "Ho"}]
    fixed = {"renderer": SETTINGS.renderer, "tokenizer": SETTINGS.tokenizer}
    params = wire({**fixed, "messages": messages, "train_on_what": SETTINGS.train_on_what})
    minimizer = Minimizer(asker=sweeper.asker, reference=sweeper.reference, comparison=sweeper.comparison)
    group = Group(kind=("differing", "x", "x"), rows=1, unit=0, row=1, size=1)
    return Small(group=group, file="rows.jsonl", asked=minimizer.difference(SETTINGS.operation, params))


def test_the_newest_release_that_answers_so() -> None:
    with sweeper_for(SETTINGS, Data(files=(), layouts=())) as sweeper:
        found = [small(sweeper, "NEWLINE"), small(sweeper, "BREAK"), Small(group=None, file="x")]  # type: ignore[arg-type]
    right = (sys.executable, "-m", "conformance.adapters.reference")
    commands = {name: (command, dict(os.environ)) for name, command in (("3", right), ("2", PORT), ("1", PORT))}
    assert drifts_of(found, settings=SETTINGS, commands=commands) == {0: "2"}
    broken = {"1": ((sys.executable, "-c", "pass"), dict(os.environ))}
    with pytest.raises(UsageError, match="release 1 of the original cannot be asked"):
        drifts_of(found, settings=SETTINGS, commands=broken)


def test_releases_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no Python at"):
        releases({"upstream": tmp_path / "python"})
