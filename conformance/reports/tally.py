"""Count the cases of a run as they come, and hold the count against the account that the run gives of itself."""

from __future__ import annotations

from collections import Counter

from conformance.events import Account, CaseFinished, Outcome, RunFinished
from conformance.reports.nearness import farther


class Tally:
    """The counts of one run, by outcome and by tier. Every report has one of its own and trusts no other count."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, Outcome]] = Counter()
        self.rejections = 0
        self.drifted = 0
        self.tolerated = 0
        self.farthest: CaseFinished | None = None
        """The case that uses up most of its tolerance."""

    def add(self, case: CaseFinished) -> None:
        """Count one case."""
        outcome = case.outcome
        self._counts[case.tier, outcome] += 1
        if case.rejection and outcome is Outcome.PASSED:
            self.rejections += 1
        if case.drift and outcome is Outcome.FAILED:
            self.drifted += 1
        if case.distance is not None and outcome is Outcome.PASSED:
            self.tolerated += 1
            self.farthest = farther(self.farthest, case)

    @property
    def seen(self) -> int:
        """How many cases were added."""
        return self._counts.total()

    def outcome(self, outcome: Outcome) -> int:
        """How many cases ended so."""
        return sum(count for (_, ended), count in self._counts.items() if ended is outcome)

    def tiers(self) -> tuple[str, ...]:
        """The tiers of the cases, in the order in which they appeared."""
        return tuple(dict.fromkeys(tier for tier, _ in self._counts))

    def tier(self, tier: str) -> dict[Outcome, int]:
        """How the cases of one tier ended. Outcomes that did not occur are left out."""
        counts = {outcome: self._counts.get((tier, outcome), 0) for outcome in Outcome}
        return {outcome: count for outcome, count in counts.items() if count}

    def account(self, planned: int) -> Account:
        """The account of a run that stopped here: planned cases that were not seen are not run.

        Raises:
            ValueError: more cases were seen than planned.
        """
        counts = {outcome.value: self.outcome(outcome) for outcome in Outcome}
        counts["not_run"] += planned - self.seen
        if self.seen > planned:
            raise ValueError(f"the account does not add up: {planned} planned, {self.seen} finished")
        return Account(
            planned=planned,
            rejections=self.rejections,
            drifted=self.drifted,
            tolerated=self.tolerated,
            **counts,
        )

    def check(self, finished: RunFinished) -> None:
        """Hold what a run says at its end against the cases that were seen.

        Raises:
            ValueError: they differ. One line that names the first count that does.
        """
        said = finished.account
        own = self.account(said.planned)
        for name in own.__struct_fields__:
            if getattr(said, name) != getattr(own, name):
                raise ValueError(
                    f"the account does not add up: it says {getattr(said, name)} {name.replace('_', ' ')}, "
                    f"the cases say {getattr(own, name)}"
                )
        if self.seen < said.planned and not finished.partial:
            raise ValueError(
                f"the account does not add up: {said.planned} planned, {self.seen} finished, "
                "and the run does not say that it is partial"
            )
