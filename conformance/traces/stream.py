"""The canonical stream: what a training loop asked of the API, as a JSON array of operations.

One form for every wire and every client: tokens without the boundaries between chunks, dense tensors, defaults filled
in. Training operations stand in the order in which a server executes them; a request to sample stands behind the save
that it reads from. golden/README.md describes the form for people.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NotFinite = Literal["NaN", "Infinity", "-Infinity"]
Float = float | NotFinite
Element = int | float | NotFinite
Count = Annotated[int, Meta(ge=0)]
TokenId = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Name = Annotated[str, Meta(min_length=1, max_length=1024)]

INT64 = range(-(2**63), 2**63)


class StreamError(Exception):
    """What was given is no canonical stream. The text says at which operation, and what is wrong there."""


class Image(Struct, frozen=True, forbid_unknown_fields=True):
    """An image in its place among the tokens: the SHA-256 of its bytes in hexadecimal."""

    image: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


Tokens = tuple[TokenId | Image, ...]


class Tensor(Struct, frozen=True, forbid_unknown_fields=True):
    """A dense tensor: flat data in row-major order. float32 data that is not finite is written in words."""

    dtype: Literal["float32", "int64"]
    shape: tuple[Count, ...]
    data: tuple[Element, ...]

    def __post_init__(self) -> None:
        if math.prod(self.shape) != len(self.data):
            raise ValueError(f"shape {list(self.shape)} does not hold {len(self.data)} elements")
        if self.dtype == "int64" and not all(isinstance(item, int) and item in INT64 for item in self.data):
            raise ValueError("int64 data must be whole numbers of 64 bits")
        if self.dtype == "float32" and any(isinstance(item, int) for item in self.data):
            # 1 and 1.0 are the same number, so they are to be written the same.
            try:
                floats = tuple(float(item) if isinstance(item, int) else item for item in self.data)
            except OverflowError as error:
                raise ValueError("a number of float32 data is too large for any float") from error
            msgspec.structs.force_setattr(self, "data", floats)


class Datum(Struct, frozen=True, forbid_unknown_fields=True):
    """One sequence, and the inputs of the loss function by name."""

    tokens: Tokens
    inputs: dict[str, Tensor]


class Lora(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is trained of the base model. `seed` null: the server's choice."""

    rank: Count
    seed: int | None = None
    train_mlp: bool = True
    train_attn: bool = True
    train_unembed: bool = True


class Adam(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of one step. A port that leaves one out gets the default of the API."""

    learning_rate: Float = 1e-4
    beta1: Float = 0.9
    beta2: Float = 0.95
    eps: Float = 1e-12
    weight_decay: Float = 0.0
    grad_clip_norm: Float = 0.0


class SamplingParams(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How tokens are drawn. `stop` null: where the model ends; []: nowhere."""

    max_tokens: int | None = None
    temperature: Float = 1.0
    top_p: Float = 1.0
    top_k: int = -1
    seed: int | None = None
    stop: str | tuple[str | int, ...] | None = None


class Sampler(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which weights are sampled from: a model after so many steps, a saved path, or the base model. Exactly one."""

    model: Name | UnsetType = UNSET
    version: Count | UnsetType = UNSET
    path: Name | UnsetType = UNSET
    base_model: Name | UnsetType = UNSET

    def __post_init__(self) -> None:
        given = tuple(field for field in self.__struct_fields__ if getattr(self, field) is not UNSET)
        if given not in (("model", "version"), ("path",), ("base_model",)):
            raise ValueError("a sampler is `model` and `version`, or `path`, or `base_model`")


class Op(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="op"):
    """One operation."""


class CreateSession(Op, frozen=True, kw_only=True, tag="create_session"):
    """Not compared; may be absent."""


class CreateModel(Op, frozen=True, kw_only=True, tag="create_model"):
    """A fresh adapter on a base model. `model` is the name under which later operations speak of it."""

    model: Name
    base_model: Name
    lora: Lora


class LoadWeights(Op, frozen=True, kw_only=True, tag="load_weights"):
    """A model from a checkpoint, with the state of the optimizer or without it."""

    model: Name
    path: Name
    optimizer: bool


class ForwardBackward(Op, frozen=True, kw_only=True, tag="forward_backward"):
    """A pass over datums; with `forward_only` nothing is accumulated."""

    model: Name
    loss_fn: Name
    datums: tuple[Datum, ...]
    forward_only: bool = False
    loss_fn_config: dict[str, Element | str] | None = None


class OptimStep(Op, frozen=True, kw_only=True, tag="optim_step"):
    """An update of the weights."""

    model: Name
    adam: Adam


class SaveWeights(Op, frozen=True, kw_only=True, tag="save_weights"):
    """A checkpoint to train on from. `ttl_seconds` null: kept for ever."""

    model: Name
    name: Name
    ttl_seconds: int | None = None


class SaveWeightsForSampler(Op, frozen=True, kw_only=True, tag="save_weights_for_sampler"):
    """A checkpoint to sample from. `name` null: for this session alone. `version` is how many steps were done."""

    model: Name
    version: Count
    name: Name | None = None
    ttl_seconds: int | None = None


class Sample(Op, frozen=True, kw_only=True, tag="sample"):
    """A request for samples, or with `prompt_logprobs` for the log-probabilities of the prompt."""

    sampler: Sampler
    prompt: Tokens
    num_samples: Count = 1
    params: SamplingParams = msgspec.field(default_factory=SamplingParams)
    prompt_logprobs: bool = False


class DeleteCheckpoint(Op, frozen=True, kw_only=True, tag="delete_checkpoint"):
    """A checkpoint is dropped."""

    path: Name


Operation = (
    CreateSession
    | CreateModel
    | LoadWeights
    | ForwardBackward
    | OptimStep
    | SaveWeights
    | SaveWeightsForSampler
    | Sample
    | DeleteCheckpoint
)
Stream = tuple[Operation, ...]

_stream: msgspec.json.Decoder[list[msgspec.Raw]] = msgspec.json.Decoder(list[msgspec.Raw])
_operation: msgspec.json.Decoder[Operation] = msgspec.json.Decoder(Operation)
_encoder = msgspec.json.Encoder(order="deterministic")


def decode(data: bytes | str) -> Stream:
    """The operations of a JSON array.

    Raises:
        StreamError: it is no JSON array of operations. The text has the place of the first that is none.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    try:
        items = _stream.decode(raw)
    except (ValueError, RecursionError) as error:
        raise StreamError(f"not a stream: expected a JSON array of operations ({_short(error)})") from error
    operations: list[Operation] = []
    for place, item in enumerate(items):
        try:
            operations.append(_operation.decode(item))
        except (ValueError, RecursionError) as error:
            raise StreamError(f"operation {place}{_called(item)} is none: {_short(error)}") from error
    return tuple(operations)


def encode(stream: Iterable[Operation]) -> bytes:
    """The operations as a JSON array, one a line, keys sorted: equal streams have equal bytes."""
    lines = b",\n".join(_encoder.encode(operation) for operation in stream)
    return b"[\n" + lines + b"\n]\n" if lines else b"[]\n"


def join_chunks(chunks: Iterable[Sequence[int] | Image]) -> Tokens:
    """The tokens of a model input whose chunks are lists of tokens and images, in their order."""
    joined: list[int | Image] = []
    for chunk in chunks:
        if isinstance(chunk, Image):
            joined.append(chunk)
        else:
            joined.extend(int(token) for token in chunk)
    return tuple(joined)


def tensor_of(dtype: Literal["float32", "int64"], shape: Sequence[int] | None, data: Iterable[float]) -> Tensor:
    """A dense tensor of numbers, of which those that are not finite become words. `shape` None: one dimension.

    Raises:
        ValueError: the shape does not hold so many elements, or int64 data are not whole numbers of 64 bits.
    """
    if dtype == "int64":
        elements: tuple[Element, ...] = tuple(int(item) for item in data)
    else:
        elements = tuple(number(float(item)) for item in data)
    return Tensor(dtype=dtype, shape=(len(elements),) if shape is None else tuple(shape), data=elements)


def dense(
    dtype: Literal["float32", "int64"],
    shape: Sequence[int],
    values: Sequence[float],
    crow_indices: Sequence[int],
    col_indices: Sequence[int],
) -> Tensor:
    """A tensor of compressed rows, written out.

    Raises:
        ValueError: the indices do not describe a matrix of this shape.
    """
    if len(shape) != 2:
        raise ValueError(f"compressed rows need a shape of two dimensions, got {list(shape)}")
    rows, columns = shape
    good = len(crow_indices) == rows + 1 and list(crow_indices[:1]) == [0] and crow_indices[-1] == len(values)
    if not good or len(col_indices) != len(values) or any(not 0 <= column < columns for column in col_indices):
        raise ValueError("the indices of the compressed rows do not fit the shape")
    if any(before > after for before, after in itertools.pairwise(crow_indices)):
        raise ValueError("the row offsets of the compressed rows go backwards")
    flat: list[float] = [0] * (rows * columns)
    for row in range(rows):
        for at in range(crow_indices[row], crow_indices[row + 1]):
            flat[row * columns + col_indices[at]] = values[at]
    return tensor_of(dtype, shape, flat)


def number(value: float) -> Float:
    """The number, or the word for what JSON has no number for."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def value_of(written: Element) -> float:
    """The number that is written, be it a word."""
    return float(written)


def _called(item: msgspec.Raw) -> str:
    try:
        return f" ({msgspec.json.decode(item, type=_Tag).op})"
    except (ValueError, RecursionError):
        return ""


class _Tag(Struct):
    op: Annotated[str, Meta(max_length=40)]


def _short(error: BaseException) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:300]
