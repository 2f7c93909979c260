"""Who does the units of a sweep on many machines: actors on a Ray cluster, each with an adapter session of its own.

Ray finds the machines, starts the actors and says who is lost; a unit of a lost actor is done again by another, as on
one machine. The port and the data have to be at the same paths on every machine, and the tokenizer in its store.
"""

from __future__ import annotations

from collections import deque
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


class _Troupe:
    """Actors that do units."""

    def __init__(self, ray: Any, settings: Settings, data: Data, size: int) -> None:
        self._ray = ray
        self._data = data
        self._kind = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(Actor)
        # Put once, fetched by each machine once: a plan may be long.
        self._arguments = (settings, ray.put(data))
        self._members: dict[Any, deque[tuple[Any, Task]]] = {}
        self._lost = 0
        for _ in range(size):
            self._hire()

    def reports(self, tasks: Iterator[Task]) -> Generator[UnitReport]:
        todo = Todo(tasks, self._data)
        while True:
            for depth in range(1, AHEAD + 1):
                for actor, given in self._members.items():
                    if len(given) < depth and (task := todo.next()) is not None:
                        given.append((actor.unit.remote(task), task))
            firsts = {given[0][0]: actor for actor, given in self._members.items() if given}
            if not firsts:
                return
            ready, _ = self._ray.wait(list(firsts), num_returns=1)
            for reference in ready:
                actor = firsts[reference]
                try:
                    answer = self._ray.get(reference)
                except self._ray.exceptions.RayError as error:
                    self._replace(actor, todo, error)
                else:
                    self._lost = 0
                    self._members[actor].popleft()
                    if isinstance(answer, tuple):
                        raise failed(*answer)
                    yield answer

    def dismiss(self) -> None:
        """End the actors and their ports."""
        ended = [actor.close.remote() for actor in self._members]
        if ended:
            self._ray.wait(ended, num_returns=len(ended), timeout=GOODBYE)
        for actor in self._members:
            self._ray.kill(actor)
        self._members = {}

    def _hire(self) -> None:
        self._members[self._kind.remote(*self._arguments)] = deque()

    def _replace(self, actor: Any, todo: Todo, error: Exception) -> None:
        tasks = [task for _, task in self._members.pop(actor)]
        self._ray.kill(actor)
        self._lost += 1
        if self._lost == UNWILLING:
            why = " ".join(str(error).split())[:300]
            raise UsageError(f"Ray has lost {UNWILLING} workers in a row, the last one so: {why}")
        if isinstance(error, self._ray.exceptions.ActorDiedError | self._ray.exceptions.ActorUnavailableError):
            todo.died(tasks)
        else:
            todo.again(tasks)
        self._hire()
