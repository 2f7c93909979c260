"""The command line's grammar: commands, options, and what they may be.

argparse from the standard library, because `--help` must answer at once: importing any other command-line library
takes longer than everything else that start-up needs. For the same reason nothing here imports `typing` or anything
that only a command needs, and help has a fixed width instead of asking the terminal through `shutil`.
"""

from __future__ import annotations

import argparse
import sys

from conformance import SUITE
from conformance.exits import Exit
from conformance.help_texts import (
    DESCRIPTION,
    DOCTOR,
    DRIFT,
    EPILOG,
    EXPLAIN,
    FUZZ,
    GENERATE,
    INIT,
    KNOWN,
    KNOWN_UPDATE,
    LINT,
    ORACLES,
    PARITY,
    REPORT,
    REPORT_MATRIX,
    REPORT_MERGE,
    RUN,
    SERVE,
    SHOW,
    SHRINK,
    SWEEP,
    TOKENIZERS,
    TRACE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

WIDTH = 100
"""How wide help is written."""

CRASHES = "conformance-crashes"
"""Where `fuzz` keeps what it finds."""


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Leaves descriptions as they are written, at a fixed width."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=WIDTH, max_help_position=28)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and where help is."""

    def __init__(self, prog: str, description: str = "", epilog: str | None = None) -> None:
        super().__init__(prog, description=description, epilog=epilog, formatter_class=Formatter)

    def error(self, message: str) -> NoReturn:
        from conformance.reports.escape import visible

        print(f"{self.prog}: {visible(message)} (see `{self.prog} --help`)", file=sys.stderr)
        raise SystemExit(Exit.USAGE)


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = Parser("conformance", DESCRIPTION, EPILOG)
    parser.add_argument("--version", action="version", version=f"conformance, suite {SUITE}, protocol 1")
    commands = parser.add_subparsers(dest="verb", metavar="COMMAND", required=True, prog="conformance")

    run = commands.add_parser("run", help="ask an adapter, compare with golden", description=RUN)
    _add_selection(run)
    _add_asking(run, default="the reference")
    _add_jobs(run)
    run.add_argument("--strict-errors", action="store_true", help="compare the kinds of rejections too")
    run.add_argument("--shard", type=_shard, metavar="K/N", help="only part K of N, by the hash of the id")
    _add_known(run)
    _add_reports(run)

    explain = commands.add_parser("explain", help="one case, token by token", description=EXPLAIN)
    explain.add_argument("id", metavar="ID", help="the id of a case, as `conformance list` shows it")
    explain.add_argument("--lines", action="store_true", help="print what to send an adapter: handshake and question")
    explain.add_argument("--unfold", action="store_true", help="show long equal stretches too")
    explain.add_argument("--html", metavar="PATH", help="write it as a page for a browser, too")
    _add_cases(explain)
    _add_asking(explain, default="nobody is asked")

    listing = commands.add_parser("list", help="the ids of cases", description="The ids of the selected cases.")
    _add_selection(listing)

    tokenizers = commands.add_parser("tokenizers", help="list, fetch, path", description=TOKENIZERS)
    actions = tokenizers.add_subparsers(dest="action", metavar="ACTION", required=True, prog="conformance tokenizers")
    actions.add_parser("list", help="which there are, and where")
    fetch = actions.add_parser("fetch", help="make them available on this machine")
    fetch.add_argument("names", nargs="*", metavar="NAME", help="tokenizers (default: all)")
    fetch.add_argument("--companions", action="store_true", help="the files beside them too, such as chat templates")
    path = actions.add_parser("path", help="the path of a tokenizer.json")
    path.add_argument("name", metavar="NAME")

    generate = commands.add_parser("generate", help="make golden/ from the oracles", description=GENERATE)
    generate.add_argument("--check", action="store_true", help="write nothing; prove the stored files byte for byte")
    generate.add_argument("--output", metavar="DIR", help="the golden directory (default: the one in use)")
    generate.add_argument("--fresh", action="store_true", help="ask everything again, whatever was kept before")
    _add_pythons(generate)

    commands.add_parser("oracles", help="who agreed with golden, and who did not", description=ORACLES)

    drift = commands.add_parser("drift", help="what changed between two releases", description=DRIFT)
    drift.add_argument("before", metavar="A", help="an oracle by name, e.g. upstream-0.1.0")
    drift.add_argument("after", metavar="B", help="another, e.g. upstream")
    _add_selection(drift)
    _add_pythons(drift)

    known = commands.add_parser("known", help="the list of known failures", description=KNOWN)
    actions = known.add_subparsers(dest="action", metavar="ACTION", required=True, prog="conformance known")
    update = actions.add_parser("update", help="rewrite it from a run", description=KNOWN_UPDATE)
    _add_selection(update)
    _add_asking(update, default="none; it has to be given")
    _add_jobs(update)
    update.add_argument("--strict-errors", action="store_true", help="compare the kinds of rejections too")
    update.set_defaults(shard=None)
    _add_known(update)
    update.add_argument("--reason", metavar="TEXT", help="the reason of new entries (default: what differs)")

    init = commands.add_parser("init", help="an adapter to begin with", description=INIT)
    init.add_argument("--language", required=True, metavar="LANG", help="python, typescript, elixir, rust or go")
    init.add_argument("--name", metavar="NAME", help="what your port is called (default: the name of DIR)")
    init.add_argument("--force", action="store_true", help="overwrite files that are there")
    init.add_argument("directory", metavar="DIR", help="where to write it; made if it is missing")

    doctor = commands.add_parser("doctor", help="examine an adapter", description=DOCTOR)
    _add_asking(doctor, default="the reference")

    report = commands.add_parser("report", help="merge, matrix", description=REPORT)
    actions = report.add_subparsers(dest="action", metavar="ACTION", required=True, prog="conformance report")
    merge = actions.add_parser("merge", help="join the shards of a run", description=REPORT_MERGE)
    merge.add_argument("reports", nargs="+", metavar="REPORT", help="a JSON Lines report of each shard")
    merge.add_argument("--output", dest="jsonl", metavar="PATH", help="write the report of the whole run to PATH")
    _add_reports(merge, jsonl=False)
    matrix = actions.add_parser("matrix", help="implementations side by side", description=REPORT_MATRIX)
    matrix.add_argument("reports", nargs="+", metavar="REPORT", help="a JSON Lines report of each implementation")
    matrix.add_argument("--markdown", metavar="PATH", help="write the table in Markdown to PATH")

    _add_fuzz(commands)
    _add_sweep(commands)

    show = commands.add_parser("show", help="a conversation as tokens and weights", description=SHOW)
    show.add_argument("renderer", metavar="RENDERER", help="for instance qwen3")
    show.add_argument("conversation", metavar="CONVERSATION", help="a JSON file of messages")
    show.add_argument("--tokenizer", metavar="NAME", help="default: the byte tokenizer of the renderer's family")
    show.add_argument("--train-on-what", metavar="WHAT", default="all", help="one mode (default: all)")
    show.add_argument("--html", metavar="PATH", help="write it as a page for a browser, too")

    _add_serve(commands)

    _add_trace(commands)

    parity = commands.add_parser("parity", help="two runs, layer by layer", description=PARITY)
    parity.add_argument("first", metavar="DIR_A", help="what one run wrote")
    parity.add_argument("second", metavar="DIR_B", help="what the other wrote")
    parity.add_argument("--verbose", action="store_true", help="list every difference, and what is only noted")

    lint = commands.add_parser("lint", help="whether golden keeps its own rules", description=LINT)
    lint.add_argument("directory", nargs="?", metavar="DIR", help="a golden directory (default: the one in use)")
    return parser


def _add_fuzz(commands: argparse._SubParsersAction[Parser]) -> None:
    fuzz = commands.add_parser("fuzz", help="ask what nobody thought of", description=FUZZ)
    group = fuzz.add_argument_group("what is asked", "patterns are globs; repeat an option to mean `any of these`")
    group.add_argument("--seed", type=_whole, metavar="N", help="draw the same questions again (default: any)")
    group.add_argument("--count", type=_positive, metavar="N", help="stop after N questions")
    group.add_argument("--time", type=_seconds, metavar="SECONDS", help="stop then (60, unless --count is given)")
    group.add_argument("--tier", choices=("bytes", "real", "all"), default="bytes", help="as in `run`")
    group.add_argument("--operation", action="append", default=[], metavar="GLOB", help="a pattern for the operation")
    group.add_argument("--renderer", action="append", default=[], metavar="GLOB", help="a pattern for the renderer")
    group.add_argument("--jobs", type=_positive, default=1, metavar="N", help="adapter processes at a time (1)")
    fuzz.add_argument(
        "--crashes", metavar="DIR", default=CRASHES, help="where findings are kept (default: %(default)s)"
    )
    fuzz.add_argument("--replay", metavar="DIR", help="ask the findings in DIR again, and drop those that are fixed")
    _add_promote(fuzz)
    _add_asking(fuzz, default="the reference")

    shrink = commands.add_parser("shrink", help="make a failing case small", description=SHRINK)
    shrink.add_argument("id", metavar="ID", help="the id of a case that fails")
    _add_cases(shrink)
    _add_promote(shrink)
    _add_asking(shrink, default="the reference")


def _add_sweep(commands: argparse._SubParsersAction[Parser]) -> None:
    sweep = commands.add_parser("sweep", help="a data set of your own, row by row", description=SWEEP)
    sweep.add_argument("data", nargs="+", metavar="DATA", help="files, directories or patterns")
    group = sweep.add_argument_group("what is asked of a row")
    group.add_argument("--renderer", required=True, metavar="NAME", help="for instance qwen3")
    group.add_argument("--tokenizer", metavar="NAME", help="default: the byte tokenizer of the renderer's family")
    group.add_argument(
        "--train-on-what", metavar="WHAT", default="all_assistant_messages", help="one mode (default: %(default)s)"
    )
    group.add_argument("--split", action="store_true", help="ask build_supervised_examples, not ..._example")
    group.add_argument("--strict-errors", action="store_true", help="compare the kinds of rejections too")
    group = sweep.add_argument_group("how rows are read")
    group.add_argument("--column", metavar="messages=NAME", help="the column that holds the messages")
    group.add_argument("--sharegpt", action="store_true", help="messages are {from, value}, in `conversations`")
    group.add_argument("--ignore", action="append", default=[], metavar="NAME", help="leave out a member of messages")
    group.add_argument("--longest", type=_positive, default=8 << 20, metavar="BYTES", help="of a row (8388608)")
    group.add_argument("--sample", type=_positive, metavar="N", help="ask N rows only, drawn with --seed")
    group.add_argument("--seed", type=_whole, default=0, metavar="S", help="draw other rows (default: 0)")
    group.add_argument("--allow-unreadable", action="store_true", help="rows that cannot be read are no failure")
    group = sweep.add_argument_group("who does it, and where it is kept")
    group.add_argument("--output", metavar="DIR", default="conformance-sweep", help="(default: %(default)s)")
    group.add_argument("--jobs", type=_positive, metavar="N", help="processes at a time (1; with --ray one a core)")
    group.add_argument("--ray", metavar="ADDRESS", help="do it on this Ray cluster; `auto` finds one")
    group.add_argument("--releases", action="store_true", help="tell drift from faults: ask older releases, too")
    _add_pythons(sweep)
    _add_asking(sweep, default="the reference")


def _add_serve(commands: argparse._SubParsersAction[Parser]) -> None:
    serve = commands.add_parser("serve", help="the API that loops train against", description=SERVE)
    serve.add_argument("--host", default="127.0.0.1", help="127.0.0.1; anything else is refused")
    serve.add_argument("--port", type=_port, default=0, metavar="N", help="default: any that is free")
    serve.add_argument("--port-file", metavar="PATH", help="write the port to PATH once it listens")
    serve.add_argument("--record", metavar="PATH", help="write what was asked to PATH at the end")
    serve.add_argument("--script", metavar="PATH", help="what goes wrong, in TOML or JSON")
    serve.add_argument("--tokenizer", metavar="NAME", help="what get_info names; a directory will do")
    serve.add_argument(
        "--gap-seconds", type=_seconds, default=5.0, metavar="SECONDS", help="wait for a missing seq_id (5)"
    )
    serve.add_argument("--with-parent", action="store_true", help="stop when the process that started it is gone")


def _add_trace(commands: argparse._SubParsersAction[Parser]) -> None:
    trace = commands.add_parser("trace", help="what a training loop asks of the API", description=TRACE)
    trace.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="by name; --list shows them")
    trace.add_argument("--all", action="store_true", help="every scenario")
    trace.add_argument("--list", action="store_true", help="list the scenarios")
    trace.add_argument("--show", action="store_true", help="print the scenario as the command gets it")
    trace.add_argument("--timeout", type=_seconds, default=120.0, metavar="SECONDS", help="for one loop (120)")
    trace.add_argument("--keep", metavar="DIR", help="keep stream and log directory of each scenario below DIR")
    trace.add_argument("--verbose", action="store_true", help="list every difference, and show the command's output")
    trace.set_defaults(command=[])


def _add_promote(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--promote", metavar="FILE", help="append the small questions, as cases, to a file of cases")


def _add_pythons(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="ORACLE=PATH",
        help="the Python of an oracle's environment (default: the one tox built)",
    )


def _add_jobs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--jobs", type=_positive, default=1, metavar="N", help="adapter processes at a time (default: 1)"
    )


def _add_known(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--known",
        metavar="PATH",
        help="the list of known failures (default: conformance.toml, where a command is given)",
    )


def _add_reports(parser: argparse.ArgumentParser, *, jsonl: bool = True) -> None:
    group = parser.add_argument_group("reports")
    group.add_argument("--verbose", action="store_true", help="list every failure, not one a cause")
    if jsonl:
        group.add_argument("--jsonl", metavar="PATH", help="write every event to PATH, one a line")
    group.add_argument("--junit", metavar="PATH", help="write a JUnit XML report to PATH")
    group.add_argument("--markdown", metavar="PATH", help="write a summary in Markdown to PATH")
    group.add_argument("--html", metavar="PATH", help="write a report to look through in a browser to PATH")
    group.add_argument(
        "--badge", metavar="PATH", help="write a badge to PATH: an SVG if it ends so, else for shields.io"
    )


def _add_cases(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(smoke=False, wide=False)
    parser.add_argument(
        "--cases",
        action="append",
        default=[],
        metavar="PATH",
        help="cases in golden's form from a file or directory instead of the suite",
    )


def _add_selection(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("which cases", "patterns are globs; repeat an option to mean `any of these`")
    group.add_argument(
        "--tier",
        choices=("bytes", "real", "all"),
        default="bytes",
        help="byte tokenizers (default), the vendors' own, or both",
    )
    group.add_argument("--smoke", action="store_true", help="the few cases that show most of what all show")
    group.add_argument("--wide", action="store_true", help="also those that show nothing which others do not")
    for option, what in (
        ("--select", "the id"),
        ("--exclude", "the id, to leave out"),
        ("--flag", "a flag"),
        ("--operation", "the operation"),
        ("--renderer", "the renderer"),
    ):
        group.add_argument(option, action="append", default=[], metavar="GLOB", help=f"a pattern for {what}")
    _add_cases(group)  # type: ignore[arg-type]


def _add_asking(parser: argparse.ArgumentParser, *, default: str) -> None:
    group = parser.add_argument_group("the adapter")
    group.add_argument("command", nargs="*", metavar="-- COMMAND", help=f"the adapter (default: {default})")
    group.add_argument("--timeout", type=_seconds, default=10.0, metavar="SECONDS", help="for one question (10)")
    group.add_argument("--start-timeout", type=_seconds, default=60.0, metavar="SECONDS", help="to start (60)")


def _positive(text: str) -> int:
    if not text.isdecimal() or len(text) > 9 or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


def _shard(text: str) -> tuple[int, int]:
    from conformance.shards import parse_shard

    try:
        return parse_shard(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 18:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 up")
    return int(text)


def _port(text: str) -> int:
    number = _whole(text)
    if number > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, from 0 to 65535")
    return number


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments of a command line. What stands after the first `--` is the adapter's command, as it is.

    argparse is not asked to find it: it takes an empty command from before the options that follow the id.
    """
    parser = build_parser()
    if "--" not in argv:
        return parser.parse_args(argv)
    at = list(argv).index("--")
    arguments = parser.parse_args(argv[:at])
    command = list(argv[at + 1 :])
    if getattr(arguments, "command", None) != []:
        parser.error(f"`{arguments.verb}` asks no adapter, or its command does not stand after `--` alone")
    if not command and arguments.verb != "explain":
        # `run -- $ADAPTER` with a variable that is not set must not be a green run of the reference.
        hint = "; leave `--` out to ask the reference" if arguments.verb in ("run", "doctor", "trace") else ""
        parser.error(f"no command stands after `--`{hint}")
    arguments.command = command
    return arguments
