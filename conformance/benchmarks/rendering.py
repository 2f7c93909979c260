"""What rendering costs beside the original, on one machine and in one run.

    python -m conformance.benchmarks.rendering --python UPSTREAM_PYTHON [--rounds 5] [--renderer NAME ...]

Three processes take turns: the original in its own environment, this library on one thread, and this library on two.
Before a time is taken, every conversation of the corpus must come out the same on both sides. A ratio is the time of
the original over ours in one round; the table has the median of all renderers' ratios and the lowest and the highest
median of a renderer. Times on one thread are the processor's, which other work on the machine disturbs less; those on
two threads are the clock's. Samples are kept by pyperf.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyperf

from conformance.tokenizers import Store, locked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CORPORA = ("real", "short", "long")
GATE = 0.7
"""A median may be this much of its target: the same code against itself gave 0.73 to 1.18 on a busy machine."""

FAMILIES = {
    "role_colon": "llama3",
    "llama3": "llama3",
    "qwen3": "qwen3",
    "qwen3_disable_thinking": "qwen3",
    "qwen3_instruct": "qwen3",
    "deepseekv3": "deepseek_v3_1",
    "deepseekv3_thinking": "deepseek_v3_1",
    "gpt_oss_no_sysprompt": "gpt_oss",
    "gpt_oss_medium_reasoning": "gpt_oss",
}
"""Every format, and whose tokenizer it is measured with. The names left out are other names or efforts of these."""
STREAMING = ("qwen3", "qwen3_disable_thinking", "qwen3_instruct", "deepseekv3", "deepseekv3_thinking")


class Measure(NamedTuple):
    """A line of the table. `peer` is the original's work; `targets` has a ratio for each corpus that is measured.

    A `bare` one is no rendering: the engine encodes every text of the corpus in one call, which nothing can be faster
    than that uses it. It has nothing to be compared with and no target.
    """

    label: str
    work: str
    peer: str
    engine: str
    targets: dict[str, float]
    threads: int = 1
    fresh: bool = False

    @property
    def bare(self) -> bool:
        """Whether it says what the engine takes by itself."""
        return self.work == "bare_batch"


def _each(real: float, short: float, long: float) -> dict[str, float]:
    return {"real": real, "short": short, "long": long}


MEASURES = (
    Measure("example, `tokenizers`", "example", "example", "tokenizers", _each(5, 4.5, 2.4)),
    Measure("batch of examples, `tokenizers`, 2 threads", "batch", "example", "tokenizers", _each(15, 9, 6.5), 2),
    Measure("- bare `tokenizers`, 2 threads", "bare_batch", "example", "tokenizers", _each(0, 0, 0), 2),
    Measure("example, fast engine", "example", "example", "fastokens", _each(45, 70, 110)),
    Measure("example, fast engine, text never seen", "example", "example", "fastokens", {"long": 80}, fresh=True),
    Measure("batch of examples, fast engine", "batch", "example", "fastokens", _each(110, 140, 200)),
    Measure("batch, fast engine, text never seen", "batch", "example", "fastokens", {"long": 170}, fresh=True),
    Measure("- bare fast engine, text never seen", "bare_batch", "example", "fastokens", {"long": 0}, fresh=True),
    Measure("- batch on 2 threads, text never seen", "batch", "example", "fastokens", {"long": 170}, 2, fresh=True),
    Measure("batch to the SDK's datums, fast engine", "datum", "datum", "fastokens", _each(25, 45, 60)),
    Measure("generation prompt, `tokenizers`", "prompt", "prompt", "tokenizers", _each(7, 2.2, 1.4)),
    Measure("generation prompt, fast engine", "prompt", "prompt", "fastokens", _each(45, 40, 45)),
    Measure("`parse_response`", "parse", "parse", "tokenizers", {"short": 4.5, "long": 4.5}),
    Measure("streaming parse", "stream", "stream", "tokenizers", {"short": 10, "long": 10}),
)


class Side:
    """A process that works when it is told to."""

    def __init__(self, python: str, module: str, *, threads: int) -> None:
        self._module = module
        self._process = subprocess.Popen(
            [python, "-m", f"conformance.benchmarks.{module}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                # Two modules of this package, which import nothing else of it.
                "PYTHONPATH": str(Path(__file__).parents[2]),
                "RAYON_NUM_THREADS": str(threads),
                "FASTOKENS_BPE_THREADS": str(threads),
                "TOKENIZERS_PARALLELISM": "true" if threads > 1 else "false",
                "OMP_NUM_THREADS": "1",
                "HF_HUB_OFFLINE": "1",
            },
        )

    def __call__(self, **asked: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self._module} ended with {self._process.wait()}")
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


class Bench:
    """The three processes, and what they have shown to be equal."""

    def __init__(self, python: str, rounds: int) -> None:
        self._rounds = rounds
        self._upstream = Side(python, "rendering_upstream", threads=1)
        self._ours = {threads: Side(sys.executable, "rendering_ours", threads=threads) for threads in (1, 2)}
        self._expected: dict[str, list[str]] = {}
        self._seed = 0
        self.conversations = 0

    def ratios(self, measure: Measure, renderer: str, corpus: str) -> list[float]:
        """One for each round. The first round warms both sides up, and is not among them."""
        ours, asked = self._ours[measure.threads], self._asked(measure, renderer, corpus)
        clock = "wall" if measure.threads > 1 else "cpu"
        if not measure.fresh and not measure.bare:
            self._assert_equal(measure, asked)
        found = []
        for number in range(self._rounds + 1):
            if measure.fresh:
                self._seed += 1
                asked["seed"] = self._seed
            slow = self._upstream(**{**asked, "work": measure.peer, "do": "time"})[clock]
            if measure.fresh:
                # The text is to be new, not the work: other text wakes the processor's caches.
                ours(**{**asked, "seed": -self._seed}, do="first")
            fast = ours(**asked, do="first" if measure.fresh else "time")[clock]
            if measure.fresh and not measure.bare:
                self._assert_equal(measure, asked)
            if number:
                found.append(slow / fast)
        return found

    def over_bare(self, renderer: str, corpus: str) -> list[float]:
        """The time of one example after the other over that of the bare tokenizer, which encodes each text once."""
        measure = MEASURES[0]
        asked, ours = self._asked(measure, renderer, corpus), self._ours[1]
        pairs = [
            (ours(**asked, do="time")["cpu"], ours(**{**asked, "work": "bare"}, do="time")["cpu"])
            for _ in range(self._rounds + 1)
        ]
        return [one / bare for one, bare in pairs[1:]]

    def close(self) -> None:
        """End the processes."""
        for side in (self._upstream, *self._ours.values()):
            side.close()

    def _asked(self, measure: Measure, renderer: str, corpus: str) -> dict[str, Any]:
        entry = locked()[FAMILIES[renderer]]
        path = str(Store().path(entry.name))
        tokenizer = [path, entry.bos_token, entry.eos_token]
        asked = {"renderer": renderer, "tokenizer": tokenizer, "corpus": corpus, "seed": None}
        pinned = [] if entry.probe is None else [entry.probe.text, entry.probe.ids]
        return {**asked, "work": measure.work, "engine": measure.engine, "pinned": pinned}

    def _assert_equal(self, measure: Measure, asked: dict[str, Any]) -> None:
        peer = {**asked, "work": measure.peer, "engine": "", "do": "digest"}
        key = json.dumps(peer)
        if key not in self._expected:
            self._expected[key] = self._upstream(**peer)
        expected = self._expected[key]
        made = self._ours[measure.threads](**asked, do="digest")
        if made != expected or not made:
            at = next((at for at, (one, other) in enumerate(zip(made, expected, strict=False)) if one != other), "?")
            raise SystemExit(f"{asked['renderer']}, {measure.label}, {asked['corpus']} {at}: the two sides differ")
        self.conversations += len(made)


class Cell(NamedTuple):
    """A figure of the table: medians of each renderer's rounds. A target of 0 is none."""

    medians: dict[str, float]
    target: float

    @property
    def median(self) -> float:
        """Over all renderers."""
        return statistics.median(self.medians.values())

    def __str__(self) -> str:
        low, high = min(self.medians.values()), max(self.medians.values())
        digits = 0 if self.median >= 20 else 1
        target = f"; {self.target:g}x" if self.target else ""
        return f"{self.median:.{digits}f}x ({low:.{digits}f} to {high:.{digits}f}{target})"


def table(rows: Iterable[tuple[str, dict[str, Cell]]]) -> list[str]:
    """The table in markdown."""
    lines = ["| measure | real | short | long |", "|---|---|---|---|"]
    for label, cells in rows:
        figures = " | ".join(str(cells.get(corpus, "")) for corpus in CORPORA)
        lines.append(f"| {label} | {figures} |")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print: exit code 1 if a median is below its gate."""
    parser = argparse.ArgumentParser(prog="python -m conformance.benchmarks.rendering", description=__doc__)
    parser.add_argument("--python", required=True, help="the Python of the original's environment")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--renderer", action="append", choices=FAMILIES, help="only this one; may be repeated")
    parser.add_argument("--measure", type=int, action="append", help="only the measure of this number, from 0")
    parser.add_argument("--json", type=Path, help="keep every sample in this file, as pyperf does")
    options = parser.parse_args(arguments)
    if shutil.which(options.python) is None:
        parser.error(f"there is no {options.python}: tox -e oracle-upstream makes the environment of the original")
    renderers = options.renderer or [*FAMILIES]
    measures = [MEASURES[at] for at in options.measure or range(len(MEASURES))]
    bench = Bench(options.python, options.rounds)
    kept: list[pyperf.Benchmark] = []
    rows: list[tuple[str, dict[str, Cell]]] = []
    try:
        for measure in measures:
            cells = {}
            for corpus, target in measure.targets.items():
                medians = {}
                for renderer in renderers:
                    if measure.work == "stream" and renderer not in STREAMING:
                        continue
                    ratios = bench.ratios(measure, renderer, corpus)
                    medians[renderer] = statistics.median(ratios)
                    kept.append(_kept(f"{measure.label}, {corpus}, {renderer}", ratios))
                    print(f"{kept[-1].get_name()}: {_spread(ratios)}", file=sys.stderr, flush=True)
                if medians:
                    cells[corpus] = Cell(medians, target)
            rows.append((measure.label, cells))
        if options.measure is None:
            over = {
                corpus: Cell({name: statistics.median(bench.over_bare(name, corpus)) for name in renderers}, target)
                for corpus, target in (("short", 1.15), ("long", 1.15))
            }
            rows.append(("time of an example over that of bare `encode`, `tokenizers`", over))
    finally:
        bench.close()
    if options.json is not None:
        pyperf.BenchmarkSuite(kept).dump(str(options.json), replace=True)
    print("\n".join(table(rows)))
    print(f"\n{_circumstances(options.rounds, len(renderers), bench.conversations)}")
    behind = [label for label, cells in rows for cell in cells.values() if _is_behind(label, cell)]
    return 1 if behind else 0


def _is_behind(label: str, cell: Cell) -> bool:
    return cell.median > cell.target / GATE if label.startswith("time") else cell.median < cell.target * GATE


def _kept(name: str, ratios: Sequence[float]) -> pyperf.Benchmark:
    run = pyperf.Run(ratios, metadata={"name": name, "unit": "integer"}, collect_metadata=True)
    return pyperf.Benchmark([run])


def _spread(ratios: Sequence[float]) -> str:
    return f"{statistics.median(ratios):.1f}x ({min(ratios):.1f} to {max(ratios):.1f})"


def _engines() -> str:
    return ", ".join(f"{name} {version(name)}" for name in dict.fromkeys(measure.engine for measure in MEASURES))


def _circumstances(rounds: int, renderers: int, conversations: int) -> str:
    load = " ".join(f"{load:.1f}" for load in os.getloadavg())
    return (
        f"{renderers} renderers, medians of {rounds} alternating rounds; in brackets the lowest and the highest "
        f"renderer and the target; {conversations:,} outcomes were equal before a time was taken. Python "
        f"{platform.python_version()}, {_engines()}, {os.cpu_count()} processors, load {load}."
    )


if __name__ == "__main__":
    sys.exit(main())
