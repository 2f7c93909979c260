"""cookbook/preference/dpo.py: facts of tinker-cookbook 0.5.8, `train_dpo`, and what holds for every batch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cookbook.datum import Datum, ModelInput
from cookbook.errors import InvalidInputError
from cookbook.preference.dpo import compute_dpo_loss, dpo_loss_of_batch, full_sequence, paired
from cookbook.tensors import TensorData

if TYPE_CHECKING:
    from collections.abc import Sequence

logprobs = st.floats(-50, 0, width=32)
pairs = st.lists(st.tuples(logprobs, logprobs, logprobs, logprobs), min_size=1, max_size=6)


def loss_of(*rows: Sequence[float], beta: float = 0.5) -> tuple[float, dict[str, float]]:
    chosen, rejected, chosen_ref, rejected_ref = (list(column) for column in zip(*rows, strict=True))
    return compute_dpo_loss(chosen, rejected, chosen_ref, rejected_ref, beta)


def datum(*weights: float) -> Datum:
    length = len(weights)
    return Datum(
        ModelInput.from_ints(range(length)),
        {
            "target_tokens": TensorData.from_numpy(np.arange(1, length + 1)),
            "weights": TensorData.from_nested(list(weights), "float32"),
        },
    )


def test_a_tie_loses_log_two_and_is_not_won() -> None:
    loss, metrics = loss_of((-1, -1, -2, -2), beta=0.1)
    assert loss == metrics["dpo_loss"] == 0.6931471824645996
    assert (metrics["accuracy"], metrics["margin"]) == (0.0, 0.0)


@pytest.mark.parametrize(("margin", "expected"), [(-20000.0, 2000.0), (20000.0, 0.0)])
def test_large_margins_are_stable(margin: float, expected: float) -> None:
    assert loss_of((margin, 0, 0, 0), beta=0.1)[0] == pytest.approx(expected, rel=1e-6)


def test_rewards_have_beta_once() -> None:
    _, metrics = loss_of((-1, -3, -2, -2), beta=0.25)
    assert metrics["chosen_reward"] == 0.25
    assert metrics["rejected_reward"] == -0.25
    assert metrics["margin"] == 0.5
    assert metrics["accuracy"] == 1.0


@given(rows=pairs, beta=st.sampled_from([0.05, 0.5, 1.0]))
def test_the_loss_is_the_mean_of_its_definition(rows: list[tuple[float, ...]], beta: float) -> None:
    margins = [beta * ((chosen - chosen_ref) - (rejected - ref)) for chosen, rejected, chosen_ref, ref in rows]
    expected = sum(math.log1p(math.exp(-abs(one))) + max(-one, 0) for one in margins) / len(margins)
    loss, metrics = loss_of(*rows, beta=beta)
    assert loss == pytest.approx(expected, rel=1e-5, abs=1e-5)
    assert metrics["margin"] == pytest.approx(sum(margins) / len(margins), rel=1e-5, abs=1e-4)


@given(rows=pairs, more=st.floats(0.5, 10, width=16))
def test_the_loss_falls_as_the_margin_grows(rows: list[tuple[float, ...]], more: float) -> None:
    better = [(chosen + more, *rest) for chosen, *rest in rows]
    assert loss_of(*better)[0] <= loss_of(*rows)[0]


@pytest.mark.parametrize(
    "given", [([], [], [], []), ([-1], [], [-1], []), ([-1], [-1], [-1, -1], [-1]), ([-1], [-1], [], [-1])]
)
def test_lists_that_do_not_match(given: Any) -> None:
    with pytest.raises(InvalidInputError):
        compute_dpo_loss(*given, 0.1)


def test_an_odd_batch_loses_its_last(caplog: pytest.LogCaptureFixture) -> None:
    assert paired([1, 2, 3]) == [1, 2]
    assert "3 datums do not make pairs" in caplog.text
    assert paired([1, 2]) == [1, 2]
    assert paired([1]) == paired([]) == []


def test_the_reference_is_asked_about_everything() -> None:
    assert full_sequence(datum(0, 1)).to_json() == {
        "chunks": [{"type": "encoded_text", "tokens": [0, 1]}, {"type": "encoded_text", "tokens": [2]}]
    }
    empty = Datum(ModelInput.from_ints([7]), {"target_tokens": TensorData.from_nested([], "int64")})
    assert full_sequence(empty).to_ints() == [7]


def test_weights_that_are_sent_at_a_tie() -> None:
    data = [datum(0, 1), datum(0, 1)] * 2
    found = dpo_loss_of_batch(data, [[-1.0, -1.0]] * 4, [[None, -1.0, -1.0]] * 4, 0.1)
    assert [weights.tolist() for weights in found.weights] == [
        [0.0, pytest.approx(0.025)],
        [0.0, pytest.approx(-0.025)],
    ] * 2


@given(data=st.data(), count=st.integers(1, 3))
def test_the_weights_are_minus_the_slope(data: st.DataObject, count: int) -> None:
    """Against differences of the loss itself, in double precision."""
    weights = [
        data.draw(st.lists(st.sampled_from([0.0, 1.0, 0.5]), min_size=1, max_size=3), label="weights")
        for _ in range(2 * count)
    ]
    ours = [data.draw(st.lists(st.floats(-4, 0), min_size=len(w), max_size=len(w))) for w in weights]
    theirs = [data.draw(st.lists(st.floats(-4, 0), min_size=len(w), max_size=len(w))) for w in weights]

    def loss(logprobs: list[list[float]]) -> float:
        sums = [
            sum(factor * (mine - other) for factor, mine, other in zip(*row, strict=True))
            for row in zip(weights, logprobs, theirs, strict=True)
        ]
        margins = [0.5 * (sums[2 * at] - sums[2 * at + 1]) for at in range(count)]
        return sum(math.log1p(math.exp(-margin)) for margin in margins) / count

    found = dpo_loss_of_batch([datum(*w) for w in weights], ours, [[None, *row] for row in theirs], 0.5)
    assert found.loss == pytest.approx(loss(ours), rel=1e-4, abs=1e-5)
    for number, row in enumerate(ours):
        for place in range(len(row)):
            up, down = ([list(one) for one in ours] for _ in range(2))
            up[number][place] += 1e-4
            down[number][place] -= 1e-4
            slope = (loss(up) - loss(down)) / 2e-4
            assert found.weights[number][place] == pytest.approx(-slope, abs=1e-4)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([[-1.0]], [[None, -1.0]]),
        ([[-1.0], [-1.0]], [[None, -1.0]]),
        ([[-1.0], [-1.0, -1.0]], [[None, -1.0]] * 2),
        ([[-1.0], [-1.0]], [[None, -1.0], [-1.0]]),
    ],
)
def test_vectors_that_do_not_match(ours: Any, theirs: Any) -> None:
    with pytest.raises(InvalidInputError):
        dpo_loss_of_batch([datum(1.0), datum(1.0)], ours, theirs, 0.1)
    with pytest.raises(InvalidInputError):
        dpo_loss_of_batch([datum(1.0)], [[-1.0]], [[None, -1.0]], 0.1)
