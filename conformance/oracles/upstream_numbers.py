"""The numbers of the original: datums, losses, schedules and models; and the table of all that the oracle has of them.

Functions for `conformance.oracles.upstream`, which serves them. The order of data, preferences and reinforcement
learning have modules of their own.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from conformance.adapters.serve import NotSupported
from conformance.adapters.wire_numbers import numbers, written
from conformance.oracles import (
    sdk_wire,
    torch_patterns,
    torch_tensors,
    upstream_data,
    upstream_preference,
    upstream_rl,
    upstream_runs,
)
from conformance.oracles.upstream_calls import called, found, without_network
from conformance.oracles.upstream_calls import messages as read_messages
from conformance.oracles.upstream_calls import renderer as made_renderer
from conformance.oracles.wire_data import flat_datum, flat_tokens, tensor, wire_chunks
from conformance.oracles.wire_data import model_input as read_input

if TYPE_CHECKING:
    from collections.abc import Callable

# Model input and datums.


def _length(_: Any, *, model_input: dict[str, Any]) -> Any:
    return {"length": read_input(model_input).length}


def _to_ints(_: Any, *, model_input: dict[str, Any]) -> Any:
    return {"tokens": read_input(model_input).to_ints()}


def _append_int(_: Any, *, model_input: dict[str, Any], token: int) -> Any:
    return {"chunks": wire_chunks(read_input(model_input).append_int(token))}


def _shifted(_: Any, *, chunks: list[dict[str, Any]]) -> Any:
    name = "create_rightshifted_model_input_and_leftshifted_targets"
    shifted, targets = called("supervised.common", name, read_input({"chunks": chunks}).chunks)
    return {"tokens": flat_tokens(shifted), "target_tokens": targets}


def _from_weights(*, model_input: dict[str, Any], weights: dict[str, Any], **given: Any) -> Any:
    import torch

    factors = torch.tensor(numbers(weights["data"]), dtype=getattr(torch, weights["dtype"]))
    return called("supervised.common", "datum_from_model_input_weights", read_input(model_input), factors, **given)


def _datum_from_model_input_weights(_: Any, **params: Any) -> Any:
    return flat_datum(_from_weights(**params))


def _chunks(_: Any, **params: Any) -> Any:
    return {"chunks": wire_chunks(_from_weights(**params).model_input)}


def _conversation_to_datum(
    upstream: Any,
    *,
    renderer: str,
    tokenizer: str,
    messages: list[dict[str, Any]],
    max_length: int | None = None,
    options: dict[str, Any] | None = None,
    train_on_what: str | None = None,
    reduction: str | None = None,
) -> Any:
    given: dict[str, Any] = {} if reduction is None else {"reduction": reduction}
    if train_on_what is not None:
        given["train_on_what"] = found("renderers", "TrainOnWhat")(train_on_what)
    made = made_renderer(upstream, renderer, tokenizer, options)
    # Release 0.1 takes other things and gives a datum of another form.
    found("supervised.common", "datum_from_model_input_weights")
    return flat_datum(
        called("supervised.data", "conversation_to_datum", read_messages(messages), made, max_length, **given)
    )


# Losses.


def _compute_mean_nll(_: Any, *, logprobs: list[Any], weights: list[Any]) -> Any:
    lists = [list(map(tensor, given)) for given in (logprobs, weights)]
    return {"mean_nll": written(called("supervised.common", "compute_mean_nll", *lists))}


class _WithSpecial:
    """A tokenizer whose special tokens are the question's."""

    def __init__(self, tokenizer: Any, special: list[int]) -> None:
        self.all_special_ids = special
        self.decode = tokenizer.decode


def _compute_bpb(
    upstream: Any,
    *,
    logprobs: list[Any],
    weights: list[Any],
    target_tokens: list[Any],
    tokenizer: str,
    special_token_ids: list[int] | None = None,
) -> Any:
    made = upstream.tokenizer(tokenizer)
    if special_token_ids is not None:
        made = _WithSpecial(made, special_token_ids)
    lists = [list(map(tensor, given)) for given in (logprobs, weights, target_tokens)]
    return {"bpb": written(called("supervised.common", "compute_bpb", *lists, made))}


# Schedules and models.


def _multiplier(_: Any, **params: Any) -> Any:
    return {"multiplier": called("utils.lr_scheduling", "compute_schedule_lr_multiplier", **params)}


def _get_lr(_: Any, **params: Any) -> Any:
    return {"lr": without_network("hyperparam_utils", "get_lr", **params)}


def _get_lora_param_count(_: Any, **params: Any) -> Any:
    return {"count": without_network("hyperparam_utils", "get_lora_param_count", **params)}


def _lora_factor(_: Any, **params: Any) -> Any:
    return {"factor": called("hyperparam_utils", "get_lora_lr_over_full_finetune_lr", **params)}


def _model_attributes(_: Any, *, model_name: str) -> Any:
    return _attributes(called("model_info", "get_model_attributes", model_name))


def _models(_: Any, *, organization: str) -> Any:
    tables = {
        "meta-llama": "get_llama_info",
        "Qwen": "get_qwen_info",
        "deepseek-ai": "get_deepseek_info",
        "openai": "get_gpt_oss_info",
        "moonshotai": "get_moonshot_info",
        "zai-org": "get_zai_info",
        "nvidia": "get_nvidia_info",
        "thinkingmachines": "get_thinkingmachines_info",
    }
    found = called("model_info", tables[organization])
    return {"models": {name: _attributes(found[name]) for name in found}}


def _attributes(attributes: Any) -> dict[str, Any]:
    names = ("organization", "version_str", "size_str", "is_chat", "is_vl", "is_audio_in")
    if not all(hasattr(attributes, name) for name in (*names, "recommended_renderers")):
        raise NotSupported("this release knows less of a model")
    return {
        **{name: getattr(attributes, name) for name in names},
        "recommended_renderers": list(attributes.recommended_renderers),
    }


def _renderer_names(_: Any, *, model_name: str) -> Any:
    return {"renderers": list(called("model_info", "get_recommended_renderer_names", model_name))}


def _renderer_name(_: Any, *, model_name: str) -> Any:
    return {"renderer": called("model_info", "get_recommended_renderer_name", model_name)}


def _warned(_: Any, *, model_name: str, renderer_name: str | None) -> Any:
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign, assignment]
    logger = found("model_info", "logger")
    logger.addHandler(handler)
    try:
        called("model_info", "warn_if_renderer_not_recommended", model_name, renderer_name)
    finally:
        logger.removeHandler(handler)
    return {"warned": bool(records)}


OPERATIONS: dict[str, Callable[..., Any]] = {
    "datum.length": _length,
    "datum.to_ints": _to_ints,
    "datum.append_int": _append_int,
    "datum.create_rightshifted_model_input_and_leftshifted_targets": _shifted,
    "datum.datum_from_model_input_weights": _datum_from_model_input_weights,
    "datum.chunks": _chunks,
    "datum.conversation_to_datum": _conversation_to_datum,
    "supervised.compute_mean_nll": _compute_mean_nll,
    "supervised.compute_bpb": _compute_bpb,
    "schedule.compute_schedule_lr_multiplier": _multiplier,
    "hyperparams.get_lr": _get_lr,
    "hyperparams.get_lora_param_count": _get_lora_param_count,
    "hyperparams.get_lora_lr_over_full_finetune_lr": _lora_factor,
    "model.get_model_attributes": _model_attributes,
    "model.get_models": _models,
    "model.get_recommended_renderer_names": _renderer_names,
    "model.get_recommended_renderer_name": _renderer_name,
    "model.warn_if_renderer_not_recommended": _warned,
    **upstream_data.OPERATIONS,
    **upstream_preference.OPERATIONS,
    **upstream_rl.OPERATIONS,
    **upstream_runs.OPERATIONS,
    **sdk_wire.OPERATIONS,
    **torch_tensors.OPERATIONS,
    **torch_patterns.OPERATIONS,
}
