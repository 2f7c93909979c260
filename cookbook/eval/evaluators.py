"""What an evaluator is: something that asks the model of a training run and gives metrics.

Behaviour: tinker-cookbook 0.5.8, `eval.evaluators` and `supervised.train.run_evals`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from cookbook.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cookbook.client import SamplingClient, TrainingClient


class TrainingClientEvaluator(ABC):
    """Asks the training client itself."""

    @abstractmethod
    async def __call__(self, training_client: TrainingClient, /) -> dict[str, float]:
        """Metrics by name, with whatever prefix they are to be logged under."""


class SamplingClientEvaluator(ABC):
    """Asks a sampling client with the weights of the moment."""

    @abstractmethod
    async def __call__(self, sampling_client: SamplingClient, /) -> dict[str, float]:
        """Metrics by name, with whatever prefix they are to be logged under."""


Evaluator: TypeAlias = TrainingClientEvaluator | SamplingClientEvaluator
EvaluatorBuilder: TypeAlias = Callable[[], Evaluator]
SamplingClientEvaluatorBuilder: TypeAlias = Callable[[], SamplingClientEvaluator]


async def run_evals(evaluators: Sequence[Evaluator], training_client: TrainingClient) -> dict[str, float]:
    """The metrics of all evaluators, one after the other.

    The sampling client is made when the first evaluator needs one, and is the same for all.

    Raises ConfigurationError for what is no evaluator, and what evaluators raise.
    """
    metrics: dict[str, float] = {}
    sampling_client: SamplingClient | None = None
    for evaluator in evaluators:
        if isinstance(evaluator, TrainingClientEvaluator):
            metrics |= await evaluator(training_client)
        elif isinstance(evaluator, SamplingClientEvaluator):
            if sampling_client is None:
                sampling_client = await training_client.save_weights_and_get_sampling_client_async()
            metrics |= await evaluator(sampling_client)
        else:
            raise ConfigurationError(f"{type(evaluator).__name__} is no evaluator: derive it from one of the two kinds")
    return metrics
