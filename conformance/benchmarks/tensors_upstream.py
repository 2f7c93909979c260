"""The original's half of `conformance.benchmarks.tensors`: run in its environment, it works when it is told to.

Each line on stdin names a workload; the answer is a line with its seconds and a digest of what came of it.
"""

from __future__ import annotations

import gc
import hashlib
import json
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ELEMENTS = 1_000_000
EXAMPLES = 200
TOKENS = 1_000
CHUNKS = 20
PASSES = 5
"""How often the examples are gone through in a round, of which the fastest counts: one pass takes milliseconds."""


def arrays() -> dict[str, Any]:
    """The same arrays wherever this runs: normally distributed floats, and tokens."""
    import numpy as np

    drawn = np.random.default_rng(0)
    return {
        "float32": drawn.standard_normal(ELEMENTS).astype(np.float32),
        "int64": drawn.integers(0, 150_000, ELEMENTS),
    }


def examples() -> list[tuple[list[list[int]], list[float]]]:
    """Chunks of tokens, and a weight for each token: the second half is trained."""
    import numpy as np

    drawn = np.random.default_rng(1)
    rows = drawn.integers(0, 150_000, (EXAMPLES, CHUNKS, TOKENS // CHUNKS)).tolist()
    weights = [0.0] * (TOKENS // 2) + [1.0] * (TOKENS // 2)
    return [(row, weights) for row in rows]


def digest(*parts: bytes) -> str:
    """Of everything that a workload made."""
    return hashlib.sha256(b"".join(parts)).hexdigest()


def timed(work: Callable[[], Any], calls: int = 1) -> tuple[float, Any]:
    """Seconds of processor time of the fastest of some calls, and the result of the last.

    A busy machine disturbs processor time less than the clock's. As in `timeit`, no garbage is collected meanwhile:
    what else lives in a process is not measured.
    """
    gc.collect()
    gc.disable()
    seconds = []
    for _ in range(calls):
        begun = time.process_time()
        result = work()
        seconds.append(time.process_time() - begun)
    gc.enable()
    return min(seconds), result


def _round_trip(array: Any) -> tuple[float, str]:
    """Array to JSON and back as the SDK goes: a Python list, the standard library's JSON, a list again."""
    import tinker

    def work() -> Any:
        given = tinker.TensorData.from_numpy(array)
        form = {"data": given.data, "dtype": given.dtype, "shape": given.shape}
        text = json.dumps(form, separators=(",", ":"), allow_nan=False).encode()
        return tinker.TensorData(**json.loads(text)).to_numpy()

    seconds, made = timed(work)
    return seconds, digest(made.tobytes())


def _datums(given: list[tuple[Any, Any]]) -> tuple[float, str]:
    from tinker_cookbook.supervised.common import datum_from_model_input_weights

    def work() -> None:
        for chunks, weights in given:
            datum_from_model_input_weights(chunks, weights, None, "mean")

    seconds, _ = timed(work, PASSES)
    made = [datum_from_model_input_weights(chunks, weights, None, "mean") for chunks, weights in given]
    parts = [
        part.to_numpy().tobytes()
        for datum in made
        for part in (datum.loss_fn_inputs["target_tokens"], datum.loss_fn_inputs["weights"])
    ]
    return seconds, digest(*parts, json.dumps([datum.model_input.to_ints() for datum in made]).encode())


def main() -> None:
    """Answer until stdin closes."""
    import tinker
    import torch

    torch.set_num_threads(1)
    given = arrays()
    inputs = [
        (
            tinker.ModelInput(chunks=[tinker.EncodedTextChunk(tokens=chunk) for chunk in chunks]),
            torch.tensor(weights, dtype=torch.float32),
        )
        for chunks, weights in examples()
    ]
    for line in sys.stdin:
        name = line.strip()
        seconds, made = _datums(inputs) if name == "datums" else _round_trip(given[name])
        print(json.dumps([seconds, made]), flush=True)


if __name__ == "__main__":
    main()
