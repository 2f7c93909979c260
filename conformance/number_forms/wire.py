"""Area `wire`: what the client of the live API makes of its inputs."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from conformance.number_forms.shared import (
    Answer,
    AnyTensor,
    Asked,
    Base64,
    Length,
    NestedElements,
    Operation,
    Size,
    WireTensor,
)


class Array(Asked, frozen=True, kw_only=True):
    """An array of the language's array library: flat data, dtype and shape."""

    array: AnyTensor


class FromTorchSparse(Array, frozen=True, kw_only=True):
    pad_value: Any = 0


class TensorDataArguments(Asked, frozen=True, kw_only=True):
    """The arguments of a constructor, of which every one may be wrong."""

    data: Any
    dtype: Any = None
    shape: list[Length] | None = None


class Given(Asked, frozen=True, kw_only=True):
    """A value that is given for a loss function's input. Exactly one member says what it is.

    `list` and `tuple` hold plain numbers, nested or not; `array` is an array of numpy or what stands in its place;
    `torch` is one of torch; `tensor` is a tensor of the API already.
    """

    list: Any = UNSET
    tuple: Annotated[Any, Meta(extra_json_schema={"type": "array"})] = UNSET
    array: AnyTensor | UnsetType = UNSET
    torch: AnyTensor | UnsetType = UNSET
    tensor: AnyTensor | UnsetType = UNSET

    def misfit(self, path: str) -> str | None:
        """Why this is no value, None if it is one."""
        named = [name for name in self.__struct_fields__ if getattr(self, name) is not UNSET]
        if len(named) != 1:
            return f"{path}: expected one of {', '.join(self.__struct_fields__)}, got {', '.join(named) or 'none'}"
        return None if self.tuple is UNSET or isinstance(self.tuple, list) else f"{path}.tuple: expected array"


class LossFnInputs(Asked, frozen=True, kw_only=True):
    loss_fn_inputs: dict[str, Annotated[Given, Meta(extra_json_schema={"minProperties": 1, "maxProperties": 1})]]

    def misfit(self, path: str) -> str | None:
        """Why an input is no value, None if all are."""
        reasons = (one.misfit(f"{path}.loss_fn_inputs.{key}") for key, one in self.loss_fn_inputs.items())
        return next((reason for reason in reasons if reason), None)


class CoercedInputs(Answer, frozen=True, kw_only=True):
    loss_fn_inputs: dict[str, WireTensor]


class SparseTensor(Asked, frozen=True, kw_only=True):
    """A matrix as compressed rows."""

    data: list[Any]
    dtype: str
    shape: list[Annotated[int, Meta(ge=0, le=1_000_000)]]
    sparse_crow_indices: list[int]
    sparse_col_indices: list[int]
    pad_value: Any = 0


class TensorToSend(AnyTensor, frozen=True, kw_only=True):
    sparse_crow_indices: list[int] | UnsetType = UNSET
    sparse_col_indices: list[int] | UnsetType = UNSET


class SentTensor(Answer, frozen=True, kw_only=True):
    """A tensor in a request: `dense`, or the other three. `dtype` is 1 for float32, 2 for int64."""

    dtype: int
    shape: list[Size]
    dense: Base64 | UnsetType = UNSET
    values: Base64 | UnsetType = UNSET
    crow_indices: Base64 | UnsetType = UNSET
    col_indices: Base64 | UnsetType = UNSET


class GivenTokens(Asked, frozen=True, kw_only=True):
    """`values` may be any JSON: what is no list of integers must be refused."""

    values: Any


class SentTokens(Answer, frozen=True, kw_only=True):
    memory: Base64


class TokensToSend(Asked, frozen=True, kw_only=True):
    tokens: list[int]


class SignedTokens(Answer, frozen=True, kw_only=True):
    tokens: list[int]


OPERATIONS = (
    Operation(
        name="wire.from_numpy",
        params=Array,
        result=WireTensor,
        summary="A numpy array as float32 or int64; unsigned integers and booleans are refused.",
    ),
    Operation(
        name="wire.from_torch",
        params=Array,
        result=WireTensor,
        summary="A torch tensor as float32 or int64; bfloat16 is widened, float8 refused.",
    ),
    Operation(
        name="wire.tensor_data",
        params=TensorDataArguments,
        result=WireTensor,
        summary="The constructor: lists coerced to float32 or int64 as numpy coerces them, in a shape.",
    ),
    Operation(
        name="wire.tolist",
        params=AnyTensor,
        result=NestedElements,
        summary="A tensor of the API as nested lists.",
    ),
    Operation(
        name="wire.datum",
        params=LossFnInputs,
        result=CoercedInputs,
        summary="What a datum makes of the inputs of a loss function, by their names.",
    ),
    Operation(
        name="wire.from_torch_sparse",
        params=FromTorchSparse,
        result=WireTensor,
        summary="A matrix as compressed rows where that is shorter, else dense.",
    ),
    Operation(
        name="wire.to_dense",
        params=SparseTensor,
        result=WireTensor,
        summary="Compressed rows as a dense matrix.",
    ),
    Operation(
        name="wire.tensor_bytes",
        params=TensorToSend,
        result=SentTensor,
        summary="The bytes of a tensor in a request.",
    ),
    Operation(
        name="wire.tokens",
        params=GivenTokens,
        result=SignedTokens,
        summary="What a chunk of text makes of its tokens.",
    ),
    Operation(
        name="wire.token_bytes",
        params=TokensToSend,
        result=SentTokens,
        summary="The bytes of tokens in a request: 32 bits each.",
    ),
)
