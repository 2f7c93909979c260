"""What is logged about a batch of trajectories.

Behaviour: tinker-cookbook 0.5.8, `rl.metric_util.compute_trajectory_metrics` and `utils.misc_utils.dict_mean`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cookbook.errors import InvalidInputError
from cookbook.rl.data_processing import all_same

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cookbook.rl.types import TrajectoryGroup

GOOD = 0.5
"""A group whose rewards are all the same is good from this reward on, and bad below it."""


def compute_trajectory_metrics(
    trajectory_groups_P: Sequence[TrajectoryGroup],  # noqa: N803
    taglist_P: Sequence[Sequence[str]],  # noqa: N803
) -> dict[str, float]:
    """Metrics of all groups under `env/all/`, and of the groups of each tag under `env/<tag>/`.

    Tags are left out unless one of them selects fewer groups than there are. Groups and lists of tags are paired up to
    the shorter of the two; a tag that a group has twice counts it twice.
    """
    by_tag: dict[str, list[TrajectoryGroup]] = {}
    for tags, group in zip(taglist_P, trajectory_groups_P, strict=False):
        for tag in tags:
            by_tag.setdefault(tag, []).append(group)
    sections: list[tuple[str, Sequence[TrajectoryGroup]]] = [("all", trajectory_groups_P)]
    if any(len(groups) < len(trajectory_groups_P) for groups in by_tag.values()):
        # A tag of the name "all" is overwritten by the section of that name.
        sections = [*by_tag.items(), *sections]
    return {f"env/{section}/{name}": value for section, groups in sections for name, value in _metrics(groups).items()}


def dict_mean(list_of_dicts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """For each key the mean over the mappings that have it."""
    values: dict[str, list[float]] = {}
    for mapping in list_of_dicts:
        for key, value in mapping.items():
            values.setdefault(key, []).append(value)
    return {key: _mean(found) for key, found in values.items()}


def by_group_metrics(trajectory_groups_P: Sequence[TrajectoryGroup]) -> dict[str, float]:  # noqa: N803
    """The fractions of groups whose rewards differ, are all the same and good, and all the same and bad.

    Raises InvalidInputError for a group without a trajectory.
    """
    counts = {"mixed": 0, "all_good": 0, "all_bad": 0}
    for group in trajectory_groups_P:
        rewards = group.get_total_rewards()
        if not rewards:
            raise InvalidInputError("a group without a trajectory is neither good nor bad: leave it out")
        kind = "mixed" if not all_same(rewards) else "all_good" if rewards[0] >= GOOD else "all_bad"
        counts[kind] += 1
    return {f"by_group/frac_{kind}": _ratio(count, len(trajectory_groups_P)) for kind, count in counts.items()}


def _metrics(groups: Sequence[TrajectoryGroup]) -> dict[str, float]:
    trajectories = [trajectory for group in groups for trajectory in group.trajectories_G]
    transitions = [transition for trajectory in trajectories for transition in trajectory.transitions]
    sampled = sum(len(transition.ac.tokens) for transition in transitions)
    shown = sum(transition.ob.length for transition in transitions)
    rewards = [reward for group in groups for reward in group.get_total_rewards()]
    return {
        "ac_tokens_per_turn": _ratio(sampled, len(transitions)),
        "ob_tokens_per_turn": _ratio(shown, len(transitions)),
        "turns_per_episode": _ratio(len(transitions), len(trajectories)),
        "total_episodes": len(trajectories),
        "total_turns": len(transitions),
        "total_ac_tokens": sampled,
        "total_ob_tokens": shown,
        "reward/total": _mean(rewards) if rewards else 0.0,
        # What an environment reports may replace what stands above; the groups' fractions replace both.
        **dict_mean(
            [transition.metrics for transition in transitions]
            + [metrics for group in groups for metrics in group.metrics_G]
        ),
        **by_group_metrics(groups),
    }


def _mean(values: Sequence[float]) -> float:
    # Infinities of both signs have no mean, which is no occasion for a warning.
    with np.errstate(invalid="ignore"):
        return float(np.mean(values))


def _ratio(count: int, total: int) -> float:
    return count / total if total > 0 else 0.0
