"""The page of `conformance explain` as a browser shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from reports import explanations
from reports.explanations import explanation, row

from conformance.causes import CAUSES
from conformance.events import Diagnosis
from conformance.reports.explain import Side
from conformance.reports.explain_html import explain_html

if TYPE_CHECKING:
    from collections.abc import Callable

    from browser.conftest import Opened

ATTACK = "</script><script>document.title='pwned'</script>]]>\u202e<img src=x onerror=alert(1)>"


def test_answers_are_shown_one_at_a_time_with_what_differs_named(opened: Callable[..., Opened]) -> None:
    page = opened(explain_html(explanations.insertion(), None, causes=CAUSES)).page
    assert page.locator(".tok .d").all_inner_texts() == ["differs"]
    page.get_by_role("radio", name="other-port").check()
    assert page.locator(".tok").count() == 49
    assert page.locator(".tok.marked").count() == 1
    assert page.locator(".difference").count() == 2


def test_weights_are_written_and_tint(opened: Callable[..., Opened]) -> None:
    golden = Side(name="golden", rows=(row(["a", "b", "c"], learned=1),))
    found = Diagnosis("weights-start", "weight 0 where 1 is expected", "weights-start")
    mine = Side(name="mine", rows=(row(["a", "b", "c"], learned=2),), diagnosis=found)
    page = opened(explain_html(explanation(golden, mine), None, causes=CAUSES)).page
    assert page.locator(".tok .w").all_inner_texts() == ["w 0", "w 1", "w 1"]
    assert page.locator(".tok.full").count() == 2
    page.get_by_role("radio", name="mine").check()
    assert page.locator(".tok.full").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hostile_text_is_inert(opened: Callable[..., Opened], scheme: str) -> None:
    text = f"{ATTACK}{'x' * 100_000}"
    golden = Side(name=text, rows=(row([text, "b"]),))
    mine = Side(name=text, kind="rejection", value=text, diagnosis=Diagnosis(text, text, text))
    page = opened(explain_html(explanation(golden, mine), None, causes=CAUSES), scheme=scheme).page
    assert page.title() != "pwned"
    assert page.locator("main img, main script").count() == 0
    assert "\u202e" not in page.locator("body").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_case_without_tokens_has_no_tokens(opened: Callable[..., Opened]) -> None:
    for made in (explanations.parsed(), explanations.refused()):
        page = opened(explain_html(made, None, causes=CAUSES)).page
        assert page.locator("h1").inner_text() == made.id
