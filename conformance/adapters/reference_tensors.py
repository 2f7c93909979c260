"""The reference on tensors: areas `tensor`, `wire` and `patterns`."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from conformance.adapters.reference_forms import array, floats, numbers, sent_tensor, written
from cookbook import patterns, sparse, wire
from cookbook.datum import Datum, ModelInput
from cookbook.errors import InvalidInputError
from cookbook.sparse import SparseTensorData
from cookbook.tensors import TensorData

if TYPE_CHECKING:
    from collections.abc import Callable

Params = dict[str, Any]


# The bridge.


def _from_nested(_: Any, params: Params) -> Any:
    return TensorData.from_nested(numbers(params["data"]), params["dtype"]).to_json()


def _read(params: Params) -> TensorData:
    return TensorData.from_json({key: params[key] for key in ("data", "dtype", "shape") if key in params})


def _to_nested(_: Any, params: Params) -> Any:
    return {"data": written(_read(params).to_nested())}


def _from_json(_: Any, params: Params) -> Any:
    return _read(params).to_json()


def _cast(_: Any, params: Params) -> Any:
    return _read(params).astype(params["to"]).to_json()


def _from_memory(_: Any, params: Params) -> Any:
    given = {key: params[key] for key in ("strides", "offset", "byte_order") if key in params}
    memory = base64.b64decode(params["memory"], validate=True)
    return TensorData.from_memory(memory, params["dtype"], params["shape"], **given).to_json()


def _to_memory(_: Any, params: Params) -> Any:
    given = {key: params[key] for key in ("byte_order",) if key in params}
    return {"memory": _base64(_read(params).to_memory(**given))}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


# The live API's client.


def _from_array(_: Any, params: Params) -> Any:
    return sent_tensor(wire.from_numpy(array(params["array"])))


def _tensor_data(_: Any, params: Params) -> Any:
    return sent_tensor(wire.from_list(numbers(params["data"]), params.get("dtype"), params.get("shape")))


def _tolist(_: Any, params: Params) -> Any:
    made = wire.from_list(numbers(params["data"]), params["dtype"], params.get("shape"))
    return {"data": written(made.to_nested())}


def _datum(_: Any, params: Params) -> Any:
    given = {key: _given(key, value) for key, value in params["loss_fn_inputs"].items()}
    made = Datum(ModelInput(()), given)
    return {"loss_fn_inputs": {key: sent_tensor(value) for key, value in made.loss_fn_inputs.items()}}


def _given(key: str, value: Params) -> Any:
    """What a caller of `Datum` has in hand."""
    ((kind, held),) = value.items()
    match kind:
        case "list":
            return numbers(held)
        case "tuple":
            return tuple(numbers(held))
        case "array":
            return array(held)
        case "torch":
            return wire.torch_input(key, array(held))
        case _:
            return wire.from_list(numbers(held["data"]), held["dtype"], held.get("shape"))


def _compressed(_: Any, params: Params) -> Any:
    given = array(params["array"])
    made = sparse.compressed(given, **_pad(params))
    return sent_tensor(wire.from_numpy(given) if made is None else made)


def _rows(params: Params) -> SparseTensorData:
    data = wire.from_list(numbers(params["data"]), params["dtype"])
    return SparseTensorData(
        data=data.data,
        dtype=data.dtype,
        shape=tuple(params.get("shape", ())),
        sparse_crow_indices=tuple(params["sparse_crow_indices"]),
        sparse_col_indices=tuple(params["sparse_col_indices"]),
    )


def _to_dense(_: Any, params: Params) -> Any:
    return sent_tensor(TensorData.from_numpy(_rows(params).to_numpy(**_pad(params))))


def _pad(params: Params) -> Params:
    """The pad value if there is one: else the library has its default."""
    return {key: params[key] for key in ("pad_value",) if key in params}


def _tensor_bytes(_: Any, params: Params) -> Any:
    if "sparse_crow_indices" in params:
        if "sparse_col_indices" not in params:
            raise InvalidInputError("compressed rows need their columns")
        sent = wire.wire_tensor(_rows(params))
    else:
        sent = wire.wire_tensor(wire.from_list(numbers(params["data"]), params["dtype"], params.get("shape")))
        if "shape" not in params:
            return {"dtype": sent.dtype, "shape": [], "dense": _base64(sent.dense or b"")}
    found: dict[str, Any] = {"dtype": sent.dtype, "shape": list(sent.shape)}
    for name in ("dense", "values", "crow_indices", "col_indices"):
        if (content := getattr(sent, name)) is not None:
            found[name] = _base64(content)
    return found


def _tokens(_: Any, params: Params) -> Any:
    return {"tokens": wire.tokens(params["values"])}


def _token_bytes(_: Any, params: Params) -> Any:
    return {"memory": _base64(wire.token_bytes(params["tokens"]))}


# Patterns.


def _tensor(given: Params) -> TensorData:
    wire.wire_dtype(given["dtype"])
    return TensorData.from_json(given)


def _result(made: TensorData) -> Any:
    return {"tensor": made.to_json()}


def _training_datum(_: Any, params: Params) -> Any:
    names = ("input_tokens", "target_tokens", "weights")
    made = patterns.training_datum(_tensor(params["sequence"]), _tensor(params["weights"]))
    return {name: tensor.to_json() for name, tensor in zip(names, made, strict=True)}


def _full(_: Any, params: Params) -> Any:
    dtype = wire.wire_dtype(params["dtype"])
    return _result(patterns.full(params["shape"], numbers(params["value"]), dtype))


def _joined(join: Callable[..., TensorData]) -> Callable[[Any, Params], Any]:
    def joined(_: Any, params: Params) -> Any:
        given = {key: params[key] for key in ("axis",) if key in params}
        return _result(join([_tensor(one) for one in params["tensors"]], **given))

    return joined


OPERATIONS: dict[str, Callable[[Any, Params], Any]] = {
    "tensor.from_nested": _from_nested,
    "tensor.to_nested": _to_nested,
    "tensor.from_json": _from_json,
    "tensor.cast": _cast,
    "tensor.from_memory": _from_memory,
    "tensor.to_memory": _to_memory,
    "wire.from_numpy": _from_array,
    "wire.from_torch": _from_array,
    "wire.tensor_data": _tensor_data,
    "wire.tolist": _tolist,
    "wire.datum": _datum,
    "wire.from_torch_sparse": _compressed,
    "wire.to_dense": _to_dense,
    "wire.tensor_bytes": _tensor_bytes,
    "wire.tokens": _tokens,
    "wire.token_bytes": _token_bytes,
    "patterns.advantages": lambda _, params: _result(patterns.advantages(_tensor(params["rewards"]))),
    "patterns.weighted_logprob": lambda _, params: _result(
        patterns.weighted_logprob(_tensor(params["logprobs"]), _tensor(params["weights"]))
    ),
    "patterns.training_datum": _training_datum,
    "patterns.dpo_loss": lambda _, params: _result(
        patterns.dpo_loss(_tensor(params["chosen"]), _tensor(params["rejected"]), floats(params["beta"]))
    ),
    "patterns.concatenated_chunks": lambda _, params: _result(patterns.concatenated_chunks(params["chunks"])),
    "patterns.full": _full,
    "patterns.ones_like": lambda _, params: _result(patterns.ones_like(_tensor(params["tensor"]))),
    "patterns.concatenate": _joined(patterns.concatenate),
    "patterns.stack": _joined(patterns.stack),
    "patterns.arithmetic": lambda _, params: _result(
        patterns.arithmetic(params["op"], _tensor(params["left"]), _tensor(params["right"]))
    ),
    "patterns.reduce": lambda _, params: _result(
        patterns.reduce(params["op"], _tensor(params["tensor"]), params.get("axis"))
    ),
    "patterns.map": lambda _, params: _result(patterns.apply(params["op"], _tensor(params["tensor"]))),
    "patterns.reshape": lambda _, params: _result(_tensor(params["tensor"]).reshape(params["shape"])),
    "patterns.slice": lambda _, params: _result(patterns.cut(_tensor(params["tensor"]), params["parts"])),
}
