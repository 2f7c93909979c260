"""Operations on one model take their turns by seq_id, in whatever order they arrive.

The SDK reserves seq_ids before it sends (tinker 0.38: the first chunk of a batch is sent last), so that a smaller one
may still be on its way. It may also never come: a request that fails in the client leaves a gap. So operations wait
for a missing seq_id for a limited time, and then go on without it; what comes for it later is refused.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.service import limits
from conformance.service.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Seen:
    """What came for a seq_id: the digest of its content, and the id of its future."""

    digest: bytes
    future: str


class Turns:
    """The queue of one model.

    Args:
        patience: seconds to wait for a missing seq_id.
        skipped: is told the seq_ids that were given up, first and last.
    """

    def __init__(self, *, patience: float, skipped: Callable[[int, int], None]) -> None:
        self._next = 1
        self._last = 0
        self._waiting: dict[int, Callable[[], None]] = {}
        self._seen: dict[int, Seen] = {}
        self._patience = patience
        self._skipped = skipped
        self._timer: asyncio.TimerHandle | None = None

    def seen(self, seq_id: int | None, digest: bytes) -> str | None:
        """The future's id of an earlier request of the same content, if this is the same request again.

        Raises:
            Refused: 400 the seq_id was used for something else, or its turn is over.
        """
        if seq_id is None:
            return None
        earlier = self._seen.get(seq_id)
        if earlier is None:
            if seq_id < self._next:
                raise Refused(400, f"seq_id {seq_id} comes too late: the model is at {self._next}")
            return None
        if earlier.digest != digest:
            raise Refused(400, f"seq_id {seq_id} was used for another request")
        return earlier.future

    def take(self, seq_id: int | None, digest: bytes, future: str, run: Callable[[], None]) -> None:
        """Let `run` be called in its turn. Without a seq_id it is the next after all that came."""
        place = self._last + 1 if seq_id is None else seq_id
        self._last = max(self._last, place)
        self._seen[place] = Seen(digest, future)
        self._waiting[place] = run
        self._advance()

    def _advance(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while (run := self._waiting.pop(self._next, None)) is not None:
            self._seen.pop(self._next - limits.KEPT_TURNS, None)
            self._next += 1
            run()
        if self._waiting:
            self._timer = asyncio.get_running_loop().call_later(self._patience, self._give_up)

    def _give_up(self) -> None:
        self._timer = None
        if self._waiting:
            first = min(self._waiting)
            self._skipped(self._next, first - 1)
            self._next = first
            self._advance()

    def close(self) -> None:
        """Wait for nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
