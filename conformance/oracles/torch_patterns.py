"""The five patterns and the tensor operations under them, as torch has them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from conformance.adapters.serve import Rejected
from conformance.adapters.wire_numbers import numbers, written
from conformance.oracles.torch_tensors import elements, read

if TYPE_CHECKING:
    from collections.abc import Callable

DTYPES = ("float32", "int64")


def _torch(given: dict[str, Any]) -> Any:
    import torch

    if given["dtype"] not in DTYPES:
        raise Rejected("unknown_dtype", f"no dtype {given['dtype']!r} here")
    values, shape = read(**given)
    return torch.tensor(values, dtype=getattr(torch, given["dtype"])).reshape(shape)


def _wire(tensor: Any) -> dict[str, Any]:
    dtype = str(tensor.dtype).removeprefix("torch.")
    return {"data": written(tensor.flatten().tolist()), "dtype": dtype, "shape": list(tensor.shape)}


def _result(tensor: Any) -> Any:
    return {"tensor": _wire(tensor)}


def advantages(_: Any, *, rewards: dict[str, Any]) -> Any:
    found = _torch(rewards)
    return _result(found - found.mean())


def weighted_logprob(_: Any, *, logprobs: dict[str, Any], weights: dict[str, Any]) -> Any:
    return _result(_torch(logprobs).dot(_torch(weights)))


def training_datum(_: Any, *, sequence: dict[str, Any], weights: dict[str, Any]) -> Any:
    given, factors = _torch(sequence), _torch(weights)
    if given.ndim != 1 or given.shape != factors.shape or len(given) < 2:
        raise Rejected("shape", "tokens and weights do not make a datum")
    return {"input_tokens": _wire(given[:-1]), "target_tokens": _wire(given[1:]), "weights": _wire(factors[1:])}


def dpo_loss(_: Any, *, chosen: dict[str, Any], rejected: dict[str, Any], beta: float) -> Any:
    import torch

    return _result(-torch.nn.functional.logsigmoid(beta * (_torch(chosen) - _torch(rejected))).mean())


def concatenated_chunks(_: Any, *, chunks: list[list[int]]) -> Any:
    import tinker
    import torch

    given = tinker.ModelInput(chunks=[tinker.EncodedTextChunk(tokens=tokens) for tokens in chunks])
    return _result(torch.tensor(given.to_ints(), dtype=torch.int64))


def full(_: Any, *, shape: list[int], value: Any, dtype: Any) -> Any:
    import torch

    if dtype not in DTYPES:
        raise Rejected("unknown_dtype", f"no dtype {dtype!r} here")
    (element,) = elements([numbers(value)], dtype)
    return _result(torch.full(shape, element, dtype=getattr(torch, dtype)))


def ones_like(_: Any, *, tensor: dict[str, Any]) -> Any:
    import torch

    return _result(torch.ones_like(_torch(tensor)))


def concatenate(_: Any, *, tensors: list[dict[str, Any]], axis: int = 0) -> Any:
    import torch

    found = [_torch(tensor) for tensor in tensors]
    if any(tensor.ndim != found[0].ndim for tensor in found):
        # torch lets an empty vector stand beside anything, for the sake of old programs.
        raise Rejected("shape", "tensors of different numbers of dimensions")
    return _result(torch.cat(found, dim=axis))


def stack(_: Any, *, tensors: list[dict[str, Any]], axis: int = 0) -> Any:
    import torch

    found = [_torch(tensor) for tensor in tensors]
    common = torch.float32 if any(tensor.dtype == torch.float32 for tensor in found) else torch.int64
    return _result(torch.stack([tensor.to(common) for tensor in found], dim=axis))


def arithmetic(_: Any, *, op: str, left: dict[str, Any], right: dict[str, Any]) -> Any:
    import torch

    return _result(getattr(torch, op)(_torch(left), _torch(right)))


def reduce(_: Any, *, op: str, tensor: dict[str, Any], axis: int | None = None) -> Any:
    import torch

    found = _torch(tensor)
    if axis is None:
        return _result(getattr(torch, op)(found))
    names = {"max": "amax", "min": "amin"}
    return _result(getattr(torch, names.get(op, op))(found, dim=axis))


def apply(_: Any, *, op: str, tensor: dict[str, Any]) -> Any:
    import torch

    found = _torch(tensor)
    if op == "log_sigmoid":
        return _result(torch.nn.functional.logsigmoid(found.to(torch.float32)))
    return _result(getattr(torch, op)(found))


def reshape(_: Any, *, tensor: dict[str, Any], shape: list[int]) -> Any:
    return _result(_torch(tensor).reshape(shape))


def cut(_: Any, *, tensor: dict[str, Any], parts: list[list[int | None]]) -> Any:
    return _result(_torch(tensor)[tuple(slice(start, end) for start, end in parts)])


def _plain(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Here a malformed tensor is malformed input, like any: its kind is not told apart."""

    @functools.wraps(operation)
    def asked(_: Any, **params: Any) -> Any:
        try:
            return operation(_, **params)
        except Rejected as rejected:
            raise Rejected("invalid_message", str(rejected)) from rejected

    return asked


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "patterns.advantages": advantages,
    "patterns.weighted_logprob": weighted_logprob,
    "patterns.training_datum": training_datum,
    "patterns.dpo_loss": dpo_loss,
    "patterns.concatenated_chunks": concatenated_chunks,
    "patterns.full": full,
    "patterns.ones_like": ones_like,
    "patterns.concatenate": concatenate,
    "patterns.stack": stack,
    "patterns.arithmetic": arithmetic,
    "patterns.reduce": reduce,
    "patterns.map": apply,
    "patterns.reshape": reshape,
    "patterns.slice": cut,
}

OPERATIONS = {name: _plain(operation) for name, operation in _OPERATIONS.items()}
