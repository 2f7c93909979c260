"""Results that are held back until a later request has arrived: how a loop is asked whether it sends ahead."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.service.futures import Future


@dataclass
class Held:
    """One result. `arrived`: None while it is held, then whether what it waited for came in time."""

    future: Future
    on: str
    number: int
    until: str
    seconds: float
    arrived: bool | None = None
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)

    def told(self) -> dict[str, Any]:
        return {"on": self.on, "number": self.number, "until": self.until, "arrived": self.arrived}


class Withholding:
    """All results that were ever held back."""

    def __init__(self) -> None:
        self._all: list[Held] = []
        self._waiting: list[Held] = []

    def hold(self, future: Future, *, on: str, until: str, seconds: float) -> None:
        """Show no result of a future until a request `until` arrives, or so many seconds are over."""
        future.hold()
        number = 1 + sum(held.on == on for held in self._all)
        held = Held(future, on, number, until, seconds)
        held.timer = asyncio.get_running_loop().call_later(seconds, self._release, held, False)
        self._all.append(held)
        self._waiting.append(held)

    def arrive(self, endpoint: str) -> None:
        """A request came: the results that waited for one like it are shown. A step may have had several passes."""
        for held in tuple(self._waiting):
            if held.until == endpoint:
                self._release(held, True)

    def release_all(self) -> None:
        for held in tuple(self._waiting):
            self._release(held, False)

    def told(self) -> list[dict[str, Any]]:
        """What became of each, in the order in which they were held back."""
        return [held.told() for held in self._all]

    def _release(self, held: Held, arrived: bool) -> None:
        if held in self._waiting:
            self._waiting.remove(held)
            held.arrived = arrived
            if held.timer is not None:
                held.timer.cancel()
            held.future.release()
