"""From tokens and weights to a datum, and from logprobs to a loss.

Behaviour: tinker-cookbook 0.5.8, `supervised.common`, with numpy where torch stood.
"""

from __future__ import annotations

import logging
import math
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cookbook.datum import Datum, EncodedTextChunk, ModelInput
from cookbook.errors import DataValidationError, InvalidInputError, InvalidTensorError
from cookbook.tensors import TensorData

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from numpy.typing import ArrayLike, NDArray

    from cookbook.datum import ModelInputChunk
    from cookbook.tokenizer import Tokenizer

logger = logging.getLogger(__name__)

Reduction = Literal["none", "mean"]

ONES = np.ones(1 << 16, dtype=np.float32)


def compute_mean_nll(logprobs_list: Sequence[TensorData], weights_list: Sequence[TensorData]) -> float:
    """Minus the weighted sum of all logprobs over the sum of all weights, in nats; in float32, as torch computes it.

    One pair of vectors of equal length and dtype a datum. NaN when the weights sum to zero.

    Raises InvalidInputError if the lists or a pair of vectors do not match.
    """
    logprobs_sum, weights_sum = np.float32(0), np.float32(0)
    for logprobs, weights in _pairs(logprobs_list, weights_list):
        values, factors = logprobs.to_numpy(), weights.to_numpy()
        if values.ndim != 1 or values.shape != factors.shape or values.dtype != factors.dtype:
            raise InvalidTensorError(
                f"logprobs of shape {values.shape} and {values.dtype} do not go with weights of shape {factors.shape} "
                f"and {factors.dtype}: give two vectors of one length and dtype"
            )
        with np.errstate(invalid="ignore", over="ignore"):
            logprobs_sum += np.float32(np.dot(values, factors))
            weights_sum += np.float32(factors.sum())
    if weights_sum == 0:
        logger.warning("no weight is left: there is no loss to average")
        return math.nan
    with np.errstate(invalid="ignore"):
        return float(-logprobs_sum / weights_sum)


def compute_bpb(
    logprobs_list: Sequence[TensorData],
    weights_list: Sequence[TensorData],
    target_tokens_list: Sequence[TensorData],
    tokenizer: Tokenizer,
    *,
    special_token_ids: Collection[int] | None = None,
) -> float:
    """Bits per byte of text: the same for tokenizers that cut it differently.

    A token counts if its weight is above zero, however large, and it is not special. Its loss is not weighted. The
    bytes are those of the counted tokens as text in UTF-8, each run of neighbours decoded together. Special are the
    tokenizer's tokens for the beginning and end of text, unless `special_token_ids` names others. NaN when no byte is
    left.

    Raises InvalidInputError if the lists do not match, and for a target that counts and can be no token.
    """
    ends = (tokenizer.bos_token_id, tokenizer.eos_token_id)
    special = frozenset(ends if special_token_ids is None else special_token_ids)
    nats, length = 0.0, 0
    for (logprobs, weights), targets in _pairs(list(_pairs(logprobs_list, weights_list)), target_tokens_list):
        tokens = targets.data.tolist()
        values = logprobs.to_numpy()
        if not len(tokens) == weights.data.size == values.shape[0]:
            raise InvalidTensorError("logprobs, weights and target tokens have different lengths")
        counted = [weight > 0 and token not in special for weight, token in zip(weights.data, tokens, strict=True)]
        if any(counts and not 0 <= token < 2**32 for counts, token in zip(counted, tokens, strict=True)):
            raise InvalidInputError("a target that counts is no token: ids are 0 or more, and below 2^32")
        nats -= float(values[np.array(counted, dtype=bool)].sum(dtype=values.dtype))
        length += sum(len(tokenizer.decode(run).encode()) for run in _runs(tokens, counted))
    if length == 0:
        logger.warning("no byte is left: there is nothing to measure bits by")
        return math.nan
    return nats / (math.log(2) * length)


def create_rightshifted_model_input_and_leftshifted_targets(
    chunks: Sequence[ModelInputChunk],
) -> tuple[ModelInput, list[int]]:
    """All but the last token as input, all but the first as targets; an image's positions have the target 0.

    Raises InvalidInputError without any chunk; DataValidationError if the last is an image or there are fewer than two
    positions.
    """
    if chunks and not isinstance(chunks[-1], EncodedTextChunk):
        raise DataValidationError("the last chunk is an image, which cannot be a target: end with text")
    shifted, tokens = _shifted(list(chunks), [token for chunk in chunks for token in _tokens(chunk)])
    return shifted, tokens[1:]


def datum_from_model_input_weights(
    model_input: ModelInput,
    weights: ArrayLike,
    max_length: int | None = None,
    reduction: Reduction = "none",
) -> Datum:
    """A datum whose loss is the cross entropy of each next token, weighted.

    `weights` has one element for each position of `model_input`. What is beyond `max_length` positions is cut off from
    the right: text token by token, images whole. So are images at the end, which nothing follows. Then the input loses
    its last token, targets and weights their first. "mean" divides the weights that are left by their sum, unless that
    is not above zero.

    The datum has `target_tokens` (int64) and `weights` (float32), both with one element a position of its input.

    Raises as `create_rightshifted_model_input_and_leftshifted_targets`, and InvalidInputError for another reduction and
    for a token beyond int64.
    """
    chunks = model_input.chunks if max_length is None else _truncated(model_input, max_length)
    shifted, tokens = _shifted(*_flattened(chunks))
    targets = _int64(tokens)[1:]
    factors = _reduced(np.asarray(weights)[1 : len(tokens)], reduction)
    return Datum(
        shifted,
        {
            "weights": TensorData(factors, "float32", factors.shape),
            "target_tokens": TensorData(targets, "int64", targets.shape),
        },
    )


def _shifted(chunks: list[ModelInputChunk], tokens: list[int]) -> tuple[ModelInput, list[int]]:
    """The input without the last token, and all tokens. The last chunk is text; the list of chunks is used up."""
    if not chunks:
        raise InvalidInputError("there is no chunk: an example needs tokens")
    last = chunks.pop()
    assert isinstance(last, EncodedTextChunk), "the callers see to it"
    if len(tokens) < 2:
        raise DataValidationError("an example needs at least two tokens: one to read and one to predict")
    if len(last.tokens) > 1:
        chunks.append(EncodedTextChunk(last.tokens[:-1]))
    return ModelInput(tuple(chunks)), tokens


def _tokens(chunk: ModelInputChunk) -> Sequence[int]:
    """One for each position, 0 for an image's."""
    return chunk.tokens if isinstance(chunk, EncodedTextChunk) else (0,) * chunk.length


def _truncated(model_input: ModelInput, max_length: int) -> Sequence[ModelInputChunk]:
    chunks = list(model_input.chunks)
    excess = model_input.length - max_length
    while excess > 0 and chunks:
        last = chunks.pop()
        if isinstance(last, EncodedTextChunk) and excess < last.length:
            chunks.append(EncodedTextChunk(last.tokens[:-excess]))
        excess -= last.length
    return chunks


def _flattened(chunks: Sequence[ModelInputChunk]) -> tuple[list[ModelInputChunk], list[int]]:
    """The chunks without empty ones and without images at the end, and a token for each of their positions."""
    end = len(chunks)
    while end and not (isinstance(last := chunks[end - 1], EncodedTextChunk) and last.tokens):
        end -= 1
    kept: list[ModelInputChunk] = []
    tokens: list[int] = []
    # In one pass, because every example of every epoch goes through here.
    for chunk in chunks[:end]:
        if not isinstance(chunk, EncodedTextChunk):
            kept.append(chunk)
            tokens += (0,) * chunk.length
        elif chunk.tokens:
            kept.append(chunk)
            tokens += chunk.tokens
    return kept, tokens


def _int64(values: list[int]) -> NDArray[np.int64]:
    # A fifth of the time that numpy takes to look at every element of a list; native, which is faster than standard.
    try:
        return np.frombuffer(_packer(len(values))(*values), dtype=np.int64)
    except struct.error as error:
        raise InvalidInputError("a token is no int64: token ids are small") from error


@lru_cache(maxsize=4096)
def _packer(count: int) -> Callable[..., bytes]:
    return struct.Struct(f"{count}q").pack


def _reduced(weights: NDArray[Any], reduction: str) -> NDArray[np.float32]:
    if reduction == "mean":
        weights = _normalised(weights)
    elif reduction != "none":
        raise InvalidInputError(f"unknown reduction {reduction!r}: use none or mean")
    if weights.dtype == np.float32:
        return np.ascontiguousarray(weights)
    with np.errstate(over="ignore"):
        return weights.astype(np.float32)


def _normalised(weights: NDArray[Any]) -> NDArray[Any]:
    """Over their sum, if that is above zero."""
    total = _sum(weights)
    if not total > 0:
        return weights
    quotients: NDArray[Any]
    if weights.dtype == np.float32 and 1 <= total < np.inf:
        # Nothing overflows: to silence warnings that cannot come would take longer than to divide.
        quotients = weights / total
        return quotients
    with np.errstate(all="ignore"):
        # A float keeps its precision until the end; an integer is divided as float32.
        quotients = weights / total if weights.dtype.kind == "f" else weights.astype(np.float32) / np.float32(total)
        return quotients


def _sum(weights: NDArray[Any]) -> Any:
    if weights.dtype == np.float32 and weights.size <= ONES.size:
        # A quarter of the time of a sum, for the lengths that occur; unlike `dot` it warns of no overflow.
        return np.vdot(weights, ONES[: weights.size])
    with np.errstate(all="ignore"):
        return weights.sum(dtype=weights.dtype)


def _pairs(left: Sequence[Any], right: Sequence[Any]) -> Any:
    if len(left) != len(right):
        raise InvalidInputError(f"{len(left)} and {len(right)} elements: give one for each datum")
    return zip(left, right, strict=True)


def _runs(tokens: Sequence[int], counted: Sequence[bool]) -> list[list[int]]:
    """The neighbours that are counted, in lists."""
    runs: list[list[int]] = []
    open_run = False
    for token, counts in zip(tokens, counted, strict=True):
        if counts and open_run:
            runs[-1].append(token)
        elif counts:
            runs.append([token])
        open_run = counts
    return runs
