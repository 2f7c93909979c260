"""Who does the units of a sweep on many machines: actors on a Ray cluster, each with an adapter session of its own.

Ray finds the machines, starts the actors and says who is lost; a unit of a lost actor is done again by another, as on
one machine. The port and the data have to be at the same paths on every machine, and the tokenizer in its store.
"""

from __future__ import annotations

import sys
from collections import deque
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

from conformance.asking import AdapterUnusable
from conformance.exits import UsageError
from conformance.sweep.workers import AHEAD, Todo, failed, failure
from cookbook.datasets import DataError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from conformance.sweep.asking import Sweeper, UnitReport
    from conformance.sweep.plan import Data, Task
    from conformance.sweep.settings import Settings

GOODBYE = 5.0
"""Seconds that actors have to end their ports."""
PLACING = 300.0
"""Seconds to wait for a place for the first actor."""
UNWILLING = 10
"""Actors in a row that may be lost before they have done anything."""


def by_ray(
    settings: Settings, data: Data, tasks: Iterator[Task], *, address: str, jobs: int | None
) -> Generator[UnitReport]:
    """Do the units with `jobs` actors, or one a core of the cluster, and give what comes of them as it comes.

    Raises:
        AdapterUnusable, DataError: as `Sweeper.unit`, on whichever machine.
        UsageError: Ray is not installed, there is no cluster at the address, or a unit kills whoever does it.
    """
    ray = _connected(address)
    size = jobs or max(1, int(ray.cluster_resources().get("CPU", 1)))
    troupe = _Troupe(ray, settings, data, size)
    # Ray writes what happens to its machines to stdout, where the report belongs.
    with redirect_stdout(sys.stderr):
        try:
            yield from troupe.reports(tasks)
        finally:
            troupe.dismiss()
            ray.shutdown()


def _connected(address: str) -> Any:
    try:
        import ray
    except ImportError as error:
        raise UsageError("--ray needs Ray: pip install 'cookbook-conformance[ray]'") from error
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR", ignore_reinit_error=True)
    except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
        why = " ".join(str(error).split())[:200]
        raise UsageError(f"there is no Ray cluster at {address!r}: {why}; start one with `ray start --head`") from error
    return ray


class Actor:
    """A sweeper on some machine of the cluster. Errors come back as values, which travel without being wrapped."""

    def __init__(self, settings: Settings, data: Data) -> None:
        self._settings = settings
        self._data = data
        self._sweeper: Sweeper | None = None

    def unit(self, task: Task) -> UnitReport | tuple[str, str, tuple[str, ...]]:
        from conformance.in_process import quietly
        from conformance.sweep.asking import sweeper_for

        try:
            if self._sweeper is None:
                self._sweeper = sweeper_for(self._settings, self._data)
            with quietly():
                return self._sweeper.unit(task)
        except (AdapterUnusable, DataError, UsageError) as error:
            return failure(error)

    def close(self) -> None:
        """End the port."""
        if self._sweeper is not None:
            self._sweeper.__exit__(None, None, None)
            self._sweeper = None


class _Member:
    """An actor: `ready` is a promise that it has been placed on some machine, None once it has been kept."""

    def __init__(self, actor: Any) -> None:
        self.actor = actor
        self.ready: Any = actor.__ray_ready__.remote()
        self.given: deque[tuple[Any, Task]] = deque()


class _Troupe:
    """Actors that do units.

    Only those get any that have a place on a machine: where a machine was lost, its actors' successors may never have.
    """

    def __init__(self, ray: Any, settings: Settings, data: Data, size: int) -> None:
        self._ray = ray
        self._data = data
        self._kind = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(Actor)
        # Put once, fetched by each machine once: a plan may be long.
        self._arguments = (settings, ray.put(data))
        self._members: list[_Member] = []
        self._lost = 0
        for _ in range(size):
            self._hire()

    def reports(self, tasks: Iterator[Task]) -> Generator[UnitReport]:
        todo = Todo(tasks, self._data)
        while True:
            self._hand_out(todo)
            working = {one.given[0][0]: one for one in self._members if one.given}
            if not working and todo.is_empty:
                return
            arriving = {one.ready: one for one in self._members if one.ready is not None}
            for promise in self._first_kept([*working, *arriving], patient=bool(working)):
                member = working.get(promise) or arriving[promise]
                try:
                    answer = self._ray.get(promise)
                except self._ray.exceptions.RayError as error:
                    self._replace(member, todo, error)
                    continue
                self._lost = 0
                if promise in arriving:
                    member.ready = None
                    continue
                member.given.popleft()
                if isinstance(answer, tuple):
                    raise failed(*answer)
                yield answer

    def dismiss(self) -> None:
        """End the actors and their ports."""
        ended = [one.actor.close.remote() for one in self._members if one.ready is None]
        if ended:
            self._ray.wait(ended, num_returns=len(ended), timeout=GOODBYE)
        for one in self._members:
            self._ray.kill(one.actor)
        self._members = []

    def _hand_out(self, todo: Todo) -> None:
        # A round at a time, so that every member has its first before any has its second.
        for depth in range(1, AHEAD + 1):
            for one in self._members:
                if one.ready is None and len(one.given) < depth and (task := todo.next()) is not None:
                    one.given.append((one.actor.unit.remote(task), task))

    def _first_kept(self, promises: list[Any], *, patient: bool) -> list[Any]:
        kept: list[Any] = self._ray.wait(promises, num_returns=1, timeout=None if patient else PLACING)[0]
        if not kept:
            raise UsageError(f"the Ray cluster has had no free core for {PLACING:.0f} s; see `ray status`")
        return kept

    def _hire(self) -> None:
        self._members.append(_Member(self._kind.remote(*self._arguments)))

    def _replace(self, member: _Member, todo: Todo, error: Exception) -> None:
        tasks = [task for _, task in member.given]
        self._members.remove(member)
        self._ray.kill(member.actor)
        self._lost += 1
        if self._lost == UNWILLING:
            why = " ".join(str(error).split())[:300]
            raise UsageError(f"Ray has lost {UNWILLING} workers in a row, the last one so: {why}")
        todo.died(tasks)
        self._hire()
