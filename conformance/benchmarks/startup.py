"""How long a person waits: `python -m conformance.benchmarks.startup`.

Medians of alternating runs, as ratios to the peer in the same run: `conformance --help` to a Python that does
nothing, and the bytes tier to the reference alone, which answers the same questions from a file without a runner.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from conformance.ahead import REFERENCE
from conformance.commands.selecting import hello_for
from conformance.protocol import ascii_json, request_line
from conformance.run import question
from conformance.suite import load_suite
from conformance.tokenizers import Store

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = 7

NOTHING = (sys.executable, "-c", "pass")
CONFORMANCE = (sys.executable, "-c", "import sys; from conformance.cli import main; sys.exit(main())")


def seconds(work: Callable[[], object]) -> float:
    """The wall time of one call."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def alternating(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float, float, float]:
    """The medians of both in seconds, and the lowest and highest ratio of one to the other, run by run."""
    pairs = [(seconds(one), seconds(other)) for _ in range(RUNS)]
    ratios = sorted(a / b for a, b in pairs)
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs), ratios[0], ratios[-1]


def _process(command: tuple[str, ...], stdin: bytes = b"") -> Callable[[], object]:
    return lambda: subprocess.run(command, input=stdin, capture_output=True, check=False)


def _questions() -> tuple[bytes, int]:
    planned = [one for one in load_suite() if one.tier == "bytes"]
    hello = hello_for({one.asks.tokenizer for one in planned if one.asks.tokenizer}, Store())
    lines = [request_line(0, "initialize", ascii_json(hello))]
    for one in planned:
        asked = question(one)
        lines.append(request_line(asked.id, asked.method, asked.params))
    return b"".join(lines), len(planned)


def main() -> None:
    """Print the table."""
    stdin, cases = _questions()
    print(f"medians of {RUNS} alternating runs; ratio of the medians [lowest, highest of the pairs]")
    for name, one, other, peer in (
        ("conformance --help", _process((*CONFORMANCE, "--help")), _process(NOTHING), "python -c pass"),
        (
            f"conformance run ({cases} cases)",
            _process((*CONFORMANCE, "run")),
            _process(REFERENCE, stdin),
            "the reference alone",
        ),
    ):
        ours, theirs, low, high = alternating(one, other)
        ratio = f"{ours / theirs:.2f}x [{low:.2f}, {high:.2f}]"
        print(f"{name:<32} {ours:7.3f} s  {ratio:>22}  of {peer}, {theirs:.3f} s")


if __name__ == "__main__":
    main()
