"""conformance/known_update.py on lists that are valid and odd: every way that TOML has to write an entry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st
from test_known_update import CASES, ended, errors, update

from conformance.exits import UsageError
from conformance.known import parse_known

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXTS = ("s", "it's", 'a "quoted" one', "back\\slash", "tab\there", "é\u3042\U0001f375", "# no comment", "[[known]]x")
COMMENTS = ("", "# plain", "#", "  # é あ", '# "quoted" = 1', "# [known]", "# [[known]] no head", "#\ttab")


def basic(text: str) -> str:
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" for c in text) + '"'


def multiline(text: str) -> str:
    return '"""\\\n  ' + text.replace("\\", "\\\\").replace('"', '\\"') + '"""'


def literal(text: str) -> str:
    return f"'{text}'" if "'" not in text and text.isprintable() else basic(text)


def escaped(text: str) -> str:
    return '"' + "".join(f"\\U{ord(c):08X}" for c in text) + '"'


STRINGS = (basic, literal, multiline, escaped)
KEYS = ("{}", '"{}"', "'{}'")
EQUALS = ("=", " = ", "=\t", "  =   ")


@st.composite
def members(draw: st.DrawFn, names: Sequence[tuple[str, str]]) -> list[str]:
    """The lines of an entry, in any order, in any writing, with comments between and behind."""
    lines = []
    for name, text in draw(st.permutations(names)):
        key = draw(st.sampled_from(KEYS)).format(name)
        value = draw(st.sampled_from(STRINGS))(text)
        line = f"{key}{draw(st.sampled_from(EQUALS))}{value}"
        if "\n" not in value:
            line += draw(st.sampled_from(COMMENTS))
        lines += [*draw(st.lists(st.sampled_from(("", *COMMENTS)), max_size=1)), line]
    return lines


@st.composite
def entries(draw: st.DrawFn, name: str) -> list[str]:
    """One entry: its head, its members, and what may follow them."""
    kind = "pattern" if "*" in name else "id"
    signature = "s" if draw(st.booleans()) else draw(st.sampled_from(TEXTS))
    names = [(kind, name), ("signature", signature), ("reason", draw(st.sampled_from(TEXTS)))]
    if draw(st.booleans()):
        names.append(("issue", "https://x/1#2"))
    head = draw(st.sampled_from(("[[known]]", "[[ known ]]", '[["known"]]', "[['known']]", "  [[known]]")))
    lines = [
        *draw(st.lists(st.sampled_from(COMMENTS), max_size=2)),
        head + draw(st.sampled_from(("", "  # why", "#x"))),
        *draw(members(names)),
    ]
    until = draw(
        st.sampled_from(("", 'until = { port = "9.0" } # later', 'until.port = "9"', '[known.until]\nport = "9.0"'))
    )
    if until:
        lines += until.split("\n")
    return [*lines, *draw(st.lists(st.sampled_from(("", *COMMENTS)), max_size=2))]


@st.composite
def lists(draw: st.DrawFn) -> str:
    """A whole file."""
    names = draw(st.permutations(("r/a", "r/b", "r/*c", "t/*", "r/d")))[: draw(st.integers(0, 5))]
    lines = draw(st.lists(st.sampled_from(("", *COMMENTS)), max_size=3))
    for name in names:
        lines += draw(entries(name))
    end = draw(st.sampled_from(("\n", "\r\n")))
    text = "".join(line + end for line in "\n".join(lines).split("\n"))
    return text if draw(st.booleans()) else text.removesuffix(end)


OUTCOMES = st.fixed_dictionaries(
    {id.replace("/", "_"): st.sampled_from(["s", "u", *TEXTS[1:5], "PASSED", "UNSUPPORTED", "NOT_RUN"]) for id in CASES}
)


def comments(text: str) -> list[str]:
    """Comments that stand on lines of their own."""
    return [line.strip() for line in text.splitlines() if re.match(r"\s*#", line) and '"""' not in line]


@given(text=lists(), outcomes=OUTCOMES)
def test_any_list_is_mended_or_refused(text: str, outcomes: dict[str, str]) -> None:
    parse_known(text.encode())  # it is valid
    events = ended(**outcomes)
    try:
        found = update(text, events)
    except UsageError:
        return  # in one line: test_a_file_that_cannot_be_cut_is_refused
    tomlkit.parse(found.text)
    assert errors(found.text, events) == []
    assert update(found.text, events).text == found.text
    assert found.kept + len(found.changed) + len(found.removed) + len(found.expired) == len(parse_known(text.encode()))


@given(text=lists())
def test_a_list_of_which_nothing_was_asked_keeps_its_bytes(text: str) -> None:
    try:
        found = update(text, {})
    except UsageError:
        return
    if not found.removed:  # what matches nothing, or repeats another
        assert found.text == text


@given(text=lists(), outcomes=OUTCOMES)
def test_comments_of_entries_that_stay_stay(text: str, outcomes: dict[str, str]) -> None:
    events = ended(**outcomes)
    try:
        found = update(text, events)
    except UsageError:
        return
    if not found.removed:
        kept = comments(found.text)
        for comment in comments(text):
            assert comment in kept
            kept.remove(comment)


@pytest.mark.parametrize(
    "text",
    [
        'known = [{ id = "r/a", signature = "s", reason = "r" }]\n',
        '[[known]]\nid = "r/a"\nsignature = "s"\nreason = "r"\n[other]\nx = 1\n',
    ],
)
def test_what_has_no_entries_of_its_own_is_left_alone(text: str) -> None:
    with pytest.raises((UsageError, ValueError)):
        update(text, ended(r_a="other"))
