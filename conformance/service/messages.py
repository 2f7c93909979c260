"""The bodies of requests in JSON (tinker 0.15 to 0.38, types/*_request.py).

A key that no release knows is passed over, so that a newer client is served; in AdamParams and in chunks it is
refused, as the SDK's own types do: there a misspelt key would silently leave a default in its place.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from conformance.service import limits

Id = Annotated[str, Meta(min_length=1, max_length=limits.NAME)]
Path = Annotated[str, Meta(min_length=1, max_length=4 * limits.NAME)]
Seq = Annotated[int, Meta(ge=0, lt=2**53)]
TokenId = Annotated[int, Meta(ge=-(2**31), lt=2**31)]
Ttl = Annotated[int, Meta(ge=3600, le=366 * 86400 * 10)]
Seed = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Metadata = dict[str, str]


class Message(Struct, frozen=True, kw_only=True):
    """Any body."""


class Strict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One whose keys are all known."""


class ClientConfig(Message, frozen=True, kw_only=True):
    sdk_version: str = ""


class CreateSession(Message, frozen=True, kw_only=True):
    sdk_version: str
    tags: list[str] = []
    user_metadata: Metadata | None = None
    project_id: str | None = None
    display_name: str | None = None


class OfSession(Message, frozen=True, kw_only=True):
    session_id: Id


class OfModel(Message, frozen=True, kw_only=True):
    model_id: Id


class Lora(Message, frozen=True, kw_only=True):
    rank: Annotated[int, Meta(ge=1, le=65536)]
    seed: Seed | None = None
    train_unembed: bool = True
    train_mlp: bool = True
    train_attn: bool = True


class OptimizerConfig(Message, frozen=True, kw_only=True):
    type: str = "adamw"


class CreateModel(Message, frozen=True, kw_only=True):
    session_id: Id
    model_seq_id: Seq
    base_model: Id
    lora_config: Lora
    optimizer_config: OptimizerConfig = OptimizerConfig()
    user_metadata: Metadata | None = None


class LoadWeights(Message, frozen=True, kw_only=True):
    path: Path
    optimizer: bool
    model_id: Id | None = None
    seq_id: Seq | None = None
    session_id: Id | None = None
    model_seq_id: Seq | None = None
    base_model: Id | None = None
    user_metadata: Metadata | None = None


class Chunk(Strict, frozen=True, kw_only=True):
    """A part of a model input. SDK 0.15 leaves `type` out, so that the keys have to say what it is."""

    type: Literal["encoded_text", "image", "image_asset_pointer", "dmel"] | None = None
    tokens: list[TokenId] | int | None = None
    data: bytes | None = None
    location: str | None = None
    dmel: bytes | None = None
    format: Literal["png", "jpeg"] | None = None
    expected_tokens: Annotated[int, Meta(ge=0, le=limits.ELEMENTS)] | None = None
    height: int | None = None
    width: int | None = None


class ModelInput(Strict, frozen=True, kw_only=True):
    chunks: list[Chunk]


class Tensor(Strict, frozen=True, kw_only=True):
    data: list[int | float]
    dtype: Literal["float32", "int64"]
    shape: list[Seq] | None = None
    sparse_crow_indices: list[int] | None = None
    sparse_col_indices: list[int] | None = None


class Datum(Message, frozen=True, kw_only=True):
    model_input: ModelInput
    loss_fn_inputs: dict[Id, Tensor]


class Pass(Message, frozen=True, kw_only=True):
    data: Annotated[list[Datum], Meta(min_length=1, max_length=limits.DATUMS)]
    loss_fn: Id
    loss_fn_config: dict[Id, float | str] | None = None


class ForwardBackward(Message, frozen=True, kw_only=True):
    model_id: Id
    forward_backward_input: Pass
    seq_id: Seq | None = None


class Forward(Message, frozen=True, kw_only=True):
    model_id: Id
    forward_input: Pass
    seq_id: Seq | None = None


class Adam(Strict, frozen=True, kw_only=True):
    learning_rate: float = 1e-4
    beta1: float = 0.9
    beta2: float = 0.95
    eps: float = 1e-12
    weight_decay: float = 0.0
    grad_clip_norm: float = 0.0


class OptimStep(Message, frozen=True, kw_only=True):
    model_id: Id
    adam_params: Adam
    seq_id: Seq | None = None


class SaveWeights(Message, frozen=True, kw_only=True):
    model_id: Id
    path: Id
    seq_id: Seq | None = None
    ttl_seconds: Ttl | None = None


class SaveWeightsForSampler(Message, frozen=True, kw_only=True):
    model_id: Id
    path: Id | None = None
    sampling_session_seq_id: Seq | None = None
    seq_id: Seq | None = None
    ttl_seconds: Ttl | None = None


class CreateSamplingSession(Message, frozen=True, kw_only=True):
    session_id: Id
    sampling_session_seq_id: Seq
    base_model: Id | None = None
    model_path: Path | None = None


class SamplingParams(Message, frozen=True, kw_only=True):
    max_tokens: Annotated[int, Meta(ge=0, le=limits.SAMPLED_TOKENS)] | None = None
    temperature: Annotated[float, Meta(ge=0)] = 1.0
    top_p: Annotated[float, Meta(ge=0, le=1)] = 1.0
    top_k: Annotated[int, Meta(ge=-1, lt=2**31)] = -1
    seed: Seed | None = None
    stop: str | list[str | int] | None = None


class Sample(Message, frozen=True, kw_only=True):
    prompt: ModelInput
    sampling_params: SamplingParams
    num_samples: Annotated[int, Meta(ge=1, le=limits.SAMPLES)] = 1
    sampling_session_id: Id | None = None
    seq_id: Seq | None = None
    base_model: Id | None = None
    model_path: Path | None = None
    prompt_logprobs: bool | None = None
    prompt_logprobs_last_n: Annotated[int, Meta(ge=1)] | None = None
    topk_prompt_logprobs: Annotated[int, Meta(ge=0, le=257)] = 0
    topk_sample_logprobs: Annotated[int, Meta(ge=0, le=257)] = 0
    prompt_alt_tokens_k: Annotated[int, Meta(ge=0)] = 0
    target_prompt_logprobs: Tensor | None = None


class OfSampler(Message, frozen=True, kw_only=True):
    sampling_session_id: Id


class RetrieveFuture(Message, frozen=True, kw_only=True):
    request_id: Id
    allow_metadata_only: bool = False


class FuturesTarget(Message, frozen=True, kw_only=True):
    sampling_session_id: Id
    cloned_sampler_id: Seq = 0


class RetrieveFutures(Message, frozen=True, kw_only=True):
    target: FuturesTarget
    prev_cursor: Seq = 0
    timeout: Annotated[float, Meta(ge=0)] | None = None


class TinkerPath(Message, frozen=True, kw_only=True):
    tinker_path: Path


class CheckpointTtl(Message, frozen=True, kw_only=True):
    ttl_seconds: Ttl | None


class Anything(Message, frozen=True, kw_only=True):
    """A body that is only to be an object."""
