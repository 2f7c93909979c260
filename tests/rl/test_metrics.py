"""cookbook/rl/metrics.py: facts of tinker-cookbook 0.5.8, `rl.metrics`."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cookbook.datum import Datum, ModelInput
from cookbook.errors import InvalidInputError
from cookbook.rl.metrics import (
    SAMPLING_SECONDS,
    compute_kl_sample_train,
    compute_post_kl,
    compute_sampling_client_metrics,
    discounted_future_sum_vectorized,
    full_sequence,
    incorporate_kl_penalty,
)
from cookbook.tensors import TensorData

if TYPE_CHECKING:
    from collections.abc import Sequence


def floats(values: Sequence[float]) -> TensorData:
    return TensorData.from_nested(list(values), "float32")


def sampled(logprobs: Sequence[float], mask: Sequence[float], advantages: Sequence[float] | None = None) -> Datum:
    length = len(logprobs)
    return Datum(
        ModelInput.from_ints(range(length)),
        {
            "target_tokens": TensorData.from_numpy(np.arange(1, length + 1)),
            "logprobs": floats(logprobs),
            "mask": floats(mask),
            "advantages": floats(advantages or [0.0] * length),
        },
    )


class Client:
    """Answers with logprobs in the order of the questions, and remembers them."""

    def __init__(self, *answers: Sequence[float]) -> None:
        self._answers = iter(answers)
        self.asked: list[list[int]] = []

    async def compute_logprobs_async(self, prompt: ModelInput, /) -> list[float | None]:
        self.asked.append(prompt.to_ints())
        return [None, *next(self._answers)]


TENTHS = sampled([0.0, -0.1, -0.2, 0.0, -0.1], [0, 1, 1, 0, 1])


def test_sampling_and_training() -> None:
    found = compute_kl_sample_train([TENTHS], [[-9.0, -0.3, -0.3, 7.0, -0.3]])
    assert found == {
        "optim/kl_sample_train_v1": pytest.approx(1 / 6),
        "optim/kl_sample_train_v2": pytest.approx(0.015),
        "optim/entropy": pytest.approx(0.4 / 3),
    }


def test_data_count_by_their_tokens() -> None:
    data = [sampled([-1.0] * 3, [1, 1, 1]), sampled([-5.0], [1])]
    found = compute_kl_sample_train(data, [[-1.0] * 3, [-1.0]])
    assert found["optim/kl_sample_train_v1"] == -1.0
    assert found["optim/entropy"] == 2.0


@pytest.mark.parametrize(
    ("data", "logprobs"),
    [([], []), ([sampled([-1.0], [0])], [[-1.0]]), ([TENTHS], []), ([TENTHS], [[-1.0]]), ([TENTHS], [[-1.0] * 6])],
)
def test_what_cannot_be_compared(data: list[Datum], logprobs: Any) -> None:
    with pytest.raises(InvalidInputError):
        compute_kl_sample_train(data, logprobs)


def test_after_the_update() -> None:
    client = Client([-9.0, -0.3, -0.3, 7.0, -0.3])
    found = asyncio.run(compute_post_kl([TENTHS], client))
    assert found == {"kl_pre_post_v1": pytest.approx(1 / 6), "kl_pre_post_v2": pytest.approx(0.015)}
    assert client.asked == [[0, 1, 2, 3, 4, 5]]
    nothing = asyncio.run(compute_post_kl([sampled([-1.0], [0])], Client([-1.0])))
    assert all(math.isnan(value) for value in nothing.values())


def test_the_model_is_asked_about_whole_sequences() -> None:
    assert full_sequence(TENTHS).to_json()["chunks"][1:] == [{"type": "encoded_text", "tokens": [5]}]


@pytest.mark.parametrize("client", [Client([-1.0]), Client([-1.0] * 6)])
def test_answers_of_another_length_are_refused(client: Client) -> None:
    with pytest.raises(InvalidInputError, match="do not go with targets"):
        asyncio.run(compute_post_kl([TENTHS], client))


def test_without_data_there_is_nothing_to_compare() -> None:
    with pytest.raises(InvalidInputError, match="there is no datum"):
        asyncio.run(compute_post_kl([], Client()))
    with pytest.raises(InvalidInputError, match="there is no datum"):
        asyncio.run(incorporate_kl_penalty([], Client(), 0.5, 0.0))


def penalised(data: list[Datum], answers: list[list[float]], coefficient: float, discount: float) -> dict[str, float]:
    return asyncio.run(incorporate_kl_penalty(data, Client(*answers), coefficient, discount))


def test_the_penalty_pulls_towards_the_mean_difference() -> None:
    data = [sampled([-1.0, -2.0, -3.0], [0, 1, 1], [0.0, 1.0, 1.0])]
    found = penalised(data, [[-1.0, -2.5, -5.0]], 0.5, 0.0)
    # Differences 0.5 and 2, their mean 1.25.
    assert found == {"kl_policy_base": 1.25}
    assert data[0].tensor("advantages").to_nested() == [0.0, 1.375, 0.625]


def test_a_discount_reaches_what_is_not_trained() -> None:
    data = [sampled([-1.0, -2.0, -3.0], [0, 1, 1], [0.0, 1.0, 1.0])]
    penalised(data, [[-1.0, -2.5, -5.0]], 0.5, 0.5)
    assert data[0].tensor("advantages").to_nested() == [0.09375, 1.1875, 0.625]


def test_without_a_mask_everything_is_nan() -> None:
    data = [sampled([-1.0], [0], [1.0])]
    assert math.isnan(penalised(data, [[-1.0]], 0.5, 0.0)["kl_policy_base"])
    assert math.isnan(data[0].tensor("advantages").to_nested()[0])


@given(values=st.lists(st.integers(-8, 8).map(lambda value: value / 4), max_size=12), half=st.booleans())
def test_discounted_sums(values: list[float], half: bool) -> None:
    gamma = 0.5 if half else 1.0
    found = discounted_future_sum_vectorized(np.array(values, dtype=np.float32), gamma).tolist()
    expected = [sum(gamma**later * value for later, value in enumerate(values[at:])) for at in range(len(values))]
    assert found == expected


def test_the_sum_is_of_the_future() -> None:
    assert discounted_future_sum_vectorized(np.array([1, 2, 3], np.float32), 0.5).tolist() == [2.75, 3.5, 3.0]


@dataclass
class Wrapped:
    sampling_client_step: int
    metrics: dict[str, float]


def test_who_sampled() -> None:
    assert compute_sampling_client_metrics([]) == {}
    groups = [Wrapped(step, {SAMPLING_SECONDS: seconds}) for step, seconds in ((3, 1.0), (5, 0.5), (4, 3.0))]
    assert compute_sampling_client_metrics(groups) == {
        "sampling_client/step_max": 5,
        "sampling_client/step_min": 3,
        "sampling_client/step_mean": 4.0,
        "time/sampling_time_max": 3.0,
        "time/sampling_time_min": 0.5,
        "time/sampling_time_mean": 1.5,
    }
