"""How well the model does on tasks that it is not trained on.

Behaviour: tinker-cookbook 0.5.8, `rl.metric_util.RLTestSetEvaluator`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cookbook.completers import TinkerTokenCompleter
from cookbook.eval.evaluators import SamplingClientEvaluator
from cookbook.rl.metric_util import compute_trajectory_metrics
from cookbook.rl.rollouts import do_group_rollout

if TYPE_CHECKING:
    from cookbook.client import SamplingClient
    from cookbook.rl.envs import RLDataset


class RLTestSetEvaluator(SamplingClientEvaluator):
    """The metrics of `compute_trajectory_metrics` over all groups of a dataset, under `<name>/`."""

    def __init__(self, dataset: RLDataset, max_tokens: int, name: str = "test") -> None:
        """All batches are made now."""
        self.env_group_builders = [group for index in range(len(dataset)) for group in dataset.get_batch(index)]
        self.max_tokens = max_tokens
        self.name = name

    async def __call__(self, sampling_client: SamplingClient, /) -> dict[str, float]:
        """Sample at temperature 1, whatever training samples at."""
        policy = TinkerTokenCompleter(sampling_client, self.max_tokens)
        groups = await asyncio.gather(*(do_group_rollout(builder, policy) for builder in self.env_group_builders))
        tags = [builder.logging_tags() for builder in self.env_group_builders]
        metrics = compute_trajectory_metrics(groups, tags) if groups else {}
        return {f"{self.name}/{key}": value for key, value in metrics.items()}
