"""conformance/reports/web_page.py: one file that needs nothing else, and lets nothing out of its texts."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import jinja2
import pytest

from conformance.reports.web_page import LONGEST, WEB, inline_json, number, shown, web_page
from reports.runs import HOSTILE

VALUES = {"renderer": "r", "tokenizer": "t", "messages": "m", "tokens": "n", "chunks": "c"}


def page(**values: str) -> str:
    made = web_page("show.html", styles=("base.css",), scripts=("dom.js",), data={}, values={**VALUES, **values})
    return made.decode()


def test_the_policy_names_the_style_and_the_script_that_are_there_and_forbids_the_rest() -> None:
    text = page()
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)
    assert style is not None
    assert script is not None
    hashes = [base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode() for found in (script, style)]
    policy = (
        f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert f'content="{policy}"' in text


@pytest.mark.parametrize("name", sorted(path.name for path in WEB.iterdir()))
def test_nothing_in_a_page_comes_from_elsewhere(name: str) -> None:
    text = (WEB / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|//[a-z]|@import|url\(|src=|innerHTML|insertAdjacent|\beval\b|\| *safe|style=", text)


@pytest.mark.parametrize("attack", [HOSTILE, "</script><script>alert(1)</script>", "]]>", "' onload='x", "\ud800"])
def test_values_in_a_template_are_inert(attack: str) -> None:
    plain, attacked = page(renderer="plain"), page(renderer=attack)
    tags = r"<[^>]*>"
    assert re.findall(tags, attacked) == re.findall(tags, plain)
    assert not re.search(r"[\x1b\x07\x85\u2028\u202e\ud800]", attacked)


def test_a_value_that_a_template_needs_must_be_there() -> None:
    with pytest.raises(jinja2.UndefinedError):
        web_page("show.html", styles=(), scripts=(), data={}, values={})


def test_data_cannot_end_its_element() -> None:
    data = {"</script>": ["<!--", "&amp;", "\u2028", "]]>", "é"]}
    text = inline_json(data)
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text) == data


def test_long_texts_are_cut_and_say_so() -> None:
    assert shown("a\nb") == "a\nb"
    assert shown("x" * 1_000_000) == "x" * LONGEST + "... (1000000 characters)"
    assert len(page(renderer="x" * 1_000_000)) < 30_000


def test_numbers_that_javascript_would_round_travel_as_text() -> None:
    assert [number(2**53 - 1), number(2**53), number(-(2**70))] == [2**53 - 1, str(2**53), str(-(2**70))]
