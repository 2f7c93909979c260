"""cookbook/rl/data_processing.py: facts of tinker-cookbook 0.5.8, and what holds for every trajectory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cookbook.datum import EncodedTextChunk, ImageChunk, ModelInput
from cookbook.errors import DataValidationError, InvalidInputError
from cookbook.rl.data_processing import (
    all_same,
    assemble_training_data,
    compute_advantages,
    remove_constant_reward_groups,
    trajectory_to_data,
)
from cookbook.rl.types import TokensWithLogprobs, Trajectory, TrajectoryGroup, Transition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cookbook.datum import Datum

IMAGE = ImageChunk(b"", "png", 3)
dyadic = st.integers(-64, 64).map(lambda value: value / 8)


def turn(shown: Sequence[int] | ModelInput, done: Sequence[int], **metrics: float) -> Transition:
    seen = shown if isinstance(shown, ModelInput) else ModelInput.from_ints(shown) if shown else ModelInput()
    return Transition(seen, TokensWithLogprobs(done, [-0.5 * token for token in done]), metrics=metrics)


def group(*rewards: float) -> TrajectoryGroup:
    return TrajectoryGroup([Trajectory([])] * len(rewards), rewards)


def shown(datum: Datum) -> dict[str, Any]:
    return {"tokens": datum.model_input.flat()} | {key: datum.tensor(key).to_nested() for key in datum.loss_fn_inputs}


def data(*turns: Transition, advantage: float = 2.0) -> list[dict[str, Any]]:
    return [shown(datum) for datum in trajectory_to_data(Trajectory(turns), advantage)]


def test_advantages_are_centred_and_no_more() -> None:
    assert [one.tolist() for one in compute_advantages([group(0.0, 1.0, 1.0), group(5.0), group()])] == [
        [-0.6666666865348816, 0.3333333134651184, 0.3333333134651184],
        [0.0],
        [],
    ]


@given(rewards=st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=20))
def test_advantages_sum_to_zero(rewards: list[float]) -> None:
    (advantages,) = compute_advantages([group(*rewards)])
    bound = 4 * 2.0**-24 * max(map(abs, rewards)) * len(rewards)
    assert abs(math.fsum(advantages.tolist())) <= bound


@given(rewards=st.lists(dyadic, min_size=1, max_size=3), power=st.integers(0, 3), constant=dyadic)
def test_a_constant_changes_no_advantage(rewards: list[float], power: int, constant: float) -> None:
    size = 2**power
    values = [rewards[at % len(rewards)] for at in range(size)]
    (plain,) = compute_advantages([group(*values)])
    (moved,) = compute_advantages([group(*(value + constant for value in values))])
    assert plain.tolist() == moved.tolist()
    assert sum(plain.tolist()) == 0


@pytest.mark.parametrize(
    ("groups", "kept"),
    [
        ([[0.0, 1.0], [1.0, 1.0]], [0]),
        ([[1.0, 1.0], [0.0, 0.0]], [0]),
        ([[0.1 + 0.2, 0.3], [1.0, 1.0]], [0]),
        ([[0.0, -0.0], [1.0, 2.0]], [1]),
        ([[math.nan, math.nan], [1.0, 1.0]], [0]),
        ([], []),
    ],
)
def test_groups_that_teach_nothing(groups: list[list[float]], kept: list[int]) -> None:
    made = [group(*rewards) for rewards in groups]
    assert remove_constant_reward_groups(made) == [made[place] for place in kept]


def test_all_same() -> None:
    assert all_same([])
    assert all_same([1.0, 1.0])
    assert not all_same([math.nan])


def test_an_extended_observation_is_merged() -> None:
    assert data(turn([1, 2], [3, 4]), turn([1, 2, 3, 4, 5], [6])) == [
        {
            "tokens": [1, 2, 3, 4, 5],
            "target_tokens": [2, 3, 4, 5, 6],
            "logprobs": [0.0, -1.5, -2.0, 0.0, -3.0],
            "advantages": [0.0, 2.0, 2.0, 0.0, 2.0],
            "mask": [0.0, 1.0, 1.0, 0.0, 1.0],
        }
    ]


def test_nothing_new_shown_is_merged_too() -> None:
    (one,) = data(turn([1, 2], [3]), turn([1, 2, 3], [4]))
    assert one["mask"] == [0.0, 1.0, 1.0]


def test_another_observation_is_another_datum() -> None:
    first, second = data(turn([1, 2], [3, 4]), turn([1, 9], [5]))
    assert (first["tokens"], second["tokens"]) == ([1, 2, 3], [1, 9])
    assert first["advantages"][-1] == second["advantages"][-1] == 2.0


def test_a_masked_turn_keeps_its_logprobs() -> None:
    (one,) = data(turn([1], [2]), turn([1, 2, 3], [4], parse_error_masked=1.0))
    assert (one["mask"], one["advantages"]) == ([1.0, 0.0, 0.0], [2.0, 0.0, 0.0])
    assert one["logprobs"] == [-1.0, 0.0, -2.0]


def test_images_are_compared_whole() -> None:
    pictured = ModelInput((EncodedTextChunk((1,)), IMAGE))
    longer = ModelInput((*pictured.chunks, EncodedTextChunk((2, 5))))
    (one,) = data(turn(pictured, [2]), turn(longer, [6]))
    assert (one["tokens"], one["target_tokens"]) == ([1, IMAGE, 2, 5], [0, 0, 0, 2, 5, 6])
    other = ModelInput((EncodedTextChunk((1,)), ImageChunk(b"other", "png", 3), EncodedTextChunk((2,))))
    assert len(data(turn(pictured, [2]), turn(other, [6]))) == 2


def test_what_the_model_sees_is_in_one_chunk() -> None:
    pieces = ModelInput((EncodedTextChunk((1,)), EncodedTextChunk((2,))))
    (datum,) = trajectory_to_data(Trajectory([turn(pieces, [3, 4])]), 1.0)
    assert datum.model_input == ModelInput.from_ints([1, 2, 3])


@pytest.mark.parametrize("turns", [[turn([1, 2], [])], [turn([], [3]), turn([3, 4], [])]])
def test_advantages_without_a_sampled_target_are_integers(turns: list[Transition]) -> None:
    (datum,) = trajectory_to_data(Trajectory(turns), 1.0)
    assert (datum.tensor("advantages").dtype, datum.tensor("advantages").to_nested()) == ("int64", [0])


def test_nothing_gives_no_datum() -> None:
    assert data() == data(turn([], [])) == []


@pytest.mark.parametrize(
    ("turns", "error"),
    [
        ([turn([1], [])], DataValidationError),
        ([turn([], [1])], DataValidationError),
        ([turn(ModelInput((EncodedTextChunk((1, 2)), IMAGE)), [])], DataValidationError),
        ([Transition(ModelInput.from_ints([1]), TokensWithLogprobs([2], []))], InvalidInputError),
        ([Transition(ModelInput.from_ints([1]), TokensWithLogprobs([2]))], InvalidInputError),
    ],
)
def test_what_makes_no_data(turns: list[Transition], error: type[Exception]) -> None:
    with pytest.raises(error):
        trajectory_to_data(Trajectory(turns), 1.0)


@st.composite
def walks(draw: st.DrawFn) -> list[tuple[list[int], list[int]]]:
    """Observations and actions; an observation extends all before it, or begins anew."""
    walk: list[tuple[list[int], list[int]]] = []
    so_far: list[int] = []
    tokens = st.lists(st.integers(1, 6), max_size=3)
    for _ in range(draw(st.integers(0, 5))):
        begun = draw(st.booleans())
        observation = (so_far if begun else []) + draw(tokens)
        action = draw(tokens)
        walk.append((observation, action))
        so_far = observation + action
    return walk


@given(walk=walks(), advantage=dyadic)
def test_the_data_restore_the_trajectory(walk: list[tuple[list[int], list[int]]], advantage: float) -> None:
    try:
        made = trajectory_to_data(Trajectory([turn(ob, ac) for ob, ac in walk]), advantage)
    except DataValidationError:
        return
    sequences = [[*datum.model_input.to_ints(), datum.tensor("target_tokens").to_nested()[-1]] for datum in made]
    # Every turn is a part of a sequence, in order, and ends one unless the next extends it.
    expected: list[list[int]] = []
    for observation, action in walk:
        # Every list begins with the empty one, so that a turn that left nothing is built upon, too.
        if expected and observation[: len(expected[-1])] == expected[-1]:
            expected[-1] = observation + action
        else:
            expected.append(observation + action)
    assert sequences == [one for one in expected if one]
    # What is sampled is trained, but for the first token of a sequence, which is nobody's target.
    trained = [int(one.tensor("mask").data.sum()) for one in made]
    sampled = [0] * len(made)
    for (observation, action), place in zip(walk, _places(walk), strict=True):
        if place is not None:
            sampled[place] += len(action) - (not observation and bool(action))
    assert trained == sampled
    for datum in made:
        mask = datum.tensor("mask").data
        assert np.array_equal(datum.tensor("advantages").data, mask * np.float32(advantage))
        assert np.all((datum.tensor("logprobs").data != 0) <= (mask > 0))


def _places(walk: list[tuple[list[int], list[int]]]) -> list[int | None]:
    """For each turn the number of the sequence that it is part of; None for one that leaves nothing."""
    places: list[int | None] = []
    place, so_far = -1, list[int]()
    for observation, action in walk:
        if not so_far or observation[: len(so_far)] != so_far:
            place += bool(observation or action)
        so_far = observation + action
        places.append(place if so_far else None)
    return places


def test_data_say_where_they_come_from() -> None:
    split = Trajectory([turn([1, 2], [3]), turn([7, 8], [9])])
    groups = [TrajectoryGroup([split, Trajectory([])], [0.0, 0.0]), TrajectoryGroup([split], [0.0])]
    made, metadata = assemble_training_data(groups, [[1.0, 0.0], [0.5]])
    assert [(one["group_idx"], one["traj_idx"]) for one in metadata] == [(0, 0), (0, 0), (1, 0), (1, 0)]
    assert [datum.tensor("advantages").to_nested()[-1] for datum in made] == [1.0, 1.0, 0.5, 0.5]


def test_advantages_must_match() -> None:
    for advantages in ([], [[]], [[1.0, 1.0]]):
        with pytest.raises(InvalidInputError, match="give one for each"):
            assemble_training_data([group(1.0)], advantages)
