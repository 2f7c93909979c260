"""How fast tensors become JSON and back, and tokens datums, beside the original doing the same.

    python -m conformance.benchmarks.tensors [--python PATH] [--rounds 9]

PATH is the Python of the original's environment (see `conformance.oracles.registry`). The original runs in a process
of its own, one thread; rounds alternate, and each ends with the same arrays on both sides, or the run fails. What
holds on a busy machine are the ratios: their medians, and the lowest and highest. The exit code is 1 when a median is
below 70 % of its target.

Targets: JSON there and back at least five times as fast as the SDK's way over Python lists, and not slower than
orjson, which is measured too if it is installed; datums at least five times as fast.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.benchmarks.tensors_upstream import PASSES, arrays, digest, examples, timed
from conformance.oracles.registry import ORACLES, oracle_command
from cookbook import tensor_json
from cookbook.datum import EncodedTextChunk, ModelInput
from cookbook.supervised.common import datum_from_model_input_weights
from cookbook.tensors import TensorData

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

GATE = 0.7
"""A busy machine measures the same code up to a third slower than itself."""


class Original:
    """The process in the original's environment."""

    def __init__(self, python: Path | None) -> None:
        given = {} if python is None else {"upstream": python}
        command, environment = oracle_command(ORACLES["upstream"], given)
        self._process = subprocess.Popen(
            (command[0], "-m", "conformance.benchmarks.tensors_upstream"),
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __call__(self, workload: str) -> tuple[float, str]:
        """Seconds and digest of a workload."""
        assert self._process.stdin is not None, "it is a pipe"
        assert self._process.stdout is not None, "it is a pipe"
        self._process.stdin.write(workload + "\n")
        self._process.stdin.flush()
        seconds, made = json.loads(self._process.stdout.readline())
        return float(seconds), str(made)

    def close(self) -> None:
        """Let it end."""
        self._process.communicate()


def _round_trip(array: NDArray[Any]) -> tuple[float, str]:
    seconds, made = timed(lambda: tensor_json.loads(tensor_json.dumps(TensorData.from_numpy(array))).to_numpy())
    return seconds, digest(made.tobytes())


def _orjson(array: NDArray[Any]) -> tuple[float, str]:
    import orjson

    def work() -> NDArray[Any]:
        text = orjson.dumps({"data": array}, option=orjson.OPT_SERIALIZE_NUMPY)
        return np.array(orjson.loads(text)["data"], dtype=array.dtype)

    seconds, made = timed(work)
    return seconds, digest(made.tobytes())


def _datums(given: Sequence[tuple[ModelInput, NDArray[np.float32]]]) -> tuple[float, str]:
    def work() -> None:
        for chunks, weights in given:
            datum_from_model_input_weights(chunks, weights, None, "mean")

    seconds, _ = timed(work, PASSES)
    made = [datum_from_model_input_weights(chunks, weights, None, "mean") for chunks, weights in given]
    parts = [part for datum in made for part in (datum.tensor("target_tokens"), datum.tensor("weights"))]
    tokens = json.dumps([datum.model_input.to_ints() for datum in made]).encode()
    return seconds, digest(*(part.data.tobytes() for part in parts), tokens)


def _ratios(ours: Callable[[], tuple[float, str]], theirs: Callable[[], tuple[float, str]], rounds: int) -> list[float]:
    """How many times as fast ours is, round by round. The first round of both warms up."""
    found = []
    for number in range(rounds + 1):
        (slow, expected), (fast, made) = theirs(), ours()
        if made != expected:
            raise SystemExit("the two sides made different things")
        if number:
            found.append(slow / fast)
    return found


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m conformance.benchmarks.tensors", description=__doc__)
    parser.add_argument("--python", type=Path, help="the Python of the original's environment")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args(arguments)
    original, given = Original(options.python), arrays()
    inputs = [
        (
            ModelInput(tuple(EncodedTextChunk(tuple(chunk)) for chunk in chunks)),
            np.array(weights, dtype=np.float32),
        )
        for chunks, weights in examples()
    ]
    rows: list[tuple[str, float, list[float]]] = []
    for dtype, array in given.items():

        def ours(array: NDArray[Any] = array) -> tuple[float, str]:
            return _round_trip(array)

        sdk = _ratios(ours, lambda dtype=dtype: original(dtype), options.rounds)  # type: ignore[misc]
        rows.append((f"a million {dtype} to JSON and back, to the SDK over lists", 5.0, sdk))
        try:
            peer = _ratios(ours, lambda array=array: _orjson(array), options.rounds)  # type: ignore[misc]
        except ImportError:
            print("orjson is not installed: not measured", file=sys.stderr)
        else:
            rows.append((f"a million {dtype} to JSON and back, to orjson", 1.0, peer))
    datums = _ratios(lambda: _datums(inputs), lambda: original("datums"), options.rounds)
    rows.append(("datums of 1,000 tokens, to the original", 5.0, datums))
    original.close()
    for name, target, ratios in rows:
        median = statistics.median(ratios)
        print(f"{name}: {median:.1f}x ({min(ratios):.1f} to {max(ratios):.1f}), target {target:.0f}x")
    return 0 if all(statistics.median(ratios) >= GATE * target for _, target, ratios in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
