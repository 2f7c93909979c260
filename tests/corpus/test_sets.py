from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.corpus import files, questions, sets
from conformance.suite import load_smoke, load_suite

if TYPE_CHECKING:
    from pathlib import Path


def test_an_id_stands_on_a_line(tmp_path: Path) -> None:
    (tmp_path / "smoke.txt").write_text("a\nb\n")
    (tmp_path / "wide.txt").write_text("")
    assert sets.smoke(tmp_path) == {"a", "b"}
    assert sets.wide(tmp_path) == frozenset()


def test_the_wide_set_is_of_the_bytes_tier_and_has_no_trap() -> None:
    asked = {question.id: question for question in questions()}
    assert sets.wide() <= asked.keys()
    assert not [id for id in sets.wide() if asked[id].traps or asked[id].tier == "real"]
    assert not sets.wide() & sets.smoke()


def test_the_wide_set_has_files_of_its_own() -> None:
    for path, group in files().items():
        assert {question.id in sets.wide() for question in group} == {".wide." in path}


def test_golden_has_the_sets_that_are_written_down() -> None:
    assert {planned.case.id for planned in load_suite() if planned.wide} == sets.wide()
    assert {planned.case.id for planned in load_smoke()} == sets.smoke()
