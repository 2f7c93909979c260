"""cookbook/rl/metric_util.py: facts of tinker-cookbook 0.5.8, `compute_trajectory_metrics`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cookbook.datum import EncodedTextChunk, ImageChunk, ModelInput
from cookbook.errors import InvalidInputError
from cookbook.rl.metric_util import by_group_metrics, compute_trajectory_metrics, dict_mean
from cookbook.rl.types import TokensWithLogprobs, Trajectory, TrajectoryGroup, Transition

if TYPE_CHECKING:
    from collections.abc import Mapping


def walk(shown: int, done: int, **metrics: float) -> Trajectory:
    seen = ModelInput((EncodedTextChunk(tuple(range(shown))), ImageChunk(b"", "png", 2)))
    return Trajectory([Transition(seen, TokensWithLogprobs(list(range(done)), [0.0] * done), 0.25, metrics=metrics)])


def group(*rewards: float, metrics: tuple[Mapping[str, float], ...] = ()) -> TrajectoryGroup:
    return TrajectoryGroup([Trajectory([])] * len(rewards), rewards, metrics)


def test_what_is_counted() -> None:
    found = compute_trajectory_metrics([TrajectoryGroup([walk(3, 4), walk(1, 2)], [0.0, 1.0])], [["math"]])
    assert found == {
        "env/all/ac_tokens_per_turn": 3.0,
        "env/all/ob_tokens_per_turn": 4.0,
        "env/all/turns_per_episode": 1.0,
        "env/all/total_episodes": 2,
        "env/all/total_turns": 2,
        "env/all/total_ac_tokens": 6,
        "env/all/total_ob_tokens": 8,
        "env/all/reward/total": 0.75,
        "env/all/by_group/frac_mixed": 1.0,
        "env/all/by_group/frac_all_good": 0.0,
        "env/all/by_group/frac_all_bad": 0.0,
    }


def sections(groups: list[TrajectoryGroup], tags: list[list[str]]) -> set[str]:
    return {name.split("/")[1] for name in compute_trajectory_metrics(groups, tags)}


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([["a"], ["a"]], {"all"}),
        ([["a"], ["b"]], {"a", "b", "all"}),
        ([["a", "b"], ["a"]], {"a", "b", "all"}),
        ([["a"]], {"a", "all"}),
        ([["a"], ["a"], ["b"]], {"all"}),
        ([[], []], {"all"}),
        ([["a", "a"], []], {"all"}),
        ([["all"], ["b"]], {"b", "all"}),
    ],
)
def test_sections_appear_if_a_tag_is_part_of_the_groups(tags: list[list[str]], expected: set[str]) -> None:
    assert sections([group(0.0), group(1.0)], tags) == expected


def test_the_section_of_all_overwrites_a_tag_of_that_name() -> None:
    found = compute_trajectory_metrics([group(0.0), group(1.0)], [["all"], ["b"]])
    assert found["env/all/total_episodes"] == 2


def test_nothing_counts_as_zero() -> None:
    found = compute_trajectory_metrics([], [])
    assert set(found.values()) == {0.0}
    assert compute_trajectory_metrics([group(1.0)], [[]])["env/all/ac_tokens_per_turn"] == 0.0


def test_reports_of_the_environment_overwrite() -> None:
    reports = ({"total_turns": 99.0, "by_group/frac_mixed": 99.0, "custom": 1.0}, {"custom": 3.0})
    found = compute_trajectory_metrics([group(1.0, 0.0, metrics=reports)], [[]])
    assert found["env/all/total_turns"] == 99.0
    assert found["env/all/by_group/frac_mixed"] == 1.0
    assert found["env/all/custom"] == 2.0


def test_reports_of_steps_and_of_groups_are_one() -> None:
    made = TrajectoryGroup([walk(1, 1, format=0.0)], [0.0], [{"format": 1.0}])
    assert compute_trajectory_metrics([made], [[]])["env/all/format"] == 0.5


def test_a_mean_is_over_those_that_have_the_key() -> None:
    assert dict_mean([{"a": 1, "b": 2}, {"a": 3}]) == {"a": 2.0, "b": 2.0}
    assert dict_mean([{}]) == dict_mean([]) == {}


def test_fractions_of_groups() -> None:
    groups = [group(0.0, 1.0), group(1.0, 1.0), group(0.5), group(0.49, 0.49)]
    assert by_group_metrics(groups) == {
        "by_group/frac_mixed": 0.25,
        "by_group/frac_all_good": 0.5,
        "by_group/frac_all_bad": 0.25,
    }
    with pytest.raises(InvalidInputError, match="neither good nor bad"):
        by_group_metrics([group()])
