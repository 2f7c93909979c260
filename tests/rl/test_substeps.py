"""cookbook/rl/substeps.py: facts of tinker-cookbook 0.5.8, `split_list`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cookbook.datum import Datum, ModelInput
from cookbook.errors import InvalidInputError
from cookbook.rl.substeps import remove_mask, split_list
from cookbook.tensors import TensorData


@pytest.mark.parametrize(("length", "parts", "sizes"), [(5, 2, [2, 3]), (5, 3, [1, 2, 2]), (6, 4, [1, 2, 1, 2])])
def test_sizes(length: int, parts: int, sizes: list[int]) -> None:
    assert [len(part) for part in split_list(range(length), parts)] == sizes


def test_the_bounds_are_not_those_of_integer_division() -> None:
    by_division = [30 * (at + 1) // 22 - 30 * at // 22 for at in range(22)]
    assert [len(part) for part in split_list(range(30), 22)] != by_division


@given(length=st.integers(1, 200), data=st.data())
def test_parts_are_nearly_equal_and_lose_nothing(length: int, data: st.DataObject) -> None:
    parts = split_list(range(length), data.draw(st.integers(1, length)))
    assert [item for part in parts for item in part] == list(range(length))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize(("length", "parts"), [(3, 0), (3, -1), (3, 4), (0, 1), (0, 0)])
def test_other_numbers_of_parts_are_refused(length: int, parts: int) -> None:
    with pytest.raises(InvalidInputError):
        split_list(range(length), parts)


def test_the_mask_is_not_sent() -> None:
    ones = TensorData.from_nested([1.0], "float32")
    datum = Datum(ModelInput.from_ints([1]), {"logprobs": ones, "mask": ones})
    assert set(remove_mask(datum).loss_fn_inputs) == {"logprobs"}
    assert set(datum.loss_fn_inputs) == {"logprobs", "mask"}
