"""conformance/reports/junit.py: XML that any CI reads, with the totals of the account."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import junitparser
import pytest
from hypothesis import given, settings

from conformance.events import CaseFinished, Outcome, RunFinished, RunStarted
from conformance.exits import UsageError
from conformance.reports.escape import visible
from conformance.reports.junit import NOT_REACHED, JunitReport, document, suite_name

from . import runs
from .streams import hostile, streams
from .test_escape import unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from conformance.events import Event


def xml(events: Iterable[Event], *, timing: bool = True) -> bytes:
    started, *cases, finished = events
    assert isinstance(started, RunStarted)
    assert isinstance(finished, RunFinished)
    return document(started, [c for c in cases if isinstance(c, CaseFinished)], finished, timing=timing)


def test_every_outcome(snapshot: SnapshotAssertion) -> None:
    events = runs.run(runs.mixed()[-9:], planned=11, stderr=("boom", "bang"))
    assert xml(events).decode() == snapshot


def test_hostile_text(snapshot: SnapshotAssertion) -> None:
    shown = xml(runs.hostile_run()).decode()
    assert shown == snapshot
    assert set(unseen(shown)) == {"\n"}


def test_what_the_port_encodes_with_is_in_the_name_where_it_says_so() -> None:
    name = "conformance 2026.11: tinkex_cookbook 0.4.0"
    for engine, end in (("", ""), ("fastokens 0.3.5", ", fastokens 0.3.5"), ("x" * 300, f", {'x' * 197}...")):
        root = ElementTree.fromstring(xml(runs.run([runs.case(1)], engine=engine)))
        assert root.get("name") == name + end


@settings(deadline=None)
@given(streams(text=hostile))
def test_any_run_is_xml_with_the_totals_of_its_account(events: list[Event]) -> None:
    finished = events[-1]
    assert isinstance(finished, RunFinished)
    account = finished.account
    root = ElementTree.fromstring(xml(events))
    expected = {
        "tests": account.planned,
        "failures": account.failed,
        "errors": account.faulted,
        "skipped": account.known + account.unsupported + account.not_run,
    }
    assert {name: int(root.attrib[name]) for name in expected if name != "skipped"} == {
        name: count for name, count in expected.items() if name != "skipped"
    }
    for name in expected:
        assert sum(int(suite.attrib[name]) for suite in root) == expected[name]
    found = root.findall("testsuite/testcase")
    assert len(found) == account.planned
    assert {
        "tests": len(found),
        "failures": len(root.findall("testsuite/testcase/failure")),
        "errors": len(root.findall("testsuite/testcase/error")),
        "skipped": len(root.findall("testsuite/testcase/skipped")),
    } == expected
    assert misfits(root) == []
    ids = sorted(visible(event.id) for event in events if isinstance(event, CaseFinished))
    named = [case for case in found if case.attrib["classname"] != NOT_REACHED]
    assert sorted(case.attrib["name"] for case in named) == ids
    assert not [c for text in root.itertext() for c in unseen(text) if c != "\n"]


def read(events: Iterable[Event]) -> dict[str, junitparser.TestCase]:
    report = junitparser.JUnitXml.fromstring(xml(events).decode().partition("\n")[2])
    return {case.name: case for suite in report for case in suite}


def test_outcomes_map_to_the_words_of_junit() -> None:
    found = read(runs.run(runs.mixed()))
    results = {int(name.split("case-")[1].split("/")[0]): case.result[0] for name, case in found.items() if case.result}
    assert {number: type(result).__name__ for number, result in results.items()} == {
        50: "Failure",
        51: "Failure",
        52: "Failure",
        53: "Skipped",
        54: "Skipped",
        55: "Skipped",
        56: "Error",
        57: "Skipped",
    }
    assert results[50].type == "missing-newline"
    assert results[51].type == "drift"
    assert results[51].message == "equals upstream 0.1.0; changed since"
    assert results[53].message == "known: issue 12: tool calls are merged"
    assert results[55].message == "unsupported: the renderer kimi_k2 is not declared"
    assert results[56].message == "crashed: exit status 1"
    assert results[57].message == "not run: the run ended before this case was asked"


def test_a_failure_shows_its_window() -> None:
    (case,) = read(runs.run([runs.mixed()[43]])).values()
    assert "expected  <|im_start|>    u    s    e    r   ␊    H" in case.result[0].text
    assert "^^" in case.result[0].text


def test_a_failure_says_what_its_case_is() -> None:
    failed = read(runs.run(runs.drifting()))["renderer/llama3/case-10/prompt@bytes"]
    assert "renderer.build_generation_prompt, bytes tier, level must, flags thinking unicode\n" in failed.result[0].text


NUMBERS = {"tests", "failures", "errors"}
SUITE = NUMBERS | {"name", "skipped", "time", "timestamp", "hostname", "id", "package", "group"}
SCHEMA: dict[str, tuple[set[str], set[str], set[str]]] = {
    # element: children, attributes that may be there, attributes that must be
    "testsuites": ({"testsuite"}, NUMBERS | {"name", "time"}, set()),
    "testsuite": ({"testsuite", "properties", "testcase", "system-out", "system-err"}, SUITE, NUMBERS | {"name"}),
    "testcase": ({"skipped", "error", "failure", "system-out", "system-err"}, {"name", "classname", "time"}, {"name"}),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-err": (set(), set(), set()),
}
"""What junit-10.xsd of Jenkins' xUnit plugin lets stand in the elements that are used."""


def misfits(root: ElementTree.Element) -> list[str]:
    """What the schema does not allow."""
    found = []
    for element in root.iter():
        children, allowed, needed = SCHEMA.get(element.tag, (set(), set(), {"a place in the schema"}))
        found += [f"{child.tag} in {element.tag}" for child in element if child.tag not in children]
        found += [f"{name} of {element.tag}" for name in element.attrib.keys() - allowed]
        found += [f"no {name} of {element.tag}" for name in needed - element.attrib.keys()]
        time = element.attrib.get("time", "0")
        found += [f"time {time}" for _ in [0] if not re.fullmatch(r"(\d{0,3}(,\d{3})*|\d+)(\.\d*)?", time)]
        mixed = element.tag in ("failure", "error", "skipped", "system-err")
        found += [f"text in {element.tag}" for _ in [0] if not mixed and (element.text or "").strip()]
    return found


@pytest.mark.parametrize(
    "cases", [runs.mixed, runs.faulting, runs.conforming, runs.drifting], ids=lambda made: made.__name__
)
def test_nothing_is_there_that_the_common_schema_does_not_know(cases: Callable[[], list[CaseFinished]]) -> None:
    assert misfits(ElementTree.fromstring(xml(runs.run(cases(), stderr=("boom",))))) == []
    assert misfits(ElementTree.fromstring("<testsuites skipped='1'><testcase><properties/></testcase></testsuites>"))


def test_suites_are_areas_and_renderers() -> None:
    assert suite_name(runs.case(1)) == "renderer/llama3"
    assert suite_name(runs.case(1, operation="tensor.to_nested", renderer="")) == "tensor"
    root = ElementTree.fromstring(xml(runs.run(runs.mixed())))
    assert [suite.attrib["name"] for suite in root] == ["renderer/qwen3", "renderer/llama3", "renderer/deepseekv3"]
    assert {case.attrib["classname"] for case in root[0]} == {"renderer.qwen3"}


def test_stderr_is_told_once() -> None:
    for cases in (runs.faulting(), runs.conforming()):
        root = ElementTree.fromstring(xml(runs.run(cases, stderr=("one", "two"))))
        assert [element.text for element in root.iter("system-err")] == ["one\ntwo"]
    assert list(ElementTree.fromstring(xml(runs.run([], stderr=("one",))))) == []


def test_without_timing_two_runs_are_the_same_bytes() -> None:
    def at_speed(seconds: float) -> Iterable[Event]:
        cases = [runs.case(n, seconds=seconds) for n in range(5)]
        yield runs.started(5)
        yield from cases
        yield RunFinished(account=runs.account(cases, 5), seconds=seconds)

    assert xml(at_speed(1), timing=False) == xml(at_speed(2), timing=False)
    assert xml(at_speed(1)) != xml(at_speed(2))


def test_a_partial_run_says_so(tmp_path: Path) -> None:
    path = tmp_path / "report.xml"

    def dying() -> None:
        with JunitReport(path) as report:
            for event in list(runs.run(runs.conforming()))[:11]:
                report(event)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dying()
    root = ElementTree.parse(path).getroot()
    assert root is not None
    assert root.attrib["name"].endswith("(partial: the run was cut off)")
    assert root.attrib["tests"] == "43"
    assert sum(int(suite.attrib["skipped"]) for suite in root) == 33


def test_the_file_is_written_at_the_end_and_only_then(tmp_path: Path) -> None:
    path = tmp_path / "report.xml"
    path.write_text("old")
    with JunitReport(path, timing=False) as report:
        *events, last = runs.run(runs.mixed())
        for event in events:
            report(event)
        assert path.read_text() == "old"
        report(last)
        assert path.read_bytes() == xml(runs.run(runs.mixed()), timing=False)
    assert [path.name for path in tmp_path.iterdir()] == ["report.xml"]


def test_a_run_that_did_not_start_leaves_nothing(tmp_path: Path) -> None:
    with JunitReport(tmp_path / "report.xml"):
        pass
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="did not start"), JunitReport(tmp_path / "report.xml") as report:
        report(RunFinished(account=runs.account([], 0)))


def test_a_bad_path_is_known_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or directory"):
        JunitReport(tmp_path / "missing" / "report.xml")


def test_an_account_that_is_not_that_of_the_cases_is_refused(tmp_path: Path) -> None:
    events = list(runs.run(runs.conforming()))
    report = JunitReport(tmp_path / "report.xml")
    for event in events[1:-1]:
        report(event)
    report(runs.started(42))
    with pytest.raises(ValueError, match="the account does not add up"):
        report(RunFinished(account=runs.account(runs.conforming()[1:], 42)))
    report.close()


def test_a_failure_without_a_diagnosis() -> None:
    (case,) = read(runs.run([runs.case(1, Outcome.FAILED)])).values()
    assert (case.result[0].message, case.result[0].type) == ("failed", "failed")
