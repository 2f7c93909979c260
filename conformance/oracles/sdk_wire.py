"""The client of the live API as an oracle: the installed tinker SDK answers, whatever its version.

Run as `python -m conformance.oracles.sdk_wire` where the SDK, numpy and torch are. What a release does not have
(compressed rows, the bytes of requests) it does not answer.
"""

from __future__ import annotations

import base64
import importlib.metadata
import warnings
from typing import TYPE_CHECKING, Any

from conformance.adapters.serve import NotSupported, Rejected, serve
from conformance.adapters.wire_numbers import numbers, written

if TYPE_CHECKING:
    from collections.abc import Callable


def _array(data: list[Any], dtype: str, shape: list[int] | None = None) -> Any:
    import numpy as np

    flat = np.array(numbers(data), dtype=dtype)
    return flat if shape is None else flat.reshape(shape)


def _torch(data: list[Any], dtype: str, shape: list[int] | None = None) -> Any:
    import torch

    wanted = getattr(torch, dtype)
    # An int64 that torch.tensor would look at as a float is kept exact.
    flat = torch.tensor(numbers(data), dtype=wanted)
    return flat if shape is None else flat.reshape(shape)


def _wire(made: Any) -> dict[str, Any]:
    """A TensorData. The shape is that of what it holds: an absent one and a scalar's are the same when sent."""
    found: dict[str, Any] = {"data": written(list(made.data)), "dtype": made.dtype}
    crow = getattr(made, "sparse_crow_indices", None)
    if crow is not None:
        indices = {"sparse_crow_indices": crow, "sparse_col_indices": made.sparse_col_indices}
        return {**found, "shape": list(made.shape), **indices}
    return {**found, "shape": list(made.to_numpy().shape)}


def from_numpy(_: Any, *, array: dict[str, Any]) -> Any:
    from tinker import TensorData

    return _wire(TensorData.from_numpy(_array(**array)))


def from_torch(_: Any, *, array: dict[str, Any]) -> Any:
    from tinker import TensorData

    return _wire(TensorData.from_torch(_torch(**array)))


def tensor_data(_: Any, *, data: Any, dtype: Any = None, shape: list[int] | None = None) -> Any:
    from tinker import TensorData

    return _wire(TensorData(data=numbers(data), dtype=dtype, shape=shape))


def tolist(_: Any, *, data: Any, dtype: Any, shape: list[int] | None = None) -> Any:
    from tinker import TensorData

    return {"data": written(TensorData(data=numbers(data), dtype=dtype, shape=shape).tolist())}


def datum(_: Any, *, loss_fn_inputs: dict[str, dict[str, Any]]) -> Any:
    import tinker

    made = tinker.Datum(
        model_input=tinker.ModelInput.from_ints([1]),
        loss_fn_inputs={key: _given(value) for key, value in loss_fn_inputs.items()},
    )
    return {"loss_fn_inputs": {key: _wire(value) for key, value in made.loss_fn_inputs.items()}}


def _given(value: dict[str, Any]) -> Any:
    import tinker

    ((kind, held),) = value.items()
    match kind:
        case "list":
            return numbers(held)
        case "tuple":
            return tuple(numbers(held))
        case "array":
            return _array(**held)
        case "torch":
            return _torch(**held)
        case _:
            return tinker.TensorData(data=numbers(held["data"]), dtype=held["dtype"], shape=held.get("shape"))


def from_torch_sparse(_: Any, *, array: dict[str, Any], pad_value: Any = 0) -> Any:
    from tinker import TensorData

    if not hasattr(TensorData, "from_torch_sparse"):
        raise NotSupported("this release has no compressed rows")
    return _wire(TensorData.from_torch_sparse(_torch(**array), pad_value))


def to_dense(
    _: Any,
    *,
    data: Any,
    dtype: Any,
    shape: list[int],
    sparse_crow_indices: list[int],
    sparse_col_indices: list[int],
    pad_value: Any = 0,
) -> Any:
    from tinker import TensorData

    made = _sparse(data, dtype, shape, sparse_crow_indices, sparse_col_indices)
    return _wire(TensorData.from_numpy(made.to_numpy(pad_value)))


def _sparse(data: Any, dtype: Any, shape: Any, crow: Any, col: Any) -> Any:
    from tinker import TensorData

    if not hasattr(TensorData, "from_torch_sparse"):
        raise NotSupported("this release has no compressed rows")
    return TensorData(data=numbers(data), dtype=dtype, shape=shape, sparse_crow_indices=crow, sparse_col_indices=col)


def tensor_bytes(
    _: Any,
    *,
    data: Any,
    dtype: Any,
    shape: list[int] | None = None,
    sparse_crow_indices: list[int] | None = None,
    sparse_col_indices: list[int] | None = None,
) -> Any:
    from tinker import TensorData

    try:
        from tinker.proto.request_conv import _tensor_data_to_proto
    except ImportError as error:
        raise NotSupported("this release sends JSON") from error
    if sparse_crow_indices is None:
        made = TensorData(data=numbers(data), dtype=dtype, shape=shape)
    else:
        made = _sparse(data, dtype, shape, sparse_crow_indices, sparse_col_indices)
    sent = _tensor_data_to_proto(made)
    found: dict[str, Any] = {"dtype": int(sent.dtype), "shape": list(sent.shape)}
    if not sent.HasField("sparse_csr"):
        return {**found, "dense": _base64(sent.dense)}
    names = ("values", "crow_indices", "col_indices")
    return {**found, **{name: _base64(getattr(sent.sparse_csr, name)) for name in names}}


def tokens(_: Any, *, values: Any) -> Any:
    import tinker

    return {"tokens": list(tinker.EncodedTextChunk(tokens=values).tokens)}


def token_bytes(_: Any, *, tokens: list[int]) -> Any:
    import tinker

    try:
        from tinker.proto import tinker_public_pb2
        from tinker.proto.request_conv import _write_chunk
    except ImportError as error:
        raise NotSupported("this release sends JSON") from error
    chunk = tinker_public_pb2.Chunk()
    _write_chunk(chunk, tinker.EncodedTextChunk(tokens=tokens))
    return {"memory": _base64(chunk.encoded_text.tokens)}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


OPERATIONS: dict[str, Callable[..., Any]] = {
    "wire.from_numpy": from_numpy,
    "wire.from_torch": from_torch,
    "wire.tensor_data": tensor_data,
    "wire.tolist": tolist,
    "wire.datum": datum,
    "wire.from_torch_sparse": from_torch_sparse,
    "wire.to_dense": to_dense,
    "wire.tensor_bytes": tensor_bytes,
    "wire.tokens": tokens,
    "wire.token_bytes": token_bytes,
}


def initialize(_: dict[str, Any]) -> dict[str, Any]:
    version = importlib.metadata.version("tinker")
    implementation = {"name": "tinker", "version": version, "language": "python", "upstream": None}
    return {"protocol": 1, "implementation": implementation, "operations": list(OPERATIONS)}


def answer(method: str, params: dict[str, Any]) -> Any:
    if method not in OPERATIONS:
        raise NotSupported(f"no operation {method!r}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return OPERATIONS[method](None, **params)
        except (
            ArithmeticError,
            AssertionError,
            AttributeError,
            LookupError,
            RuntimeError,
            TypeError,
            ValueError,
        ) as error:
            raise Rejected("invalid_message", str(error) or type(error).__name__) from error


if __name__ == "__main__":
    serve(initialize=initialize, answer=answer)
