"""The original's half of `conformance.benchmarks.loops`: run in its environment, it trains when it is told to.

Each line on stdin asks for one measurement; the answer is a line with the seconds of a step and the loss.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

CONVERSATIONS = 128
TOKENS = 1_000
FEW, MANY = 1, 4
"""Steps of a short and of a long run: what both have in common is the beginning and the end, and does not count."""
TOKENIZER = "bytes-qwen3"


def rows() -> Any:
    """Tokens of every conversation: letters and spaces, in words of several bytes here and there."""
    import numpy as np

    drawn = np.random.default_rng(0)
    return drawn.choice(np.frombuffer("the quick brown fox öé ".encode(), dtype=np.uint8), (CONVERSATIONS, TOKENS + 1))


def logprobs() -> Any:
    """Of every target."""
    import numpy as np

    return -np.random.default_rng(1).exponential(2.0, (CONVERSATIONS, TOKENS)).astype(np.float32)


class Instant:
    """Service and training client at once, for the original and the reference: every answer is there already."""

    def __init__(self, output: Any, stepped: Any, saved: Any) -> None:
        self._output, self._stepped, self._saved = output, stepped, saved
        self.metrics = None

    async def create_lora_training_client_async(self, *_: Any, **__: Any) -> Instant:
        return self

    async def forward_backward_async(self, *_: Any, **__: Any) -> Ready:
        return Ready(self._output)

    async def optim_step_async(self, *_: Any) -> Ready:
        return Ready(self._stepped)

    async def save_state_async(self, *_: Any, **__: Any) -> Ready:
        return Ready(self._saved)

    save_weights_for_sampler_async = save_state_async


class Ready:
    """A future whose answer is there."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    async def result_async(self) -> Any:
        return self._answer


class Batches:
    """The same batch again and again."""

    def __init__(self, batch: Any, count: int) -> None:
        self._batch, self._count = batch, count

    def __len__(self) -> int:
        return self._count

    def set_epoch(self, seed: int = 0) -> None:
        """Every epoch is the same."""

    def get_batch(self, index: int) -> Any:
        """Made beforehand: what data costs is measured elsewhere."""
        return self._batch


def seconds_of_a_step(train: Callable[[int, str], None]) -> tuple[float, float]:
    """Processor time of a step of `train(steps, log_path)`, and the loss that it logged last."""
    spent = []
    for steps in (FEW, MANY):
        with tempfile.TemporaryDirectory(prefix="conformance-") as log_path:
            begun = time.process_time()
            train(steps, log_path)
            spent.append(time.process_time() - begun)
            record = json.loads((Path(log_path) / "metrics.jsonl").read_text().splitlines()[-1])
    return (spent[1] - spent[0]) / (MANY - FEW), record["train_mean_nll"] + record["train_mean_bpb"]


def main() -> None:
    """Answer until stdin closes."""
    from unittest import mock

    import tinker
    import torch
    from tinker_cookbook import tokenizer_utils
    from tinker_cookbook.supervised import train as upstream
    from transformers import PreTrainedTokenizerFast

    torch.set_num_threads(1)
    file = sys.argv[1]
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=file, eos_token="<|im_end|>", clean_up_tokenization_spaces=False)
    tokenizer_utils.register_tokenizer("conformance/instant", lambda: tokenizer)
    weights = torch.full((TOKENS,), 1 / TOKENS, dtype=torch.float32)
    batch = [
        tinker.Datum(
            model_input=tinker.ModelInput.from_ints(row[:-1].tolist()),
            loss_fn_inputs={"target_tokens": torch.tensor(row[1:].astype("int64")), "weights": weights},
        )
        for row in rows()
    ]
    outputs = [{"logprobs": tinker.TensorData.from_numpy(values)} for values in logprobs()]
    client = Instant(
        tinker.ForwardBackwardOutput(loss_fn_output_type="", loss_fn_outputs=outputs, metrics={}),
        tinker.types.OptimStepResponse(metrics=None),
        mock.Mock(path="tinker://run/weights/a"),
    )

    def train(steps: int, log_path: str) -> None:
        config = upstream.Config(
            log_path=log_path,
            model_name="conformance/instant",
            recipe_name="conformance",
            dataset_builder=lambda: (Batches(batch, steps), None),
        )
        with mock.patch("tinker.ServiceClient", return_value=client):
            asyncio.run(upstream.main(config))

    answers = sys.stdout
    sys.stdout = sys.stderr
    for _ in sys.stdin:
        print(json.dumps(seconds_of_a_step(train)), file=answers, flush=True)


if __name__ == "__main__":
    main()
