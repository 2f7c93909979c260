"""The reference on reinforcement learning: area `rl`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.adapters.reference_forms import (
    array,
    datum,
    flat_data,
    flat_datum,
    flat_tokens,
    floats,
    group,
    metrics,
    sent_tensor,
    trajectory,
    vector,
    written,
)
from cookbook.errors import InvalidInputError
from cookbook.rl import data_processing, metric_util, substeps
from cookbook.rl import metrics as rl_metrics

if TYPE_CHECKING:
    from collections.abc import Callable

    from cookbook.datum import Datum, ModelInput
    from cookbook.rl.types import TrajectoryGroup

Params = dict[str, Any]

SAMPLING_SECONDS = "time/trajectory_group_worker_loop/total"
"""Under which upstream's groups say how long sampling took: spelt here too, so that another spelling is found out."""


def _groups(params: Params) -> list[TrajectoryGroup]:
    return [group(one) for one in params["groups"]]


def _data(params: Params) -> list[Datum]:
    return [datum(one) for one in params["data"]]


class _Client:
    """A sampling client that answers what the question says, and records what it is asked."""

    def __init__(self, logprobs: list[Any]) -> None:
        self._logprobs = floats(logprobs)
        self.sequences: list[Any] = []

    async def compute_logprobs_async(self, prompt: ModelInput, /) -> list[float | None]:
        if len(self.sequences) == len(self._logprobs):
            raise InvalidInputError(f"{len(self._logprobs)} sequences have logprobs: give one for each datum")
        self.sequences.append(flat_tokens(prompt))
        found: list[float | None] = self._logprobs[len(self.sequences) - 1]
        return found


@dataclass(frozen=True)
class _Sampled:
    sampling_client_step: int
    metrics: dict[str, float]


def _rewards(_: Any, params: Params) -> Any:
    return {"rewards": written([one.get_total_rewards() for one in _groups(params)])}


def _advantages(_: Any, params: Params) -> Any:
    return {"advantages": [vector(one) for one in data_processing.compute_advantages(_groups(params))]}


def _trajectory_to_data(_: Any, params: Params) -> Any:
    made = data_processing.trajectory_to_data(trajectory(params["trajectory"]), floats(params["advantage"]))
    return flat_data(made)


def _assemble(_: Any, params: Params) -> Any:
    advantages = [np.array(floats(values), dtype=np.float32) for values in params["advantages"]]
    data, metadata = data_processing.assemble_training_data(_groups(params), advantages)
    return {**flat_data(data), "metadata": metadata}


def _remove_constant(_: Any, params: Params) -> Any:
    groups = _groups(params)
    kept = data_processing.remove_constant_reward_groups(groups)
    return {"kept": [place for place, one in enumerate(groups) if any(one is other for other in kept)]}


def _sample_train(_: Any, params: Params) -> Any:
    found = rl_metrics.compute_kl_sample_train(_data(params), floats(params["training_logprobs"]))
    return {"metrics": written(found)}


def _post_kl(_: Any, params: Params) -> Any:
    client = _Client(params["logprobs"])
    found = asyncio.run(rl_metrics.compute_post_kl(_data(params), client))
    return {"metrics": written(found), "sequences": client.sequences}


def _penalty(_: Any, params: Params) -> Any:
    client, data = _Client(params["logprobs"]), _data(params)
    factors = (floats(params["kl_penalty_coef"]), floats(params["kl_discount_factor"]))
    found = asyncio.run(rl_metrics.incorporate_kl_penalty(data, client, *factors))
    return {
        "metrics": written(found),
        "sequences": client.sequences,
        "advantages": [sent_tensor(one.loss_fn_inputs["advantages"]) for one in data],
    }


def _discounted(_: Any, params: Params) -> Any:
    return {"tensor": vector(rl_metrics.discounted_future_sum_vectorized(array(params["x"]), floats(params["gamma"])))}


def _trajectory_metrics(_: Any, params: Params) -> Any:
    return {"metrics": written(metric_util.compute_trajectory_metrics(_groups(params), params["taglist"]))}


def _sampling_clients(_: Any, params: Params) -> Any:
    groups = [_Sampled(one["sampling_client_step"], {SAMPLING_SECONDS: one["seconds"]}) for one in params["groups"]]
    return {"metrics": written(rl_metrics.compute_sampling_client_metrics(groups))}


def _dict_mean(_: Any, params: Params) -> Any:
    return {"metrics": written(metric_util.dict_mean([metrics(one) for one in params["dicts"]]))}


def _split_list(_: Any, params: Params) -> Any:
    parts = substeps.split_list(range(params["length"]), params["num_splits"])
    return {"sizes": [len(part) for part in parts]}


OPERATIONS: dict[str, Callable[[Any, Params], Any]] = {
    "rl.get_total_rewards": _rewards,
    "rl.compute_advantages": _advantages,
    "rl.trajectory_to_data": _trajectory_to_data,
    "rl.assemble_training_data": _assemble,
    "rl.remove_constant_reward_groups": _remove_constant,
    "rl.compute_kl_sample_train": _sample_train,
    "rl.compute_post_kl": _post_kl,
    "rl.incorporate_kl_penalty": _penalty,
    "rl.discounted_future_sum_vectorized": _discounted,
    "rl.compute_trajectory_metrics": _trajectory_metrics,
    "rl.compute_sampling_client_metrics": _sampling_clients,
    "rl.dict_mean": _dict_mean,
    "rl.split_list": _split_list,
    "rl.remove_mask": lambda _, params: flat_datum(substeps.remove_mask(datum(params["datum"]))),
}
