"""cookbook/supervised/common.py: facts of tinker-cookbook 0.5.8, and what holds for every datum."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.golden_path import golden_dir
from cookbook.datum import EncodedTextChunk, ImageAssetPointerChunk, ImageChunk, ModelInput
from cookbook.errors import DataValidationError, InvalidInputError, InvalidTensorError
from cookbook.supervised.common import (
    compute_bpb,
    compute_mean_nll,
    create_rightshifted_model_input_and_leftshifted_targets,
    datum_from_model_input_weights,
)
from cookbook.tensors import TensorData
from cookbook.tokenizer import ByteTokenizer

if TYPE_CHECKING:
    from cookbook.datum import Datum

QWEN3 = ByteTokenizer.from_json(json.loads((golden_dir() / "tokenizers" / "bytes-qwen3.json").read_bytes()))
IM_END = QWEN3.eos_token_id
assert IM_END is not None

IMAGE = ImageChunk(b"", "png", 3)
PIECES = ModelInput((EncodedTextChunk((1, 2, 3)), EncodedTextChunk((4, 5, 6, 7))))

texts = st.lists(st.integers(0, 50), max_size=4).map(lambda tokens: EncodedTextChunk(tuple(tokens)))
images = st.integers(0, 3).map(lambda length: ImageChunk(b"", "png", length))
pointers = st.integers(0, 3).map(lambda length: ImageAssetPointerChunk("somewhere", "jpeg", length))
inputs = st.lists(st.one_of(texts, texts, images, pointers), max_size=6).map(lambda chunks: ModelInput(tuple(chunks)))


def vector(*values: float) -> TensorData:
    return TensorData.from_nested(list(values), "float32")


def tokens(*values: int) -> TensorData:
    return TensorData.from_nested(list(values), "int64")


def made(model_input: ModelInput, weights: Any, *given: Any) -> tuple[list[Any], list[int], list[float]]:
    return shown(datum_from_model_input_weights(model_input, np.array(weights, dtype=np.float32), *given))


def shown(datum: Datum) -> tuple[list[Any], list[int], list[float]]:
    return datum.model_input.flat(), datum.tensor("target_tokens").to_nested(), datum.tensor("weights").to_nested()


def test_shift() -> None:
    two = ModelInput((EncodedTextChunk((1, 2)), EncodedTextChunk((3, 4))))
    assert made(two, [0, 0, 1, 1]) == ([1, 2, 3], [2, 3, 4], [0, 1, 1])


def test_the_last_chunk_disappears_with_its_only_token() -> None:
    datum = datum_from_model_input_weights(ModelInput((EncodedTextChunk((1, 2)), EncodedTextChunk((3,)))), [0, 1, 1])
    assert [chunk.to_json()["tokens"] for chunk in datum.model_input.chunks] == [[1, 2]]


def test_images_are_targets_of_zero() -> None:
    pictured = ModelInput((EncodedTextChunk((1, 2)), IMAGE, EncodedTextChunk((7, 8))))
    assert made(pictured, [1] * 7) == ([1, 2, IMAGE, 7], [2, 0, 0, 0, 7, 8], [1.0] * 6)


def test_images_at_the_end_are_dropped() -> None:
    pictured = ModelInput((EncodedTextChunk((1, 2)), IMAGE, IMAGE))
    assert made(pictured, [1] * 8) == ([1], [2], [1.0])
    assert made(ModelInput((*PIECES.chunks, IMAGE, EncodedTextChunk((9,)))), [1] * 11, 10) == made(PIECES, [1] * 7)
    unknown = ModelInput((*PIECES.chunks, EncodedTextChunk(()), ImageChunk(b"", "png"), EncodedTextChunk(())))
    assert made(unknown, [1] * 7) == made(PIECES, [1] * 7)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([1, 1, 1, 1], [1 / 3] * 3),
        ([0, 0, 1, 1], [0, 0.5, 0.5]),
        ([1, 0, 0, 0], [0, 0, 0]),
        ([0, -1, -1, 0], [-1, -1, 0]),
        ([0, 0.5, 0.25, 0.25], [0.5, 0.25, 0.25]),
    ],
)
def test_the_mean_is_over_what_is_left(weights: list[float], expected: list[float]) -> None:
    _, _, got = made(ModelInput.from_ints([1, 2, 3, 4]), weights, None, "mean")
    assert got == [float(np.float32(value)) for value in expected]


def test_the_mean_is_over_what_truncation_leaves() -> None:
    assert made(PIECES, [0, 0, 0, 1, 1, 1, 1], 5, "mean") == ([1, 2, 3, 4], [2, 3, 4, 5], [0, 0, 0.5, 0.5])


@pytest.mark.parametrize("weights", [[math.nan, math.nan, 1.0], [0.0, math.inf, 1.0], [0.0, 3e38, 3e38], [0, 1e-45, 0]])
def test_odd_weights_are_reduced_without_a_warning(weights: list[float]) -> None:
    _, _, got = made(ModelInput.from_ints([1, 2, 3]), weights, None, "mean")
    assert len(got) == 2


@pytest.mark.parametrize("dtype", [np.int64, np.float64, np.float32, np.int32])
def test_weights_of_any_dtype_become_float32(dtype: Any) -> None:
    for reduction, expected in (("none", [1.0, 0.0, 1.0]), ("mean", [0.5, 0.0, 0.5])):
        datum = datum_from_model_input_weights(
            ModelInput.from_ints([1, 2, 3, 4]),
            np.array([9, 1, 0, 1], dtype=dtype),
            None,
            reduction,  # type: ignore[arg-type]
        )
        assert datum.tensor("weights").dtype == "float32"
        assert datum.tensor("weights").to_nested() == expected


@pytest.mark.parametrize(
    ("model_input", "max_length", "error"),
    [
        (ModelInput(), None, InvalidInputError),
        (ModelInput((EncodedTextChunk(()),)), None, InvalidInputError),
        (ModelInput((IMAGE,)), None, InvalidInputError),
        (ModelInput.from_ints([1]), None, DataValidationError),
        (PIECES, 1, DataValidationError),
        (PIECES, 0, InvalidInputError),
        (PIECES, -1, InvalidInputError),
        (ModelInput((ImageChunk(b"", "png"), *PIECES.chunks)), None, InvalidInputError),
    ],
)
def test_what_makes_no_datum(model_input: ModelInput, max_length: int | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        datum_from_model_input_weights(model_input, [1.0] * 9, max_length)


def test_other_reductions_are_unknown() -> None:
    with pytest.raises(InvalidInputError, match="use none or mean"):
        datum_from_model_input_weights(PIECES, [1.0] * 7, None, "sum")  # type: ignore[arg-type]


@given(model_input=inputs, max_length=st.one_of(st.none(), st.integers(0, 20)), data=st.data())
def test_lengths_and_weights_are_kept(model_input: ModelInput, max_length: int | None, data: st.DataObject) -> None:
    length = model_input.length
    weights = data.draw(st.lists(st.sampled_from([0.0, 0.25, 1.0]), min_size=length, max_size=length))
    try:
        datum = datum_from_model_input_weights(model_input, np.array(weights, dtype=np.float32), max_length)
    except (DataValidationError, InvalidInputError):
        return
    flat, targets, factors = shown(datum)
    positions = datum.model_input.length
    assert positions == len(targets) == len(factors)
    assert positions + 1 <= (length if max_length is None else min(length, max_length))
    assert factors == weights[1 : positions + 1]
    # Input and targets are the same sequence, one place apart.
    spread = [token for item in flat for token in ([item] if isinstance(item, int) else [0] * item.length)]
    assert spread[1:] == targets[:-1]
    reduced = datum_from_model_input_weights(model_input, np.array(weights, dtype=np.float32), max_length, "mean")
    total = float(reduced.tensor("weights").data.sum())
    assert abs(total - 1) < 1e-6 if any(factors) else total == 0


@given(tokens=st.lists(st.integers(0, 99), min_size=2, max_size=20), cut=st.integers(2, 20))
def test_truncation_takes_from_the_right(tokens: list[int], cut: int) -> None:
    whole = made(ModelInput.from_ints(tokens), [1.0] * len(tokens))
    short = made(ModelInput.from_ints(tokens), [1.0] * len(tokens), cut)
    assert short == tuple(part[: cut - 1] for part in whole)


def test_targets_of_chunks_alone() -> None:
    shifted, targets = create_rightshifted_model_input_and_leftshifted_targets(PIECES.chunks)
    assert (shifted.to_ints(), targets) == ([1, 2, 3, 4, 5, 6], [2, 3, 4, 5, 6, 7])
    with pytest.raises(DataValidationError, match="is an image"):
        create_rightshifted_model_input_and_leftshifted_targets([*PIECES.chunks, IMAGE])


# Losses.


@pytest.mark.parametrize(
    ("batch", "expected"),
    [
        ([([-1, -5], [0.5, 0.25])], 7 / 3),
        ([([-1], [1]), ([-4, -4, -4], [1, 1, 1])], 3.25),
        ([([-1, -2], [0, 0]), ([-4], [2])], 4.0),
        ([([-1, -2], [0, 0])], math.nan),
        ([], math.nan),
        ([([-math.inf, -1], [0, 1])], math.nan),
        ([([-math.inf, -1], [1, 1])], math.inf),
    ],
)
def test_nll(batch: list[tuple[list[float], list[float]]], expected: float) -> None:
    got = compute_mean_nll([vector(*logprobs) for logprobs, _ in batch], [vector(*weights) for _, weights in batch])
    assert got == pytest.approx(expected, rel=1e-6, nan_ok=True)


def test_nll_is_computed_in_float32() -> None:
    logprobs = np.full(20_000_000 // 4, -1e-8, dtype=np.float32)
    logprobs[0] = -1.0
    tensor = TensorData.from_numpy(logprobs[:3])
    assert compute_mean_nll([tensor], [vector(1, 1, 1)]) == np.float32(1.0) / np.float32(3)


@pytest.mark.parametrize(
    ("logprobs", "weights"),
    [
        ([vector(-1, -2)], [vector(1)]),
        ([vector(-1)], []),
        ([vector(-1).reshape([1, 1])], [vector(1).reshape([1, 1])]),
        ([vector(-1)], [tokens(1)]),
    ],
)
def test_what_does_not_match_has_no_nll(logprobs: list[TensorData], weights: list[TensorData]) -> None:
    with pytest.raises(InvalidInputError):
        compute_mean_nll(logprobs, weights)


def bpb(*batch: tuple[list[float], list[float], list[int]], **more: Any) -> float:
    columns = [
        [vector(*logprobs) for logprobs, _, _ in batch],
        [vector(*weights) for _, weights, _ in batch],
        [tokens(*targets) for _, _, targets in batch],
    ]
    return compute_bpb(*columns, QWEN3, **more)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("batch", "nats", "length"),
    [
        ([([-1, -5], [0.5, 0.25], [97, 98])], 6, 2),
        ([([-1, -5], [1, 0], [97, 98])], 1, 1),
        ([([-1, -5], [1, 1], [97, IM_END])], 1, 1),
        ([([-1, -5], [1, 1], [0xC3, 0xA9])], 6, 2),
        ([([-1], [1], [0xC3])], 1, 3),
        ([([-1, -2, -3], [1, 1, 1], [0xC3, IM_END, 0xA9])], 4, 6),
        ([([-1], [1], [97]), ([-2], [1], [98])], 3, 2),
    ],
)
def test_bits_per_byte(batch: Any, nats: float, length: int) -> None:
    assert bpb(*batch) == pytest.approx(nats / (math.log(2) * length), rel=1e-6)


def test_without_a_byte_there_are_no_bits() -> None:
    assert math.isnan(bpb(([-1], [1], [IM_END])))
    assert math.isnan(bpb())


def test_special_tokens_can_be_named() -> None:
    assert bpb(([-1, -5], [1, 1], [97, 98]), special_token_ids=[97]) == pytest.approx(5 / math.log(2))
    assert bpb(([-1, -5], [1, 1], [97, IM_END]), special_token_ids=[]) == pytest.approx(6 / math.log(2) / 11)


def test_vectors_of_different_lengths_have_no_bits() -> None:
    with pytest.raises(InvalidTensorError, match="different lengths"):
        bpb(([-1], [1], [97, 98]))
