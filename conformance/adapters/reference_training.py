"""The reference on what is made of tokens and logprobs: datums, losses, schedules, models, order, preferences."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from conformance.adapters.reference_forms import (
    array,
    datum,
    flat_data,
    flat_datum,
    flat_tokens,
    floats,
    tensor,
    vector,
    written,
)
from cookbook import hyperparameters, models, schedules, shuffle
from cookbook.datum import ModelInput
from cookbook.messages import message_from_json
from cookbook.preference import dpo
from cookbook.preference.dpo_datasets import comparison_to_datums
from cookbook.preference.types import Comparison, LabeledComparison
from cookbook.supervised import common
from cookbook.supervised.data import SupervisedDatasetFromRows, conversation_to_datum, split_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.adapters.reference import Reference
    from cookbook.datum import Datum
    from cookbook.tensors import TensorData

Params = dict[str, Any]


def _given(params: Params, *names: str) -> Params:
    """The optional params that are there: an absent one leaves the library its default."""
    return {name: params[name] for name in names if name in params}


def _tensors(given: list[Params]) -> list[TensorData]:
    return [tensor(one) for one in given]


# Datums.


def _input(params: Params) -> ModelInput:
    return ModelInput.from_json(params["model_input"])


def _chunks(model_input: ModelInput) -> Any:
    return model_input.to_json()


def _shifted(_: Any, params: Params) -> Any:
    shifted, targets = common.create_rightshifted_model_input_and_leftshifted_targets(
        ModelInput.from_json(params).chunks
    )
    return {"tokens": flat_tokens(shifted), "target_tokens": targets}


def _from_weights(params: Params) -> Datum:
    given = _given(params, "max_length", "reduction")
    return common.datum_from_model_input_weights(_input(params), array(params["weights"]), **given)


def _conversation_to_datum(reference: Reference, params: Params) -> Any:
    messages = [message_from_json(message) for message in params["messages"]]
    given = _given(params, "train_on_what", "reduction")
    return flat_datum(conversation_to_datum(messages, reference.renderer(params), params.get("max_length"), **given))


# Losses, schedules, models.


def _mean_nll(_: Any, params: Params) -> Any:
    return {"mean_nll": written(common.compute_mean_nll(_tensors(params["logprobs"]), _tensors(params["weights"])))}


def _bpb(reference: Reference, params: Params) -> Any:
    bpb = common.compute_bpb(
        _tensors(params["logprobs"]),
        _tensors(params["weights"]),
        _tensors(params["target_tokens"]),
        reference.tokenizer(params["tokenizer"]),
        special_token_ids=params.get("special_token_ids"),
    )
    return {"bpb": written(bpb)}


def _attributes(_: Any, params: Params) -> Any:
    return _written(models.get_model_attributes(**params))


def _models(_: Any, params: Params) -> Any:
    return {"models": {name: _written(found) for name, found in models.get_models(**params).items()}}


def _written(found: models.ModelAttributes) -> Params:
    names = ("organization", "version_str", "size_str", "is_chat", "is_vl", "is_audio_in")
    attributes = {name: getattr(found, name) for name in names}
    return {**attributes, "recommended_renderers": list(found.recommended_renderers)}


class _Records(logging.Handler):
    """Counts what is logged."""

    count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1


def _warned(_: Any, params: Params) -> Any:
    records, disabled = _Records(), logging.root.manager.disable
    logging.disable(logging.NOTSET)
    models.logger.addHandler(records)
    try:
        models.warn_if_renderer_not_recommended(**params)
    finally:
        models.logger.removeHandler(records)
        logging.disable(disabled)
    return {"warned": records.count > 0}


# The order of data.


def _seed_state(_: Any, params: Params) -> Any:
    found = shuffle.seed_state(int(params["seed"]))
    return {
        "pool": list(found.pool),
        "words": [str(word) for word in found.words],
        "state": str(found.state),
        "inc": str(found.inc),
    }


def _dataset(params: Params, **functions: Any) -> SupervisedDatasetFromRows[int]:
    return SupervisedDatasetFromRows(range(params["length"]), params["batch_size"], **functions)


def _batch(made: SupervisedDatasetFromRows[int], params: Params) -> Any:
    for seed in params.get("seeds", ()):
        made.set_epoch(seed)
    return {"rows": made.get_batch(params["index"])}


def _row(row: int) -> Any:
    return row


def _get_batch_of_datums(_: Any, params: Params) -> Any:
    datums = params["datums"]
    return _batch(_dataset(params, flatmap_fn=lambda row: [row] * datums[row]), params)


def _split(_: Any, params: Params) -> Any:
    given = _given(params, "shuffle_seed")
    train, test = split_rows(range(params["length"]), params["test_size"], **given)
    return {"train": train, "test": test}


# Preferences.


def _dpo_loss(_: Any, params: Params) -> Any:
    loss, metrics = dpo.compute_dpo_loss(**{name: floats(value) for name, value in params.items()})
    return {"loss": written(loss), "metrics": written(metrics)}


def _dpo_step(_: Any, params: Params) -> Any:
    data = dpo.paired([datum(one) for one in params["data"]])
    made = dpo.dpo_loss_of_batch(
        data,
        floats(params["logprobs"])[: len(data)],
        floats(params["ref_logprobs"])[: len(data)],
        floats(params["dpo_beta"]),
    )
    counts = {"num_pairs": len(data) // 2, "num_tokens": sum(one.model_input.length for one in data)}
    return {
        "metrics": written({**made.metrics, **counts}),
        "sequences": [flat_tokens(dpo.full_sequence(one)) for one in data],
        "weights": [vector(weights) for weights in made.weights],
    }


def _comparison_to_datums(reference: Reference, params: Params) -> Any:
    names = ("prompt_conversation", "completion_A", "completion_B")
    comparison = Comparison(*([message_from_json(message) for message in params[name]] for name in names))
    labeled = LabeledComparison(comparison, params["label"])
    return flat_data(comparison_to_datums(labeled, reference.renderer(params), params.get("max_length")))


OPERATIONS: dict[str, Callable[[Any, Params], Any]] = {
    "datum.length": lambda _, params: {"length": _input(params).length},
    "datum.to_ints": lambda _, params: {"tokens": _input(params).to_ints()},
    "datum.append_int": lambda _, params: _chunks(_input(params).append_int(params["token"])),
    "datum.create_rightshifted_model_input_and_leftshifted_targets": _shifted,
    "datum.datum_from_model_input_weights": lambda _, params: flat_datum(_from_weights(params)),
    "datum.chunks": lambda _, params: _chunks(_from_weights(params).model_input),
    "datum.conversation_to_datum": _conversation_to_datum,
    "supervised.compute_mean_nll": _mean_nll,
    "supervised.compute_bpb": _bpb,
    "schedule.compute_schedule_lr_multiplier": lambda _, params: {
        "multiplier": schedules.compute_schedule_lr_multiplier(**params)
    },
    "hyperparams.get_lr": lambda _, params: {"lr": hyperparameters.get_lr(**params)},
    "hyperparams.get_lora_param_count": lambda _, params: {"count": hyperparameters.get_lora_param_count(**params)},
    "hyperparams.get_lora_lr_over_full_finetune_lr": lambda _, params: {
        "factor": hyperparameters.get_lora_lr_over_full_finetune_lr(**params)
    },
    "model.get_model_attributes": _attributes,
    "model.get_models": _models,
    "model.get_recommended_renderer_names": lambda _, params: {
        "renderers": models.get_recommended_renderer_names(**params)
    },
    "model.get_recommended_renderer_name": lambda _, params: {
        "renderer": models.get_recommended_renderer_name(**params)
    },
    "model.warn_if_renderer_not_recommended": _warned,
    "data.shuffle.seed_state": _seed_state,
    "data.shuffle.raw": lambda _, params: {
        "raw": [str(number) for number in shuffle.raw(int(params["seed"]), params["count"])]
    },
    "data.shuffle.draws": lambda _, params: {"draws": shuffle.draws(int(params["seed"]), params["length"])},
    "data.shuffle.permutation": lambda _, params: {
        "permutation": shuffle.permutation(int(params["seed"]), params["length"])
    },
    "data.get_batch": lambda _, params: _batch(_dataset(params, map_fn=_row), params),
    "data.get_batch_of_datums": _get_batch_of_datums,
    "data.number_of_batches": lambda _, params: {"batches": len(_dataset(params, map_fn=_row))},
    "data.split": _split,
    "preference.compute_dpo_loss": _dpo_loss,
    "preference.dpo_step": _dpo_step,
    "preference.comparison_to_datums": _comparison_to_datums,
}
