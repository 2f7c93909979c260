"""What is said of findings on the terminal."""

from __future__ import annotations

from conformance.crashes import Replayed, crash_of
from conformance.differing import Difference
from conformance.events import Diagnosis
from conformance.fuzz import Account, Finding
from conformance.protocol import Rejection, Result
from conformance.reports.findings import LONGEST, SHOWN, account_lines, finding_line, replayed_line

HOSTILE = "\x1b[2J\u202e\nPASSED"


def difference(summary: str = "it differs", params: bytes = b'{"data":1}') -> Difference:
    diagnosis = Diagnosis(cause="value", summary=summary, signature="value x", path="x")
    return Difference(
        operation="tensor.to_nested",
        params=params,
        expected=Rejection(None, ""),
        got=Result(b"{}"),
        diagnosis=diagnosis,
    )


def finding(found: Difference, *, steady: bool = True) -> Finding:
    return Finding(difference=found, seed=1, place=2, steps=3, steady=steady)


def test_a_finding_is_one_line_with_the_question_and_the_difference() -> None:
    assert finding_line(finding(difference())) == 'value  tensor.to_nested  {"data":1}  x: it differs'


def test_a_path_is_not_said_twice() -> None:
    assert finding_line(finding(difference("x is 1"))).endswith('{"data":1}  x is 1')


def test_a_finding_that_did_not_come_back_says_so() -> None:
    assert "did not come back" in finding_line(finding(difference(), steady=False))


def test_what_ports_wrote_is_made_visible() -> None:
    found = difference(HOSTILE)
    crash = crash_of(found, seed=1, place=2, steady=True)
    account = Account(asked=1, broken={HOSTILE: 1})
    lines = [
        finding_line(finding(found)),
        replayed_line(Replayed(crash=crash, word="changed", difference=found)),
        replayed_line(Replayed(crash=crash, word="not asked", reason=HOSTILE)),
        *account_lines(account),
    ]
    assert all(line.isprintable() for line in lines)
    assert sum("␛[2J\\u202e␊PASSED" in line for line in lines) == 4


def test_a_long_question_is_cut_and_its_length_is_told() -> None:
    params = b'{"data":"%b"}' % (b"a" * 5000)
    line = finding_line(finding(difference(params=params)))
    assert len(line) < LONGEST + 200
    assert f"({len(params):,} characters)" in line


def test_the_account_says_what_was_not_compared_and_why_it_ended() -> None:
    account = Account(asked=20, agreed=10, refused=4, unanswered=3, stopped="interrupted", seconds=2.0)
    account.broken = {f"way {number}": number + 1 for number in range(SHOWN + 2)}
    lines = account_lines(account)
    assert lines[0].startswith("20 questions in 2.0 s (10 a second): 10 agree (4 of them refused by both)")
    assert "3 were not compared" in lines[1]
    assert f"  {SHOWN + 2} x way {SHOWN + 1}" in lines
    assert "  and in 2 more ways" in lines
    assert lines[-1] == "stopped early: interrupted"
