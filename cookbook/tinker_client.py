"""The clients of the tinker SDK as the loops know them: values converted there and back, nothing else.

Needs the SDK (`pip install "cookbook-conformance[tinker]"`), 0.38 or later. The service and the key are the SDK's
matter: it reads TINKER_BASE_URL and TINKER_API_KEY.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cookbook.client import (
    ForwardBackwardOutput,
    OptimStepResponse,
    SampledSequence,
    SampleResponse,
    SaveWeightsResponse,
    TrainingRun,
)
from cookbook.datum import EncodedTextChunk, ImageChunk
from cookbook.errors import ConfigurationError, InvalidInputError
from cookbook.sparse import SparseTensorData
from cookbook.tensors import TensorData

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cookbook.client import AdamParams, SamplingParams
    from cookbook.datum import Datum, ModelInput, ModelInputChunk

Result = TypeVar("Result")


@cache
def sdk() -> Any:
    """The SDK's package. Raises ConfigurationError if it is not installed."""
    try:
        import tinker
    except ImportError as error:
        raise ConfigurationError(
            'the tinker SDK is not installed: pip install "cookbook-conformance[tinker]"'
        ) from error
    return tinker


def connect(
    base_url: str | None = None, *, user_metadata: Mapping[str, str] | None = None, display_name: str | None = None
) -> TinkerServiceClient:
    """A client of the service; nothing is sent before it is used. Close it at the end.

    Raises ConfigurationError if the SDK does not accept what it is given, e.g. for want of a key.
    """
    tinker = sdk()
    try:
        client = tinker.ServiceClient(
            base_url=base_url, user_metadata=dict(user_metadata or {}), display_name=display_name
        )
    except (tinker.TinkerError, ValueError) as error:
        raise ConfigurationError(f"the tinker SDK cannot connect: {error}") from error
    return TinkerServiceClient(client)


@dataclass(frozen=True, slots=True)
class _Future(Generic[Result]):
    future: Any
    converted: Callable[[Any], Result]

    async def result_async(self) -> Result:
        return self.converted(await self.future)


@dataclass(frozen=True, slots=True)
class TinkerServiceClient:
    """A `ServiceClient` over that of the SDK."""

    client: Any

    async def create_lora_training_client_async(
        self, base_model: str, rank: int = 32, *, user_metadata: Mapping[str, str] | None = None
    ) -> TinkerTrainingClient:
        """See `ServiceClient`."""
        made = self.client.create_lora_training_client(base_model, rank=rank, user_metadata=_metadata(user_metadata))
        return TinkerTrainingClient(await made)

    async def create_training_client_from_state_async(
        self, path: str, *, user_metadata: Mapping[str, str] | None = None
    ) -> TinkerTrainingClient:
        """See `ServiceClient`."""
        made = self.client.create_training_client_from_state(path, user_metadata=_metadata(user_metadata))
        return TinkerTrainingClient(await made)

    async def create_training_client_from_state_with_optimizer_async(
        self, path: str, *, user_metadata: Mapping[str, str] | None = None
    ) -> TinkerTrainingClient:
        """See `ServiceClient`."""
        made = self.client.create_training_client_from_state_with_optimizer(
            path, user_metadata=_metadata(user_metadata)
        )
        return TinkerTrainingClient(await made)

    async def create_sampling_client_async(
        self, *, model_path: str | None = None, base_model: str | None = None
    ) -> TinkerSamplingClient:
        """See `ServiceClient`."""
        made = self.client.create_sampling_client(model_path=model_path, base_model=base_model)
        return TinkerSamplingClient(await made)

    def create_rest_client(self) -> TinkerRestClient:
        """See `ServiceClient`."""
        return TinkerRestClient(self.client.create_rest_client())

    def close(self, *, failed: bool = False) -> None:
        """Finish the session."""
        self.client.close("errored" if failed else "success").result()


@dataclass(frozen=True, slots=True)
class TinkerTrainingClient:
    """A `TrainingClient` over that of the SDK."""

    client: Any

    async def forward_async(
        self, data: Sequence[Datum], loss_fn: str, loss_fn_config: Mapping[str, float | str] | None = None
    ) -> _Future[ForwardBackwardOutput]:
        """See `TrainingClient`."""
        sent = [sdk_datum(datum) for datum in data]
        return _Future(self.client.forward(sent, loss_fn, loss_fn_config), _output)

    async def forward_backward_async(
        self, data: Sequence[Datum], loss_fn: str, loss_fn_config: Mapping[str, float | str] | None = None
    ) -> _Future[ForwardBackwardOutput]:
        """See `TrainingClient`."""
        sent = [sdk_datum(datum) for datum in data]
        return _Future(self.client.forward_backward(sent, loss_fn, loss_fn_config), _output)

    async def optim_step_async(self, adam_params: AdamParams) -> _Future[OptimStepResponse]:
        """See `TrainingClient`."""
        sent = sdk().AdamParams(
            learning_rate=adam_params.learning_rate,
            beta1=adam_params.beta1,
            beta2=adam_params.beta2,
            eps=adam_params.eps,
            weight_decay=adam_params.weight_decay,
            grad_clip_norm=adam_params.grad_clip_norm,
        )
        return _Future(self.client.optim_step(sent), lambda response: OptimStepResponse(response.metrics))

    async def save_state_async(self, name: str, ttl_seconds: int | None = None) -> _Future[SaveWeightsResponse]:
        """See `TrainingClient`."""
        return _Future(self.client.save_state(name, ttl_seconds=ttl_seconds), _saved)

    async def save_weights_for_sampler_async(
        self, name: str, ttl_seconds: int | None = None
    ) -> _Future[SaveWeightsResponse]:
        """See `TrainingClient`."""
        return _Future(self.client.save_weights_for_sampler(name, ttl_seconds=ttl_seconds), _saved)

    async def save_weights_and_get_sampling_client_async(self) -> TinkerSamplingClient:
        """See `TrainingClient`."""
        return TinkerSamplingClient(await self.client.save_weights_and_get_sampling_client())

    async def create_sampling_client_async(self, model_path: str) -> TinkerSamplingClient:
        """See `TrainingClient`."""
        return TinkerSamplingClient(await self.client.create_sampling_client(model_path))


@dataclass(frozen=True, slots=True)
class TinkerSamplingClient:
    """A `SamplingClient` over that of the SDK."""

    client: Any

    async def sample_async(
        self, prompt: ModelInput, num_samples: int, sampling_params: SamplingParams
    ) -> SampleResponse:
        """See `SamplingClient`."""
        given = {
            "max_tokens": sampling_params.max_tokens,
            "seed": sampling_params.seed,
            "stop": sampling_params.stop,
        }
        params = sdk().SamplingParams(
            temperature=sampling_params.temperature,
            top_k=sampling_params.top_k,
            top_p=sampling_params.top_p,
            **{key: value for key, value in given.items() if value is not None},
        )
        response = await self.client.sample(sdk_model_input(prompt), num_samples, params)
        return SampleResponse(
            [SampledSequence(found.tokens, found.logprobs, found.stop_reason) for found in response.sequences]
        )

    async def compute_logprobs_async(self, prompt: ModelInput) -> list[float | None]:
        """See `SamplingClient`."""
        logprobs: list[float | None] = await self.client.compute_logprobs(sdk_model_input(prompt))
        return logprobs


@dataclass(frozen=True, slots=True)
class TinkerRestClient:
    """A `RestClient` over that of the SDK."""

    client: Any

    async def get_training_run_by_tinker_path_async(self, tinker_path: str) -> TrainingRun:
        """See `RestClient`."""
        return TrainingRun((await self.client.get_training_run_by_tinker_path(tinker_path)).user_metadata)

    async def delete_checkpoint_from_tinker_path_async(self, tinker_path: str) -> None:
        """See `RestClient`."""
        await self.client.delete_checkpoint_from_tinker_path(tinker_path)


def sdk_datum(datum: Datum) -> Any:
    """The SDK's datum."""
    return sdk().Datum(
        model_input=sdk_model_input(datum.model_input),
        loss_fn_inputs={name: sdk_tensor(tensor) for name, tensor in datum.loss_fn_inputs.items()},
    )


def sdk_tensor(tensor: TensorData | SparseTensorData) -> Any:
    """The SDK's tensor, which shares the memory of a dense one."""
    if isinstance(tensor, SparseTensorData):
        return sdk().TensorData(
            data=tensor.data,
            dtype=_wired(tensor.dtype),
            shape=list(tensor.shape),
            sparse_crow_indices=list(tensor.sparse_crow_indices),
            sparse_col_indices=list(tensor.sparse_col_indices),
        )
    return sdk().TensorData(data=tensor.to_numpy(), dtype=_wired(tensor.dtype), shape=list(tensor.shape))


def sdk_model_input(model_input: ModelInput) -> Any:
    """The SDK's model input, chunk by chunk."""
    return sdk().ModelInput(chunks=[_chunk(chunk) for chunk in model_input.chunks])


def _chunk(chunk: ModelInputChunk) -> Any:
    if isinstance(chunk, EncodedTextChunk):
        return sdk().EncodedTextChunk(tokens=chunk.tokens)
    if isinstance(chunk, ImageChunk):
        return sdk().types.ImageChunk(data=chunk.data, format=chunk.format, expected_tokens=chunk.expected_tokens)
    return sdk().types.ImageAssetPointerChunk(
        location=chunk.location, format=chunk.format, expected_tokens=chunk.expected_tokens
    )


def _output(output: Any) -> ForwardBackwardOutput:
    return ForwardBackwardOutput(
        [
            {name: TensorData.from_numpy(tensor.to_numpy()) for name, tensor in found.items()}
            for found in output.loss_fn_outputs
        ],
        output.metrics,
    )


def _saved(response: Any) -> SaveWeightsResponse:
    return SaveWeightsResponse(response.path)


def _wired(dtype: str) -> str:
    if dtype not in ("float32", "int64"):
        raise InvalidInputError(f"the service takes tensors of float32 and int64, not of {dtype}: convert it first")
    return dtype


def _metadata(user_metadata: Mapping[str, str] | None) -> dict[str, str]:
    return dict(user_metadata or {})
