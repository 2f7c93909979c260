"""The report for continuous integration: JUnit XML, which every CI shows.

One suite an area and renderer, one testcase a case. JUnit knows three ways not to pass, and the outcomes map so:
failed -> `failure`, faulted -> `error`, and known, unsupported and not run -> `skipped`, each with its reason. Nothing
is written that the schema which CI servers share (junit-10.xsd of Jenkins' xUnit plugin) does not know. The
totals of the file are those of the account; errors in the list of known failures come on top, as failures in a suite
of their own, because a run with one does not conform.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

from conformance.atomic import WholeFile
from conformance.events import CaseFinished, Event, KnownError, Outcome, RunFinished, RunStarted
from conformance.reports.escape import xml
from conformance.reports.groups import drifted
from conformance.reports.page import Page, cut
from conformance.reports.tally import Tally
from conformance.reports.tokens import difference

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

KNOWN_LIST = "list of known failures"
"""The suite of the errors in that list."""
NOT_REACHED = "not reached"
"""The suite of the cases that a partial run does not name."""
ENGINE = 200
"""How much of the name of a tokenizer engine is shown."""

DEPTHS = (("testsuites",), ("testsuite",), ("testcase",), ("failure", "error", "skipped", "system-err"))
INDENTS = {tag.encode(): b"  " * depth for depth, tags in enumerate(DEPTHS) for tag in tags} | {
    b"system-err": b"      "
}


class JunitReport:
    """A listener that writes JUnit XML when the run ends.

    Use it as a context manager, or call `close`: a run that died without `RunFinished` is then still reported, the
    cases that it did not reach as skipped. A run that did not start leaves no file.

    Args:
        path: The file to write. What it held is replaced at the end.
        timing: Say how long each case took.

    Raises:
        UsageError: from the constructor or at the end, when the file cannot be written.
        ValueError: on `RunFinished`, when the account does not agree with the cases that were reported.
    """

    def __init__(self, path: Path | str, *, timing: bool = True) -> None:
        self._file = WholeFile(path)
        self._timing = timing
        self._started: RunStarted | None = None
        self._cases: list[CaseFinished] = []
        self._ended = False

    def __call__(self, event: Event) -> None:
        if type(event) is CaseFinished:
            self._cases.append(event)
        elif isinstance(event, RunStarted):
            self._started = event
        elif isinstance(event, RunFinished):
            self._finish(event)

    def close(self) -> None:
        """Write what is there, where the run did not end. A second call does nothing."""
        if self._ended:
            return
        if self._started is None:
            self._ended = True
            self._file.discard()
            return
        tally = _tally(self._cases)
        account = tally.account(max(self._started.planned, tally.seen))
        self._finish(RunFinished(account=account, partial=True, reason="the run was cut off"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _finish(self, event: RunFinished) -> None:
        if self._started is None:
            raise ValueError("a run finished that did not start")
        _tally(self._cases).check(event)
        self._ended = True
        with self._file as file:
            file.write(document(self._started, self._cases, event, timing=self._timing))


def document(started: RunStarted, cases: list[CaseFinished], finished: RunFinished, *, timing: bool = True) -> bytes:
    """The XML of a run, encoded in UTF-8, one element a line."""
    name = f"conformance {started.suite}: {started.implementation}"
    if started.engine:
        name = f"{name}, {cut(started.engine, ENGINE)}"
    if finished.partial:
        name = f"{name} (partial: {finished.reason or 'the run ended early'})"
    lib = _library()
    report = lib.JUnitXml(name=xml(name))
    grouped: dict[str, list[CaseFinished]] = {}
    for case in cases:
        grouped.setdefault(suite_name(case), []).append(case)
    for name, members in grouped.items():
        suite = lib.TestSuite(xml(name))
        suite.extend([_testcase(lib, case, timing=timing) for case in members])
        report.add_testsuite(suite)
    unnamed = finished.account.planned - len(cases)
    if unnamed:
        report.add_testsuite(_not_reached(lib, unnamed, finished.reason))
    if finished.known_errors:
        report.add_testsuite(_known_list(lib, finished.known_errors))
    incidents = tuple(f"{one.times} x {one.kind}: {one.text}" for one in finished.incidents)
    _tell_stderr(lib, report, (*incidents, *finished.stderr))
    report.update_statistics()
    # The schema that CI servers share knows `skipped` of suites alone.
    del report._elem.attrib["skipped"]
    return _laid_out(report.tostring())


def _laid_out(document: bytes) -> bytes:
    """The XML with one element a line. junitparser's own pretty printer would also indent the texts."""
    # Where two tags meet there is no text: in texts and attributes, the writer has escaped both brackets.
    lines = re.sub(rb"><(/?)([\w-]+)", lambda tag: b">\n%s<%s%s" % (INDENTS[tag[2]], tag[1], tag[2]), document)
    declaration = b"" if lines.startswith(b"<?xml") else b'<?xml version="1.0" encoding="utf-8"?>\n'
    return declaration + lines + b"\n"


def _library() -> Any:
    """junitparser, which is typed in parts only. 60 ms, paid only by a run that asks for JUnit."""
    import junitparser

    return junitparser


def suite_name(case: CaseFinished) -> str:
    """The area of the operation, and the renderer where there is one: `renderer/qwen3`, `tensor`."""
    area = case.operation.partition(".")[0]
    return f"{area}/{case.renderer}" if case.renderer else area


def _testcase(lib: Any, case: CaseFinished, *, timing: bool) -> Any:
    made = lib.TestCase(
        name=xml(case.id),
        classname=xml(suite_name(case).replace("/", ".")),
        time=round(case.seconds, 4) if timing else None,
    )
    result = _result(lib, case)
    if result is not None:
        made.append(result)
    return made


def _result(lib: Any, case: CaseFinished) -> Any:
    if case.outcome is Outcome.PASSED:
        return None
    if case.outcome is Outcome.FAILED:
        message = case.diagnosis.summary if case.diagnosis else case.reason
        if case.drift:
            message = f"{drifted(case)}{message and f': {message}'}"
        kind = "drift" if case.drift else case.diagnosis.cause if case.diagnosis else "failed"
        result = lib.Failure(xml(message or "failed"), xml(kind or "failed"))
        result.text = _text(case)
        return result
    if case.outcome is Outcome.FAULTED:
        fault = lib.Error(xml(case.reason or "the adapter broke"), "fault")
        fault.text = _text(case)
        return fault
    reason = case.reason or {
        Outcome.KNOWN: "a known failure",
        Outcome.UNSUPPORTED: "not declared by the implementation",
    }.get(case.outcome, "the run ended before this case was asked")
    word = case.outcome.value.replace("_", " ")
    return lib.Skipped(xml(f"{word}: {reason}"), xml(word))


def _text(case: CaseFinished) -> str:
    """What a person sees under the failure: the id, where the answers part, and the window."""
    page = Page()
    page.line(case.id)
    about = (case.operation, f"{case.tier} tier", f"level {case.level}", f"flags {' '.join(case.flags) or 'none'}")
    page.wrap(", ".join(about))
    if case.asked:
        page.wrap(case.asked, first="asked: ")
    if case.reason:
        page.wrap(case.reason)
    if case.diagnosis:
        page.wrap(case.diagnosis.summary)
        page.wrap(case.diagnosis.path)
        difference(page, case.diagnosis)
    return xml(page.plain(), keep="\n")


def _not_reached(lib: Any, count: int, reason: str) -> Any:
    suite = lib.TestSuite(NOT_REACHED)
    cases = []
    for number in range(1, count + 1):
        case = lib.TestCase(name=f"{NOT_REACHED} {number}", classname=NOT_REACHED)
        case.append(lib.Skipped(xml(f"not run: {reason or 'the run ended early'}"), "not run"))
        cases.append(case)
    suite.extend(cases)
    return suite


def _known_list(lib: Any, errors: Sequence[KnownError]) -> Any:
    suite = lib.TestSuite(KNOWN_LIST)
    cases = []
    for error in errors:
        name = f"{error.entry}: {error.case}" if error.case and error.case != error.entry else error.entry
        case = lib.TestCase(name=xml(name), classname=KNOWN_LIST)
        case.append(lib.Failure(xml(f"{error.word}: {error.text}"), xml(error.word)))
        cases.append(case)
    suite.extend(cases)
    return suite


def _tell_stderr(lib: Any, report: Any, stderr: tuple[str, ...]) -> None:
    """Put incidents of the process, and its stderr, under the first fault or else the first suite: once, to be read."""
    if not stderr:
        return
    text = "\n".join(xml(line) for line in stderr)
    broken = (case for suite in report for case in suite if case.is_error)
    first = next(broken, None)
    if first is not None:
        first.system_err = text
        return
    for suite in report:
        suite.append(lib.SystemErr(text))
        return


def _tally(cases: list[CaseFinished]) -> Tally:
    tally = Tally()
    for case in cases:
        tally.add(case)
    return tally
