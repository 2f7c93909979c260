"""A scenario run by a command over HTTP, or by the reference in memory, and what came of it."""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from conformance.golden_path import golden_dir
from conformance.traces.loop_process import Ran, run_loop
from conformance.traces.scenario import Record, Scenario, Traced
from conformance.traces.service import Service
from conformance.traces.stream import OptimStep, Stream, encode

if TYPE_CHECKING:
    from collections.abc import Sequence


class Trace(Struct, frozen=True, kw_only=True):
    """What a loop did. Records are None where it wrote none, `pipelined` is None where it was not tested.

    `sent_ahead` of `steps` optim_steps came while the result of the pass before was still withheld.
    """

    stream: Stream
    metrics: tuple[Record, ...] | None
    checkpoints: tuple[Record, ...] | None
    sent_ahead: int | None = None
    ran: Ran | None = None
    unread: tuple[str, ...] = ()
    """What it wrote that cannot be read."""

    @property
    def steps(self) -> int:
        return sum(isinstance(operation, OptimStep) for operation in self.stream)

    @property
    def pipelined(self) -> bool | None:
        return None if self.sent_ahead is None else self.sent_ahead >= self.steps > 0


def run_command(
    scenario: Scenario,
    command: Sequence[str],
    *,
    timeout: float,
    withhold: float,
    keep: Path | None = None,
    environment: dict[str, str] | None = None,
    service_python: str = sys.executable,
) -> Trace:
    """Run a command on the scenario against a service of its own, which `service_python` runs.

    Each result of a pass is held back for `withhold` seconds, or until optim_step comes; 0 holds none back.

    Raises:
        UsageError: the service or the command cannot be started.
    """
    params = scenario.decoded()
    with tempfile.TemporaryDirectory(prefix="conformance-trace-") as name:
        directory = Path(name)
        question = directory / "scenario.json"
        question.write_bytes(scenario.question())
        log_dir = keep / scenario.name / "log" if keep is not None else directory / "log"
        log_dir.mkdir(parents=True, exist_ok=True)
        with Service(
            directory,
            base_model=params.base_model,
            rank=params.config.lora_rank,
            held=params.held,
            withhold=withhold,
            python=service_python,
        ) as service:
            told = {
                **service.environment(),
                "CONFORMANCE_SCENARIO": str(question),
                "CONFORMANCE_GOLDEN": str(golden_dir()),
                "CONFORMANCE_LOG_DIR": str(log_dir),
                **(environment or {}),
            }
            ran = run_loop(command, told, timeout)
            stream, withheld = service.stream(), service.withheld()
        metrics, checkpoints = _lines(log_dir / "metrics.jsonl"), _lines(log_dir / "checkpoints.jsonl")
        if keep is not None:
            (keep / scenario.name / "stream.json").write_bytes(encode(stream))
    unread = tuple(found for found in (metrics, checkpoints) if isinstance(found, str))
    return Trace(
        stream=stream,
        metrics=None if isinstance(metrics, str) else metrics,
        checkpoints=None if isinstance(checkpoints, str) else checkpoints,
        sent_ahead=sum(withheld) if withhold else None,
        ran=ran,
        unread=unread,
    )


def run_reference(scenario: Scenario) -> Trace:
    """Run the reference's loop on the scenario, in memory and in this process."""
    from conformance.adapters.reference_loops import answer

    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        answered = answer(scenario.operation, msgspec.json.decode(scenario.params))
    finally:
        logging.disable(before)
    traced = msgspec.convert(answered, Traced)
    return Trace(
        stream=tuple(traced.stream),
        metrics=None if traced.metrics is msgspec.UNSET else tuple(traced.metrics),
        checkpoints=None if traced.checkpoints is msgspec.UNSET else tuple(traced.checkpoints),
    )


def _lines(path: Path) -> tuple[Record, ...] | str | None:
    """The records of a file; None if there is none, a sentence if it cannot be read."""
    if not path.exists():
        return None
    records: list[Any] = []
    try:
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
            if line.strip():
                records.append(json.loads(line))
                if not isinstance(records[-1], dict):
                    return f"{path.name}:{number} is no JSON object"
    except (OSError, ValueError, RecursionError) as error:
        return f"{path.name} cannot be read: {error}"
    return tuple(records)
