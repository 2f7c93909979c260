"""conformance/run.py: everything planned has one outcome, in suite order, whatever happens."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Any

import pytest
from fake_askers import Fakes, hello
from hypothesis import given, settings
from hypothesis import strategies as st
from private_cases import ENCODE, HI_TOKENS, NESTED, PROMPT, planned

from conformance import SUITE
from conformance.conversation import Incident
from conformance.events import Account, CaseFinished, Event, Outcome, RunFinished, RunStarted, TierCount
from conformance.judge import Judge, digest
from conformance.protocol import Answer, Fault, NotSupported, Rejection, Result, ascii_json
from conformance.run import BLOCK, FAULTS_IN_A_ROW, Run, question, run, undeclared
from conformance.session import AdapterUnusable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.cases import Planned
    from conformance.conversation import Question

TRUE = Result(ascii_json({"tokens": HI_TOKENS}))
OLD = Result(ascii_json({"tokens": [1]}))
TIERS = (TierCount(tier="bytes", selected=True, cases=1),)


def work(planned: Sequence[Planned], fakes: Fakes, *, jobs: int = 1) -> Run:
    judge = Judge(lexicon=lambda _: None)
    return Run(planned=planned, tiers=TIERS, command=("x",), make_asker=fakes, judge=judge, jobs=jobs)


def heard(work: Run) -> tuple[list[Event], Account]:
    """All events of a run that ends well."""
    events: list[Event] = []
    account = run(work, [events.append])
    return events, account


def interrupted(work: Run, kind: type[BaseException]) -> tuple[list[Event], BaseException]:
    """All events of a run that does not."""
    events: list[Event] = []
    with pytest.raises(kind) as raised:
        run(work, [events.append])
    return events, raised.value


def check(events: Sequence[Event], cases: Sequence[Planned]) -> Account:
    """The stream is whole: a start, one event a case in suite order, and an account of exactly these."""
    start, *middle, end = events
    assert isinstance(start, RunStarted)
    assert isinstance(end, RunFinished)
    told = [event for event in middle if isinstance(event, CaseFinished)]
    assert len(told) == len(middle)
    assert [event.id for event in told] == [one.case.id for one in cases]
    assert start.planned == end.account.planned == len(cases)
    for outcome in Outcome:
        assert getattr(end.account, outcome) == sum(event.outcome is outcome for event in told)
    assert end.account.rejections == sum(event.rejection for event in told)
    assert end.account.drifted == sum(bool(event.drift) for event in told)
    return end.account


def always(answer: Answer) -> Callable[[Question], Answer]:
    return lambda _: answer


def test_a_run_that_conforms() -> None:
    cases = [planned(f"c{at}") for at in range(3)]
    fakes = Fakes(always(TRUE))
    events, account = heard(work(cases, fakes))
    assert check(events, cases) == account == Account(planned=3, passed=3)
    assert account.conforms
    assert events[0] == RunStarted(
        suite=SUITE,
        protocol=1,
        command=("x",),
        implementation="fake 1.2",
        language="python",
        planned=3,
        tiers=TIERS,
    )
    end = events[-1]
    assert isinstance(end, RunFinished)
    assert (end.partial, end.reason, end.stderr) == (False, "", ())
    assert (fakes.made[0].open, fakes.made[0].closed) == (1, 1)


def test_what_the_port_encodes_with_is_told() -> None:
    declared = hello(engine={"name": "fastokens", "version": "0.3.5"})
    events, _ = heard(work([planned("a")], Fakes(always(TRUE), declared)))
    assert isinstance(events[0], RunStarted)
    assert events[0].engine == "fastokens 0.3.5"


def test_every_listener_hears_the_same() -> None:
    cases = [planned("a"), planned("b", ENCODE)]
    one: list[Event] = []
    other: list[Event] = []
    run(work(cases, Fakes(always(TRUE))), [one.append, other.append])
    assert one == other
    assert len(one) == 4


def test_how_long_a_case_took_is_told() -> None:
    events, _ = heard(work([planned("a")], Fakes(always(TRUE))))
    assert isinstance(events[1], CaseFinished)
    assert events[1].seconds == 0.25


# What comes of a case, by the first letter of its id.
SCRIPT: dict[str, Answer] = {
    "p": TRUE,
    "f": Result(ascii_json({"tokens": [2]})),
    "d": OLD,
    "r": Rejection("config", "no"),
    "n": NotSupported("no"),
    "x": Fault("broke", "broke"),  # A fault that costs no process, of which there may be any number.
}


def scripted(letters: str) -> list[Planned]:
    """Cases whose outcome is that of their letter: `u` is undeclared, `j` an expected rejection."""
    cases = []
    for at, letter in enumerate(letters):
        fields: dict[str, Any] = {"history": {"0.1": digest(OLD)}}
        if letter == "u":
            fields["params"] = {"renderer": "other", "tokenizer": "bytes-qwen3", "messages": []}
        if letter == "j":
            fields["expect"] = {"rejection": {}}
        cases.append(planned(f"{letter}{at}", **fields))
    return cases


def answer(question: Question) -> Answer:
    return SCRIPT["r" if question.id[0] == "j" else question.id[0]]


@given(st.text(alphabet="pfdrnxuj", max_size=BLOCK * 3), st.integers(1, 4))
@settings(max_examples=60)
def test_the_account_adds_up_whatever_the_outcomes_and_the_workers(letters: str, jobs: int) -> None:
    cases = scripted(letters)
    fakes = Fakes(answer)
    events, account = heard(work(cases, fakes, jobs=jobs))
    assert check(events, cases) == account
    assert account.passed == letters.count("p") + letters.count("j")
    assert account.failed == sum(letters.count(letter) for letter in "fdrn")
    assert account.faulted == letters.count("x")
    assert account.unsupported == letters.count("u")
    assert (account.rejections, account.drifted) == (letters.count("j"), letters.count("d"))
    assert account.conforms == (not account.failed and not account.faulted)
    assert sorted(fakes.asked) == sorted(one.case.id for one in cases if one.case.id[0] != "u")
    assert all(fake.open == fake.closed == 1 for fake in fakes.made)


def test_what_is_undeclared_is_not_asked() -> None:
    cases = [
        planned("operation", NESTED),
        planned("renderer", params={"renderer": "llama3", "tokenizer": "bytes-qwen3", "messages": []}),
        planned("tokenizer", params={"renderer": "qwen3", "tokenizer": "bytes-llama3", "messages": []}),
        planned("asked"),
    ]
    fakes = Fakes(always(TRUE))
    events, account = heard(work(cases, fakes))
    assert fakes.asked == ["asked"]
    assert check(events, cases) == account
    assert [event.reason for event in events if isinstance(event, CaseFinished)] == [
        "operation tensor.to_nested is not declared",
        "renderer llama3 is not declared",
        "tokenizer bytes-llama3 is not declared",
        "",
    ]
    start = events[0]
    assert isinstance(start, RunStarted)
    assert start.undeclared_operations == ("tensor.to_nested",)
    assert start.undeclared_renderers == ("llama3",)
    assert start.undeclared_tokenizers == ("bytes-llama3",)


def test_what_a_case_does_not_name_need_not_be_declared() -> None:
    bare = hello(renderers=[], tokenizers=[])
    assert undeclared(planned("a", NESTED), hello(operations=[NESTED], renderers=[])) == ""
    assert undeclared(planned("a"), bare) == "renderer qwen3 is not declared"


def test_an_adapter_that_declares_nothing_is_asked_nothing() -> None:
    fakes = Fakes(always(TRUE), hello(operations=[]))
    cases = [planned("a"), planned("b")]
    events, account = heard(work(cases, fakes, jobs=3))
    assert check(events, cases) == account == Account(planned=2, unsupported=2)
    assert fakes.asked == []
    assert len(fakes.made) == 1


def test_the_expected_answer_is_never_sent() -> None:
    case = planned("a", expect={"result": {"tokens": [424242]}})
    assert question(case).params == bytes(case.case.params)
    assert b"424242" not in question(case).params
    assert (question(case).id, question(case).method) == ("a", PROMPT)


def test_a_tokenizer_that_failed_its_probe_is_a_warning() -> None:
    fakes = Fakes(always(TRUE), tokenizer_faults={"bytes-qwen3": "encodes 'x' as [1]"})
    events, _ = heard(work([planned("a")], fakes))
    assert isinstance(events[0], RunStarted)
    assert events[0].warnings == ("tokenizer bytes-qwen3: it encodes 'x' as [1]",)


def test_stderr_is_told_when_something_broke() -> None:
    broken = Fakes(always(Fault("crash", "crashed")), stderr=("boom",))
    end = heard(work([planned("a")], broken))[0][-1]
    assert isinstance(end, RunFinished)
    assert end.stderr == ("boom",)
    whole = Fakes(always(TRUE), stderr=("chatter",))
    end = heard(work([planned("a")], whole))[0][-1]
    assert isinstance(end, RunFinished)
    assert end.stderr == ()


# A run that does not reach its end.


def stops_at(number: int, error: BaseException) -> Callable[[Question], Answer]:
    """Answers truly, but raises at the question with this number."""

    def answer(question: Question) -> Answer:
        if question.id == f"c{number}":
            raise error
        return TRUE

    return answer


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_run_ends_when_every_question_ends_the_process(jobs: int) -> None:
    cases = [planned(f"c{at}") for at in range(BLOCK * 3)]
    fakes = Fakes(always(Fault("garbage", "line 2 of stdout is not protocol: 'INFO hello'")), stderr=("last words",))
    events, raised = interrupted(work(cases, fakes, jobs=jobs), AdapterUnusable)
    account = check(events, cases)
    assert (account.faulted, account.not_run) == (FAULTS_IN_A_ROW, len(cases) - FAULTS_IN_A_ROW)
    assert "'INFO hello'" in str(raised)
    assert all(fake.open == fake.closed == 1 for fake in fakes.made)


def test_faults_with_an_answer_between_them_do_not_end_a_run() -> None:
    cases = [planned(f"c{at}") for at in range(FAULTS_IN_A_ROW * 3)]

    def mostly(question: Question) -> Answer:
        return TRUE if int(question.id[1:]) % FAULTS_IN_A_ROW == 0 else Fault("crash", "crashed")

    account = check(heard(work(cases, Fakes(mostly)))[0], cases)
    assert (account.passed, account.not_run) == (3, 0)


def test_faults_that_cost_no_process_do_not_end_a_run() -> None:
    cases = [planned(f"c{at}") for at in range(FAULTS_IN_A_ROW * 2)]
    account = check(heard(work(cases, Fakes(always(Fault("broke", "TypeError")))))[0], cases)
    assert account.faulted == len(cases)


@pytest.mark.parametrize("error", [AdapterUnusable("three starts failed", ("tail",)), KeyboardInterrupt()])
@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("number", [0, 1, BLOCK - 1, BLOCK, BLOCK * 2 + 5, BLOCK * 3 - 1])
def test_what_was_not_reached_is_accounted_for(error: BaseException, jobs: int, number: int) -> None:
    cases = [planned(f"c{at}") for at in range(BLOCK * 3)]
    fakes = Fakes(stops_at(number, error), stderr=("last words",))
    events, raised = interrupted(work(cases, fakes, jobs=jobs), type(error))
    assert raised is error
    account = check(events, cases)
    assert account.passed + account.not_run == len(cases)
    assert account.not_run >= len(cases) - number
    assert account.passed <= number
    if jobs == 1:
        assert account.passed == number
    assert not account.conforms
    end = events[-1]
    assert isinstance(end, RunFinished)
    assert end.partial
    assert end.reason == ("interrupted" if isinstance(error, KeyboardInterrupt) else "three starts failed")
    assert end.stderr == ("last words",)
    missed = [event for event in events if isinstance(event, CaseFinished) and event.outcome is Outcome.NOT_RUN]
    assert {event.reason for event in missed} == {end.reason}
    assert all(fake.open == fake.closed == 1 for fake in fakes.made)


def test_an_adapter_that_never_started_leaves_no_report() -> None:
    fakes = Fakes(always(TRUE), refuses_start={0: AdapterUnusable("no such file")})
    events, _ = interrupted(work([planned("a")], fakes), AdapterUnusable)
    assert events == []
    assert fakes.made[0].closed == 1


def test_a_second_worker_that_cannot_start_ends_the_run() -> None:
    cases = [planned(f"c{at}") for at in range(BLOCK * 4)]
    refused: queue.SimpleQueue[threading.Thread] = queue.SimpleQueue()

    class Refusals(dict[int, BaseException]):
        def __getitem__(self, number: int) -> BaseException:
            refused.put(threading.current_thread())
            return AdapterUnusable("no more processes")

    def answer(question: Question) -> Answer:
        if question.id == "c0":
            refused.get(timeout=30).join(30)  # Until the second worker has given up.
        return TRUE

    fakes = Fakes(answer, refuses_start=Refusals({1: None}))
    events, _ = interrupted(work(cases, fakes, jobs=2), AdapterUnusable)
    assert check(events, cases).not_run
    assert all(fake.open == fake.closed == 1 for fake in fakes.made)


def test_an_error_of_our_own_is_not_swallowed() -> None:
    fakes = Fakes(stops_at(5, ZeroDivisionError()))
    cases = [planned(f"c{at}") for at in range(BLOCK * 3)]
    for jobs in (1, 3):
        with pytest.raises(ZeroDivisionError):
            run(work(cases, fakes, jobs=jobs), [])
    assert all(fake.open == fake.closed == 1 for fake in fakes.made)


def test_a_listener_that_fails_leaves_no_asker_open() -> None:
    fakes = Fakes(always(TRUE))

    def listener(event: Event) -> None:
        if isinstance(event, CaseFinished):
            raise OSError("disk full")

    for jobs in (1, 3):
        with pytest.raises(OSError, match="disk full"):
            run(work([planned(f"c{at}") for at in range(BLOCK * 3)], fakes, jobs=jobs), [listener])
    assert all(fake.open == fake.closed == 1 for fake in fakes.made)


# Several workers.


def test_the_work_is_shared_and_results_keep_their_order() -> None:
    cases = [planned(f"c{at}") for at in range(BLOCK * 6 + 1)]
    together = threading.Barrier(3, timeout=30)
    waited = threading.local()

    def answer(_: Question) -> Answer:
        if not hasattr(waited, "once"):
            waited.once = True
            together.wait()  # Three workers are at it at the same time.
        return TRUE

    fakes = Fakes(answer)
    events, account = heard(work(cases, fakes, jobs=3))
    assert check(events, cases) == account
    assert [bool(fake.asked) for fake in fakes.made] == [True, True, True]
    assert sorted(fakes.asked) == sorted(one.case.id for one in cases)


def test_there_are_no_more_workers_than_blocks() -> None:
    for count, jobs, expected in ((1, 8, 1), (BLOCK, 8, 1), (BLOCK + 1, 8, 2), (BLOCK * 3, 2, 2)):
        fakes = Fakes(always(TRUE))
        heard(work([planned(f"c{at}") for at in range(count)], fakes, jobs=jobs))
        assert len(fakes.made) == expected


def test_the_events_are_the_same_with_any_number_of_workers() -> None:
    cases = scripted("pfdrnxuj" * BLOCK)
    streams = [heard(work(cases, Fakes(answer), jobs=jobs))[0][1:-1] for jobs in (1, 2, 3)]
    assert streams[0] == streams[1] == streams[2]


@pytest.mark.parametrize("jobs", [1, 3])
def test_what_became_of_processes_is_told_at_the_end(jobs: int) -> None:
    incident = Incident(Fault("crash", "it exited with code 3"), ("c1",))
    fakes = Fakes(always(TRUE), incidents=(incident,), starts=2, stderr=("boom",))
    events, account = heard(work([planned(f"c{at}") for at in range(300)], fakes, jobs=jobs))
    end = events[-1]
    assert isinstance(end, RunFinished)
    assert account.conforms
    assert end.restarts == jobs
    assert [(one.kind, one.cases, one.times) for one in end.incidents] == [("crash", ("c1",), jobs)]
    assert end.stderr == ("boom",)


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_no_adapter_is_given_up_when_all_is_answered(jobs: int) -> None:
    fakes = Fakes(always(TRUE))
    heard(work([planned(f"c{at}") for at in range(200)], fakes, jobs=jobs))
    assert [asker.given_up for asker in fakes.made] == [False] * jobs
