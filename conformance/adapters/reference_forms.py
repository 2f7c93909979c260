"""Tensors, datums and trajectories of the reference, from the form they have on the wire and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.adapters.wire_numbers import floats, numbers, written
from cookbook.datum import Datum, ModelInput
from cookbook.rl.types import TokensWithLogprobs, Trajectory, TrajectoryGroup, Transition
from cookbook.tensors import TensorData
from cookbook.wire import from_list

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cookbook.sparse import SparseTensorData

__all__ = [
    "array",
    "datum",
    "flat_data",
    "flat_datum",
    "flat_tokens",
    "floats",
    "group",
    "metrics",
    "numbers",
    "sent_tensor",
    "tensor",
    "trajectory",
    "vector",
    "written",
]


def array(given: dict[str, Any]) -> NDArray[Any]:
    """An array of the question's own dtype."""
    return TensorData.from_json(given).to_numpy()


def sent_tensor(made: TensorData | SparseTensorData) -> dict[str, Any]:
    """A tensor of the live API as it is written in an answer."""
    if isinstance(made, TensorData):
        return made.to_json()
    dense = TensorData.from_numpy(made.data).to_json()
    return {
        **dense,
        "shape": list(made.shape),
        "sparse_crow_indices": list(made.sparse_crow_indices),
        "sparse_col_indices": list(made.sparse_col_indices),
    }


def vector(values: NDArray[np.float32]) -> dict[str, Any]:
    """An array as it is written in an answer."""
    return TensorData.from_numpy(values).to_json()


def flat_tokens(model_input: ModelInput) -> list[Any]:
    """Token ids, and images as they are written."""
    return [item if isinstance(item, int) else item.to_json() for item in model_input.flat()]


def datum(given: dict[str, Any]) -> Datum:
    """A datum whose tensors are made as the client of the live API makes them from lists."""
    inputs = {key: tensor(one) for key, one in given["loss_fn_inputs"].items()}
    return Datum(ModelInput.from_json(given["model_input"]), {**inputs})


def tensor(given: dict[str, Any]) -> TensorData:
    """A tensor as the client of the live API makes it from a list."""
    return from_list(numbers(given["data"]), given["dtype"], given.get("shape"))


def flat_datum(made: Datum) -> dict[str, Any]:
    """A datum without the boundaries between its chunks of text."""
    inputs = {key: sent_tensor(value) for key, value in made.loss_fn_inputs.items()}
    return {"tokens": flat_tokens(made.model_input), "loss_fn_inputs": inputs}


def flat_data(made: list[Datum]) -> dict[str, Any]:
    return {"data": [flat_datum(one) for one in made]}


def trajectory(given: dict[str, Any]) -> Trajectory:
    return Trajectory(
        [
            Transition(
                ob=ModelInput.from_json(one["ob"]),
                ac=TokensWithLogprobs(one["ac"]["tokens"], floats(one["ac"]["logprobs"])),
                metrics=metrics(one.get("metrics", {})),
                **({"reward": floats(one["reward"])} if "reward" in one else {}),
            )
            for one in given["transitions"]
        ]
    )


def group(given: dict[str, Any]) -> TrajectoryGroup:
    return TrajectoryGroup(
        trajectories_G=[trajectory(one) for one in given["trajectories"]],
        final_rewards_G=floats(given["final_rewards"]),
        metrics_G=[metrics(one) for one in given.get("metrics", [])],
    )


def metrics(given: dict[str, Any]) -> dict[str, float]:
    return {key: floats(value) for key, value in given.items()}
