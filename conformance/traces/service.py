"""`conformance serve` as a child process, for the time that a loop runs."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, Self

from conformance.child import CannotStart, Child
from conformance.exits import UsageError
from conformance.oracles.registry import PACKAGES
from conformance.traces import stream

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from conformance.traces.scenario import Held

START_SECONDS = 60.0
LINE = 1 << 16
KEY = "tml-conformance"
"""Any key will do; clients want one of this form."""
HELD_SECONDS = 10.0
"""How long a result is held back for the request that a pipelined loop has sent ahead: long, for a busy machine."""
ROUNDS = 1000


class Service:
    """A service on loopback that holds results of passes back until optim_step comes.

    As a context manager it ends the process with everything it started.
    """

    def __init__(
        self,
        directory: Path,
        *,
        base_model: str,
        rank: int,
        held: Sequence[Held],
        withhold: float = 0.0,
        python: str = sys.executable,
    ) -> None:
        """Start it. `directory` is for its script, `python` that of the environment it is to live in.

        A result of a pass is held back for `withhold` seconds at most; 0 holds none back.

        Raises:
            UsageError: it does not start: what it needs is not installed, or the machine refuses.
        """
        checkpoints = [
            {"path": one.path, "version": one.version, "base_model": base_model, "rank": rank} for one in held
        ]
        fault = {"on": "forward_backward", "do": "withhold", "until": "optim_step", "seconds": withhold}
        script = {"checkpoint": checkpoints, "fault": [{**fault, "times": ROUNDS}] if withhold else []}
        path = directory / "script.json"
        path.write_text(json.dumps(script))
        command = [python, "-m", "conformance.cli", "serve", "--with-parent", "--script", str(path)]
        try:
            environment = {
                **os.environ,
                "PYTHONPATH": os.pathsep.join(filter(None, (str(PACKAGES), os.environ.get("PYTHONPATH", "")))),
            }
            self._child = Child(command, line_limit=LINE, env=environment)
        except CannotStart as error:
            raise UsageError(f"the service does not start: {error}") from error
        try:
            self.greeting = self._greeted()
        except BaseException:
            self._child.kill()
            raise
        self.base_url = str(self.greeting["base_url"])
        self.pid = self._child.pid

    def environment(self) -> dict[str, str]:
        """What a client of the service finds it with."""
        return {"TINKER_BASE_URL": self.base_url, "TINKER_API_KEY": KEY, "TINKER_TELEMETRY": "0"}

    def stream(self) -> stream.Stream:
        """What it was asked so far."""
        lines = [line for line in self._get("stream").split(b"\n") if line]
        return stream.decode(b"[" + b",".join(lines) + b"]")

    def withheld(self) -> list[bool]:
        """For each result that was held back whether what it waited for came in time."""
        report: dict[str, Any] = json.loads(self._get("report"))
        return [one["arrived"] is True for one in report["withheld"]]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.terminate()
        self._child.wait(2.0)
        self._child.kill()

    def _greeted(self) -> dict[str, Any]:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            for line in self._child.pump(0.1):
                greeting: dict[str, Any] = json.loads(line)
                return greeting
            if self._child.stdout_closed:
                break
        self._child.wait(1.0)
        self._child.drain()
        tail = self._child.stderr_tail
        why = tail[-1] if tail else f"nothing was heard of it for {START_SECONDS:g} s"
        raise UsageError(f"the service does not start: {why}")

    def _get(self, what: str) -> bytes:
        request = urllib.request.Request(f"{self.base_url}/conformance/{what}", headers={"X-API-Key": KEY})
        # The machine's proxies are for elsewhere.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as answer:
                data: bytes = answer.read()
        except (urllib.error.URLError, OSError) as error:
            raise UsageError(f"the service does not answer any more: {error}") from error
        return data
