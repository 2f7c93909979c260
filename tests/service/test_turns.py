from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from conformance.service.errors import Refused
from conformance.service.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Queue:
    """Turns, and what they let run."""

    def __init__(self, patience: float) -> None:
        self.ran: list[int] = []
        self.gaps: list[tuple[int, int]] = []
        self.turns = Turns(patience=patience, skipped=lambda first, last: self.gaps.append((first, last)))

    def take(self, seq_id: int | None, name: int, digest: bytes = b"") -> None:
        assert self.turns.seen(seq_id, digest) is None
        self.turns.take(seq_id, digest, str(name), lambda: self.ran.append(name))


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await scenario()

    asyncio.run(main())


def test_they_run_by_seq_id() -> None:
    async def scenario() -> None:
        queue = Queue(60)
        for seq_id in (2, 3, 1, 5):
            queue.take(seq_id, seq_id)
        assert queue.ran == [1, 2, 3]
        queue.take(4, 4)
        assert queue.ran == [1, 2, 3, 4, 5]
        queue.turns.close()

    run(scenario)


def test_a_gap_is_waited_for_and_then_passed() -> None:
    async def scenario() -> None:
        queue = Queue(0.05)
        queue.take(1, 1)
        queue.take(4, 4)
        queue.take(6, 6)
        assert queue.ran == [1]
        while len(queue.ran) < 3:
            await asyncio.sleep(0.01)
        assert queue.ran == [1, 4, 6]
        assert queue.gaps == [(2, 3), (5, 5)]
        with pytest.raises(Refused, match="too late"):
            queue.turns.seen(5, b"")

    run(scenario)


def test_the_same_request_again_gets_the_same_future() -> None:
    async def scenario() -> None:
        queue = Queue(60)
        queue.take(1, 1, b"same")
        assert queue.turns.seen(1, b"same") == "1"
        with pytest.raises(Refused, match="another request"):
            queue.turns.seen(1, b"other")
        assert queue.ran == [1]

    run(scenario)


def test_without_a_seq_id_it_is_the_next() -> None:
    async def scenario() -> None:
        queue = Queue(60)
        queue.take(None, 10)
        queue.take(3, 30)
        queue.take(2, 20)
        queue.take(None, 40)
        assert queue.ran == [10, 20, 30, 40]

    run(scenario)
