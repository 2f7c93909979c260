"""From rewards to advantages, and from trajectories to datums.

Behaviour: tinker-cookbook 0.5.8, `rl.data_processing`, with numpy where torch stood.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cookbook.datum import Datum, EncodedTextChunk
from cookbook.errors import InvalidInputError
from cookbook.rl.types import PARSE_ERROR_MASKED_METRIC_KEY
from cookbook.supervised.common import create_rightshifted_model_input_and_leftshifted_targets
from cookbook.tensors import TensorData

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cookbook.datum import ModelInputChunk
    from cookbook.rl.types import Trajectory, TrajectoryGroup, Transition

logger = logging.getLogger(__name__)


def compute_advantages(trajectory_groups_P: Sequence[TrajectoryGroup]) -> list[NDArray[np.float32]]:  # noqa: N803
    """For each group, the total rewards less their mean, in float32. They are not divided by anything."""
    return [_centred(group.get_total_rewards()) for group in trajectory_groups_P]


def remove_constant_reward_groups(
    trajectory_groups_P: Sequence[TrajectoryGroup],  # noqa: N803
) -> list[TrajectoryGroup]:
    """The groups whose total rewards are not all exactly equal; the first group alone if there are none."""
    groups = [group for group in trajectory_groups_P if not all_same(group.get_total_rewards())]
    if not groups:
        logger.warning("in every group all rewards are equal: there is nothing to learn")
    return groups or list(trajectory_groups_P[:1])


def all_same(values: Sequence[float]) -> bool:
    """Whether every value equals the first. NaN equals nothing, itself neither; no value at all are all the same."""
    return all(value == values[0] for value in values)


def trajectory_to_data(traj: Trajectory, traj_advantage: float) -> list[Datum]:
    """The datums of a trajectory: one as long as each observation begins with everything before it, then another.

    A datum has `target_tokens` (int64), `logprobs` as they were sampled, `advantages` and `mask` (float32), each with
    one element a position of its input. The mask is 1 for what the model sampled, 0 for what it was shown and for a
    turn that is marked as not to be trained on; there the advantage is 0, too, and so are the logprobs of what it was
    shown.

    As in upstream, advantages are int64 where no position of a datum has a sampled token as its target.

    Raises InvalidInputError if the logprobs of an action are not known or not as many as its tokens;
    DataValidationError for a datum of one token.
    """
    data: list[Datum] = []
    sequence = _Sequence()
    for transition in traj.transitions:
        observation = transition.ob.flat()
        if sequence.flat and observation[: len(sequence.flat)] != sequence.flat:
            data.append(sequence.datum())
            sequence = _Sequence()
        sequence.extend(observation[len(sequence.flat) :], transition, traj_advantage)
    if sequence.flat:
        data.append(sequence.datum())
    return data


def assemble_training_data(
    trajectory_groups_P: Sequence[TrajectoryGroup],  # noqa: N803
    advantages_P: Sequence[Sequence[float] | NDArray[np.float32]],  # noqa: N803
) -> tuple[list[Datum], list[dict[str, int]]]:
    """The datums of all trajectories, and for each datum the `group_idx` and `traj_idx` that it comes from.

    Raises InvalidInputError if groups and advantages do not match, and as `trajectory_to_data`.
    """
    data: list[Datum] = []
    metadata: list[dict[str, int]] = []
    _check_lengths(trajectory_groups_P, advantages_P, "groups")
    for group_idx, (group, advantages) in enumerate(zip(trajectory_groups_P, advantages_P, strict=True)):
        _check_lengths(group.trajectories_G, advantages, "trajectories")
        for traj_idx, (trajectory, advantage) in enumerate(zip(group.trajectories_G, advantages, strict=True)):
            new = trajectory_to_data(trajectory, float(advantage))
            data.extend(new)
            metadata.extend({"group_idx": group_idx, "traj_idx": traj_idx} for _ in new)
    return data, metadata


@dataclass(slots=True)
class _Sequence:
    """A datum in the making: everything seen and done so far, and a value of each kind for every position."""

    flat: list[Any] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    advantages: list[float] = field(default_factory=list)
    mask: list[float] = field(default_factory=list)

    def extend(self, shown: list[Any], transition: Transition, advantage: float) -> None:
        tokens, logprobs = transition.ac.tokens, transition.ac.logprobs
        if len(tokens) != len(logprobs):
            raise InvalidInputError(f"{len(tokens)} sampled tokens have {len(logprobs)} logprobs: give one for each")
        length = sum(1 if isinstance(item, int) else item.length for item in shown)
        trained = float(transition.metrics.get(PARSE_ERROR_MASKED_METRIC_KEY, 0.0)) < 1.0
        self.flat += [*shown, *tokens]
        self.logprobs += [0.0] * length + [float(logprob) for logprob in logprobs]
        # The integers tell `_vector` later on that nothing was sampled there.
        self.advantages += [0] * length + [float(advantage) if trained else 0.0] * len(tokens)
        self.mask += [0.0] * length + [float(trained)] * len(tokens)

    def datum(self) -> Datum:
        model_input, targets = create_rightshifted_model_input_and_leftshifted_targets(_chunks(self.flat))
        return Datum(
            model_input,
            {
                "target_tokens": TensorData.from_numpy(np.array(targets, dtype=np.int64)),
                "logprobs": _vector(self.logprobs[1:]),
                "advantages": _vector(self.advantages[1:]),
                "mask": _vector(self.mask[1:]),
            },
        )


def _centred(rewards: list[float]) -> NDArray[np.float32]:
    with np.errstate(all="ignore"):
        values = np.array(rewards, dtype=np.float32)
        return values - (values.mean() if values.size else np.float32(0))


def _vector(values: list[float]) -> TensorData:
    """Float32, but int64 where every value is an integer: torch goes by what it finds in a list."""
    whole = bool(values) and all(isinstance(value, int) for value in values)
    with np.errstate(over="ignore"):
        return TensorData.from_numpy(np.array(values, dtype=np.int64 if whole else np.float32))


def _chunks(flat: list[Any]) -> list[ModelInputChunk]:
    """Neighbouring tokens in one chunk, images between them."""
    chunks: list[ModelInputChunk] = []
    text: list[int] = []
    for item in [*flat, None]:
        if isinstance(item, int):
            text.append(item)
            continue
        if text:
            chunks.append(EncodedTextChunk(tuple(text)))
            text = []
        if item is not None:
            chunks.append(item)
    return chunks


def _check_lengths(left: Sequence[Any], right: Any, what: str) -> None:
    if len(left) != len(right):
        raise InvalidInputError(f"{len(left)} {what} have {len(right)} advantages: give one for each")
