"""Each way in which a trial can end, on changes of the library that are made here."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import cookbook.renderers.role_colon
from conformance.commands.selecting import hello_for
from conformance.judge import Judge
from conformance.mutants import trial
from conformance.mutants.mutations import mutants_of, mutated
from conformance.mutants.trial import Tried, try_in_child
from conformance.suite import load_suite
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from types import CodeType

    from conformance.cases import Planned

MODULE = "cookbook.renderers.role_colon"
FILE = cookbook.renderers.role_colon.__file__
SOURCE = Path(FILE).read_text()
JUDGE = Judge(lexicon=lambda _: None, strict_errors=True)


@cache
def cases() -> list[Planned]:
    return [case for case in load_suite() if case.asks.renderer == "role_colon" and case.tier == "bytes"]


def on_trial(code: CodeType, module: str = MODULE) -> Tried:
    hello = hello_for({case.asks.tokenizer for case in cases()}, Store())
    return try_in_child({module: code}, cases(), range(len(cases())), hello, JUDGE)


def compiled(source: str) -> CodeType:
    return compile(source, FILE, "exec")


def test_the_original_survives_every_case() -> None:
    assert on_trial(compiled(SOURCE)) == Tried("survived", asked=len(cases()))


def test_a_mutant_is_told_by_a_case() -> None:
    mutant = next(mutant for mutant in mutants_of(MODULE, SOURCE) if mutant.scope == "RoleColonRenderer.render_message")
    tried = on_trial(mutated(SOURCE, mutant.index, FILE))
    assert tried.how in ("failed", "faulted")
    assert tried.asked == tried.place + 1
    assert tried.killed


@pytest.mark.parametrize(
    ("addition", "how"),
    [
        ("RoleColonRenderer.render_message = None", "faulted"),
        ("import os; os.kill(os.getpid(), 9)", "died"),
        ("while True: pass", "hangs"),
        ("import time; time.sleep(60)", "hangs"),
    ],
)
def test_other_ends(addition: str, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "PATIENCE", 1.0)
    monkeypatch.setattr(trial, "WAITING", 4.0)
    assert on_trial(compiled(f"{SOURCE}\n{addition}\n")).how == how


def test_numbers_are_asked_of_the_mutant_too() -> None:
    """Also when the original has been imported by way of every adapter module before."""
    from conformance.adapters import reference_numbers, reference_training

    assert reference_numbers.OPERATIONS
    assert reference_training
    asked = [case for case in load_suite() if case.case.operation == "schedule.compute_schedule_lr_multiplier"]
    schedules = Path(FILE).parents[1] / "schedules.py"
    code = compile(schedules.read_text().replace('"linear"', '"lineal"'), str(schedules), "exec")
    tried = try_in_child({"cookbook.schedules": code}, asked, range(len(asked)), hello_for(set(), Store()), JUDGE)
    assert tried.killed


def test_loops_survive_what_changes_nothing() -> None:
    """Also when the original has run them before: what records them must not hold the original's classes."""
    from conformance.traces import recorder

    assert recorder.__file__
    asked = [case for case in load_suite() if case.case.operation == "trace.supervised"][:1]
    hello = hello_for({case.asks.tokenizer for case in asked}, Store())
    assert try_in_child({}, asked, [0], hello, JUDGE) == Tried("survived", asked=1)


def test_a_library_that_cannot_be_imported() -> None:
    assert on_trial(compiled("raise ValueError"), "cookbook.errors").how == "import"


def test_this_process_keeps_the_original() -> None:
    on_trial(compiled(SOURCE.replace("User", "Usher")))
    assert cookbook.renderers.role_colon.__file__ == FILE
    assert on_trial(compiled(SOURCE)).how == "survived"
