"""A service in memory: it answers with the model that is a formula, and records what it is asked as a stream.

It satisfies the protocols of `cookbook.client`, so that a loop can be run without a network and without a server. The
answers are those of `conformance.service`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from conformance.service import losses
from conformance.service import model as formula
from conformance.traces import stream as streams
from cookbook.client import (
    ForwardBackwardOutput,
    OptimStepResponse,
    SampledSequence,
    SampleResponse,
    SaveWeightsResponse,
    TrainingRun,
)
from cookbook.datum import EncodedTextChunk
from cookbook.parity import tokens_form
from cookbook.tensors import TensorData

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cookbook.client import AdamParams, SamplingParams
    from cookbook.datum import Datum, ModelInput

Result = TypeVar("Result")


class CheckpointNotFound(Exception):
    """A path was loaded or dropped that nothing was saved under."""


@dataclass(frozen=True)
class Answer(Generic[Result]):
    """A future whose answer is known, which yields to other tasks before it gives it, as a network would."""

    result: Result

    async def result_async(self) -> Result:
        """Give the answer."""
        await asyncio.sleep(0)
        return self.result


@dataclass
class Recorder:
    """A `ServiceClient`. `saved` has how many steps are behind the weights of each path."""

    operations: list[streams.Operation] = field(default_factory=list)
    saved: dict[str, int] = field(default_factory=dict)
    models: int = 0
    drawn: dict[tuple[tuple[int, ...], int], int] = field(default_factory=dict)
    metadata: dict[str, Mapping[str, str]] = field(default_factory=dict)

    async def create_lora_training_client_async(
        self, base_model: str, rank: int = 32, *, user_metadata: Mapping[str, str] | None = None
    ) -> Trained:
        """See `ServiceClient`."""
        model = self._model(user_metadata)
        self.operations.append(streams.CreateModel(model=model, base_model=base_model, lora=streams.Lora(rank=rank)))
        return Trained(self, model, 0)

    async def create_training_client_from_state_async(
        self, path: str, *, user_metadata: Mapping[str, str] | None = None
    ) -> Trained:
        """See `ServiceClient`."""
        return self._loaded(path, user_metadata, optimizer=False)

    async def create_training_client_from_state_with_optimizer_async(
        self, path: str, *, user_metadata: Mapping[str, str] | None = None
    ) -> Trained:
        """See `ServiceClient`."""
        return self._loaded(path, user_metadata, optimizer=True)

    async def create_sampling_client_async(
        self, *, model_path: str | None = None, base_model: str | None = None
    ) -> Sampled:
        """See `ServiceClient`."""
        if model_path is not None:
            return Sampled(self, streams.Sampler(path=model_path), self.version(model_path))
        assert base_model is not None, "a sampler is made from one of the two"
        return Sampled(self, streams.Sampler(base_model=base_model), 0)

    def create_rest_client(self) -> Recorder:
        """See `ServiceClient`."""
        return self

    async def get_training_run_by_tinker_path_async(self, tinker_path: str) -> TrainingRun:
        """See `RestClient`."""
        return TrainingRun(self.metadata.get(tinker_path.split("/")[2]))

    async def delete_checkpoint_from_tinker_path_async(self, tinker_path: str) -> None:
        """See `RestClient`."""
        self.version(tinker_path)
        self.operations.append(streams.DeleteCheckpoint(path=tinker_path))
        del self.saved[tinker_path]

    def version(self, path: str) -> int:
        """How many steps are behind the weights of the path. Raises CheckpointNotFound."""
        if path not in self.saved:
            raise CheckpointNotFound(f"nothing is saved under {path}")
        return self.saved[path]

    def ordinal(self, prompt: Sequence[int], version: int, count: int) -> int:
        """How many sequences this prompt was continued with before, by the weights of this version."""
        key = (tuple(prompt), version)
        before = self.drawn.get(key, 0)
        self.drawn[key] = before + count
        return before

    def _model(self, user_metadata: Mapping[str, str] | None) -> str:
        model = f"m{self.models}"
        self.models += 1
        self.metadata[model] = dict(user_metadata or {})
        return model

    def _loaded(self, path: str, user_metadata: Mapping[str, str] | None, *, optimizer: bool) -> Trained:
        version = self.version(path)
        model = self._model(user_metadata)
        self.operations.append(streams.LoadWeights(model=model, path=path, optimizer=optimizer))
        return Trained(self, model, version)


@dataclass
class Trained:
    """A `TrainingClient`. `version` is how many steps are behind the weights when all that was submitted is done."""

    recorder: Recorder
    model: str
    version: int

    async def forward_async(
        self, data: Sequence[Datum], loss_fn: str, loss_fn_config: Mapping[str, float | str] | None = None
    ) -> Answer[ForwardBackwardOutput]:
        """See `TrainingClient`."""
        return self._passed(data, loss_fn, loss_fn_config, forward_only=True)

    async def forward_backward_async(
        self, data: Sequence[Datum], loss_fn: str, loss_fn_config: Mapping[str, float | str] | None = None
    ) -> Answer[ForwardBackwardOutput]:
        """See `TrainingClient`."""
        return self._passed(data, loss_fn, loss_fn_config, forward_only=False)

    async def optim_step_async(self, adam_params: AdamParams) -> Answer[OptimStepResponse]:
        """See `TrainingClient`."""
        adam = streams.Adam(
            learning_rate=streams.number(adam_params.learning_rate),
            beta1=adam_params.beta1,
            beta2=adam_params.beta2,
            eps=adam_params.eps,
            weight_decay=adam_params.weight_decay,
            grad_clip_norm=adam_params.grad_clip_norm,
        )
        self.recorder.operations.append(streams.OptimStep(model=self.model, adam=adam))
        self.version += 1
        return Answer(OptimStepResponse({"optimizer_steps": float(self.version)}))

    async def save_state_async(self, name: str, ttl_seconds: int | None = None) -> Answer[SaveWeightsResponse]:
        """See `TrainingClient`."""
        self.recorder.operations.append(streams.SaveWeights(model=self.model, name=name, ttl_seconds=ttl_seconds))
        return self._saved("weights", name)

    async def save_weights_for_sampler_async(
        self, name: str, ttl_seconds: int | None = None
    ) -> Answer[SaveWeightsResponse]:
        """See `TrainingClient`."""
        self._saved_for_sampler(name, ttl_seconds)
        return self._saved("sampler_weights", name)

    async def save_weights_and_get_sampling_client_async(self) -> Sampled:
        """See `TrainingClient`."""
        self._saved_for_sampler(None, None)
        sampler = streams.Sampler(model=self.model, version=self.version)
        client = Sampled(self.recorder, sampler, self.version)
        await asyncio.sleep(0)
        return client

    async def create_sampling_client_async(self, model_path: str) -> Sampled:
        """See `TrainingClient`."""
        return await self.recorder.create_sampling_client_async(model_path=model_path)

    def _saved(self, kind: str, name: str) -> Answer[SaveWeightsResponse]:
        path = f"tinker://{self.model}/{kind}/{name}"
        self.recorder.saved[path] = self.version
        return Answer(SaveWeightsResponse(path))

    def _saved_for_sampler(self, name: str | None, ttl_seconds: int | None) -> None:
        operation = streams.SaveWeightsForSampler(
            model=self.model, name=name, ttl_seconds=ttl_seconds, version=self.version
        )
        self.recorder.operations.append(operation)

    def _passed(
        self,
        data: Sequence[Datum],
        loss_fn: str,
        loss_fn_config: Mapping[str, float | str] | None,
        *,
        forward_only: bool,
    ) -> Answer[ForwardBackwardOutput]:
        operation = streams.ForwardBackward(
            model=self.model,
            loss_fn=loss_fn,
            loss_fn_config=None if not loss_fn_config else dict(loss_fn_config),
            forward_only=forward_only,
            datums=tuple(_datum(datum) for datum in data),
        )
        self.recorder.operations.append(operation)
        inputs, outputs = [], []
        for datum in data:
            now = formula.target_logprobs(
                datum.model_input.to_ints(), datum.tensor("target_tokens").to_numpy(), self.version
            )
            given = {name: datum.tensor(name).to_numpy() for name in datum.loss_fn_inputs}
            inputs.append({name: array.astype(np.float64) for name, array in (given | {"now": now}).items()})
            outputs.append({"logprobs": TensorData.from_numpy(now)})
        total = losses.total(loss_fn, loss_fn_config or {}, inputs)
        return Answer(ForwardBackwardOutput(outputs, {"loss:sum": total}))


@dataclass(frozen=True)
class Sampled:
    """A `SamplingClient`."""

    recorder: Recorder
    sampler: streams.Sampler
    version: int

    async def sample_async(
        self, prompt: ModelInput, num_samples: int, sampling_params: SamplingParams
    ) -> SampleResponse:
        """See `SamplingClient`."""
        stop = sampling_params.stop
        params = streams.SamplingParams(
            max_tokens=sampling_params.max_tokens,
            temperature=sampling_params.temperature,
            top_p=sampling_params.top_p,
            top_k=sampling_params.top_k,
            seed=sampling_params.seed,
            stop=stop if stop is None or isinstance(stop, str) else tuple(stop),
        )
        self._asked(prompt, params, num_samples=num_samples, prompt_logprobs=False)
        tokens = prompt.to_ints()
        first = self.recorder.ordinal(tokens, self.version, num_samples)
        drawn = [
            formula.draw(
                tokens,
                ordinal=first + place,
                version=self.version,
                max_tokens=sampling_params.max_tokens,
                stop=None if stop is None else _ids(stop),
            )
            for place in range(num_samples)
        ]
        await asyncio.sleep(0)
        return SampleResponse([SampledSequence(one.tokens, one.logprobs, one.stop_reason) for one in drawn])

    async def compute_logprobs_async(self, prompt: ModelInput) -> list[float | None]:
        """See `SamplingClient`."""
        self._asked(prompt, streams.SamplingParams(max_tokens=1), num_samples=1, prompt_logprobs=True)
        logprobs = formula.prompt_logprobs(prompt.to_ints(), self.version)
        await asyncio.sleep(0)
        return logprobs

    def _asked(
        self, prompt: ModelInput, params: streams.SamplingParams, *, num_samples: int, prompt_logprobs: bool
    ) -> None:
        operation = streams.Sample(
            sampler=self.sampler,
            prompt=_tokens(prompt),
            num_samples=num_samples,
            params=params,
            prompt_logprobs=prompt_logprobs,
        )
        self.recorder.operations.append(operation)


def _datum(datum: Datum) -> streams.Datum:
    tensors = {name: datum.tensor(name) for name in datum.loss_fn_inputs}
    return streams.Datum(
        tokens=_tokens(datum.model_input),
        inputs={
            name: streams.tensor_of(_wired(tensor.dtype), tensor.shape, tensor.data.tolist())
            for name, tensor in tensors.items()
        },
    )


def _tokens(model_input: ModelInput) -> streams.Tokens:
    if all(isinstance(chunk, EncodedTextChunk) for chunk in model_input.chunks):
        return tuple(model_input.to_ints())
    return tuple(item if isinstance(item, int) else streams.Image(**item) for item in tokens_form(model_input))


def _wired(dtype: str) -> Any:
    return "int64" if np.dtype(dtype).kind == "i" else "float32"


def _ids(stop: Iterable[Any]) -> list[int]:
    """Stops that are text end nothing here: the formula has no text."""
    return [token for token in stop if isinstance(token, int)]
