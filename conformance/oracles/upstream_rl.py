"""Reinforcement learning in the original: advantages, trajectories as data, and metrics.

Functions for `conformance.oracles.upstream_numbers`. Rewards and advantages reach the original as floats, however the
question writes them: of integers alone it would make tensors that have no mean.
"""

from __future__ import annotations

import asyncio
import types
from typing import TYPE_CHECKING, Any

from conformance.adapters.wire_numbers import floats, written
from conformance.oracles.upstream_calls import called, found
from conformance.oracles.wire_data import datum, flat_datum, flat_tokens, model_input, tensor, torch_vector, wire_tensor

if TYPE_CHECKING:
    from collections.abc import Callable


def _trajectory(given: dict[str, Any]) -> Any:
    import tinker

    action = found("completers", "TokensWithLogprobs")
    transition = found("rl.types", "Transition")
    transitions = [
        transition(
            ob=model_input(one["ob"]),
            ac=action(tokens=one["ac"]["tokens"], maybe_logprobs=floats(one["ac"]["logprobs"])),
            reward=floats(one.get("reward", 0.0)),
            episode_done=False,
            metrics=_metrics(one.get("metrics", {})),
        )
        for one in given["transitions"]
    ]
    return found("rl.types", "Trajectory")(transitions=transitions, final_ob=tinker.ModelInput.empty())


def _group(given: dict[str, Any]) -> Any:
    return found("rl.types", "TrajectoryGroup")(
        trajectories_G=list(map(_trajectory, given["trajectories"])),
        final_rewards_G=floats(given["final_rewards"]),
        metrics_G=list(map(_metrics, given.get("metrics", []))),
    )


def _metrics(given: dict[str, Any]) -> dict[str, float]:
    return {key: floats(value) for key, value in given.items()}


def _get_total_rewards(_: Any, *, groups: list[Any]) -> Any:
    return {"rewards": written([_group(group).get_total_rewards() for group in groups])}


def _compute_advantages(_: Any, *, groups: list[Any]) -> Any:
    found_advantages = called("rl.data_processing", "compute_advantages", list(map(_group, groups)))
    return {"advantages": list(map(torch_vector, found_advantages))}


def _trajectory_to_data(_: Any, *, trajectory: Any, advantage: Any) -> Any:
    data = called("rl.data_processing", "trajectory_to_data", _trajectory(trajectory), floats(advantage))
    return {"data": list(map(flat_datum, data))}


def _assemble_training_data(_: Any, *, groups: list[Any], advantages: list[list[Any]]) -> Any:
    import torch

    vectors = [torch.tensor(floats(values), dtype=torch.float32) for values in advantages]
    data, metadata = called("rl.data_processing", "assemble_training_data", list(map(_group, groups)), vectors)
    return {"data": list(map(flat_datum, data)), "metadata": metadata}


def _remove_constant_reward_groups(_: Any, *, groups: list[Any]) -> Any:
    made = list(map(_group, groups))
    kept = called("rl.data_processing", "remove_constant_reward_groups", made)
    return {"kept": [place for place, group in enumerate(made) if any(one is group for one in kept)]}


def _compute_kl_sample_train(_: Any, *, data: list[Any], training_logprobs: list[Any]) -> Any:
    import torch

    vectors = [torch.tensor(floats(values), dtype=torch.float32) for values in training_logprobs]
    return {"metrics": written(called("rl.metrics", "compute_kl_sample_train", list(map(datum, data)), vectors))}


class _Client:
    """A sampling client that answers what the question says, and records what it is asked."""

    def __init__(self, logprobs: list[Any]) -> None:
        self._logprobs = floats(logprobs)
        self.sequences: list[Any] = []

    async def compute_logprobs_async(self, sequence: Any) -> Any:
        self.sequences.append(flat_tokens(sequence))
        return self._logprobs[len(self.sequences) - 1]


def _compute_post_kl(_: Any, *, data: list[Any], logprobs: list[Any]) -> Any:
    client = _Client(logprobs)
    metrics = asyncio.run(called("rl.metrics", "compute_post_kl", list(map(datum, data)), client))
    return {"metrics": written(metrics), "sequences": client.sequences}


def _incorporate_kl_penalty(
    _: Any, *, data: list[Any], logprobs: list[Any], kl_penalty_coef: float, kl_discount_factor: float
) -> Any:
    client, made = _Client(logprobs), list(map(datum, data))
    penalty = called("rl.metrics", "incorporate_kl_penalty", made, client, kl_penalty_coef, kl_discount_factor)
    metrics = asyncio.run(penalty)
    return {
        "metrics": written(metrics),
        "sequences": client.sequences,
        "advantages": [wire_tensor(one.loss_fn_inputs["advantages"]) for one in made],
    }


def _discounted_future_sum(_: Any, *, x: Any, gamma: float) -> Any:
    values = tensor(x).to_torch()
    return {"tensor": torch_vector(called("rl.metrics", "discounted_future_sum_vectorized", values, gamma))}


def _compute_trajectory_metrics(_: Any, *, groups: list[Any], taglist: list[list[str]]) -> Any:
    return {
        "metrics": written(called("rl.metric_util", "compute_trajectory_metrics", list(map(_group, groups)), taglist))
    }


def _compute_sampling_client_metrics(_: Any, *, groups: list[Any]) -> Any:
    wrapped = [
        types.SimpleNamespace(
            sampling_client_step=group["sampling_client_step"],
            metrics={"time/trajectory_group_worker_loop/total": group["seconds"]},
        )
        for group in groups
    ]
    return {"metrics": written(called("rl.metrics", "compute_sampling_client_metrics", wrapped))}


def _dict_mean(_: Any, *, dicts: list[Any]) -> Any:
    return {"metrics": written(called("utils.misc_utils", "dict_mean", list(map(_metrics, dicts))))}


def _split_list(_: Any, *, length: int, num_splits: int) -> Any:
    return {"sizes": [len(part) for part in called("utils.misc_utils", "split_list", range(length), num_splits)]}


def _remove_mask(_: Any, *, datum: Any) -> Any:
    from conformance.oracles import wire_data

    return flat_datum(called("rl.train", "_remove_mask", wire_data.datum(datum)))


OPERATIONS: dict[str, Callable[..., Any]] = {
    "rl.get_total_rewards": _get_total_rewards,
    "rl.compute_advantages": _compute_advantages,
    "rl.trajectory_to_data": _trajectory_to_data,
    "rl.assemble_training_data": _assemble_training_data,
    "rl.remove_constant_reward_groups": _remove_constant_reward_groups,
    "rl.compute_kl_sample_train": _compute_kl_sample_train,
    "rl.compute_post_kl": _compute_post_kl,
    "rl.incorporate_kl_penalty": _incorporate_kl_penalty,
    "rl.discounted_future_sum_vectorized": _discounted_future_sum,
    "rl.compute_trajectory_metrics": _compute_trajectory_metrics,
    "rl.compute_sampling_client_metrics": _compute_sampling_client_metrics,
    "rl.dict_mean": _dict_mean,
    "rl.split_list": _split_list,
    "rl.remove_mask": _remove_mask,
}
