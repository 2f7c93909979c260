"""The reference on questions about numbers that are not as they should be: refused, or named as no question at all."""

from __future__ import annotations

import json
import logging
import random
import re
import warnings
from collections import defaultdict
from functools import cache
from typing import Any

import pytest

from conformance.adapters.reference import Reference
from conformance.adapters.serve import InvalidParams, Rejected
from conformance.corpus.numbers import questions
from conformance.golden_path import golden_dir
from conformance.number_operations import NUMBER_OPERATIONS
from conformance.operations import invalid_params, invalid_result
from conformance.protocol import ascii_json

TOKENIZERS = {path.stem: json.loads(path.read_bytes()) for path in (golden_dir() / "tokenizers").glob("bytes-*.json")}
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 1.5, -0.0, 1e308, 2**31, 2**63, -(2**63) - 1, 2**70, 10**25),
    *(
        "",
        "0",
        "-1",
        "NaN",
        "Infinity",
        "x",
        "1.5",
        "A===",
        "AAAA",
        "float32",
        "bool",
        "123456789012345678901234567890",
    ),
    *([], {}, [[]], [None], [1, [2]], [[1], [2, 3]], {"data": [1], "dtype": "float32"}),
)
AREAS = frozenset(
    (
        "tensor",
        "wire",
        "datum",
        "supervised",
        "schedule",
        "hyperparams",
        "model",
        "data",
        "preference",
        "rl",
        "patterns",
    )
)
HUGE = re.compile(rb"[0-9]{7}")
DRAWN = 25
"""Malformed questions of each operation."""


def mutated(value: Any, dice: random.Random) -> Any:
    """The same with one thing in it removed, repeated, added or replaced by something odd."""
    if dice.random() < 0.15 or not value or not isinstance(value, dict | list):
        return dice.choice(ODD)
    places = list(value) if isinstance(value, dict) else range(len(value))
    place, how = dice.choice(places), dice.random()
    changed = value.copy()
    if how < 0.15:
        del changed[place]
    elif how < 0.3 and isinstance(changed, list):
        changed.insert(place, dice.choice((value[place], dice.choice(ODD))))
    elif how < 0.2:
        changed[f"{place}x"] = dice.choice(ODD)
    else:
        changed[place] = mutated(value[place], dice)
    return changed


@cache
def well_formed() -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = defaultdict(list)
    for one in questions():
        if one.params.get("tokenizer", "bytes").startswith("bytes"):
            found[one.operation].append(ascii_json(one.params))
    return found


@pytest.fixture(scope="module")
def reference() -> Any:
    made = Reference()
    made.initialize({"tokenizers": TOKENIZERS, "environment": {"current_date": "2025-06-28", "timezone": "UTC"}})
    return made


@pytest.mark.parametrize("operation", [name for name in sorted(NUMBER_OPERATIONS) if name.partition(".")[0] in AREAS])
def test_malformed_questions_break_nothing(operation: str, reference: Any) -> None:
    dice = random.Random(operation)
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for _ in range(DRAWN):
                _check(operation, mutated(json.loads(dice.choice(well_formed()[operation])), dice), reference)
    finally:
        logging.disable(before)


def _check(operation: str, params: Any, reference: Any) -> None:
    if not isinstance(params, dict) or params.get("tokenizer", "bytes-qwen3") not in list(TOKENIZERS):
        return
    wrong = invalid_params(operation, ascii_json(params))
    if wrong is not None and HUGE.search(ascii_json(params)):
        return  # The form is what keeps anybody from asking for a list of 2^63 elements.
    try:
        answer = reference.answer(operation, params)
    except Rejected:
        return
    except InvalidParams:
        assert wrong is not None, params
        return
    if wrong is None:
        assert invalid_result(operation, ascii_json(answer)) is None, params


@pytest.mark.parametrize(
    ("operation", "params", "words"),
    [
        ("data.shuffle.seed_state", {"seed": ""}, "params.seed"),
        ("data.shuffle.raw", {"seed": 0}, "count"),
        ("data.get_batch_of_datums", {"length": 2, "batch_size": 1, "index": 1, "datums": [1]}, "2 rows have 1"),
        ("tensor.from_memory", {"memory": "AAA", "dtype": "int8", "shape": [1]}, "params.memory"),
        (
            "wire.datum",
            {"loss_fn_inputs": {"weights": {}}},
            "expected one of list, tuple, array, torch, tensor, got none",
        ),
        ("wire.datum", {"loss_fn_inputs": {"weights": {"list": [], "tuple": []}}}, "got list, tuple"),
        ("wire.datum", {"loss_fn_inputs": {"weights": {"tuple": 1}}}, "params.loss_fn_inputs.weights.tuple"),
        ("wire.tensor_bytes", {"dtype": "int64"}, "data"),
    ],
)
def test_what_has_another_form_is_no_question(operation: str, params: Any, words: str, reference: Any) -> None:
    with pytest.raises(InvalidParams) as caught:
        reference.answer(operation, params)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("operation", "params", "words"),
    [
        ("data.shuffle.raw", {"seed": 0, "count": -1}, "nothing has -1 elements"),
        ("data.shuffle.permutation", {"seed": "-5", "length": 3}, "seed -5 is negative"),
        (
            "wire.to_dense",
            {"data": [1], "dtype": "int64", "shape": [1], "sparse_crow_indices": [0, 1], "sparse_col_indices": [0]},
            "two sizes",
        ),
        (
            "wire.to_dense",
            {
                "data": [1],
                "dtype": "int64",
                "shape": [1, 1],
                "sparse_crow_indices": [0, 2**64],
                "sparse_col_indices": [0],
            },
            "beyond int64",
        ),
        ("patterns.full", {"shape": [10**6, 10**6, 10**6, 10**6], "value": 1, "dtype": "int64"}, "too large"),
        (
            "patterns.weighted_logprob",
            {name: {"data": [1], "dtype": dtype} for name, dtype in (("logprobs", "float32"), ("weights", "int64"))},
            "dot product",
        ),
        ("wire.tokens", {"values": [1e19]}, "no integer"),
        (
            "rl.remove_mask",
            {"datum": {"model_input": {"chunks": []}, "loss_fn_inputs": {"x": {"data": [1], "dtype": "uint8"}}}},
            "uint8",
        ),
        (
            "datum.datum_from_model_input_weights",
            {
                "model_input": {"chunks": [{"type": "encoded_text", "tokens": [1, 2**70]}]},
                "weights": {"data": [1, 1], "dtype": "float32"},
            },
            "no int64",
        ),
    ],
)
def test_what_cannot_be_is_refused(operation: str, params: Any, words: str, reference: Any) -> None:
    assert invalid_params(operation, ascii_json(params)) is None
    with pytest.raises(Rejected) as caught:
        reference.answer(operation, params)
    assert words in str(caught.value)


def test_a_client_without_enough_answers_is_refused(reference: Any) -> None:
    vector = {"data": [-1.0], "dtype": "float32"}
    inputs = {"target_tokens": {"data": [2], "dtype": "int64"}, "logprobs": vector, "mask": vector}
    data = [{"model_input": {"chunks": [{"type": "encoded_text", "tokens": [1]}]}, "loss_fn_inputs": inputs}]
    with pytest.raises(Rejected, match="0 sequences have logprobs"):
        reference.answer("rl.compute_post_kl", {"data": data, "logprobs": []})


def test_an_accident_of_our_own_stays_one(reference: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.adapters.reference.OPERATIONS", {"rl.split_list": lambda *_: 1 // 0})
    with pytest.raises(ZeroDivisionError):
        reference.answer("rl.split_list", {"length": 3, "num_splits": 1})
