"""conformance/reports/html.py: what stands in the file. How a browser shows it: tests/browser."""

from __future__ import annotations

import html as html_module
import json
import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given

from conformance.events import CaseFinished, Event, KnownError, Outcome, RunFinished, RunStarted, Shard, Token, Window
from conformance.exits import UsageError
from conformance.reports.html import HtmlReport, report
from reports import runs, streams

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def document(events: Iterable[Event]) -> str:
    started, *cases, finished = events
    assert isinstance(started, RunStarted)
    assert isinstance(finished, RunFinished)
    return report(started, [case for case in cases if isinstance(case, CaseFinished)], finished, runs.CAUSES).decode()


def data(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    decoded: dict[str, Any] = json.loads(found[1])
    return decoded


def words(text: str) -> str:
    """What a reader without scripts sees."""
    body = re.sub(r"<(script|style).*?</\1>", "", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html_module.unescape(re.sub(r"<[^>]*>", " ", body)))


def test_the_verdict_and_the_account_stand_first() -> None:
    text = words(document(runs.run(runs.failing())))
    assert "tinkex_cookbook 0.4.0 does not conform (600 failures)" in text
    assert "300 passed 600 failed 0 known 0 unsupported 0 faulted 0 not run" in text


def test_causes_come_before_cases_the_largest_first() -> None:
    text = words(document(runs.run(runs.failing())))
    titles = [cause.title for cause in runs.CAUSES.values()]
    places = [text.index(title) for title in titles]
    assert places == sorted(places)
    assert places[-1] < text.index("Cases")
    assert runs.CAUSES["key-order"].hint in text
    assert "Show these 300 cases" in text
    assert "Show this case" in text


def test_partial_runs_and_tiers_that_were_not_run_say_so() -> None:
    text = words(document(runs.run(runs.conforming(), planned=50)))
    assert "Partial. 43 of 50 cases were asked (interrupted)." in text
    assert "The real tier was not run (1800 cases)." in text
    assert "7 not run" in text
    whole = words(document(runs.run(runs.conforming(), tiers=())))
    assert "Partial" not in whole
    assert "tier was" not in whole


def test_what_narrowed_the_run_down_is_said() -> None:
    shard = Shard(number=2, of=5, whole=250, digest="d")
    text = words(document(runs.run(runs.conforming(), shard=shard, only=("--renderer", "qwen3"), known="k.toml")))
    assert "only --renderer qwen3" in text
    assert "shard 2 of 5" in text
    assert "known failures k.toml" in text


def test_what_the_port_encodes_with_is_said_where_it_says_so() -> None:
    assert "<dt>tokenizer engine</dt><dd>fastokens 0.3.5</dd>" in document(runs.run([], engine="fastokens 0.3.5"))
    assert "tokenizer engine" not in document(runs.run([]))


def test_errors_in_the_list_of_known_failures_stand_in_a_table() -> None:
    *events, end = runs.run(runs.conforming())
    assert isinstance(end, RunFinished)
    error = KnownError(word="unexpected pass", entry="a/b", text="passes: take it off the list")
    text = words(document([*events, msgspec.structs.replace(end, known_errors=(error,))]))
    assert "unexpected pass a/b passes: take it off the list" in text
    assert "1 error in the list of known failures" in text


def test_every_case_is_in_the_data_with_its_difference() -> None:
    found = data(document(runs.run(runs.mixed())))
    assert [row[0] for row in found["cases"]] == [case.id for case in runs.mixed()]
    failed = next(row for row in found["cases"] if found["outcomes"][row[1]][0] == "failed")
    cause, summary, path, index, expected, got, *_ = failed[12]
    diagnosis = runs.mixed()[found["cases"].index(failed)].diagnosis
    assert diagnosis is not None
    assert (cause, summary) == (diagnosis.cause, diagnosis.summary)
    assert path
    assert index >= 0
    assert expected[2]
    assert got[2]
    groups = [(kind, count) for kind, _, _, count, _ in found["groups"]]
    assert sorted(at for *_, members in found["groups"] for at in members) == [
        at for at, row in enumerate(found["cases"]) if row[10] >= 0
    ]
    assert ("known", 2) in groups
    assert ("fault", 1) in groups


def test_weights_are_told_apart_and_large_ids_are_exact() -> None:
    tokens = [Token(2**70, "a b\n", 0.1), Token(2**70, "a b\n", 0.1000001)]
    windows = [Window(start=0, tokens=(token,), length=1) for token in tokens]
    diagnosis = msgspec.structs.replace(runs.wrong_weight("<a>"), expected=windows[0], got=windows[1], index=0)
    (row,) = data(document(runs.run([runs.case(1, Outcome.FAILED, diagnosis=diagnosis)])))["cases"]
    assert row[12][4] == [0, 1, [[str(2**70), "a␣b␊", "0.1"]]]
    assert row[12][5] == [0, 1, [[str(2**70), "a␣b␊", "0.1000001"]]]


def test_hostile_text_adds_no_markup() -> None:
    kinds = "".join(re.findall("<[^>]*>", document(runs.run([], planned=9, warnings=("w",)))))
    hostile = document(runs.hostile_run())
    assert not re.search(r"[\x1b\x07\x08\x85\u200b\u2028\u202e\ud800]", hostile)
    # The style, the data and the script are one element each, whatever stands in them.
    assert len(re.findall("<script", hostile)) == len(re.findall("</script>", hostile)) == kinds.count("<script") == 2
    assert len(re.findall("<style", hostile)) == 1
    assert len(data(hostile)["cases"]) == 6


@given(streams.streams(text=streams.hostile))
def test_any_run_makes_a_document_whose_texts_are_visible(events: list[Event]) -> None:
    text = document(events)
    assert all(c.isprintable() or c == "\n" for c in text)
    assert text.count("<script") == 2
    assert len(data(text)["cases"]) == sum(isinstance(event, CaseFinished) for event in events)


def test_a_megabyte_of_text_stays_short() -> None:
    long = "a\u0301" * 500_000
    case = runs.case(1, Outcome.FAULTED, id=long, reason=long, flags=(long,))
    assert len(document(runs.run([case], implementation=long, command=(long,), upstream=long, engine=long))) < 120_000


def test_ten_thousand_cases_are_a_few_megabytes() -> None:
    cases = [case for at in range(12) for case in runs.failing()]
    cases = [msgspec.structs.replace(case, id=f"{at}{case.id}") for at, case in enumerate(cases)]
    assert len(cases) == 10_800
    assert len(document(runs.run(cases))) < 10_000_000


def test_the_file_appears_when_the_run_ends(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    with HtmlReport(path, causes=runs.CAUSES) as listener:
        for event in runs.run(runs.mixed()):
            assert path.read_text() == "old"
            listener(event)
    assert path.read_text() == document(runs.run(runs.mixed()))


def test_a_run_that_died_is_partial(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    with HtmlReport(path, causes=runs.CAUSES) as listener:
        for event in list(runs.run(runs.conforming()))[:10]:
            listener(event)
    assert "Partial. 9 of 43 cases were asked (the run was cut off)." in words(path.read_text())


def test_a_bad_path_is_known_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="create its directory first"):
        HtmlReport(tmp_path / "no" / "report.html", causes=runs.CAUSES)
