"""How much a step of supervised training costs beside the service's answer, and beside the original's loop.

    python -m conformance.benchmarks.loops [--python PATH] [--rounds 5]

PATH is the Python of the original's environment (see `conformance.oracles.registry`). Both loops train the same batch
of 128 conversations of 1,000 tokens with a client whose answers are there already, one thread each, in rounds that
alternate, and must log the same loss. What holds on a busy machine are the ratios of processor time: their median, and
the lowest and highest. The second figure is the import of the loop's module beside the original's.

Targets: a third of the original's time or less for a step; 0.3 s or less to import. The exit code is 1 when the median
of the first is beyond its target.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import math
import resource
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from conformance.benchmarks.loops_upstream import TOKENIZER, TOKENS, Batches, Instant, logprobs, rows, seconds_of_a_step
from conformance.golden_path import golden_dir
from conformance.oracles.registry import ORACLES, oracle_command

TARGET = 1 / 3


def ours() -> tuple[float, float]:
    """Seconds of a step, and the loss."""
    import numpy as np

    from cookbook.client import ForwardBackwardOutput, OptimStepResponse, SaveWeightsResponse
    from cookbook.datum import Datum, ModelInput
    from cookbook.supervised.train import Config, main
    from cookbook.tensors import TensorData
    from cookbook.tokenizer import load_tokenizer

    tokenizer = load_tokenizer(golden_dir() / "tokenizers" / TOKENIZER / "tokenizer.json", eos_token="<|im_end|>")
    weights = TensorData.from_numpy(np.full(TOKENS, 1 / TOKENS, dtype=np.float32))
    batch = [
        Datum(
            ModelInput.from_ints(row[:-1].tolist()),
            {"target_tokens": TensorData.from_numpy(row[1:].astype(np.int64)), "weights": weights},
        )
        for row in rows()
    ]
    outputs = [{"logprobs": TensorData.from_numpy(values)} for values in logprobs()]
    client: Any = Instant(ForwardBackwardOutput(outputs), OptimStepResponse(), SaveWeightsResponse("tinker://run/a"))

    def train(steps: int, log_path: str) -> None:
        config = Config(
            log_path=log_path,
            model_name="conformance/instant",
            dataset_builder=lambda: (Batches(batch, steps), None),
        )
        asyncio.run(main(config, service_client=client, tokenizer=tokenizer))

    return seconds_of_a_step(train)


def imports(command: tuple[str, ...], environment: dict[str, str] | None, module: str) -> float:
    """Seconds of processor time that a fresh interpreter takes longer for importing a module."""
    spent = []
    for code in ("pass", f"import {module}"):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run((command[0], "-c", code), env=environment, stderr=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return spent[1] - spent[0]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m conformance.benchmarks.loops", description=__doc__)
    parser.add_argument("--python", type=Path, help="the Python of the original's environment")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    given = {} if options.python is None else {"upstream": options.python}
    command, environment = oracle_command(ORACLES["upstream"], given)
    file = golden_dir() / "tokenizers" / TOKENIZER / "tokenizer.json"
    original = subprocess.Popen(
        (command[0], "-m", "conformance.benchmarks.loops_upstream", str(file)),
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert original.stdin is not None, "it is a pipe"
    assert original.stdout is not None, "it is a pipe"
    steps, started = [], []
    for number in range(options.rounds + 1):
        original.stdin.write("step\n")
        original.stdin.flush()
        theirs, expected = json.loads(original.stdout.readline())
        mine, loss = ours()
        if not math.isclose(loss, expected, rel_tol=1e-5):
            raise SystemExit(f"the two loops logged different losses: {loss} and {expected}")
        upstream = imports(tuple(command), environment, "tinker_cookbook.supervised.train")
        cookbook = imports((sys.executable,), None, "cookbook.supervised.train")
        if number:  # the first round warms up
            steps.append((mine, theirs))
            started.append((cookbook, upstream))
    original.communicate()
    ratios = [mine / theirs for mine, theirs in steps]
    millis = statistics.median(mine for mine, _ in steps) * 1000, statistics.median(slow for _, slow in steps) * 1000
    print(
        f"a step: {millis[0]:.1f} ms beside {millis[1]:.1f} ms, {statistics.median(ratios):.3f} of the original's "
        f"({min(ratios):.3f} to {max(ratios):.3f}), target {TARGET:.3f}"
    )
    quick, slow = (statistics.median(column) for column in zip(*started, strict=True))
    print(f"import: {quick:.2f} s beside {slow:.2f} s, {quick / slow:.3f} of the original's, target 0.3 s")
    return 0 if statistics.median(ratios) <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
