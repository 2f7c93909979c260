"""conformance/reports/escape.py: nothing that a reader cannot see, and nothing that is read as anything but text."""

from __future__ import annotations

import re
import string
import unicodedata
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from conformance.reports import escape

from .streams import hostile

UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def unseen(text: str) -> list[str]:
    """The characters of a text that a terminal acts upon, or that nobody sees."""
    return [c for c in text if unicodedata.category(c) in UNSEEN or (unicodedata.category(c) == "Zs" and c != " ")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, ümläut, 中文, 😀", "plain text, ümläut, 中文, 😀"),
        ("\x1b[31m", "␛[31m"),
        ("a\rb\nc\td\be\x07f\x00", "a␍b␊c␉d␈e␇f␀"),
        ("\x7f", "␡"),
        ("\x9b31m\x85", "\\u009b31m\\u0085"),
        ("\u202eevil\u2066\u061c", "\\u202eevil\\u2066\\u061c"),
        ("a\u200bb\u200dc\ufeff\u00ad", "a\\u200bb\\u200dc\\ufeff\\u00ad"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\ud800", "\\ud800"),
        ("\ue000\ufffe", "\\ue000\\ufffe"),
        ("\U000e0041", "\\U000e0041"),
        ("a\u00a0b\u3000c", "a\\u00a0b\\u3000c"),
        ("\u115f\u3164\u2800\ufe0f\U000e0100", "\\u115f\\u3164\\u2800\\ufe0f\\U000e0100"),
        ("a\\u202eb", "a\\u202eb"),
    ],
)
def test_what_has_no_picture_gets_one(text: str, shown: str) -> None:
    assert escape.visible(text) == shown


@settings(deadline=None)
@given(hostile)
def test_visible_text_is_visible(text: str) -> None:
    shown = escape.visible(text)
    assert not unseen(shown)
    assert len(shown) >= len(text)
    assert escape.visible(shown) == shown


@settings(deadline=None)
@given(hostile)
def test_only_what_is_kept_stays(text: str) -> None:
    assert set(unseen(escape.visible(text, keep="\n"))) <= {"\n"}
    assert escape.visible(text, keep="\n").count("\n") == text.count("\n")


@settings(deadline=None)
@given(hostile)
def test_a_token_is_one_unbroken_cell(text: str) -> None:
    shown = escape.token(text)
    assert shown
    assert " " not in shown
    assert not unseen(shown)
    assert unicodedata.category(shown[0])[0] != "M"


@pytest.mark.parametrize(
    ("text", "shown"), [(" Hello", "␣Hello"), ("", "(empty)"), ("\u0301", "◌\u0301"), ("\n\n", "␊␊")]
)
def test_tokens(text: str, shown: str) -> None:
    assert escape.token(text) == shown


@settings(deadline=None)
@given(hostile)
def test_narrow_text_can_be_written(text: str) -> None:
    for encoding in ("ascii", "latin-1", "cp1252", "utf-8"):
        escape.narrow(text, encoding).encode(encoding)
    assert escape.narrow("a␛é", "ascii") == "a\\u241b\\xe9"


@settings(deadline=None)
@given(hostile)
def test_xml_holds_the_text_and_gives_it_back(text: str) -> None:
    element = ElementTree.Element("case", name=escape.xml(text))
    element.text = escape.xml(text)
    read = ElementTree.fromstring(ElementTree.tostring(element, encoding="utf-8"))
    assert read.get("name") == escape.visible(text)
    assert (read.text or "") == escape.visible(text)


class Parsed(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.text = ""
        self.values: list[str | None] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.values += [value for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


@settings(deadline=None)
@given(hostile)
def test_html_is_text_and_nothing_else(text: str) -> None:
    shown = escape.html(text)
    page = Parsed(f"<p title=\"{shown}\" data-x='{shown}'>{shown}</p>")
    assert page.tags == ["p"]
    assert page.text == escape.visible(text)
    assert page.values == [escape.visible(text)] * 2


@settings(deadline=None)
@given(hostile)
def test_markdown_leaves_no_mark_that_means_something(text: str) -> None:
    shown = escape.markdown(text)
    bare = re.sub(r"&#\d+;", "", shown)
    assert not set(bare) & set(string.punctuation) - {","}
    assert Parsed(shown).text == escape.visible(text)
    assert Parsed(escape.markdown_code(text)).tags == ["code"]


def test_markdown_in_a_table_cell() -> None:
    assert escape.markdown("a|b") == "a&#124;b"
    assert escape.markdown_code("`x`|@y") == "<code>&#96;x&#96;&#124;&#64;y</code>"
