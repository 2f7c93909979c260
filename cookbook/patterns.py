"""The five things that a port of a training cookbook computes again and again, and the tensor operations under them.

They are the first to get right: each is a few lines over what an array library has. Tensors here are float32 or int64;
where both meet, the result is float32, and a division always gives float32, as in torch 2.13. (numpy says float64.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cookbook.errors import InvalidTensorError, TensorShapeError
from cookbook.sigmoid import log_sigmoid, sigmoid
from cookbook.tensors import TensorData

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

Arithmetic = Literal["add", "subtract", "multiply", "divide"]
Reduction = Literal["sum", "mean", "max", "min"]
Map = Literal["exp", "log", "sigmoid", "log_sigmoid", "negative", "abs"]


# The five patterns.


def advantages(rewards: TensorData) -> TensorData:
    """Rewards less their mean: what each was better than the group."""
    return arithmetic("subtract", rewards, reduce("mean", rewards))


def weighted_logprob(logprobs: TensorData, weights: TensorData) -> TensorData:
    """The dot product of two vectors of one dtype: the logprob of what is trained.

    Raises TensorShapeError unless they have one length; InvalidTensorError unless they have one dtype.
    """
    if len(logprobs.shape) != 1 or logprobs.shape != weights.shape:
        raise TensorShapeError(f"vectors of shape {logprobs.shape} and {weights.shape} have no dot product")
    if logprobs.dtype != weights.dtype:
        raise InvalidTensorError(f"vectors of {logprobs.dtype} and {weights.dtype} have no dot product: convert one")
    return reduce("sum", arithmetic("multiply", logprobs, weights))


def training_datum(tokens: TensorData, weights: TensorData) -> tuple[TensorData, TensorData, TensorData]:
    """Inputs, targets and their weights: the tokens but the last, the tokens but the first, the weights but the first.

    Raises TensorShapeError unless there are two tokens or more and a weight for each.
    """
    if len(tokens.shape) != 1 or tokens.shape != weights.shape or tokens.shape[0] < 2:
        raise TensorShapeError(f"tokens of shape {tokens.shape} and weights of shape {weights.shape} make no datum")
    return cut(tokens, [(0, -1)]), cut(tokens, [(1, None)]), cut(weights, [(1, None)])


def dpo_loss(chosen: TensorData, rejected: TensorData, beta: float) -> TensorData:
    """The mean of -log sigmoid(beta * (chosen - rejected)), of log ratios, one a pair."""
    margins = arithmetic("subtract", chosen, rejected)
    scaled = arithmetic("multiply", full((), beta, "float32"), margins)
    return apply("negative", reduce("mean", apply("log_sigmoid", scaled)))


def concatenated_chunks(chunks: Sequence[Sequence[int]]) -> TensorData:
    """The tokens of all chunks in one vector of int64; without any, a vector without elements."""
    return concatenate([TensorData.from_nested([], "int64"), *(TensorData.from_nested(c, "int64") for c in chunks)])


# The operations under them.


def full(shape: Sequence[int], value: float, dtype: str) -> TensorData:
    """A tensor that holds `value` everywhere. Raises TensorShapeError for a negative dimension and for too many."""
    if any(size < 0 for size in shape):
        raise TensorShapeError(f"no tensor has the shape {list(shape)}")
    element = TensorData.from_nested(value, dtype)
    try:
        return TensorData.from_numpy(np.full(tuple(shape), element.to_numpy()[()], dtype=element.data.dtype))
    except (ValueError, MemoryError) as error:
        raise TensorShapeError(f"a tensor of the shape {list(shape)} is too large: {error}") from error


def ones_like(tensor: TensorData) -> TensorData:
    """Ones, of the tensor's shape and dtype."""
    return full(tensor.shape, 1, tensor.dtype)


def concatenate(tensors: Sequence[TensorData], axis: int = 0) -> TensorData:
    """Tensors one after the other along an axis that they have. Raises TensorShapeError unless the others match."""
    return _joined(np.concatenate, tensors, axis)


def stack(tensors: Sequence[TensorData], axis: int = 0) -> TensorData:
    """Tensors of one shape beside each other along a new axis. Raises TensorShapeError."""
    return _joined(np.stack, tensors, axis)


def arithmetic(op: Arithmetic, left: TensorData, right: TensorData) -> TensorData:
    """Element by element; a dimension of one, or one that is missing in front, counts as often as the other needs.

    Division by zero gives an infinity or NaN. Raises TensorShapeError if the shapes do not match.
    """
    a, b = _promoted([left, right], to_float=op == "divide")
    function: Callable[[Any, Any], Any] = getattr(np, op)
    try:
        with np.errstate(all="ignore"):
            return TensorData.from_numpy(np.asarray(function(a, b)))
    except ValueError as error:
        raise TensorShapeError(f"tensors of shape {left.shape} and {right.shape} do not match") from error


def reduce(op: Reduction, tensor: TensorData, axis: int | None = None) -> TensorData:
    """All elements, or those along an axis, made one. The sum of nothing is 0, and the mean of nothing NaN.

    Raises InvalidTensorError for the mean of integers and the largest or smallest of nothing; TensorShapeError for an
    axis that is not there.
    """
    array = tensor.to_numpy()
    if op == "mean" and tensor.dtype == "int64":
        raise InvalidTensorError("a mean of integers has no dtype: convert them to float32 first")
    if axis is not None and not -max(array.ndim, 1) <= axis < max(array.ndim, 1):
        raise TensorShapeError(f"a tensor of {array.ndim} dimensions has no axis {axis}")
    where = axis if array.ndim else None
    if op in ("max", "min") and not (array.size if where is None else array.shape[where]):
        raise InvalidTensorError(f"nothing has no {op}")
    with np.errstate(all="ignore"):
        if op == "mean":
            count = np.float32(array.size if where is None else array.shape[where])
            return TensorData.from_numpy(np.asarray(array.sum(axis=where) / count, dtype=np.float32))
        return TensorData.from_numpy(np.asarray(getattr(array, op)(axis=where)))


def apply(op: Map, tensor: TensorData) -> TensorData:
    """A function of each element. Integers become float32 first, unless they are only negated or made positive.

    Both sigmoids are stable: their exponent is never positive.
    """
    if op in ("negative", "abs"):
        return TensorData.from_numpy(np.asarray(getattr(np, op)(tensor.to_numpy())))
    values = np.asarray(_promoted([tensor], to_float=True)[0])
    with np.errstate(all="ignore"):
        return TensorData.from_numpy(np.asarray(_FUNCTIONS[op](values), dtype=np.float32))


def cut(tensor: TensorData, parts: Sequence[tuple[int | None, int | None]]) -> TensorData:
    """From a start up to an end in each of the first dimensions, as Python cuts lists: both may be negative or absent.

    Raises TensorShapeError for more parts than dimensions.
    """
    if len(parts) > len(tensor.shape):
        raise TensorShapeError(f"a tensor of {len(tensor.shape)} dimensions cannot be cut in {len(parts)}")
    return TensorData.from_numpy(tensor.to_numpy()[tuple(slice(start, end) for start, end in parts)])


_FUNCTIONS: dict[str, Callable[[NDArray[np.float32]], Any]] = {
    "exp": np.exp,
    "log": np.log,
    "sigmoid": sigmoid,
    "log_sigmoid": log_sigmoid,
}


def _promoted(tensors: Sequence[TensorData], *, to_float: bool = False) -> list[NDArray[Any]]:
    common = "float32" if to_float or any(tensor.dtype == "float32" for tensor in tensors) else "int64"
    return [tensor.to_numpy().astype(common, copy=False) for tensor in tensors]


def _joined(join: Callable[..., NDArray[Any]], tensors: Sequence[TensorData], axis: int) -> TensorData:
    try:
        return TensorData.from_numpy(join(_promoted(tensors), axis=axis))
    except (ValueError, IndexError, OverflowError) as error:
        shapes = [list(tensor.shape) for tensor in tensors]
        raise TensorShapeError(f"tensors of the shapes {shapes} cannot be joined along {axis}: {error}") from error
