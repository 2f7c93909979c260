"""conformance/number_operations.py and the forms under it."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import msgspec
import pytest

from conformance.adapters import reference_numbers
from conformance.number_forms.shared import NestedElements, Tensor
from conformance.number_operations import NUMBER_OPERATIONS
from conformance.operations import OPERATIONS, invalid_params, invalid_result
from conformance.oracles import upstream_numbers


def test_every_operation_is_in_the_table_under_its_name() -> None:
    assert all(OPERATIONS[name] is operation for name, operation in NUMBER_OPERATIONS.items())
    assert all(name == operation.name for name, operation in NUMBER_OPERATIONS.items())


def test_the_reference_and_the_original_answer_every_operation() -> None:
    # Whole loops are run, not called: by `upstream_loops` and `reference_loops`.
    called = {name for name in NUMBER_OPERATIONS if not name.startswith("trace.")}
    assert set(reference_numbers.OPERATIONS) == called
    assert set(upstream_numbers.OPERATIONS) == called


@pytest.mark.parametrize("name", sorted(NUMBER_OPERATIONS))
def test_forms_are_frozen_and_refuse_what_they_do_not_know(name: str) -> None:
    operation = NUMBER_OPERATIONS[name]
    assert operation.summary.endswith(".")
    for form in (operation.params, operation.result):
        assert form.__struct_config__.frozen
        assert form.__struct_config__.forbid_unknown_fields
        jsonschema.Draft202012Validator.check_schema(msgspec.json.schema(form))


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ({"data": [[True, False]]}, None),
        ({"data": 1}, None),
        ({"data": ["NaN", [1]]}, None),
        ({"data": [[None]]}, "result.data[0][0]: expected number or array"),
        ({"data": ["one"]}, "result.data[0]: the string 'one' is neither an integer nor NaN, Infinity, -Infinity"),
        ({"data": {"a": 1}}, "result.data: expected number or array"),
    ],
)
def test_nested_elements_may_be_booleans(result: Any, reason: str | None) -> None:
    assert invalid_result("tensor.to_nested", json.dumps(result).encode()) == reason
    assert msgspec.convert(result, NestedElements).misfit("result") == reason


@pytest.mark.parametrize(
    ("result", "fits"),
    [
        ({"data": [True], "dtype": "bool", "shape": [1]}, True),
        ({"data": ["9007199254740993"], "dtype": "uint64", "shape": []}, True),
        ({"data": ["-Infinity"], "dtype": "float8_e5m2", "shape": [1]}, True),
        ({"data": [1], "dtype": "int2", "shape": [1]}, False),
        ({"data": [[1]], "dtype": "int8", "shape": [1]}, False),
        ({"data": [1], "dtype": "int8", "shape": [-1]}, False),
        ({"data": ["one"], "dtype": "int8", "shape": [1]}, False),
    ],
)
def test_tensors_of_an_answer(result: Any, fits: bool) -> None:
    assert (invalid_result("tensor.from_nested", json.dumps(result).encode()) is None) is fits
    if fits:
        assert msgspec.convert(result, Tensor).dtype == result["dtype"]


@pytest.mark.parametrize(
    ("operation", "params", "fits"),
    [
        ("wire.datum", {"loss_fn_inputs": {"weights": {"list": [None, "x", [1]]}}}, True),
        ("wire.datum", {"loss_fn_inputs": {"weights": {"set": [1]}}}, False),
        ("datum.length", {"model_input": {"chunks": [{"type": "audio"}]}}, False),
        ("datum.append_int", {"model_input": {"chunks": []}, "token": -1}, False),
        ("data.shuffle.raw", {"seed": "340282366920938463463374607431768211456", "count": 1}, True),
        ("data.get_batch", {"length": 3, "batch_size": 1, "index": 0, "seeds": [0, 1]}, True),
        ("rl.compute_post_kl", {"data": [], "logprobs": [[None, "-Infinity"]]}, True),
        ("patterns.reduce", {"op": "median", "tensor": {"data": [1], "dtype": "int64"}}, False),
        ("tensor.from_memory", {"memory": "?", "dtype": "int8", "shape": [1]}, False),
    ],
)
def test_params(operation: str, params: Any, fits: bool) -> None:
    assert (invalid_params(operation, json.dumps(params).encode()) is None) is fits
