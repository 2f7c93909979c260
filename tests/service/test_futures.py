from __future__ import annotations

import asyncio

import pytest

from conformance.service import limits
from conformance.service.errors import Refused
from conformance.service.futures import Futures
from conformance.service.results import Plain


@pytest.fixture
def futures(monkeypatch: pytest.MonkeyPatch) -> Futures:
    monkeypatch.setattr(limits, "KEPT_RESULTS", 3)
    return Futures()


DONE = Plain(content={})


def status(futures: Futures, id: str) -> int:
    with pytest.raises(Refused) as refused:
        futures.get(id)
    return refused.value.status


def test_fetched_results_are_kept_for_a_while(futures: Futures) -> None:
    made = [futures.new("optim_step") for _ in range(5)]
    for future in made:
        futures.resolve(future, DONE)
        futures.fetched(future)
    assert [status(futures, future.id) for future in made[:2]] == [410, 410]
    assert [futures.get(future.id) for future in made[2:]] == made[2:]


def test_results_that_were_not_fetched_are_kept(futures: Futures) -> None:
    made = [futures.new("optim_step") for _ in range(10)]
    for future in made:
        futures.resolve(future, DONE)
    assert [futures.get(future.id) for future in made] == made


def test_too_many_bytes_go_oldest_first(futures: Futures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "KEPT_BYTES", 3 * DONE.size)
    waiting = futures.new("optim_step")
    made = [futures.new("optim_step") for _ in range(5)]
    for future in made:
        futures.resolve(future, DONE)
    assert [status(futures, future.id) for future in made[:2]] == [410, 410]
    assert futures.get(made[4].id) is made[4]
    assert futures.get(waiting.id) is waiting


@pytest.mark.parametrize(
    "id", ["", "future-", "future-0", "future-1", "future-01", "future-²", "future-9e9", "x" * 200]
)
def test_what_never_was_is_not_found(futures: Futures, id: str) -> None:
    assert status(futures, id) == 404


def test_a_result_that_is_held_back_is_not_ready(futures: Futures) -> None:
    async def scenario() -> None:
        future = futures.new("forward_backward")
        future.hold()
        futures.resolve(future, DONE)
        assert not await future.wait(0.01)
        future.release()
        assert await future.wait(0.01)

    asyncio.run(scenario())


def test_releasing_shows_no_result_that_is_not_there(futures: Futures) -> None:
    future = futures.new("forward_backward")
    future.hold()
    future.release()
    assert not future.ready
    futures.resolve(future, DONE)
    assert future.ready
