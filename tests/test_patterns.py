"""cookbook/patterns.py: the five patterns and the operations under them, as torch 2.13 has them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from cookbook import patterns
from cookbook.errors import InvalidTensorError, TensorShapeError, TensorValueError
from cookbook.tensors import TensorData

if TYPE_CHECKING:
    from numpy.typing import NDArray

dyadic = st.integers(-256, 256).map(lambda value: value / 16)
arrays = npst.arrays(np.float32, npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4), elements=dyadic)


def floats(data: Any) -> TensorData:
    return TensorData.from_nested(data, "float32")


def ints(data: Any) -> TensorData:
    return TensorData.from_nested(data, "int64")


def result(tensor: TensorData) -> tuple[Any, str]:
    return tensor.to_nested(), tensor.dtype


@given(rewards=st.lists(dyadic, min_size=1, max_size=6), constant=dyadic)
def test_advantages_sum_to_zero_and_do_not_move_with_the_rewards(rewards: list[float], constant: float) -> None:
    group = rewards * (8 // math.gcd(8, len(rewards)))  # a size that divides exactly, or a bound
    found = patterns.advantages(floats(group)).to_numpy()
    assert abs(float(found.sum())) <= 4 * 2.0**-24 * max(map(abs, group), default=0) * len(group)
    moved = patterns.advantages(floats([reward + constant for reward in group])).to_numpy()
    assert np.allclose(moved, found, rtol=0, atol=4 * 2.0**-24 * 32)


def test_the_patterns() -> None:
    assert result(patterns.advantages(floats([0, 1, 1, 0]))) == ([-0.5, 0.5, 0.5, -0.5], "float32")
    assert result(patterns.weighted_logprob(floats([-1, -2, -4]), floats([0, 1, 0.5]))) == (-4.0, "float32")
    made = patterns.training_datum(ints([5, 6, 7]), floats([0, 0, 1]))
    assert [result(tensor) for tensor in made] == [([5, 6], "int64"), ([6, 7], "int64"), ([0.0, 1.0], "float32")]
    assert result(patterns.dpo_loss(floats([-20000]), floats([0]), 0.1)) == (2000.0, "float32")
    assert result(patterns.concatenated_chunks([[1, 2], [], [3]])) == ([1, 2, 3], "int64")
    assert result(patterns.concatenated_chunks([])) == ([], "int64")


@given(margin=st.floats(-30, 30), more=st.floats(0.5, 5))
def test_the_loss_falls_as_the_margin_grows(margin: float, more: float) -> None:
    less = patterns.dpo_loss(floats([margin]), floats([0]), 0.5).to_nested()
    assert patterns.dpo_loss(floats([margin + more]), floats([0]), 0.5).to_nested() < less


@pytest.mark.parametrize(
    "call",
    [
        lambda: patterns.weighted_logprob(floats([1]), floats([1, 2])),
        lambda: patterns.weighted_logprob(floats([[1]]), floats([[1]])),
        lambda: patterns.training_datum(ints([1]), floats([1])),
        lambda: patterns.training_datum(ints([1, 2]), floats([1])),
        lambda: patterns.full([-1], 1, "float32"),
        lambda: patterns.concatenate([]),
        lambda: patterns.concatenate([floats(1), floats(2)]),
        lambda: patterns.concatenate([floats([1]), floats([[1]])]),
        lambda: patterns.stack([]),
        lambda: patterns.stack([floats([1]), floats([1, 2])]),
        lambda: patterns.arithmetic("add", floats([1, 2]), floats([1, 2, 3])),
        lambda: patterns.reduce("sum", floats([1]), 1),
        lambda: patterns.reduce("sum", floats(1), 1),
        lambda: patterns.cut(floats([1]), [(0, 1), (0, 1)]),
    ],
)
def test_shapes_that_do_not_go_together(call: Any) -> None:
    with pytest.raises(TensorShapeError):
        call()


@given(array=arrays)
def test_cutting_and_joining_bring_it_back(array: NDArray[np.float32]) -> None:
    tensor = TensorData.from_numpy(array)
    if array.ndim:
        parts = [patterns.cut(tensor, [(0, 1)]), patterns.cut(tensor, [(1, None)])]
        assert result(patterns.concatenate(parts)) == result(tensor)
        assert result(patterns.concatenate(parts, axis=-array.ndim)) == result(tensor)
    twice = patterns.stack([tensor, tensor])
    assert twice.shape == (2, *tensor.shape)
    assert result(patterns.reduce("max", twice, 0)) == result(tensor)


@pytest.mark.parametrize("op", ["add", "subtract", "multiply"])
@given(array=arrays)
def test_arithmetic_on_dyadic_numbers_is_exact(op: Any, array: NDArray[np.float32]) -> None:
    two = TensorData.from_numpy(np.asarray(np.float32(2)))
    exact = {"add": array + 2, "subtract": array - 2, "multiply": array * 2}[op]
    assert patterns.arithmetic(op, TensorData.from_numpy(array), two).to_nested() == exact.tolist()


def test_promotion_stops_at_float32() -> None:
    assert result(patterns.arithmetic("add", ints([1]), floats([0.5]))) == ([1.5], "float32")
    assert result(patterns.arithmetic("divide", ints([1]), ints([4]))) == ([0.25], "float32")
    assert result(patterns.arithmetic("multiply", ints([3]), ints([4]))) == ([12], "int64")
    assert result(patterns.arithmetic("add", ints([16777217]), floats([1.0]))) == ([16777216.0], "float32")
    assert result(patterns.concatenate([ints([1]), floats([0.5])])) == ([1.0, 0.5], "float32")


@given(array=arrays)
def test_reductions_of_dyadic_numbers_are_exact(array: NDArray[np.float32]) -> None:
    tensor = TensorData.from_numpy(array)
    assert patterns.reduce("sum", tensor).to_nested() == float(array.astype(np.float64).sum())
    if array.size:
        assert patterns.reduce("max", tensor).to_nested() == max(array.flat)
        assert patterns.reduce("min", tensor).to_nested() == min(array.flat)


def test_reductions_of_nothing() -> None:
    assert patterns.reduce("sum", floats([])).to_nested() == 0
    assert math.isnan(patterns.reduce("mean", floats([])).to_nested())
    for op in ("max", "min"):
        with pytest.raises(InvalidTensorError, match=f"nothing has no {op}"):
            patterns.reduce(op, floats([]))  # type: ignore[arg-type]
    with pytest.raises(InvalidTensorError, match="mean of integers"):
        patterns.reduce("mean", ints([1]))


@pytest.mark.parametrize(
    ("op", "function"),
    [
        ("exp", math.exp),
        ("log", math.log),
        ("sigmoid", lambda value: 1 / (1 + math.exp(-value))),
        ("log_sigmoid", lambda value: -math.log1p(math.exp(-value))),
        ("negative", lambda value: -value),
        ("abs", abs),
    ],
)
@given(value=st.floats(0.125, 50, width=32))
def test_functions(op: Any, function: Any, value: float) -> None:
    assert math.isclose(patterns.apply(op, floats(value)).to_nested(), function(value), rel_tol=1e-6, abs_tol=1e-30)


def test_functions_of_integers() -> None:
    assert result(patterns.apply("exp", ints([0]))) == ([1.0], "float32")
    assert result(patterns.apply("negative", ints([3]))) == ([-3], "int64")


def test_making() -> None:
    assert result(patterns.full([2], 0.1, "float32")) == ([0.10000000149011612] * 2, "float32")
    assert patterns.ones_like(ints([[5, 6]])).to_nested() == [[1, 1]]
    with pytest.raises(TensorValueError):
        patterns.full([1], math.nan, "int64")
