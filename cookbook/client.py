"""What a training loop asks of the service that trains: clients as protocols, and the values that pass through them.

Names and signatures are those of tinker SDK 0.38, of which this is the part that the loops use. Every call submits its
request and returns a future at once; requests of one training client are executed in the order of the calls, so a loop
need not wait for one before it submits the next. `cookbook.tinker_client` satisfies these protocols with the SDK.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cookbook.datum import Datum, ModelInput
    from cookbook.tensors import TensorData

Result = TypeVar("Result", covariant=True)

StopCondition: TypeAlias = "Sequence[str] | Sequence[int]"
StopReason: TypeAlias = Literal["stop", "length"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdamParams:
    """One step of the optimizer. The defaults are the service's, not those of the loops."""

    learning_rate: float = 1e-4
    beta1: float = 0.9
    beta2: float = 0.95
    eps: float = 1e-12
    weight_decay: float = 0.0
    grad_clip_norm: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingParams:
    """How tokens are drawn. `stop` None ends where the model ends; an empty `stop` ends nowhere."""

    max_tokens: int | None = None
    seed: int | None = None
    stop: StopCondition | None = None
    temperature: float = 1.0
    top_k: int = -1
    top_p: float = 1.0


@dataclass(frozen=True, slots=True)
class ForwardBackwardOutput:
    """For each datum what the loss function gives, `logprobs` among it with an element a target; and metrics."""

    loss_fn_outputs: Sequence[Mapping[str, TensorData]]
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OptimStepResponse:
    """What the optimizer says of a step, if anything."""

    metrics: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class SaveWeightsResponse:
    """Where the weights were saved."""

    path: str


@dataclass(frozen=True, slots=True)
class SampledSequence:
    """Sampled tokens, the logprob of each if the service gives them, and why there are no more."""

    tokens: Sequence[int]
    logprobs: Sequence[float] | None = None
    stop_reason: StopReason = "stop"


@dataclass(frozen=True, slots=True)
class SampleResponse:
    """One sequence for each sample that was asked for."""

    sequences: Sequence[SampledSequence]


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """What is known of the run that saved a checkpoint."""

    user_metadata: Mapping[str, str] | None = None


class APIFuture(Protocol[Result]):
    """The answer to a request that was submitted."""

    async def result_async(self) -> Result:
        """Wait for the answer. Raises what the client raises when a request fails."""


class SamplingClient(Protocol):
    """A model with weights that do not change."""

    async def sample_async(
        self, prompt: ModelInput, num_samples: int, sampling_params: SamplingParams
    ) -> SampleResponse:
        """Draw what follows the prompt."""

    async def compute_logprobs_async(self, prompt: ModelInput) -> Sequence[float | None]:
        """The logprob of each token after those before it; the first has none."""


class TrainingClient(Protocol):
    """A model that is trained. Its requests are executed in the order in which they were submitted."""

    async def forward_async(
        self, data: Sequence[Datum], loss_fn: str, loss_fn_config: Mapping[str, float | str] | None = None
    ) -> APIFuture[ForwardBackwardOutput]:
        """Compute a loss, without a gradient."""

    async def forward_backward_async(
        self, data: Sequence[Datum], loss_fn: str, loss_fn_config: Mapping[str, float | str] | None = None
    ) -> APIFuture[ForwardBackwardOutput]:
        """Compute a loss and add its gradient to what is there."""

    async def optim_step_async(self, adam_params: AdamParams) -> APIFuture[OptimStepResponse]:
        """Change the weights by the gradient, which is zero again afterwards."""

    async def save_state_async(self, name: str, ttl_seconds: int | None = None) -> APIFuture[SaveWeightsResponse]:
        """Save weights and optimizer to train on from; for ever if `ttl_seconds` is None."""

    async def save_weights_for_sampler_async(
        self, name: str, ttl_seconds: int | None = None
    ) -> APIFuture[SaveWeightsResponse]:
        """Save weights to sample from; for ever if `ttl_seconds` is None."""

    async def save_weights_and_get_sampling_client_async(self) -> SamplingClient:
        """A sampling client with the weights as they are when the requests before this one are done."""

    async def create_sampling_client_async(self, model_path: str) -> SamplingClient:
        """A sampling client with weights that were saved for it."""


class RestClient(Protocol):
    """What was saved and what is known of it."""

    async def get_training_run_by_tinker_path_async(self, tinker_path: str) -> TrainingRun:
        """The run that saved a checkpoint."""

    async def delete_checkpoint_from_tinker_path_async(self, tinker_path: str) -> None:
        """Drop a checkpoint."""


class ServiceClient(Protocol):
    """Where clients come from."""

    async def create_lora_training_client_async(
        self, base_model: str, rank: int = 32, *, user_metadata: Mapping[str, str] | None = None
    ) -> TrainingClient:
        """A fresh adapter on a base model."""

    async def create_training_client_from_state_async(
        self, path: str, *, user_metadata: Mapping[str, str] | None = None
    ) -> TrainingClient:
        """Weights that were saved, and a fresh optimizer."""

    async def create_training_client_from_state_with_optimizer_async(
        self, path: str, *, user_metadata: Mapping[str, str] | None = None
    ) -> TrainingClient:
        """Weights and optimizer as they were saved."""

    async def create_sampling_client_async(
        self, *, model_path: str | None = None, base_model: str | None = None
    ) -> SamplingClient:
        """A sampling client with weights that were saved, or with those of a base model."""

    def create_rest_client(self) -> RestClient:
        """A client for what was saved."""
