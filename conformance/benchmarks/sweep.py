"""What a sweep costs: rows a second, beside rendering the same rows twice and nothing else; jobs; memory.

    python -m conformance.benchmarks.sweep [--rows 3000] [--rounds 3] [--memory 10000 1000000]

The port is the shipped reference. Rendering alone is what nobody can do without: every row read, and rendered by two
renderers. Rounds alternate between both. Speed is given by the clock, and by the processor time of all processes
together: what one core could do if it did nothing else. With `--cores`, one job is held to one core and two jobs to
two, so that the clock compares what a core and two cores do, not what else one job finds free. Memory is the largest
sum of the resident memory of all processes, over data sets of two sizes that are written on the fly.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.ahead import REFERENCE
from conformance.in_process import quietly
from conformance.sweep.settings import Settings
from conformance.sweep.sweep import Work, sweep
from conformance.tokenizers import Store
from cookbook.datasets import Fields, Reader, Row, find_files, scan
from cookbook.messages import message_from_json
from cookbook.renderers import get_renderer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cookbook.renderers import Renderer

WORDS = (
    *("the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "while", "people", "sing"),
    *("naïve", "世界", "👋", "(code)", "x", "=", "1;", "return"),
)
SETTINGS = Settings(
    command=REFERENCE, renderer="qwen3", tokenizer="bytes-qwen3", train_on_what="all_assistant_messages"
)
TIMES = 0.1
"""Seconds between two looks at memory."""


def main() -> None:
    """Measure, and print a line for each figure."""
    parser = argparse.ArgumentParser(description="What a sweep costs.")
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokenizer", default="bytes-qwen3")
    parser.add_argument("--cores", action="store_true", help="hold one job to one core and two jobs to two")
    parser.add_argument("--memory", type=int, nargs=2, metavar="ROWS", help="measure memory, and nothing else")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        if arguments.memory:
            _memory(Path(place), arguments.memory)
        else:
            _speed(Path(place), arguments)


def _speed(place: Path, arguments: Any) -> None:
    data = place / "rows.jsonl"
    written(data, arguments.rows, turns=3)
    settings = Settings(**{**_members(SETTINGS), "tokenizer": arguments.tokenizer})
    ways: dict[str, Callable[[int], Any]] = {
        "rendering twice alone": lambda _: _twice(data, settings, _renderers(settings)),
        "one job": lambda at: _sweep(data, place / f"one{at}", settings, 1),
        "two jobs": lambda at: _sweep(data, place / f"two{at}", settings, 2),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    every = os.sched_getaffinity(0)
    # Starting processes and loading tokenizers is no part of a row.
    starts = {"rendering twice alone": _timed(lambda _: _renderers(settings), 0)[1]}
    starts |= {name: _start(data, place, settings, jobs) for name, jobs in (("one job", 1), ("two jobs", 2))}
    for at in range(arguments.rounds):
        for name, way in ways.items():
            if arguments.cores:
                os.sched_setaffinity(0, sorted(every)[: 2 if name == "two jobs" else 1])
            times[name].append(_timed(way, at))
            os.sched_setaffinity(0, every)
    for name, found in times.items():
        walls = [arguments.rows / wall for wall, _ in found]
        cpus = [arguments.rows / (cpu - starts[name]) for _, cpu in found]
        print(f"{name}: {_range(walls)} rows a second, {_range(cpus)} a second of processor time without the start")
    alone, one, two = (times[name] for name in ways)
    alone_cpu, one_cpu, two_cpu = starts.values()
    costs = [(a[1] - alone_cpu) / (b[1] - one_cpu) for a, b in zip(alone, one, strict=True)]
    print(f"rendering twice alone to one job, of processor time: {statistics.median(costs):.2f}")
    clock = [a[0] / b[0] for a, b in zip(one, two, strict=True)]
    print(f"one job to two jobs, by the clock, starts included: {statistics.median(clock):.2f}")
    work = [2 * (a[1] - one_cpu) / (b[1] - two_cpu) for a, b in zip(one, two, strict=True)]
    print(f"one job to two jobs, of processor time, if each has a core of its own: {statistics.median(work):.2f}")
    print(f"load: {', '.join(f'{one:.1f}' for one in os.getloadavg())} on {len(every)} cores")


def _start(data: Path, place: Path, settings: Settings, jobs: int) -> float:
    """Processor seconds that a sweep of as many rows as there are jobs takes, each a unit."""
    few = place / f"few{jobs}"
    few.mkdir()
    with data.open("rb") as lines:
        for at in range(jobs):
            (few / f"{at}.jsonl").write_bytes(next(lines))
    times = [_timed(lambda at: _sweep(few, place / f"few{jobs}-{at}", settings, jobs), at) for at in range(3)]
    return statistics.median(cpu for _, cpu in times)


def _members(settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in settings.__struct_fields__}


def _range(values: list[float]) -> str:
    return f"{statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


def _timed(way: Callable[[int], Any], at: int) -> tuple[float, float]:
    begun, before = time.perf_counter(), _processor()
    way(at)
    return time.perf_counter() - begun, _processor() - before


def _processor() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def _renderers(settings: Settings) -> list[Renderer]:
    store = Store()
    return [get_renderer(settings.renderer, store.load(settings.tokenizer)) for _ in range(2)]


def _twice(data: Path, settings: Settings, renderers: list[Renderer]) -> None:
    """Read every row, and render it with two renderers."""
    (file,) = find_files([str(data)])
    layout = scan(file)
    with quietly(), Reader(Fields()) as reader:
        for stretch in layout.stretches:
            for row in reader.rows(file, layout, stretch):
                assert isinstance(row, Row)
                for renderer in renderers:
                    messages = [message_from_json(message) for message in row.messages]
                    model_input, weights = renderer.build_supervised_example(messages, settings.train_on_what)
                    # What is compared: tokens and weights as Python has them.
                    assert len(model_input.to_ints()) == len(weights.tolist())


class _Silent:
    def begins(self, what: str, total: int) -> None:
        pass

    def advances(self, steps: int, wrong: int = 0) -> None:
        pass

    def says(self, line: str) -> None:
        pass


def _sweep(data: Path, output: Path, settings: Settings, jobs: int) -> None:
    report = sweep(Work(settings=settings, data=(str(data),), output=output, jobs=jobs), _Silent())
    assert report.conforms, report.account


def written(path: Path, rows: int, *, turns: int) -> None:
    """Write a data set of conversations of up to so many turns."""
    dice = random.Random(1)

    def messages() -> Iterator[dict[str, str]]:
        for _ in range(dice.randint(1, turns)):
            for role in ("user", "assistant"):
                yield {
                    "role": role,
                    "content": " ".join(dice.choices(WORDS, k=dice.randint(2, 40 if turns > 1 else 8))),
                }

    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"messages": [*messages()]}, ensure_ascii=False) + "\n" for _ in range(rows))


def _memory(place: Path, sizes: list[int]) -> None:
    peaks = []
    for rows in sizes:
        data = place / f"{rows}.jsonl"
        written(data, rows, turns=1)
        command = [sys.executable, "-m", "conformance.cli", "sweep", str(data), "--renderer", "qwen3"]
        with subprocess.Popen(
            [*command, "--output", str(place / f"out{rows}")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            peak = 0
            while process.poll() is None:
                peak = max(peak, _resident(process.pid))
                time.sleep(TIMES)
        assert process.returncode == 0
        peaks.append(peak)
        print(f"{rows:,} rows: {peak / 1e6:.0f} MB", flush=True)
    print(f"the larger to the smaller: {peaks[1] / peaks[0]:.2f}")


def _resident(pid: int) -> int:
    """The resident memory of a process and all below it, in bytes. Linux alone."""
    total, found = 0, [pid]
    while found:
        process = Path(f"/proc/{found.pop()}")
        try:
            total += int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            for task in (process / "task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:
            continue  # It has ended.
    return total


if __name__ == "__main__":
    main()
