"""Area `tensor`: the bridge between nested lists, memory, JSON and flat data, for every dtype."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, UnsetType

from conformance.number_forms.shared import Answer, AnyTensor, Asked, Base64, Length, NestedElements, Operation, Tensor

ByteOrder = Literal["little", "big"]


class FromNested(Asked, frozen=True, kw_only=True):
    """`data` may be any JSON: what is no nested list of numbers must be refused."""

    data: Any
    dtype: str


class Cast(AnyTensor, frozen=True, kw_only=True):
    """`to` is the dtype that the values are to have."""

    to: str


class FromMemory(Asked, frozen=True, kw_only=True):
    """An element lies at `offset` plus the sum of its indices times `strides`, all in bytes."""

    memory: Base64
    dtype: str
    shape: list[Length]
    strides: list[int] | UnsetType = UNSET
    offset: int = 0
    byte_order: ByteOrder = "little"


class ToMemory(AnyTensor, frozen=True, kw_only=True):
    byte_order: ByteOrder = "little"


class Memory(Answer, frozen=True, kw_only=True):
    memory: Base64


OPERATIONS = (
    Operation(
        name="tensor.from_nested",
        params=FromNested,
        result=Tensor,
        summary="Nested lists as flat data with a dtype and a shape.",
    ),
    Operation(
        name="tensor.to_nested",
        params=AnyTensor,
        result=NestedElements,
        summary="Flat data with a dtype and a shape as nested lists.",
    ),
    Operation(
        name="tensor.from_json",
        params=AnyTensor,
        result=Tensor,
        summary="A tensor as it is written on the wire, read and written again; without a shape it is a vector.",
    ),
    Operation(
        name="tensor.cast",
        params=Cast,
        result=Tensor,
        summary="The same values as another dtype: rounded to nearest even, and refused where they do not fit.",
    ),
    Operation(
        name="tensor.from_memory",
        params=FromMemory,
        result=Tensor,
        summary="Elements that lie in memory in some order of bytes, with gaps, backwards or transposed.",
    ),
    Operation(
        name="tensor.to_memory",
        params=ToMemory,
        result=Memory,
        summary="The elements one after the other in memory; four bits take the lower half of a byte.",
    ),
)
