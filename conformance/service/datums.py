"""Datums and prompts as they arrive, decoded alike from both wires: for the formula and for the record."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from conformance.service import limits, messages
from conformance.service.errors import Refused
from conformance.service.losses import NEEDS
from conformance.traces import stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float32] | NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Text:
    """A model input.

    Attributes:
        tokens: what the formula sees: an image is as many zeros as it says that it has tokens.
        recorded: what is written down: text tokens, and an image as its hash.
    """

    tokens: list[int]
    recorded: stream.Tokens


@dataclass(frozen=True, kw_only=True)
class Datum:
    """One sequence and its inputs; arrays are dense, and every one that a loss needs has the shape of the targets."""

    text: Text
    inputs: dict[str, Array]


@dataclass(frozen=True, kw_only=True)
class Blob:
    """A chunk that is not text: what identifies it, and how many tokens it stands for."""

    content: bytes
    length: int


class Room:
    """How much one request may still grow into: a few bytes can stand for a matrix of any size."""

    def __init__(self) -> None:
        self._left = limits.ELEMENTS

    def take(self, elements: int) -> None:
        """Make sure that so many fit.

        Raises:
            Refused: 422 they do not.
        """
        self._left -= elements
        if self._left < 0:
            raise Refused(422, f"more than {limits.ELEMENTS} tokens and elements in one request")


def text_of(chunks: Iterable[Sequence[int] | Blob], room: Room) -> Text:
    """A model input from its chunks."""
    tokens: list[int] = []
    recorded: list[int | stream.Image] = []
    for chunk in chunks:
        room.take(chunk.length if isinstance(chunk, Blob) else len(chunk))
        if isinstance(chunk, Blob):
            tokens.extend([0] * chunk.length)
            recorded.append(stream.Image(image=hashlib.sha256(chunk.content).hexdigest()))
        else:
            tokens.extend(chunk)
            recorded.extend(chunk)
    return Text(tokens=tokens, recorded=tuple(recorded))


def text_of_json(given: messages.ModelInput, room: Room) -> Text:
    """A model input from its JSON form."""
    return text_of((_chunk(chunk) for chunk in given.chunks), room)


def _chunk(chunk: messages.Chunk) -> Sequence[int] | Blob:
    kind = chunk.type
    if isinstance(chunk.tokens, list) and kind in (None, "encoded_text"):
        return chunk.tokens
    for name, content, length in (
        ("image", chunk.data, chunk.expected_tokens),
        ("image_asset_pointer", chunk.location and chunk.location.encode(), chunk.expected_tokens),
        ("dmel", chunk.dmel, 0),
    ):
        if isinstance(content, bytes) and kind in (None, name):
            return Blob(content=content, length=length or 0)
    raise Refused(422, f"a chunk of type {kind or 'unknown'} has nothing in it")


def array_of_json(name: str, given: messages.Tensor, room: Room) -> Array:
    """A tensor from its JSON form, dense.

    Raises:
        Refused: 422 the numbers do not fit the dtype, or the shape does not fit the numbers.
    """
    try:
        if given.dtype == "int64":
            if not all(isinstance(item, int) for item in given.data):
                raise Refused(422, f"{name}: int64 data with a fraction")
            flat: Array = np.array(given.data, dtype=np.int64)
        else:
            flat = np.array(given.data, dtype=np.float64).astype(np.float32)
    except (OverflowError, ValueError) as error:
        raise Refused(422, f"{name}: {error}") from error
    room.take(len(flat))
    crow, columns = given.sparse_crow_indices, given.sparse_col_indices
    if crow is None and columns is None:
        return shaped(name, flat, given.shape)
    if crow is None or columns is None or given.shape is None:
        raise Refused(422, f"{name}: compressed rows need sparse_crow_indices, sparse_col_indices and shape")
    try:
        return dense(name, flat, given.shape, np.array(crow, dtype=np.int64), np.array(columns, dtype=np.int64), room)
    except OverflowError as error:
        raise Refused(422, f"{name}: {error}") from error


def shaped(name: str, flat: Array, shape: Sequence[int] | None) -> Array:
    """Flat numbers in their shape. None and [] are one dimension: the protobuf wire cannot tell them apart."""
    if not shape:
        return flat
    if math.prod(shape) != flat.size or min(shape) < 0:
        raise Refused(422, f"{name}: shape {list(shape)} does not hold {flat.size} elements")
    return flat.reshape(tuple(shape))


def dense(
    name: str,
    values: Array,
    shape: Sequence[int],
    crow: NDArray[np.int64],
    columns: NDArray[np.int64],
    room: Room,
) -> Array:
    """Compressed rows, written out.

    Raises:
        Refused: 422 the indices do not describe a matrix of this shape, or it is too large.
    """
    if len(shape) != 2 or min(shape) < 0:
        raise Refused(422, f"{name}: compressed rows need a shape of two dimensions")
    room.take(math.prod(shape))
    lengths = np.diff(crow)
    if (
        len(crow) != shape[0] + 1
        or crow[0] != 0
        or crow[-1] != len(values)
        or len(columns) != len(values)
        or (crow < 0).any()  # so that no difference wraps round
        or (lengths < 0).any()
        or (columns < 0).any()
        or (columns >= shape[1]).any()
    ):
        raise Refused(422, f"{name}: the indices of the compressed rows do not fit shape {list(shape)}")
    whole = np.zeros(tuple(shape), dtype=values.dtype)
    whole[np.repeat(np.arange(shape[0]), lengths), columns] = values
    return whole


def datum(text: Text, inputs: Mapping[str, Array], *, loss_fn: str, place: int) -> Datum:
    """A datum that its loss function can use.

    Raises:
        Refused: 422 an input is missing, of the wrong dtype, or not as long as the text.
    """
    if loss_fn not in NEEDS:
        raise Refused(422, f"loss_fn {loss_fn!r} is none of {', '.join(sorted(NEEDS))}")
    for name in NEEDS[loss_fn]:
        if name not in inputs:
            raise Refused(422, f"data[{place}]: {loss_fn} needs {name}")
    targets = inputs["target_tokens"]
    if targets.dtype != np.int64:
        raise Refused(422, f"data[{place}].target_tokens: must be int64")
    if targets.ndim not in (1, 2) or len(targets) != len(text.tokens):
        raise Refused(
            422, f"data[{place}].target_tokens: shape {list(targets.shape)} for {len(text.tokens)} tokens of input"
        )
    for name in NEEDS[loss_fn]:
        if inputs[name].shape != targets.shape:
            raise Refused(
                422, f"data[{place}].{name}: shape {list(inputs[name].shape)}, target_tokens has {list(targets.shape)}"
            )
    return Datum(text=text, inputs=dict(inputs))


def recorded(given: Datum) -> stream.Datum:
    """How a datum is written down."""
    return stream.Datum(
        tokens=given.text.recorded, inputs={name: _tensor(array) for name, array in sorted(given.inputs.items())}
    )


def _tensor(array: Array) -> stream.Tensor:
    dtype: Literal["float32", "int64"] = "int64" if array.dtype == np.int64 else "float32"
    flat: list[Any] = array.ravel().tolist()
    if dtype == "float32" and not np.isfinite(array).all():
        flat = [stream.number(item) for item in flat]
    return stream.Tensor(dtype=dtype, shape=array.shape, data=tuple(flat))
