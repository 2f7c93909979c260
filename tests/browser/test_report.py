"""The HTML report as a browser shows it: filters, keyboard, colours, hostile text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from reports import runs

from conformance.events import (
    CaseFinished,
    Diagnosis,
    IncidentSeen,
    KnownError,
    Outcome,
    RunFinished,
    RunStarted,
    Token,
    Window,
)
from conformance.reports import groups
from conformance.reports.html import report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from browser.conftest import Opened

    from conformance.events import Event

ATTACKS = (
    "</script><script>document.title='pwned';alert(1)</script>",
    "<img src=x onerror=\"document.title='pwned'\">",
    "]]><svg onload=alert(1)>",
    "\u202egnp.exe\u2066\u200f",
    "${alert(1)} {{ 7*7 }} javascript:alert(1)",
    "'\"><a href='http://127.0.0.1:9/'>x</a>",
    "\x1b[2J\x00\r\n\u2028\ud800",
    "x" * 1_000_000,
)


def document(events: Iterable[Event]) -> bytes:
    started, *cases, finished = events
    assert isinstance(started, RunStarted)
    assert isinstance(finished, RunFinished)
    return report(started, [case for case in cases if isinstance(case, CaseFinished)], finished, runs.CAUSES)


def many() -> list[CaseFinished]:
    """More than ten thousand cases, most of which failed."""
    found = [*runs.mixed(), *(case for _ in range(12) for case in runs.failing())]
    return [msgspec.structs.replace(case, id=f"{case.id}#{at}") for at, case in enumerate(found)]


def hostile(text: str) -> list[CaseFinished]:
    tokens = (Token(7, text, 0.5), Token(8, text, 1.0))
    window = Window(start=0, tokens=tokens, length=2)
    found = Diagnosis(
        text, text, text, path=text, index=1, expected=window, got=window, expected_value=text, got_value=text + "!"
    )
    return [
        runs.case(
            1, Outcome.FAILED, id=f"a{text}", diagnosis=found, flags=(text,), renderer=text, operation=text, asked=text
        ),
        runs.case(2, Outcome.FAULTED, id=f"b{text}", reason=text, tier=text, tokenizer=text),
        runs.case(3, Outcome.KNOWN, id=f"c{text}", reason=text),
    ]


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_hostile_text_is_inert(opened: Callable[..., Opened], attack: str) -> None:
    events = runs.run(
        hostile(attack),
        suite=attack,
        implementation=f"port {attack}",
        command=(attack,),
        warnings=(attack,),
        language=attack,
        engine=attack,
        stderr=(attack,),
    )
    page = opened(document(events)).page
    for summary in page.locator("details > summary").all():
        if summary.locator("xpath=..").get_attribute("open") is None:
            summary.click()
    assert page.title().startswith("does not conform: port ")
    assert page.locator("main img, main svg, main a, main script, iframe").count() == 0
    assert page.locator(".row").count() == 3
    for _ in range(3):
        page.locator("#list").press("ArrowDown")
    assert page.locator("#detail h3").inner_text().startswith("c")
    shown = page.locator("body").inner_text()
    assert not re.search("[\u202e\u2066\u200f\x1b\x00\u2028]", shown)
    assert len(shown) < 100_000
    # Text that is turned around or too wide must not push the page out of its frame.
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_ten_thousand_cases_keep_few_rows_in_the_page(opened: Callable[..., Opened]) -> None:
    cases = many()
    assert len(cases) > 10_000
    page = opened(document(runs.run(cases))).page
    assert page.locator("#shown").inner_text() == f"{len(cases)} of {len(cases)} shown"
    assert 5 < page.locator(".row").count() < 60
    page.locator("#list").press("End")
    assert page.locator(".row[aria-selected=true]").get_attribute("aria-posinset") == str(len(cases))
    assert page.locator(".row").count() < 60
    page.locator("#list").press("Home")
    assert page.locator(".row[aria-selected=true]").get_attribute("aria-posinset") == "1"


def test_filters_narrow_down_together_and_stand_in_the_address(opened: Callable[..., Opened]) -> None:
    cases = runs.failing()
    page = opened(document(runs.run(cases))).page
    shown = page.locator("#shown")
    page.locator("select[name=outcome]").select_option("failed")
    assert shown.inner_text() == "600 of 900 shown"
    page.locator("select[name=renderer]").select_option("qwen3")
    page.locator("select[name=flag]").select_option("tool_calls")
    wanted = [c for c in cases if c.outcome == "failed" and c.renderer == "qwen3" and "tool_calls" in c.flags]
    assert shown.inner_text() == f"{len(wanted)} of 900 shown"
    page.locator("#text").fill("case-30 prompt")
    wanted = [case for case in wanted if "case-30" in case.id]
    assert shown.inner_text() == f"{len(wanted)} of 900 shown"
    assert sorted(page.locator(".row .id").all_inner_texts()) == sorted(case.id for case in wanted)
    page.reload()
    assert shown.inner_text() == f"{len(wanted)} of 900 shown"
    page.locator("#text").fill("no such case")
    assert "No case matches" in page.locator("#list").inner_text()
    page.get_by_role("button", name="Clear").click()
    assert shown.inner_text() == "900 of 900 shown"
    assert "#" not in page.url


def test_each_filter(opened: Callable[..., Opened]) -> None:
    other = [
        runs.case(1000, tier="real", operation="tensor.to_nested", renderer="", flags=("alone",)),
        runs.case(1001, tier="real"),
    ]
    page = opened(document(runs.run([*runs.failing(), *other]))).page
    for field, value, count in (
        ("tier", "real", 2),
        ("area", "tensor", 1),
        ("area", "tensor.to_nested", 1),
        ("area", "renderer", 901),
        ("flag", "alone", 1),
        ("group", "2", 80),
        ("outcome", "passed", 302),
    ):
        page.locator(f"select[name={field}]").select_option(value)
        assert page.locator("#shown").inner_text() == f"{count} of 902 shown", (field, value)
        page.locator(f"select[name={field}]").select_option("")


def test_chips_and_causes_lead_to_their_cases(opened: Callable[..., Opened]) -> None:
    page = opened(document(runs.run(runs.failing()))).page
    page.locator(".chip.failed").click()
    assert page.locator("#shown").inner_text() == "600 of 900 shown"
    assert page.locator(".chip.failed").get_attribute("aria-pressed") == "true"
    page.locator(".chip.failed").click()
    assert page.locator("#shown").inner_text() == "900 of 900 shown"
    page.locator(".card summary").nth(1).click()
    page.get_by_role("button", name="Show these 150 cases in the list").click()
    assert page.locator("#shown").inner_text() == "150 of 900 shown"
    assert page.evaluate("document.activeElement.id") == "list"


def test_the_list_begins_with_what_each_cause_is_best_seen_in(opened: Callable[..., Opened]) -> None:
    page = opened(document(runs.run(runs.failing()))).page
    found = groups.failures((case for case in runs.failing() if case.outcome is Outcome.FAILED), runs.CAUSES)
    shown = page.locator(".row .id").all_inner_texts()
    assert shown == [case.id for case in found[0].cases][: len(shown)]


def test_what_is_wrong_with_the_known_list_and_the_process_stands_above_the_cases(
    opened: Callable[..., Opened],
) -> None:
    *events, finished = runs.run(runs.conforming())
    assert isinstance(finished, RunFinished)
    for text in ("plain", *ATTACKS[:4]):
        wrong = msgspec.structs.replace(
            finished,
            known_errors=(KnownError(word="expired", entry=text, text=text),),
            incidents=(IncidentSeen(kind="crash", text=text, cases=(text,)),),
            restarts=2,
        )
        page = opened(document([*events, wrong])).page
        sections = page.locator("section h2").all_inner_texts()
        assert sections.index("Errors in the list of known failures: 1") < sections.index(
            next(heading for heading in sections if heading.startswith("Cases"))
        )
        assert any(heading.startswith("The adapter's process") for heading in sections)
        assert page.locator("table.plain tbody tr").count() == 2
        assert page.locator("main img, main svg, main a, main script").count() == 0


def test_the_keyboard_reaches_everything(opened: Callable[..., Opened]) -> None:
    page = opened(document(runs.run(runs.failing()))).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the cases"
    page.keyboard.press("/")
    page.keyboard.type("case-3")
    assert page.locator("#shown").inner_text() != "900 of 900 shown"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "list"
    first = page.locator("#detail h3").inner_text()
    page.keyboard.press("ArrowDown")
    second = page.locator("#detail h3").inner_text()
    assert first != second
    active = page.locator("#list").get_attribute("aria-activedescendant")
    assert page.locator(f"#{active} .id").inner_text() == second
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "detail"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert page.locator("#shown").inner_text() == "900 of 900 shown"


def test_weights_are_told_by_text_and_by_colour(opened: Callable[..., Opened]) -> None:
    case = runs.case(1, Outcome.FAILED, diagnosis=runs.wrong_weight("<assistant\nYes>"))
    for scheme in ("light", "dark"):
        page = opened(document(runs.run([case])), scheme=scheme).page
        table = page.locator("#detail .tokens")
        assert table.locator("tr.weight").first.locator("td").all_inner_texts() == list("00000111")
        assert table.locator("tr.weight").last.locator("td").all_inner_texts() == list("00001111")
        colours = {
            cell.evaluate("cell => getComputedStyle(cell).backgroundColor") + cell.inner_text()
            for cell in table.locator("tr.weight td").all()
        }
        assert len(colours) == 2
        assert "▲ differs" in table.inner_text()


def test_both_colour_schemes_are_readable(opened: Callable[..., Opened]) -> None:
    contrast = """() => {
      const light = (c) => {
        const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
          .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const behind = (e) => {
        for (; e; e = e.parentElement) {
          const c = getComputedStyle(e).backgroundColor;
          if (!/, 0\\)$/.test(c)) return c;
        }
        return "rgb(255, 255, 255)";
      };
      const texts = "p, dt, dd, h1, h2, .chip:not(:disabled), td, th, .outcome, .id, .about, code, .button";
      return [...document.querySelectorAll(texts)]
        .filter((e) => e.offsetParent && e.textContent.trim())
        .map((e) => {
          const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
          return [(a + 0.05) / (b + 0.05), e.className, e.textContent.trim().slice(0, 30)];
        })
        .sort((x, y) => x[0] - y[0])[0];
    }"""
    grounds = set()
    for scheme in ("light", "dark"):
        page = opened(document(runs.run(runs.mixed())), scheme=scheme).page
        worst = page.evaluate(contrast)
        assert worst[0] >= 4.5, worst
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(grounds) == 2


def test_a_narrow_window_is_not_wider_than_itself(opened: Callable[..., Opened]) -> None:
    page = opened(document(runs.run(runs.mixed())), width=390).page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box, here = page.locator("#detail .tokens").bounding_box(), page.locator("#detail td.here").first.bounding_box()
    assert box is not None
    assert here is not None
    assert box["x"] <= here["x"]
    assert here["x"] + here["width"] <= box["x"] + box["width"]


def test_a_view_that_was_passed_on(opened: Callable[..., Opened]) -> None:
    page = opened(document(runs.run(runs.failing())), at="#outcome=failed&renderer=qwen3&flag=gone").page
    assert page.locator("#shown").inner_text() == "200 of 900 shown"


def test_what_the_policy_forbids_stays_forbidden(opened: Callable[..., Opened]) -> None:
    seen = opened(document(runs.run(runs.conforming())))
    seen.page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "document.title = 'pwned'";
          document.body.append(script);
        }"""
    )
    assert seen.page.title() == "conforms: tinkex_cookbook 0.4.0"
    assert any("Content Security Policy" in complaint for complaint in seen.complaints)
    seen.complaints.clear()
