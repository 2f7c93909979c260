"""What the reference makes of drawn torch tensors and compressed rows is what the SDK makes of them with torch."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.sdk.test_wire_numbers import FLOATS, KEYS, SIGNED, arrays, check, rows, thorough

DTYPES = (*FLOATS, *SIGNED, "bool", "uint8")


@thorough
@given(array=arrays(DTYPES))
def test_tensors_of_torch(array: dict[str, Any]) -> None:
    check("wire.from_torch", {"array": array})


@st.composite
def matrices(draw: st.DrawFn) -> dict[str, Any]:
    """Matrices of which most entries are the same."""
    height, width = draw(st.integers(0, 4)), draw(st.integers(0, 12))
    most = draw(st.sampled_from([0, 0, 1, -100]))
    entries = st.sampled_from([most] * 12 + [0, 1, 5])
    data = draw(st.lists(entries, min_size=height * width, max_size=height * width))
    return {"data": data, "dtype": draw(st.sampled_from(DTYPES[:-2])), "shape": [height, width]}


@thorough
@given(array=matrices(), pad=st.sampled_from([0, 0, 1, -100, 2.0, True, None]))
def test_compressing(array: dict[str, Any], pad: Any) -> None:
    check("wire.from_torch_sparse", {"array": array, "pad_value": pad})


@thorough
@given(key=st.sampled_from(KEYS), array=matrices() | arrays(DTYPES))
def test_datums_of_torch(key: str, array: dict[str, Any]) -> None:
    check("wire.datum", {"loss_fn_inputs": {key: {"torch": array}}})


@thorough
@given(params=rows(), pad=st.sampled_from([0, 0, 1, -100, 2.0, True]))
def test_filling_in(params: dict[str, Any], pad: Any) -> None:
    check("wire.to_dense", {**params, "pad_value": pad})
