"""How long a person waits: `python -m conformance.benchmarks.startup [--python UPSTREAM_PYTHON] [--runs 7]`.

Medians of alternating runs of whole processes, as ratios to the peer in the same run: `conformance --help` to a Python
that does nothing; the smoke set and the bytes tier to the reference alone, which answers the same questions from a file
without a runner; and the import of the library, with the memory that it takes, to that of the original in its own
environment.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from conformance.ahead import REFERENCE
from conformance.commands.selecting import hello_for
from conformance.protocol import ascii_json, request_line
from conformance.run import question
from conformance.suite import load_smoke, load_suite
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.cases import Planned

NOTHING = (sys.executable, "-c", "pass")
CONFORMANCE = (sys.executable, "-c", "import sys; from conformance.cli import main; sys.exit(main())")
IMPORTS = {
    "import cookbook.renderers": ("cookbook.renderers", "tinker_cookbook.renderers"),
    "import cookbook": ("cookbook", "tinker_cookbook.renderers"),
}
"""What is imported here and there. The original's package is empty by itself."""
MEMORY = """
import {}
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
"""Prints the most KiB that the process ever had, as Linux tells it: getrusage begins with what its parent had."""


class Row(NamedTuple):
    """Two ways to be timed, ours first. `note` stands at the end of the line."""

    name: str
    ours: Callable[[], object]
    peer: Callable[[], object]
    named: str
    note: str = ""


def seconds(work: Callable[[], object]) -> float:
    """The wall time of one call."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def alternating(one: Callable[[], object], other: Callable[[], object], runs: int) -> tuple[float, float, float, float]:
    """The medians of both in seconds, and the lowest and highest ratio of one to the other, run by run."""
    pairs = [(seconds(one), seconds(other)) for _ in range(runs)]
    ratios = sorted(a / b for a, b in pairs)
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs), ratios[0], ratios[-1]


def _process(command: Sequence[str], stdin: bytes = b"") -> Callable[[], object]:
    return lambda: subprocess.run(command, input=stdin, capture_output=True, check=True)


def _questions(planned: Sequence[Planned]) -> bytes:
    hello = hello_for({one.asks.tokenizer for one in planned if one.asks.tokenizer}, Store())
    lines = [request_line(0, "initialize", ascii_json(hello))]
    for one in planned:
        asked = question(one)
        lines.append(request_line(asked.id, asked.method, asked.params))
    return b"".join(lines)


def _run(planned: Sequence[Planned], *options: str) -> Row:
    command = " ".join(("conformance run", *options))
    alone = _process(REFERENCE, _questions(planned))
    ours = _process((*CONFORMANCE, "run", *options))
    return Row(f"{command} ({len(planned):,} cases)", ours, alone, "the reference alone")


def _import(name: str, python: str) -> Row:
    ours, theirs = IMPORTS[name]
    known = Path("/proc/self/status").exists()
    note = f"; {_megabytes(sys.executable, ours)} MB of {_megabytes(python, theirs)} MB" if known else ""
    peer = _process((python, "-c", f"import {theirs}"))
    return Row(name, _process((sys.executable, "-c", f"import {ours}")), peer, theirs, note)


def _megabytes(python: str, module: str) -> int:
    """What a process takes that imports the module."""
    said = subprocess.run((python, "-c", MEMORY.format(module)), capture_output=True, check=True).stdout
    return int(said) // 1024


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", help="the Python of the original's environment")
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    rows = [
        Row("conformance --help", _process((*CONFORMANCE, "--help")), _process(NOTHING), "python -c pass"),
        _run(load_smoke(), "--smoke"),
        _run([one for one in load_suite() if one.tier == "bytes" and not one.wide]),
    ]
    if arguments.python:
        rows += [_import(name, arguments.python) for name in IMPORTS]
    print(f"medians of {arguments.runs} alternating runs; ratio of the medians [lowest, highest of the pairs]")
    for row in rows:
        ours, theirs, low, high = alternating(row.ours, row.peer, arguments.runs)
        ratio = f"{ours / theirs:.2f}x [{low:.2f}, {high:.2f}]"
        print(f"{row.name:<38} {ours:7.3f} s  {ratio:>22}  of {row.named}, {theirs:.3f} s{row.note}")


if __name__ == "__main__":
    main()
