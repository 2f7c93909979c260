"""conformance/command_line.py: what can be written after `conformance`, and the help that says so."""

from __future__ import annotations

import argparse
import io
import re
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

import pytest
from complaints import one_line
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import SUITE
from conformance.command_line import build_parser, parse
from conformance.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Ended
    from syrupy.assertion import SnapshotAssertion

    Conformance = Callable[..., Ended]


def _parsers(parser: argparse.ArgumentParser, name: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    yield name, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for verb, below in action.choices.items():
                yield from _parsers(below, f"{name} {verb}".strip())


PARSERS = dict(_parsers(build_parser()))
VERBS = [name for name in PARSERS if name and " " not in name]


@pytest.mark.parametrize("name", PARSERS)
def test_help(name: str, conformance: Conformance, snapshot: SnapshotAssertion) -> None:
    ended = conformance(*name.split(), "--help")
    assert (ended.code, ended.err) == (0, "")
    assert max(map(len, ended.out.splitlines())) <= 120
    assert _columns_apart(ended.out) == snapshot


def _columns_apart(text: str) -> str:
    """Help without its widths: where columns stand, and what is broken for them, is argparse's and changes with it."""
    return re.sub(r"(?<=\S)(?:\n {8,}| {2,})(?=\S)", "  ", text)


def test_the_version_names_suite_and_protocol(conformance: Conformance) -> None:
    assert conformance("--version") == (0, f"conformance, suite {SUITE}, protocol 1\n", "")


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_has_a_module(verb: str) -> None:
    module = __import__(f"conformance.commands.{verb}", fromlist=["main"])
    assert callable(module.main)


# Bad input.

LONG = "9" * 5000
BAD_ARGUMENTS = [
    ([], "COMMAND"),
    (["wibble"], "wibble"),
    (["--wibble"], "COMMAND"),
    (["run", "--wibble"], "--wibble"),
    (["run", "--tier", "wibble"], "wibble"),
    (["run", "--tier"], "--tier"),
    (["run", "--jobs", "0"], "'0'"),
    (["run", "--jobs", "-1"], "-1"),
    (["run", "--jobs", "1.5"], "'1.5'"),
    (["run", "--jobs", "two"], "'two'"),
    (["run", "--jobs", ""], "''"),
    (["run", "--jobs", "²"], "whole number"),
    (["run", "--jobs", LONG], "whole number"),
    (["run", "--timeout", "0"], "'0'"),
    (["run", "--timeout", "-1"], "'-1'"),
    (["run", "--timeout", "nan"], "'nan'"),
    (["run", "--timeout", "inf"], "'inf'"),
    (["run", "--timeout", "1e400"], "'1e400'"),
    (["run", "--timeout", "soon"], "'soon'"),
    (["run", "--start-timeout", "0"], "'0'"),
    (["run", "--select"], "--select"),
    (["run", "--jsonl"], "--jsonl"),
    (["run", "--"], "no command"),
    (["run", "a", "--", "b"], "`run`"),
    (["list", "--", "adapter"], "`list`"),
    (["list", "extra"], "extra"),
    (["list", "ex\ntra\x1b[2J"], "ex␊tra␛[2J"),
    (["list", "--jobs", "2"], "--jobs"),
    (["explain"], "ID"),
    (["explain", "a", "b", "--", "c"], "`explain`"),
    (["tokenizers"], "ACTION"),
    (["tokenizers", "wibble"], "wibble"),
    (["tokenizers", "path"], "NAME"),
    (["tokenizers", "path", "a", "b"], "b"),
    (["generate", "--python"], "--python"),
    (["generate", "--", "x"], "`generate`"),
]


@pytest.mark.parametrize(("argv", "says"), BAD_ARGUMENTS, ids=range(len(BAD_ARGUMENTS)))
def test_bad_arguments(argv: list[str], says: str, conformance: Conformance) -> None:
    ended = conformance(*argv)
    one_line(ended, Exit.USAGE, says)
    assert "--help`)" in ended.err


@given(st.sampled_from(["run", "explain", "list", "tokenizers", "generate"]), st.lists(st.text(max_size=8), max_size=4))
@settings(max_examples=40)
def test_no_arguments_break_the_parser(verb: str, argv: list[str]) -> None:
    said = io.StringIO()
    with redirect_stderr(said), redirect_stdout(io.StringIO()):
        try:
            parse([verb, *argv])
        except SystemExit as ended:
            assert ended.code in (0, Exit.USAGE)  # noqa: PT017
    assert said.getvalue().count("\n") <= 1


# Where the adapter's command begins.


def test_the_command_is_what_stands_behind_the_dashes() -> None:
    assert parse(["run"]).command == []
    assert parse(["run", "--", "a", "--jobs", "--", "b"]).command == ["a", "--jobs", "--", "b"]
    assert parse(["explain", "id", "--", "a"]).command == ["a"]
    assert parse(["explain", "id", "--unfold", "--", "a", "-x"]).command == ["a", "-x"]
    assert parse(["explain", "--cases", "f", "id", "--timeout", "3", "--", "a"]).command == ["a"]
    assert parse(["explain", "id", "--"]).command == []
    arguments = parse(["run", "--select", "x", "--", "--tier", "real"])
    assert (arguments.command, arguments.tier, arguments.select) == (["--tier", "real"], "bytes", ["x"])
