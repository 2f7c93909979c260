"""How fast questions are drawn, asked and compared, and how fast a difference is made small.

    python -m conformance.benchmarks.fuzzing [--questions 10000] [--rounds 3]

The port is the shipped reference, in a process of its own. Rounds alternate between fuzzing and that process alone,
which is asked the same questions with nothing drawn and nothing compared. Speed is given by the clock, and by the
processor time of both processes together: what one core could do if it did nothing else. For shrinking, the port is
wrong in one way and lives in this process, so that what is measured is the search and not a port.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from typing import TYPE_CHECKING, Any

from conformance.ahead import REFERENCE
from conformance.asking import Question
from conformance.commands.selecting import asker_for, hello_for, lexicons
from conformance.conversation import Reply
from conformance.differing import Comparison, Minimizer, wire
from conformance.drawing import settings as ways
from conformance.drawing.dice import Dice
from conformance.drawing.questions import Drawer
from conformance.exploring import BLOCK, Explorer, Plan
from conformance.in_process import InProcess, quietly
from conformance.judge import Judge
from conformance.limits import DEFAULT_LIMITS
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conformance.cases import Tier
    from conformance.protocol import Answer, InitializeParams

SHORT = ("renderer.build_generation_prompt", "renderer.build_supervised_example")
"""The operations about conversations, which are asked apart."""
TIER: tuple[Tier, ...] = ("bytes",)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="How fast fuzzing is.")
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    store = Store()
    offer = hello_for(ways.tokenizers_of(ways.known_renderers(), TIER), store)
    judge = Judge(lexicon=lexicons(store))
    with quietly():
        for name, operations in (("every operation", ()), ("prompts and examples", SHORT)):
            plan = _plan(offer, operations)
            rounds = [_round(plan, judge, store, arguments.questions) for _ in range(arguments.rounds)]
            for at, what in enumerate(("fuzzing", "the reference alone")):
                walls, cpus = ([arguments.questions / one[at][of] for one in rounds] for of in (0, 1))
                print(f"{name}, {what}: {_range(walls)} a second, {_range(cpus)} a second of processor time")
            ratios = [one[1][1] / one[0][1] for one in rounds]
            print(f"{name}, fuzzing to the reference alone, of processor time: {statistics.median(ratios):.2f}")
        times = list(_shrinking(offer, judge))
        print(f"shrinking, {len(times)} differences: median {statistics.median(times) * 1e3:.0f} ms, "
              f"longest {max(times) * 1e3:.0f} ms")  # fmt: skip


def _range(values: list[float]) -> str:
    return f"{statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


def _plan(offer: InitializeParams, operations: tuple[str, ...]) -> Plan:
    reference = InProcess(offer)
    return Plan(
        seed=1,
        hello=offer,
        operations=operations or reference.declared.operations,
        settings=ways.settings(reference.declared.renderers, offer.tokenizers, TIER),
        tokenizers=tuple(offer.tokenizers),
        dtypes=reference.declared.dtypes,
        equip=_nobody,
    )


def _nobody() -> Any:
    raise AssertionError("who draws questions asks nobody")


def _round(plan: Plan, judge: Judge, store: Store, count: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Seconds and processor seconds of fuzzing, and of the reference alone."""
    reference = InProcess(plan.hello)
    drawer = _drawer(plan, reference)
    asked = []
    for block in range(count // BLOCK):
        dice = Dice(f"{plan.seed}/{block}")
        asked += [drawer.draw(dice) for _ in range(BLOCK)]
    questions = [Question(str(at), one.operation, wire(one.params)) for at, one in enumerate(asked)]

    def fuzz(asker: Any) -> None:
        explorer = Explorer(plan, asker, judge, reference)
        for block in range(count // BLOCK):
            explorer.block(block, BLOCK)

    def alone(asker: Any) -> None:
        for _ in asker.ask(questions):
            pass

    return _timed(plan, store, fuzz), _timed(plan, store, alone)


def _timed(plan: Plan, store: Store, work: Callable[[Any], None]) -> tuple[float, float]:
    """Processor time of a child is known when it is gone, so that its start is measured apart and taken off."""
    times = []
    for job in (_nothing, work):
        before, begun = _processor(), time.perf_counter()
        with asker_for(REFERENCE, plan.hello, DEFAULT_LIMITS, store) as asker:
            asker.start()
            job(asker)
        times.append((time.perf_counter() - begun, _processor() - before))
    return times[1][0] - times[0][0], times[1][1] - times[0][1]


def _nothing(asker: Any) -> None:
    pass


def _processor() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def _drawer(plan: Plan, reference: InProcess) -> Drawer:
    return Drawer(
        operations=plan.operations,
        settings=plan.settings,
        tokenizers=plan.tokenizers,
        encode=reference.encode,
        render=reference.example,
    )


class _Lowercase:
    """A port in this process that lowers every text it is asked about."""

    def __init__(self, reference: InProcess) -> None:
        self._reference = reference

    def ask(self, questions: Iterable[Question]) -> Iterator[Reply]:
        for question in questions:
            yield Reply(question.id, self.answer(question), 0.0)

    def answer(self, question: Question) -> Answer:
        params = question.params.replace(b"Name", b"name").replace(b"Loire", b"loire").replace(b"No", b"no")
        return self._reference.answer(question.method, params)


def _shrinking(offer: InitializeParams, judge: Judge) -> Iterator[float]:
    """Seconds that differences take, each made small from what was drawn."""
    plan = _plan(offer, SHORT)
    reference = InProcess(offer)
    port: Any = _Lowercase(reference)
    comparison = Comparison(judge)
    minimizer = Minimizer(asker=port, reference=reference, comparison=comparison)
    drawer, dice = _drawer(plan, reference), Dice(2)
    for _ in range(1000):
        operation, params = drawer.draw(dice)
        found = minimizer.difference(operation, wire(params))
        if found is not None:
            begun = time.perf_counter()
            minimizer.minimal(found)
            yield time.perf_counter() - begun


if __name__ == "__main__":
    main()
