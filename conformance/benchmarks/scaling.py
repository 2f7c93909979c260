"""What a second worker is worth: fuzzing and running with one process and with two, and a run in two shards.

    python -m conformance.benchmarks.scaling [--questions 60000] [--rounds 3]

Each command runs as a user runs it, its start included. Rounds alternate between one worker and two, so that what else
the machine does meets both. Ratios of times by the clock: on a machine with two cores that does nothing else, two
workers come near 2.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONFORMANCE = (sys.executable, "-m", "conformance.cli")
RUN: tuple[str, ...] = ("run", "--tier", "bytes", "--jobs")


def main() -> None:
    """Measure, and print a line for each."""
    parser = argparse.ArgumentParser(description="What a second worker is worth.")
    parser.add_argument("--questions", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as directory:
        crashes = str(Path(directory) / "crashes")
        drawn = ("--seed", "1", "--count", str(arguments.questions), "--operation", "renderer.*")
        fuzz: tuple[str, ...] = ("fuzz", *drawn, "--crashes", crashes, "--jobs")
        plans: dict[str, tuple[list[list[str]], list[list[str]]]] = {
            "fuzz --jobs 2": ([[*fuzz, "1"]], [[*fuzz, "2"]]),
            "run --jobs 2": ([[*RUN, "1"]], [[*RUN, "2"]]),
            "run --shard 1/2 and 2/2": ([[*RUN, "1"]], [[*RUN, "1", "--shard", f"{one}/2"] for one in (1, 2)]),
        }
        for name, (one, two) in plans.items():
            ratios = [_seconds(one) / _seconds(two) for _ in range(arguments.rounds)]
            spread = f"({min(ratios):.2f} to {max(ratios):.2f})"
            print(f"{name}: {statistics.median(ratios):.2f} times as fast as one {spread}")


def _seconds(commands: list[list[str]]) -> float:
    """The time that these commands take side by side."""
    begun = time.perf_counter()
    processes = [subprocess.Popen([*CONFORMANCE, *command], stdout=subprocess.DEVNULL) for command in commands]
    codes = [process.wait() for process in processes]
    if any(codes):
        raise SystemExit(f"a command ended with {max(codes)}: the reference does not conform")
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
