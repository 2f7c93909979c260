"""Small streams to begin with, and what is changed in them."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from conformance.traces import stream

if TYPE_CHECKING:
    from collections.abc import Callable

Json = list[dict[str, Any]]


def datum(*tokens: int, **inputs: list[float]) -> dict[str, Any]:
    """Tokens, their targets and what is given."""
    targets = [*tokens[1:], 0]
    given = {name: {"dtype": "float32", "shape": [len(data)], "data": data} for name, data in inputs.items()}
    target = {"dtype": "int64", "shape": [len(targets)], "data": targets}
    return {"tokens": list(tokens), "inputs": {"target_tokens": target, **given}}


def adam(rate: float, **more: float) -> dict[str, Any]:
    values = {"learning_rate": rate, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weight_decay": 0.0, **more}
    return {"op": "optim_step", "model": "m0", "adam": {**values, "grad_clip_norm": 0.0}}


def backward(*datums: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"op": "forward_backward", "model": "m0", "loss_fn": "cross_entropy", "datums": list(datums), **more}


def sampler(version: int, name: str | None = None, **more: Any) -> dict[str, Any]:
    return {"op": "save_weights_for_sampler", "model": "m0", "version": version, "name": name, **more}


def sample(version: int, *prompt: int, **more: Any) -> dict[str, Any]:
    read = {"model": "m0", "version": version}
    return {"op": "sample", "sampler": read, "prompt": list(prompt), "prompt_logprobs": True, **more}


def state(name: str, ttl: int | None = None) -> dict[str, Any]:
    return {"op": "save_weights", "model": "m0", "name": name, "ttl_seconds": ttl}


MODEL = {"op": "create_model", "model": "m0", "base_model": "base", "lora": {"rank": 8}}

SUPERVISED: Json = [
    MODEL,
    sampler(0),
    sample(0, 1, 2, 3),
    backward(datum(1, 2, weights=[0.5, 0.5]), datum(3, 4, weights=[0.25, 0.75])),
    adam(0.001),
    backward(datum(5, 6, weights=[0.0, 1.0]), datum(7, 8, weights=[1.0, 0.0])),
    adam(0.0005),
    state("final"),
    sampler(2, "final"),
]


def changed(change: Callable[[Json], Any], stream: Json = SUPERVISED) -> Json:
    """A copy of the stream after `change` was done to it in place, or the list that `change` made of it."""
    made = copy.deepcopy(stream)
    found = change(made)
    return found if isinstance(found, list) else made


def decoded(stream_: Json) -> stream.Stream:
    return stream.decode(json.dumps(stream_))
