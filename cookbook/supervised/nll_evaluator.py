"""The loss on examples that are not trained on.

Behaviour: tinker-cookbook 0.5.8, `supervised.nll_evaluator.SamplerNLLEvaluator`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np

from cookbook.eval.evaluators import SamplingClientEvaluator
from cookbook.supervised.common import compute_bpb, compute_mean_nll
from cookbook.tensors import TensorData

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from cookbook.client import SamplingClient
    from cookbook.datum import Datum
    from cookbook.supervised.types import SupervisedDataset
    from cookbook.tokenizer import Tokenizer


class SamplerNLLEvaluator(SamplingClientEvaluator):
    """`<name>/nll` in nats, and with a tokenizer `<name>/bpb`, over datums that have weights and targets."""

    def __init__(self, data: Sequence[Datum], name: str = "test", tokenizer: Tokenizer | None = None) -> None:
        self.data = data
        self.name = name
        self.tokenizer = tokenizer

    @classmethod
    def from_dataset(cls, dataset: SupervisedDataset, name: str = "test", tokenizer: Tokenizer | None = None) -> Self:
        """Over the datums of all batches, which are made now."""
        return cls([datum for index in range(len(dataset)) for datum in dataset.get_batch(index)], name, tokenizer)

    async def __call__(self, sampling_client: SamplingClient, /) -> dict[str, float]:
        """Ask for the logprobs of every datum at once, in order."""
        logprobs = await asyncio.gather(*(_logprobs(sampling_client, datum) for datum in self.data))
        weights = [datum.tensor("weights") for datum in self.data]
        metrics = {f"{self.name}/nll": compute_mean_nll(logprobs, weights)}
        if self.tokenizer is not None and self.data and "target_tokens" in self.data[0].loss_fn_inputs:
            targets = [datum.tensor("target_tokens") for datum in self.data]
            metrics[f"{self.name}/bpb"] = compute_bpb(logprobs, weights, targets, self.tokenizer)
        return metrics


async def _logprobs(sampling_client: SamplingClient, datum: Datum) -> TensorData:
    """Of the targets: the sampler is given the whole sequence, and its first token has no logprob."""
    sequence = datum.model_input.append_int(int(datum.tensor("target_tokens").data[-1]))
    logprobs = await sampling_client.compute_logprobs_async(sequence)
    return TensorData.from_numpy(np.array(logprobs[1:], dtype=np.float32))
