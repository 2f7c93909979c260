"""conformance/reports/page.py: lines, their widths, and the border at which text becomes safe."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.reports.page import Page, chop, cut, fold, pad, shared, width

from .streams import hostile
from .test_escape import unseen

WIDE = st.text(st.sampled_from("ab 中文😀é\u0301"), max_size=60)


def test_what_enters_a_page_is_safe() -> None:
    page = Page()
    page.line("\x1b[2J", ("\r\n", "bad"), indent=2)
    page.wrap("a\nb", first="> ")
    page.fields([("name", "\u202ex"), ("empty", "")])
    assert page.plain() == "  ␛[2J␍␊\n> a␊b\nname  \\u202ex\n"


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["line", "wrap", "fields"]), hostile, hostile), max_size=5))
def test_no_page_has_more_lines_or_other_characters_than_it_drew(parts: list[tuple[str, str, str]]) -> None:
    page = Page(width=60)
    lines = 0
    for kind, one, two in parts:
        before = page.plain().count("\n")
        if kind == "line":
            page.line(one, (two, "bad"))
            lines += 1
            assert page.plain().count("\n") == before + 1
        elif kind == "wrap":
            page.wrap(one, style="warn")
        else:
            page.fields([("name", two)])
    assert set(unseen(page.plain())) <= {"\n"}


@settings(deadline=None)
@given(hostile)
def test_a_narrow_stream_can_take_every_page(text: str) -> None:
    page = Page(encoding="ascii")
    page.wrap(text)
    page.line(text)
    page.plain().encode("ascii")


def test_blank_lines_do_not_pile_up() -> None:
    page = Page()
    page.blank()
    page.line("a")
    page.blank()
    page.blank()
    page.line("b")
    assert page.plain() == "a\n\nb\n"


def test_wrapped_lines_stand_under_their_first() -> None:
    page = Page(width=40)
    page.wrap("one two three four five six seven eight nine", first="- ", indent=2)
    assert page.plain() == "  - one two three four five six seven\n    eight nine\n"


def test_a_paragraph_can_be_limited() -> None:
    page = Page(width=40)
    page.wrap("word " * 100, limit=2)
    lines = page.plain().split("\n")
    assert len(lines) == 3
    assert lines[1].endswith("...")


def test_colours_do_not_change_the_text() -> None:
    from rich.console import Console

    page = Page()
    page.line(("[bold]red[/]", "bad"), " :smile: ", ("x", "mark"))
    page.line("y" * 300)
    plain, coloured = io.StringIO(), io.StringIO()
    Console(file=plain, width=80, force_terminal=False).print(page.rich(), soft_wrap=True, end="")
    Console(file=coloured, width=80, force_terminal=True, color_system="standard").print(
        page.rich(), soft_wrap=True, end=""
    )
    assert plain.getvalue() == page.plain()
    assert "\x1b[31m[bold]red[/]\x1b[0m" in coloured.getvalue()


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("中文", 4), ("e\u0301", 1), ("😀", 2), ("␛", 1), ("", 0), ("한", 2), ("ﬀ", 1)]
)
def test_width(text: str, columns: int) -> None:
    assert width(text) == columns


def test_pad() -> None:
    assert pad("中", 4) == "中  "
    assert pad("中", 4, right=True) == "  中"
    assert pad("long", 2) == "long"


@given(WIDE, st.integers(3, 30))
def test_cut_text_fits_and_begins_alike(text: str, columns: int) -> None:
    shown = cut(text, columns)
    assert width(shown) <= columns
    assert shown == text or (shown.endswith("...") and text.startswith(shown[:-3]))


@given(WIDE, st.integers(3, 30))
def test_folded_text_fits_and_is_whole(text: str, columns: int) -> None:
    lines = fold(text, columns)
    assert all(width(line) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(WIDE, st.integers(3, 30))
def test_chopped_text_fits_and_is_whole(text: str, columns: int) -> None:
    lines = chop(text, columns)
    assert all(width(line) <= columns for line in lines)
    assert "".join(lines) == text


def test_shared() -> None:
    assert [shared("abc", "abd"), shared("ab", "abc"), shared("", "x"), shared("x", "x")] == [2, 2, 0, 1]
