"""conformance/known_update.py: the list is mended from a run, and what people wrote in it stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from private_cases import planned

from conformance.events import CaseFinished, Diagnosis, Outcome
from conformance.exits import UsageError
from conformance.judge import finished
from conformance.known import KnownFailures, KnownList, Word, parse_known
from conformance.known_update import Update, updated

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

CASES = tuple(f"r/{name}" for name in "abcdefgh") + tuple(f"t/{name}" for name in "abc")

LIST = """\
# What my port does not do yet.
# Two lines about it.

# --- whitespace ---

# The strip is in the template.
[[known]]
id = "r/a"            # the first
signature = "s"       # why this one
reason = 'it "strips"'
until = { port = "9.0" }

[[known]]
reason = "order of members is mine"
signature = "s"
id = "r/b"
# about b

# --- tools ---
[[ known ]]   # a pattern
pattern = "t/*"
signature = "s"
reason = '''
[[not a head]]
'''
issue = "https://x/1"

# The end.
"""


def ended(**outcomes: str) -> dict[str, CaseFinished]:
    """Cases by their short names: a signature, or the name of an outcome in capitals."""
    events = {}
    for name, how in outcomes.items():
        id = name.replace("_", "/")
        if how.isupper():
            events[id] = finished(planned(id), Outcome(how.lower()), reason="because")
        else:
            diagnosis = Diagnosis(cause="c", summary=f'it has "\\n" {how}', signature=how)
            events[id] = finished(planned(id), Outcome.FAILED, diagnosis=diagnosis)
    return events


def update(text: str, events: dict[str, CaseFinished], *, port: str = "1.0", reason: str = "") -> Update:
    known = KnownFailures(KnownList("k", parse_known(text.encode()), CASES), suite="2026.11", port=port)
    return updated(text.encode(), known, events, reason=reason)


def errors(text: str, events: dict[str, CaseFinished]) -> list[str]:
    """What the next run would say about the list."""
    known = KnownFailures(KnownList("k", parse_known(text.encode()), CASES), suite="2026.11", port="1.0")
    left = [event.id for event in map(known.settle, events.values()) if event.outcome is Outcome.FAILED]
    return [*left, *(error.word for error in known.errors)]


AS_LISTED = {"r_a": "s", "r_b": "s", "t_a": "s", "t_b": "s", "t_c": "s"}


def test_a_list_that_is_right_keeps_its_bytes() -> None:
    found = update(LIST, ended(**AS_LISTED, r_c="PASSED"))
    assert found.text == LIST
    assert (found.kept, found.changed, found.added, found.removed) == (3, [], [], [])


@pytest.mark.parametrize(
    "changes",
    [
        {"r_a": "other"},
        {"r_a": "PASSED"},
        {"r_b": "PASSED"},
        {"r_a": "PASSED", "r_b": "PASSED"},
        {"r_b": "UNSUPPORTED"},
        {"t_a": "u", "t_b": "u", "t_c": "u"},
        {"t_a": "u"},
        {"t_b": "PASSED"},
        {"t_a": "PASSED", "t_b": "PASSED", "t_c": "PASSED"},
        {"r_c": "new", "r_h": 'it\'s \\ "new"'},
        {"r_c": "FAULTED"},
        {"r_a": "NOT_RUN", "t_a": "NOT_RUN"},
    ],
    ids=lambda changes: " ".join(f"{name}={how}" for name, how in changes.items()),
)
def test_a_list_after_a_run(changes: dict[str, str], snapshot: SnapshotAssertion) -> None:
    events = ended(**(AS_LISTED | changes))
    found = update(LIST, events)
    assert found == snapshot
    assert errors(found.text, events) == []
    assert update(found.text, events).text == found.text
    assert found.text.startswith(LIST[: LIST.index("# The strip")])
    assert "# --- tools ---" in found.text or changes.keys() == {"t_a", "t_b", "t_c"}


def test_cases_that_were_not_asked_keep_their_entries() -> None:
    found = update(LIST, ended(r_a="other"))
    assert found.text == LIST.replace('signature = "s"       # why', 'signature = "other"       # why', 1)
    assert found.kept == 2


def test_a_pattern_of_which_a_part_was_asked_becomes_single_entries() -> None:
    found = update(LIST, ended(t_a="u"))
    assert [(entry.name, entry.signature) for entry in parse_known(found.text.encode())] == [
        ("r/a", "s"),
        ("r/b", "s"),
        ("t/a", "u"),
        ("t/b", "s"),
        ("t/c", "s"),
    ]


def test_an_entry_that_matches_nothing_goes() -> None:
    text = LIST.replace("r/b", "r/zz")
    found = update(text, ended(**AS_LISTED | {"r_b": "PASSED"}))
    assert found.removed == ["r/zz"]
    assert "order of members" not in found.text


def test_an_entry_that_repeats_another_goes() -> None:
    twice = LIST + '\n[[known]]\nid = "r/a"\nsignature = "s"\nreason = "again"\n'
    found = update(twice, ended(**AS_LISTED))
    assert found.removed == ["r/a"]
    assert found.text.rstrip() == LIST.rstrip()


def test_an_expired_entry_is_left_to_a_person() -> None:
    found = update(LIST, ended(**AS_LISTED), port="9.0")
    assert found.expired == ["r/a"]
    assert found.text == LIST
    undated = update(LIST, ended(**AS_LISTED), port="main")
    assert undated.expired == ["r/a"]


def test_a_pattern_that_is_too_broad_becomes_single_entries() -> None:
    text = LIST.replace('pattern = "t/*"', 'pattern = "t/*"\nlimit = 2')
    assert Word.TOO_BROAD in errors(text, ended(**AS_LISTED))
    found = update(text, ended(**AS_LISTED))
    assert [entry.name for entry in parse_known(found.text.encode())] == ["r/a", "r/b", "t/a", "t/b", "t/c"]
    assert all(entry.issue == "https://x/1" for entry in parse_known(found.text.encode())[2:])
    assert errors(found.text, ended(**AS_LISTED)) == []


def test_a_new_list(snapshot: SnapshotAssertion) -> None:
    found = update("", ended(r_b="s", r_a="PASSED", r_c="t"), reason="the port is young")
    assert found.text == snapshot
    assert update("", ended(r_a="PASSED")).text == ""


def test_hostile_text_in_a_new_entry_cannot_leave_its_line() -> None:
    bad = '"\n[[known]]\n\x1b[2J\u2028\\'
    diagnosis = Diagnosis(cause="c", summary=bad, signature=bad)
    events = {"r/a": finished(planned("r/a"), Outcome.FAILED, diagnosis=diagnosis)}
    text = update("", events).text
    (entry,) = parse_known(text.encode())
    assert entry.signature == bad
    assert entry.reason.isprintable()
    assert errors(text, events) == []


@pytest.mark.parametrize(
    "text",
    [
        'known = [{id = "r/a", signature = "s", reason = "r"}]\n',
        '[[known]]\nid = "r/a"\nsignature = "s"\nreason = """\n[[known]]\n"""\n',
    ],
    ids=["inline", "a head inside a text"],
)
def test_a_file_that_cannot_be_cut_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"cannot be rewritten: give each entry a line `\[\[known\]\]` of its own"):
        update(text, ended(r_a="other"))


def test_lines_that_end_as_on_windows_and_a_file_without_an_end() -> None:
    text = LIST.rstrip("\n").replace("\n", "\r\n")
    found = update(text, ended(**AS_LISTED | {"r_a": "other"}))
    assert found.changed == ["r/a"]
    assert errors(found.text, ended(**AS_LISTED | {"r_a": "other"})) == []
    assert found.text.count("\r\n") >= text.count("\r\n") - 1


@given(
    outcomes=st.fixed_dictionaries(
        {id.replace("/", "_"): st.sampled_from(["s", "u", "PASSED", "UNSUPPORTED", "NOT_RUN"]) for id in CASES}
    )
)
def test_the_next_run_finds_nothing_wrong(outcomes: dict[str, str]) -> None:
    events = ended(**outcomes)
    found = update(LIST, events)
    assert errors(found.text, events) == []
    assert update(found.text, events).text == found.text
