"""Preferences in the original: its loss, and a step of its loop.

Functions for `conformance.oracles.upstream_numbers`. What a step does is hidden in the loop, so the loop is run with
clients that record what they are asked and answer what the question says.
"""

from __future__ import annotations

import inspect
import types
from typing import TYPE_CHECKING, Any
from unittest import mock

from conformance.adapters.serve import NotSupported
from conformance.adapters.wire_numbers import floats, written
from conformance.oracles.upstream_calls import called, found, messages
from conformance.oracles.upstream_calls import renderer as made_renderer
from conformance.oracles.wire_data import datum, flat_datum, flat_tokens, wire_tensor

if TYPE_CHECKING:
    from collections.abc import Callable


def _compute_dpo_loss(_: Any, *, dpo_beta: float, **logprobs: list[Any]) -> Any:
    import torch

    lists = {name: [torch.tensor(value) for value in floats(values)] for name, values in logprobs.items()}
    loss, metrics = called("preference.train_dpo", "compute_dpo_loss", **lists, dpo_beta=dpo_beta)
    return {"loss": written(loss.item()), "metrics": written(metrics)}


class _Done:
    def __init__(self, value: Any) -> None:
        self._value = value

    def result(self) -> Any:
        return self._value


class _Dpo:
    """Both clients, the dataset and the logger of one step."""

    store = None

    def __init__(self, data: list[Any], logprobs: list[Any], ref_logprobs: list[Any]) -> None:
        self.data, self.logprobs, self.ref_logprobs = data, logprobs, ref_logprobs
        self.sequences: list[Any] = []
        self.sent: list[Any] = []
        self.metrics: dict[str, Any] = {}

    def get_batch(self, _: int) -> list[Any]:
        return self.data

    async def compute_logprobs_async(self, sequence: Any) -> Any:
        self.sequences.append(flat_tokens(sequence))
        return self.ref_logprobs[len(self.sequences) - 1]

    def forward_backward_custom(self, data: list[Any], loss_fn: Any) -> _Done:
        import tinker
        from tinker.lib.public_interfaces.training_client import TrainingClient

        outputs = [
            {"logprobs": tinker.TensorData(data=values, dtype="float32", shape=[len(values)])}
            for values in self.logprobs[: len(data)]
        ]
        forward: Any = types.SimpleNamespace(loss_fn_outputs=outputs)
        custom = TrainingClient._compute_custom_loss(data, loss_fn, forward)
        self.sent = [one.loss_fn_inputs["weights"] for one in custom.data]
        return _Done(types.SimpleNamespace(metrics=custom.metrics))

    def optim_step(self, _: Any) -> _Done:
        return _Done(None)

    def log_metrics(self, metrics: dict[str, Any], step: int) -> None:
        self.metrics = metrics


def _dpo_step(_: Any, *, data: list[Any], logprobs: list[Any], ref_logprobs: list[Any], dpo_beta: float) -> Any:
    do_update = found("preference.train_dpo", "do_update")
    if "checkpoint_mgr" not in inspect.signature(do_update).parameters:
        raise NotSupported("the step of this release takes other things")
    fake: Any = _Dpo(list(map(datum, data)), floats(logprobs), floats(ref_logprobs))
    config: Any = types.SimpleNamespace(
        learning_rate=1.0,
        lr_schedule="constant",
        adam_beta1=0.9,
        adam_beta2=0.95,
        adam_eps=1e-8,
        eval_every=0,
        infrequent_eval_every=0,
        dpo_beta=dpo_beta,
        span_chart_every=0,
    )
    # Not the first step, which would print its data.
    do_update(0, 1, 2, 2, config, fake, fake, [], [], fake, fake, "", fake, None)
    names = ("dpo_loss", "accuracy", "margin", "chosen_reward", "rejected_reward", "num_pairs", "num_tokens")
    return {
        "metrics": written({name: fake.metrics[name] for name in names}),
        "sequences": fake.sequences,
        "weights": [wire_tensor(sent) for sent in fake.sent],
    }


def _comparison_to_datums(
    upstream: Any,
    *,
    renderer: str,
    tokenizer: str,
    label: str,
    max_length: int | None = None,
    options: dict[str, Any] | None = None,
    **conversations: list[dict[str, Any]],
) -> Any:
    import datasets  # type: ignore[import-not-found, unused-ignore]

    # Release 0.1 has datums of another form.
    found("supervised.common", "datum_from_model_input_weights")
    given = {name: messages(conversation) for name, conversation in conversations.items()}
    comparison = found("preference.types", "Comparison")(**given)
    labeled = found("preference.types", "LabeledComparison")(comparison, label)
    rows = datasets.Dataset.from_dict({"row": [0]})
    # The builder is a class whose fields are checked when it is made; what it does needs three of them only.
    builder: Any = types.SimpleNamespace(
        comparison_builder=types.SimpleNamespace(
            get_train_and_test_datasets=lambda: (rows, None), example_to_labeled_comparison=lambda _: labeled
        ),
        renderer=made_renderer(upstream, renderer, tokenizer, options),
        common_config=types.SimpleNamespace(max_length=max_length, batch_size=1),
    )
    with mock.patch("logging.Logger.warning"):
        train, _test = found("preference.dpo_datasets", "DPODatasetBuilderFromComparisons").__call__(builder)
    return {"data": [flat_datum(made) for made in train.get_batch(0)]}


OPERATIONS: dict[str, Callable[..., Any]] = {
    "preference.compute_dpo_loss": _compute_dpo_loss,
    "preference.dpo_step": _dpo_step,
    "preference.comparison_to_datums": _comparison_to_datums,
}
