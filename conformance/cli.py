"""The entry point: calls one command, and turns what went wrong into one line and an exit code."""

from __future__ import annotations

import contextlib
import io
import os
import sys

from conformance.command_line import parse
from conformance.exits import Exit, SuiteError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of a command line."""
    arguments = parse(sys.argv[1:] if argv is None else argv)
    from conformance.interrupts import raise_on_signals

    raise_on_signals()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # What its encoding cannot say is still a line.
    try:
        code = _call(arguments)
        sys.stdout.flush()
    except UsageError as error:
        code = _complain(arguments.verb, error, Exit.USAGE)
    except SuiteError as error:
        # The one error of several lines: it lists what has no ruling.
        code = _complain(arguments.verb, error, Exit.SUITE_BROKEN, keep="\n")
    except KeyboardInterrupt:
        code = _complain(arguments.verb, "interrupted", Exit.DOES_NOT_CONFORM)
    except BrokenPipeError:
        # Whoever read our output has gone (`conformance list | head`): nothing is left to say, and to nobody.
        _drop_stdout()
        # A verdict that nobody read is none.
        code = Exit.CONFORMS if arguments.verb in ("list", "tokenizers") else Exit.DOES_NOT_CONFORM
    except OSError as error:
        # What belongs to an input has become a UsageError where it was read; this is a full disk or the like.
        _drop_stdout()
        code = _complain(arguments.verb, f"cannot go on: {error}", Exit.USAGE)
    return code


def _call(arguments: Namespace) -> int:
    """Load the command and carry it out. What a run will ask is started first, and loads meanwhile."""
    from importlib import import_module

    name = f"conformance.commands.{arguments.verb}"
    if arguments.verb != "run":
        return int(import_module(name).main(arguments))
    from conformance.ahead import REFERENCE, Ahead

    with Ahead(arguments.command or REFERENCE) as arguments.ahead:
        return int(import_module(name).main(arguments))


def _drop_stdout() -> None:
    """Send what is still buffered nowhere: Python would try to write it once more when it exits."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(verb: str, error: object, code: Exit, *, keep: str = "") -> int:
    from conformance.reports.escape import visible

    print(f"conformance {verb}: {visible(str(error), keep=keep)}", file=sys.stderr)
    return code


if __name__ == "__main__":
    raise SystemExit(main())
