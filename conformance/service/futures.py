"""Results that clients come back for.

Every result is kept until it was fetched, and the last few hundred after that, since the answer may be lost on its
way. What had to be given up answers 410, which is how the API says that a future has expired.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

from conformance.service import limits
from conformance.service.errors import Refused

if TYPE_CHECKING:
    from conformance.service.results import Result

PREFIX = "future-"


class Future:
    """One result to come. `kind` is the operation that it is of."""

    def __init__(self, id: str, kind: str) -> None:
        self.id = id
        self.kind = kind
        self.result: Result | None = None
        self.held = False
        self.fetched = False
        self._ready = asyncio.Event()

    @property
    def ready(self) -> bool:
        return self._ready.is_set()

    def resolve(self, result: Result) -> None:
        """Give it its result, which is shown unless it is held back."""
        self.result = result
        if not self.held:
            self._ready.set()

    def hold(self) -> None:
        """Show no result until `release`."""
        self.held = True

    def release(self) -> None:
        self.held = False
        if self.result is not None:
            self._ready.set()

    async def wait(self, seconds: float) -> bool:
        """Whether the result can be shown, after so many seconds at most."""
        try:
            await asyncio.wait_for(self._ready.wait(), seconds)
        except TimeoutError:
            return False
        return True


class Futures:
    """All results of a service."""

    def __init__(self) -> None:
        self._count = 0
        self._all: dict[str, Future] = {}
        self._fetched: OrderedDict[str, int] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._all)

    def new(self, kind: str) -> Future:
        """A future without a result."""
        self._count += 1
        future = Future(f"{PREFIX}{self._count}", kind)
        self._all[future.id] = future
        return future

    def resolve(self, future: Future, result: Result) -> None:
        """Give a future its result, and make room for it."""
        self._bytes += result.size
        future.resolve(result)
        if self._bytes > limits.KEPT_BYTES:
            for other in [*self._fetched, *self._all]:
                if self._bytes <= limits.KEPT_BYTES or other == future.id:
                    break
                self._drop(other)

    def get(self, id: str) -> Future:
        """The future of this id.

        Raises:
            Refused: 404 there never was one, 410 its result was given up.
        """
        found = self._all.get(id)
        if found is not None:
            return found
        number = id.removeprefix(PREFIX)
        numbered = id.startswith(PREFIX) and number.isascii() and number.isdecimal() and len(number) < 18
        if numbered and 0 < int(number) <= self._count:
            raise Refused(410, f"the result of {id} is no longer kept")
        raise Refused(404, "no such request_id")

    def fetched(self, future: Future) -> None:
        """The result was sent: keep it for a while only."""
        self._fetched[future.id] = 0
        self._fetched.move_to_end(future.id)
        while len(self._fetched) > limits.KEPT_RESULTS:
            self._drop(next(iter(self._fetched)))

    def _drop(self, id: str) -> None:
        self._fetched.pop(id, None)
        future = self._all.get(id)
        if future is None or future.result is None:
            return
        self._bytes -= future.result.size
        del self._all[id]
