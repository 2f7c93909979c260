from __future__ import annotations

import inspect
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import cookbook
from conformance.commands.selecting import hello_for
from conformance.mutants.reach import Reach
from conformance.suite import load_suite
from conformance.tokenizers import Store
from cookbook import tokenizer
from cookbook.renderers import llama3, role_colon

if TYPE_CHECKING:
    from conformance.cases import Planned


@cache
def cases() -> list[Planned]:
    chosen = ("role_colon", "llama3")
    return [case for case in load_suite() if case.tier == "bytes" and case.asks.renderer in chosen][::9]


@cache
def reach() -> Reach:
    hello = hello_for({case.asks.tokenizer for case in cases() if case.asks.tokenizer}, Store())
    return Reach(Path(cookbook.__file__).parent, cases(), hello)


def renderers(places: list[int]) -> set[str]:
    return {cases()[place].asks.renderer for place in places}


def test_a_family_is_reached_by_its_cases() -> None:
    assert renderers(reach().of_file(llama3.__file__)) == {"llama3"}
    assert renderers(reach().of_file(role_colon.__file__)) == {"role_colon"}


def test_what_is_made_once_a_session_is_reached_by_all_who_use_it() -> None:
    lines, first = inspect.getsourcelines(llama3.Llama3Renderer.render_message)
    rendering = {
        place for place, case in enumerate(cases()) if case.case.operation == "renderer.build_generation_prompt"
    }
    reached = reach().of_lines(llama3.__file__, range(first, first + len(lines)))
    expected = {place for place in rendering if cases()[place].asks.renderer == "llama3"}
    messages = {place for place in expected if b'"role"' in bytes(cases()[place].case.params)}
    assert len(messages - set(reached)) < len(messages) / 10  # A few are refused before a message is rendered.
    assert reached


def test_nobody_reaches_a_line_that_is_not_there() -> None:
    assert reach().of_lines(llama3.__file__, [10**6]) == []
    assert reach().of_file("elsewhere.py") == []


def test_what_runs_on_import_is_reached_by_all_users_of_a_module_that_is_imported_late() -> None:
    lines, first = inspect.getsourcelines(tokenizer._bytes_by_character)
    reached = reach().of_lines(tokenizer.__file__, range(first, first + len(lines)))
    assert reached == reach().of_file(tokenizer.__file__)
    assert reached
