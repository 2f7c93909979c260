"""What the pytest plugin does once an adapter is given: collects cases, asks them, and says why one fails."""

from __future__ import annotations

import shlex
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import pytest

from conformance import SUITE
from conformance.asking import AdapterUnusable
from conformance.cases import Selection
from conformance.causes import CAUSES
from conformance.commands.selecting import TIERS, asker_for, fetched, hello_for, lexicons, selected
from conformance.events import CaseFinished, Outcome
from conformance.exits import SuiteError, UsageError
from conformance.judge import Judge, finished
from conformance.known import KnownFailures, KnownList, find_known, read_known
from conformance.limits import Limits
from conformance.reports.escape import visible
from conformance.reports.groups import drifted
from conformance.reports.page import Page, command_line
from conformance.reports.tokens import difference
from conformance.run import question, undeclared
from conformance.suite import known_releases, load_manifest, load_suite
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.asking import Asker
    from conformance.cases import Planned
    from conformance.events import KnownError
    from conformance.protocol import InitializeResult


class NotConforming(Exception):
    """The adapter's answer to a case is not golden's, or there was none. Its text is shown as it is."""


class GoldenCases:
    """The cases of one pytest session, and the adapter that all of them are asked of. Registered as a plugin.

    The adapter is started for the first case that runs: collecting costs nothing, and every worker of pytest-xdist
    has one of its own.
    """

    def __init__(self, config: pytest.Config, command: str) -> None:
        option = config.getoption
        tier = option("--conformance-tier")
        selection = Selection(
            tiers=TIERS if tier == "all" else (tier,),
            select=tuple(option("--conformance-select")),
            wide=option("--conformance-wide"),
        )
        self._config = config
        self._limits = Limits(question=option("--conformance-timeout"))
        self._store = Store()
        self._asker: Asker | None = None
        self._declared: InitializeResult | None = None
        self._known: KnownFailures | None = None
        try:
            self.command = tuple(shlex.split(command))
            suite = load_suite()
            self._planned, tiers = selected(suite, selection)
            self._left_out = [tier.title for tier in tiers if not tier.selected]
            path = find_known(option("--conformance-known"), default=True)
            self._list = None
            if path is not None:
                self._list = KnownList(str(path), read_known(path), tuple(planned.case.id for planned in suite))
            releases = known_releases(load_manifest())
        except (UsageError, SuiteError, ValueError) as error:  # ValueError: quotes that do not close
            # The words are those of `conformance run`, whose options are called otherwise.
            text = str(error).replace("--select ", "--conformance-select ", 1)
            text = text.replace("; add --wide", "; add --conformance-wide")
            raise pytest.UsageError(f"--conformance-adapter: {visible(text)}") from error
        self._judge = Judge(lexicon=lexicons(self._store), releases=releases)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Add the cases to what pytest collected; what deselects (`-k`, `-m`, `--lf`) comes after."""
        parent = Golden.from_parent(session, name="golden", nodeid="golden", cases=self)
        items.extend(session.genitems(parent))

    def pytest_report_header(self) -> str:
        """What will be asked of whom."""
        without = f" without the {' and the '.join(self._left_out)}" if self._left_out else ""
        return f"conformance: suite {SUITE}, {len(self._planned)} cases{without}, {visible(command_line(self.command))}"

    def pytest_unconfigure(self) -> None:
        """End the adapter."""
        if self._asker is not None:
            self._asker.close()

    @property
    def planned(self) -> list[Planned]:
        return self._planned

    @property
    def has_list(self) -> bool:
        return self._list is not None

    def verdict(self, planned: Planned) -> tuple[CaseFinished, tuple[KnownError, ...]]:
        """The outcome of a case, and what it shows to be wrong with the list of known failures.

        Raises:
            AdapterUnusable: the adapter cannot be started, or not any more.
            UsageError: a tokenizer cannot be had.
        """
        asker, declared = self._started()
        missing = undeclared(planned, declared)
        if missing:
            event = finished(planned, Outcome.UNSUPPORTED, reason=missing)
        else:
            (reply,) = asker.ask([question(planned)])
            event = self._judge.verdict(planned, reply.answer, reply.seconds)
        if self._known is None:
            return event, ()
        before = len(self._known.errors)
        event = self._known.settle(event)
        return event, self._known.errors[before:]

    def list_errors(self) -> tuple[KnownError, ...]:
        """What is wrong with the list of known failures as a whole."""
        _, declared = self._started()
        assert self._list is not None
        return KnownFailures(self._list, suite=SUITE, port=declared.implementation.version).errors

    def _started(self) -> tuple[Asker, InitializeResult]:
        if self._asker is None or self._declared is None:
            hello = hello_for(fetched(self._planned, self._store), self._store)
            self._asker = asker_for(self.command, hello, self._limits, self._store)
            self._declared = self._asker.start()
            if self._list is not None:
                self._known = KnownFailures(self._list, suite=SUITE, port=self._declared.implementation.version)
        return self._asker, self._declared


class Golden(pytest.Collector):
    """Parent of all items of this plugin."""

    def __init__(self, *, cases: GoldenCases, **node: Any) -> None:
        super().__init__(**node)
        self.cases = cases

    def collect(self) -> Iterator[pytest.Item]:
        if self.cases.has_list:
            yield KnownFailuresItem.from_parent(self, name="known-failures", cases=self.cases)
        for planned in self.cases.planned:
            yield GoldenCase.from_parent(self, name=planned.case.id, cases=self.cases, planned=planned)


class _Item(pytest.Item):
    def __init__(self, *, cases: GoldenCases, **node: Any) -> None:
        super().__init__(**node)
        self.cases = cases

    def runtest(self) -> None:
        try:
            self.check()
        except (AdapterUnusable, UsageError) as error:
            # Every other case would fail with these very words.
            tail = "".join(f"\n  stderr: {visible(line)}" for line in getattr(error, "stderr_tail", ()))
            text = visible(str(error)) + tail
            self.session.shouldfail = f"the adapter cannot be used: {visible(str(error))}"
            raise NotConforming(text) from None

    @abstractmethod
    def check(self) -> None:
        """Raises NotConforming, or ends as a test that is skipped or expected to fail does."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, NotConforming):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        return self.path, None, self.name


class KnownFailuresItem(_Item):
    """Whether the list of known failures holds together by itself."""

    def check(self) -> None:
        errors = self.cases.list_errors()
        if errors:
            raise NotConforming("\n".join(_error_line(error) for error in errors))


class GoldenCase(_Item):
    """One case. It passes, fails with the difference, xfails as a known failure, or is skipped as not declared."""

    def __init__(self, *, planned: Planned, **node: Any) -> None:
        super().__init__(**node)
        self.planned = planned
        self.extra_keyword_matches.update(planned.case.flags)

    def check(self) -> None:
        event, errors = self.cases.verdict(self.planned)
        if errors:
            raise NotConforming("\n".join(map(_error_line, errors)) + "\n\n" + _described(event, self.cases.command))
        match event.outcome:
            case Outcome.UNSUPPORTED:
                pytest.skip(visible(event.reason))
            case Outcome.KNOWN:
                pytest.xfail(f"known failure: {visible(event.reason)}")
            case Outcome.FAILED | Outcome.FAULTED:
                raise NotConforming(_described(event, self.cases.command))


def _error_line(error: KnownError) -> str:
    return visible(f"list of known failures: {error.word}: {error.entry} {error.text}")


def _described(event: CaseFinished, command: tuple[str, ...]) -> str:
    """What `conformance run` says about one case that failed."""
    page = Page()
    diagnosis = event.diagnosis
    if event.drift:
        page.wrap(drifted(event))
    if event.reason:
        page.wrap(event.reason, first=f"{event.outcome}: ")
    if diagnosis is not None:
        page.wrap(diagnosis.summary, limit=6)
        cause = CAUSES.get(diagnosis.cause)
        if cause is not None:
            page.wrap(f"{cause.title}  [{diagnosis.cause}]", first="cause: ")
            if cause.hint:
                page.wrap(cause.hint, first="hint: ")
        if diagnosis.path not in diagnosis.summary:
            page.wrap(diagnosis.path, first="at: ")
        page.blank()
        difference(page, diagnosis)
    page.line("more: ", command_line(["conformance", "explain", event.id, "--", *command]))
    return page.plain()
