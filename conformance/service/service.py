"""The service itself, without HTTP: its state, its results, its record, and what is to go wrong."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.service import limits
from conformance.service.faults import Fault, Faults, Script
from conformance.service.futures import Futures
from conformance.service.recorder import Recorder
from conformance.service.state import State
from conformance.service.turns import Turns
from conformance.service.withholding import Withholding

if TYPE_CHECKING:
    from conformance.service.futures import Future
    from conformance.service.protobuf_wire import ProtobufWire
    from conformance.service.results import Result


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request, as handlers see it."""

    endpoint: str
    body: bytes = b""
    content_type: str = ""
    accepts_protobuf: bool = False
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    withhold: tuple[Fault, ...] = ()


class Service:
    """One service.

    Args:
        script: what goes wrong, and flags.
        protobuf: the wire of new SDKs, where there is one.
        tokenizer: what get_info calls the tokenizer, a name or a directory. None: the base model.
        gap_seconds: how long operations wait for a missing seq_id.
    """

    def __init__(
        self,
        *,
        script: Script | None = None,
        protobuf: ProtobufWire | None = None,
        tokenizer: str | None = None,
        gap_seconds: float = limits.GAP_SECONDS,
    ) -> None:
        self.script = script or Script()
        self.protobuf = protobuf
        self.tokenizer = tokenizer
        self.state = State()
        self.futures = Futures()
        self.recorder = Recorder()
        self.faults = Faults(self.script.fault)
        self.withholding = Withholding()
        self.gaps: list[dict[str, Any]] = []
        self.counts: dict[str, int] = {}
        self.refused: dict[str, int] = {}
        self.names = 0
        self.closing = False
        self._gap_seconds = gap_seconds
        for known in self.script.checkpoint:
            self.state.know(known)

    def wires(self) -> list[str]:
        return ["json", "protobuf"] if self.protobuf is not None else ["json"]

    def new_name(self) -> str:
        """What the record calls the next model."""
        self.names += 1
        return f"m{self.names - 1}"

    def new_turns(self, name: str) -> Turns:
        def skipped(first: int, last: int) -> None:
            self.gaps.append({"model": name, "first_seq_id": first, "last_seq_id": last})

        return Turns(patience=self._gap_seconds, skipped=skipped)

    def new_future(self, call: Call) -> Future:
        """A future for what a call asks, held back if the script says so."""
        future = self.futures.new(call.endpoint)
        for fault in call.withhold:
            self.withholding.hold(future, on=fault.on, until=fault.until, seconds=fault.seconds)
        return future

    def resolved(self, call: Call, result: Result) -> Future:
        """A future that has its result already."""
        future = self.new_future(call)
        self.futures.resolve(future, result)
        return future

    def report(self) -> dict[str, Any]:
        """What happened so far, in numbers."""
        return {
            "wires": self.wires(),
            "sessions": len(self.state.sessions),
            "models": len(self.state.models),
            "requests": dict(sorted(self.counts.items())),
            "refused": dict(sorted(self.refused.items())),
            "recorded": len(self.recorder),
            "results_kept": len(self.futures),
            "faults": self.faults.fired,
            "gaps": self.gaps,
            "withheld": self.withholding.told(),
        }

    def close(self) -> None:
        """Let nobody wait any longer."""
        self.closing = True
        self.withholding.release_all()
        for model in self.state.models.values():
            model.turns.close()


def digest(line: bytes) -> bytes:
    """What tells two requests for the same seq_id apart."""
    return hashlib.blake2b(line, digest_size=16).digest()
