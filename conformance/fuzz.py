"""Ask a port what nobody thought of: drawn questions, whose answers are held against the reference's.

Each kind of difference is made small once, the first time that it is met.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.differing import Comparison, Minimizer
from conformance.exploring import BLOCK, Explorer, explore
from conformance.in_process import InProcess, quietly
from conformance.interrupts import shielded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.asking import Asker
    from conformance.differing import Difference
    from conformance.exploring import BlockReport, Plan
    from conformance.judge import Judge

MOST = 100
"""Findings after which fuzzing stops: who has so many does not need more."""


MOST_ENDINGS = 20
"""Questions that end the port's process, after which fuzzing stops."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A difference between port and reference, made small."""

    difference: Difference
    seed: int
    place: int
    """Which question of the seed it was, counted from 0."""
    steps: int
    """How many smaller questions were asked."""
    steady: bool
    """Whether it came back when the question was asked again. If not, the question is as it was drawn."""


@dataclass(kw_only=True)
class Account:
    """What is to be said of all questions: asked = agreed + differing + unanswered + broken."""

    asked: int = 0
    agreed: int = 0
    refused: int = 0
    unanswered: int = 0
    endings: int = 0
    """Questions that ended the port's process; they are counted as differing."""
    differing: int = 0
    broken: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0
    """Time spent asking and comparing, without what it took to make questions small."""
    shrinking: list[float] = field(default_factory=list)
    """Seconds that each finding took to be made small."""
    stopped: str = ""
    """Why fuzzing ended before its time; empty if it did not."""

    def add(self, report: BlockReport) -> None:
        self.asked += report.asked
        self.agreed += report.agreed
        self.refused += report.refused
        self.unanswered += report.unanswered
        self.differing += report.differing
        self.endings += report.endings
        for what, count in report.broken.items():
            self.broken[what] = self.broken.get(what, 0) + count


@dataclass(frozen=True, kw_only=True)
class Fuzz:
    """How long to go on: `count` questions, `seconds`, or whichever comes first; and with how many processes."""

    plan: Plan
    count: int | None = None
    seconds: float | None = None
    jobs: int = 1

    def blocks(self, now: Callable[[], float] = time.monotonic) -> Iterator[tuple[int, int]]:
        """The numbers and sizes of blocks, as long as there is time."""
        begun = now()
        number = 0
        while self.count is None or number * BLOCK < self.count:
            if self.seconds is not None and now() - begun >= self.seconds:
                return
            yield number, BLOCK if self.count is None else min(BLOCK, self.count - number * BLOCK)
            number += 1


def fuzz(work: Fuzz, asker: Asker, judge: Judge, tell: Callable[[Finding], None], account: Account) -> None:
    """Ask, compare, make small; tell of every new finding at once. `account` is kept up to date meanwhile.

    `asker` is started, and is the caller's to close.

    Raises:
        AdapterUnusable: the port cannot be started any more.
    """
    reference = InProcess(work.plan.hello)
    minimizer = Minimizer(asker=asker, reference=reference, comparison=Comparison(judge))
    explorer = Explorer(work.plan, asker, judge, reference)
    known: set[tuple[str, str, str]] = set()
    questions: set[tuple[str, bytes]] = set()
    begun = time.monotonic()
    try:
        with quietly(), closing(explore(work.plan, work.blocks(), explorer=explorer, jobs=work.jobs)) as reports:
            for report in reports:
                with shielded():
                    account.add(report)
                for signature, (difference, place, _) in report.differences.items():
                    if signature in known:
                        continue
                    known.add(signature)
                    started = time.monotonic()
                    small = minimizer.minimal(difference)
                    account.shrinking.append(time.monotonic() - started)
                    found = small.difference
                    # Made small, it may turn out to be one that was found before.
                    if found.signature in known - {signature} or (found.operation, found.params) in questions:
                        continue
                    known.add(found.signature)
                    questions.add((found.operation, found.params))
                    with shielded():
                        finding = Finding(
                            difference=found,
                            seed=work.plan.seed,
                            place=place,
                            steps=small.steps,
                            steady=small.steady,
                        )
                        account.findings.append(finding)
                        tell(finding)
                    if len(account.findings) >= MOST:
                        account.stopped = f"{MOST} findings are enough"
                        return
                if account.endings >= MOST_ENDINGS:
                    account.stopped = f"{account.endings} questions ended the adapter's process: mend that first"
                    return
    except KeyboardInterrupt:
        account.stopped = "interrupted"
        raise
    finally:
        account.seconds = time.monotonic() - begun - sum(account.shrinking)
