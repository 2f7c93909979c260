"""The entry point of `cookbook`: the reference as a tool. What went wrong is one line and an exit code.

Exit codes: 0 done, 1 interrupted, 2 something cannot be used.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import unicodedata
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

RENDER = """\
Render a data set of conversations: tokens, loss weights and lengths, in one Parquet file (zstd). The file is written
whole or not at all, and its bytes do not depend on --jobs. Its metadata say with what it was made.

DATA is JSON Lines (.jsonl, .jsonl.gz, .jsonl.zst), Parquet, or what Hugging Face's save_to_disk wrote: files,
directories, patterns. Needs `pip install 'cookbook-conformance[data]'`.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of a command line."""
    arguments = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _interrupt)
    from cookbook.datasets import DataError
    from cookbook.errors import CookbookError

    try:
        return _render(arguments)
    except (DataError, CookbookError) as error:
        print(f"cookbook render: {_visible(str(error))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("cookbook render: interrupted; nothing was written", file=sys.stderr)
        return 1


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("cookbook", description="The reference port of tinker-cookbook, as a tool.")
    commands = parser.add_subparsers(dest="verb", metavar="COMMAND", required=True)
    render = commands.add_parser(
        "render",
        help="a data set as tokens and weights",
        description=RENDER,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    render.add_argument("data", nargs="+", metavar="DATA", help="files, directories or patterns")
    render.add_argument("out", type=Path, metavar="OUT", help="the Parquet file to write")
    render.add_argument("--renderer", required=True, metavar="NAME", help="for instance qwen3")
    render.add_argument("--tokenizer", required=True, type=Path, metavar="PATH", help="a tokenizer.json")
    render.add_argument("--bos-token", metavar="TEXT", help="default: from tokenizer_config.json beside it")
    render.add_argument("--eos-token", metavar="TEXT", help="default: from tokenizer_config.json beside it")
    render.add_argument("--engine", default="tokenizers", metavar="NAME", help="tokenizers (default) or fastokens")
    render.add_argument("--option", action="append", default=[], metavar="NAME=JSON", help="an option of the renderer")
    render.add_argument("--train-on-what", default="all_assistant_messages", metavar="WHAT", help="(%(default)s)")
    render.add_argument(
        "--split", action="store_true", help="an example of every trained turn, where a format needs it"
    )
    render.add_argument("--max-length", type=_positive, metavar="N", help="cut examples after N tokens")
    render.add_argument("--column", metavar="messages=NAME", help="the column that holds the messages")
    render.add_argument("--sharegpt", action="store_true", help="messages are {from, value}, in `conversations`")
    render.add_argument("--ignore", action="append", default=[], metavar="NAME", help="leave out a member of messages")
    render.add_argument("--longest", type=_positive, default=8 << 20, metavar="BYTES", help="of a row (8388608)")
    render.add_argument("--skip", action="store_true", help="leave rows out that cannot be rendered")
    render.add_argument("--jobs", type=_positive, default=1, metavar="N", help="processes at a time (1)")
    render.add_argument("--html", type=Path, metavar="PATH", help="write the histogram as a page, too")
    return parser


def _render(arguments: argparse.Namespace) -> int:
    from cookbook.datasets import DataError, Fields
    from cookbook.rendering import histogram
    from cookbook.rendering.options import Options
    from cookbook.rendering.render import render
    from cookbook.run_directory import write_whole

    column = "conversations" if arguments.sharegpt else "messages"
    if arguments.column is not None:
        name, _, column = arguments.column.partition("=")
        if name != "messages" or not column:
            raise DataError(f"--column {arguments.column!r} is not messages=NAME, with NAME a column of the data")
    options = Options(
        renderer=arguments.renderer,
        tokenizer=arguments.tokenizer,
        train_on_what=arguments.train_on_what,
        fields=Fields(
            column=column,
            sharegpt=arguments.sharegpt,
            ignore=tuple(arguments.ignore),
            longest=arguments.longest,
        ),
        split=arguments.split,
        max_length=arguments.max_length,
        skip=arguments.skip,
        bos_token=arguments.bos_token,
        eos_token=arguments.eos_token,
        renderer_options=json.dumps(_renderer_options(arguments.option)),
        engine=arguments.engine,
    )
    from cookbook.rendering.progress import shown

    with shown() as tell:
        made = render(arguments.data, arguments.out, options, jobs=min(arguments.jobs, os.cpu_count() or 1), tell=tell)
    for line in histogram.lines(made.statistics):
        print(line)
    for line in made.left_out:
        print(_visible(f"left out: {line}"))
    if arguments.html is not None:
        try:
            write_whole(arguments.html, histogram.page(made.statistics, made.about))
        except OSError as error:
            raise DataError(f"cannot write {str(arguments.html)!r}: {error.strerror or error}") from error
    return 0


def _renderer_options(given: list[str]) -> dict[str, object]:
    from cookbook.datasets import DataError

    options: dict[str, object] = {}
    for item in given:
        name, _, value = item.partition("=")
        try:
            options[name] = json.loads(value)
        except ValueError:
            raise DataError(f'--option {item!r} is not NAME=JSON, such as current_date="2025-06-28"') from None
    return options


def _positive(text: str) -> int:
    if not text.isdecimal() or len(text) > 12 or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


def _visible(text: str) -> str:
    """The text on one line, with what has no picture of its own as its code: it may come from a file."""
    return "".join(
        char if char.isprintable() or unicodedata.category(char) == "Zs" else f"\\u{ord(char):04x}" for char in text
    )


if __name__ == "__main__":
    raise SystemExit(main())
