"""The page of `conformance show` as a browser shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.commands.selecting import hello_for, lexicons
from conformance.reports.show_html import show_html
from conformance.show import show
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from browser.conftest import Opened

HOSTILE = "</script><script>alert(1)</script>\u202e ]]> \x1b"


def page_of(text: str) -> bytes:
    store = Store()
    messages = [{"role": "user", "content": text}, {"role": "assistant", "content": "4"}]
    name = "bytes-llama3_instruct"
    lexicon = lexicons(store)(name)
    return show_html(show("llama3", name, messages, hello=hello_for([name], store), lexicon=lexicon))  # type: ignore[arg-type]


def test_weights_change_with_the_mode_and_tokens_do_not(opened: Callable[..., Opened]) -> None:
    page = opened(page_of("Hi\n")).page
    texts = page.locator(".tok .t").all_inner_texts()
    assert texts[:5] == ["<|begin_of_text|>", "<|start_header_id|>", "u", "s", "e"]
    assert page.locator(".tok .w").all_inner_texts()[-2:] == ["w 1", "w 1"]
    assert page.locator(".tok.full").count() == 2
    page.get_by_text("all_tokens").first.click()
    assert page.locator(".tok .t").all_inner_texts() == texts
    assert page.locator(".tok.full").count() == len(texts) - 1
    page.get_by_text("customized").first.click()
    assert "trainable" in page.locator("#chunks").inner_text()
    page.get_by_role("radio", name="prompt").check()
    assert page.locator(".tok .w").count() == 0
    assert page.locator(".chunk").count() > 4
    assert page.locator(".place").last.inner_text() == "header of the answer (assistant)"


def test_modes_are_chosen_with_the_keyboard(opened: Callable[..., Opened]) -> None:
    page = opened(page_of("Hi")).page
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.locator("input[type=radio]:checked").get_attribute("value") == "1"
    page.locator("#ids").uncheck()
    assert not page.locator(".tok .i").first.is_visible()


def test_hostile_text_is_inert(opened: Callable[..., Opened]) -> None:
    for scheme in ("light", "dark"):
        page = opened(page_of(HOSTILE), scheme=scheme).page
        assert page.locator("main script").count() == 0
        assert "".join(page.locator(".tok .t").all_inner_texts()).count("</script>") == 2
        assert "\u202e" not in page.locator("body").inner_text()
