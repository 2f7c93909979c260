"""conformance/known.py: an entry excuses the very failure that it names, and everything else has its own word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fake_askers import Fakes, hello
from private_cases import HI_TOKENS, planned

from conformance import SUITE
from conformance.events import CaseFinished, Diagnosis, Event, Outcome, RunFinished, RunStarted, TierCount
from conformance.exits import UsageError
from conformance.judge import Judge, finished
from conformance.known import BROAD, Entry, KnownFailures, KnownList, Until, Word, find_known, read_known, version
from conformance.protocol import Fault, Result, ascii_json
from conformance.run import Run, run
from conformance.verdict import Standing, standing

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from conformance.conversation import Question
    from conformance.protocol import Answer


def entry(id: str | None = "a", **fields: object) -> Entry:
    values = {"signature": "s", "reason": "not yet", "id": id}
    return Entry(**(values | fields))  # type: ignore[arg-type]


def known(*entries: Entry, cases: tuple[str, ...] = ("a", "b", "c"), port: str = "1.2") -> KnownFailures:
    return KnownFailures(KnownList("k", entries, cases), suite="2026.11", port=port)


def ended(id: str = "a", outcome: Outcome = Outcome.FAILED, signature: str = "s", **fields: object) -> CaseFinished:
    diagnosis = Diagnosis(cause="c", summary="it differs", signature=signature) if outcome is Outcome.FAILED else None
    return finished(planned(id), outcome, diagnosis=diagnosis, **fields)  # type: ignore[arg-type]


def words(failures: KnownFailures) -> list[tuple[str, str, str]]:
    return [(error.word, error.entry, error.case) for error in failures.errors]


def test_a_failure_with_the_signature_is_known() -> None:
    failures = known(entry(issue="https://x/12"))
    event = failures.settle(ended(drift="0.1.0"))
    assert event.outcome is Outcome.KNOWN
    assert event.reason == "not yet (https://x/12)"
    assert event.drift == ""
    assert event.diagnosis is not None
    assert failures.errors == ()


def test_a_case_that_is_not_listed_is_left_alone() -> None:
    failures = known(entry())
    for outcome in Outcome:
        assert failures.settle(ended("b", outcome)) == ended("b", outcome)
    assert failures.errors == ()


def test_a_case_that_was_not_asked_says_nothing() -> None:
    failures = known(entry())
    failures.settle(ended("a", Outcome.NOT_RUN))
    assert failures.errors == ()


@pytest.mark.parametrize(
    ("event", "word"),
    [
        (ended(outcome=Outcome.PASSED), Word.UNEXPECTED_PASS),
        (ended(signature="other"), Word.CHANGED),
        (ended(outcome=Outcome.UNSUPPORTED, reason="operation x is not declared"), Word.UNDECLARED),
        (ended(outcome=Outcome.FAULTED, reason="crashed"), Word.FAULTED),
    ],
)
@pytest.mark.parametrize("one", [entry(), entry(None, pattern="a*")], ids=["id", "pattern"])
def test_a_case_that_ends_otherwise_is_an_error(
    event: CaseFinished, word: Word, one: Entry, snapshot: SnapshotAssertion
) -> None:
    failures = known(one)
    assert failures.settle(event) == event
    assert words(failures) == [(word, one.name, "a")]
    assert failures.errors[0].text == snapshot


@pytest.mark.parametrize(
    ("one", "word"),
    [
        (entry("x"), Word.UNMATCHED),
        (entry(None, pattern="x*"), Word.UNMATCHED),
        (entry(until=Until(suite="2026.11")), Word.EXPIRED),
        (entry(until=Until(suite="2026.2")), Word.EXPIRED),
        (entry(until=Until(port="1.2")), Word.EXPIRED),
        (entry(until=Until(port="1.2.0")), Word.EXPIRED),
        (entry(until=Until(port="1.2.0-rc.1")), Word.EXPIRED),
        (entry(None, pattern="*", limit=2), Word.TOO_BROAD),
    ],
)
def test_an_entry_that_is_wrong_as_a_whole(one: Entry, word: Word, snapshot: SnapshotAssertion) -> None:
    failures = known(one)
    assert words(failures) == [(word, one.name, "")]
    assert failures.errors[0].text == snapshot
    assert failures.settle(ended()).outcome is Outcome.FAILED  # It excuses nothing.


def test_a_version_that_is_none_is_an_error_of_its_own() -> None:
    failures = known(entry(until=Until(port="2")), port="main-4fe12c")
    assert words(failures) == [(Word.UNDATED, "a", "")]
    assert failures.settle(ended()).outcome is Outcome.FAILED


@pytest.mark.parametrize("until", [Until(suite="2026.12"), Until(port="1.3"), Until(port="1.2.1"), Until(port="2.0-a")])
def test_until_a_later_version(until: Until) -> None:
    failures = known(entry(until=until))
    assert failures.settle(ended()).outcome is Outcome.KNOWN
    assert failures.errors == ()


def test_a_pattern_may_match_twenty_cases_and_more_if_it_says_so() -> None:
    ids = tuple(f"a{number}" for number in range(BROAD + 1))
    pattern = entry(None, pattern="a*")
    assert known(pattern, cases=ids[1:]).errors == ()
    assert words(known(pattern, cases=ids)) == [(Word.TOO_BROAD, "a*", "")]
    stated = known(entry(None, pattern="a*", limit=BROAD + 1), cases=ids)
    assert stated.errors == ()
    assert stated.settle(ended("a20")).outcome is Outcome.KNOWN


def test_two_entries_for_one_case_overlap_and_the_first_counts() -> None:
    failures = known(entry("b"), entry(None, pattern="?", signature="t"))
    assert words(failures) == [(Word.OVERLAP, "?", "b")]
    assert failures.settle(ended("b", signature="s")).outcome is Outcome.KNOWN
    assert failures.settle(ended("c", signature="t")).outcome is Outcome.KNOWN
    assert words(known(entry(), entry())) == [(Word.OVERLAP, "a", "a")]


def test_every_word_is_planted_here() -> None:
    seen = {
        Word.UNEXPECTED_PASS, Word.CHANGED, Word.UNDECLARED, Word.FAULTED, Word.UNMATCHED, Word.EXPIRED,
        Word.TOO_BROAD, Word.UNDATED, Word.OVERLAP,
    }  # fmt: skip
    assert seen == set(Word)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("0.4.9", "0.5"), ("0.5", "0.5.1"), ("0.9", "0.10"), ("2026.11", "2027.02"), ("v1.0-rc.1", "1"),
        ("1.0.dev3", "1.0"), ("1.0rc1", "v1.0.0"), ("1.0", "1.0.post1"), ("1.0-alpha", "1.0+build.5"),
    ],
)  # fmt: skip
def test_versions_have_an_order(earlier: str, later: str) -> None:
    before, after = version(earlier), version(later)
    assert before is not None
    assert after is not None
    assert before <= after
    assert not (before == after and "post" not in later)


def test_equal_versions() -> None:
    assert version("1.2") == version("1.2.0") == version("v1.2+x")
    assert [version(text) for text in ("", "dev", "x1", "1..2", "1 2")] == [None] * 5


BAD = {
    "no TOML": "[[known",
    "not UTF-8": b"\xff",
    "another table": "[[knwon]]\n",
    "another member": '[[known]]\nid="a"\nsignature="s"\nreason="r"\nisue="x"\n',
    "no signature": '[[known]]\nid="a"\nreason="r"\n',
    "no reason": '[[known]]\nid="a"\nsignature="s"\n',
    "an empty reason": '[[known]]\nid="a"\nsignature="s"\nreason=" "\n',
    "id and pattern": '[[known]]\nid="a"\npattern="a"\nsignature="s"\nreason="r"\n',
    "neither": '[[known]]\nsignature="s"\nreason="r"\n',
    "a number for id": '[[known]]\nid=1\nsignature="s"\nreason="r"\n',
    "limit of an id": '[[known]]\nid="a"\nsignature="s"\nreason="r"\nlimit=3\n',
    "limit 0": '[[known]]\npattern="a"\nsignature="s"\nreason="r"\nlimit=0\n',
    "until as text": '[[known]]\nid="a"\nsignature="s"\nreason="r"\nuntil="1.0"\n',
    "until nothing": '[[known]]\nid="a"\nsignature="s"\nreason="r"\nuntil={}\n',
    "until both": '[[known]]\nid="a"\nsignature="s"\nreason="r"\nuntil={suite="1",port="1"}\n',
    "until no version": '[[known]]\nid="a"\nsignature="s"\nreason="r"\nuntil={port="soon"}\n',
    "the second entry": '[[known]]\nid="a"\nsignature="s"\nreason="r"\n[[known]]\nid="\\u001b[2J"\nx=1\n',
    "known is no list": "known = 3\n",
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_of_another_form_is_refused_in_one_line(name: str, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    path = tmp_path / "conformance.toml"
    content = BAD[name]
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UsageError) as refused:
        read_known(path)
    text = str(refused.value)
    assert text.startswith(repr(str(path)))
    assert text.isprintable()
    assert text.removeprefix(repr(str(path))) == snapshot


@pytest.mark.parametrize("place", ["missing.toml", ""])
def test_a_file_that_cannot_be_read(place: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_known(tmp_path / place)


def test_the_file_of_the_docstring_is_read(tmp_path: Path) -> None:
    import conformance.known

    example = (conformance.known.__doc__ or "").split("\n\n")[1]
    (tmp_path / "k").write_text("\n".join(line[4:] for line in example.splitlines()).replace("limit", "# limit"))
    (read,) = read_known(tmp_path / "k")
    assert read.until == Until(port="0.5.0")
    assert str(read.until) == "port 0.5.0"


def test_an_empty_file_is_an_empty_list(tmp_path: Path) -> None:
    (tmp_path / "k").write_text("# nothing yet\n")
    assert read_known(tmp_path / "k") == ()


def test_the_list_that_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_known(None, default=True) is None
    (tmp_path / "conformance.toml").touch()
    found = find_known(None, default=True)
    assert str(found) == "conformance.toml"
    assert find_known(None, default=False) is None
    assert str(find_known("other", default=False)) == "other"


# In a run.


def _run(answer: Answer, *entries: Entry, jobs: int = 1) -> tuple[list[Event], RunFinished]:
    cases = [planned(id) for id in ("a", "b")]

    def answered(question: Question) -> Answer:
        return answer if question.id == "a" else Result(ascii_json({"tokens": HI_TOKENS}))

    events: list[Event] = []
    work = Run(
        planned=cases,
        tiers=(TierCount(tier="bytes", selected=True, cases=2),),
        command=("x",),
        make_asker=Fakes(answered, declared=hello()),
        judge=Judge(lexicon=lambda _: None),
        jobs=jobs,
        known=KnownList("conformance.toml", entries, ("a", "b")),
    )
    run(work, [events.append])
    (end,) = (event for event in events if isinstance(event, RunFinished))
    return events, end


def test_a_known_failure_is_counted_apart_and_the_run_conforms() -> None:
    events, end = _run(Result(b'{"tokens":[1]}'), entry(signature="length-and-start"))
    failed = next(event for event in events if isinstance(event, CaseFinished))
    assert failed.diagnosis is not None
    events, end = _run(Result(b'{"tokens":[1]}'), entry(signature=failed.diagnosis.signature))
    assert (end.account.passed, end.account.known, end.account.failed) == (1, 1, 0)
    assert end.known_errors == ()
    assert standing(end) is Standing.CONFORMS
    start = events[0]
    assert isinstance(start, RunStarted)
    assert (start.known, start.suite) == ("conformance.toml", SUITE)


@pytest.mark.parametrize(
    ("answer", "entries", "word"),
    [
        (Result(ascii_json({"tokens": HI_TOKENS})), (entry(),), Word.UNEXPECTED_PASS),
        (Result(b'{"tokens":[1]}'), (entry(),), Word.CHANGED),
        (Fault("crash", "it crashed"), (entry(),), Word.FAULTED),
        (Result(ascii_json({"tokens": HI_TOKENS})), (entry("z"),), Word.UNMATCHED),
    ],
)
def test_a_run_with_an_error_in_the_list_does_not_conform(
    answer: Answer, entries: tuple[Entry, ...], word: Word
) -> None:
    _, end = _run(answer, *entries)
    assert [error.word for error in end.known_errors] == [word]
    assert standing(end) is Standing.DOES_NOT_CONFORM
