"""Areas `supervised`, `schedule`, `hyperparams` and `model`: losses, learning rates and what is known of models."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from conformance.number_forms.shared import Answer, AnyTensor, Asked, Float, Operation, TokenId


class MeanNll(Asked, frozen=True, kw_only=True):
    """One vector a datum in each list."""

    logprobs: list[AnyTensor]
    weights: list[AnyTensor]


class MeanNllResult(Answer, frozen=True, kw_only=True):
    mean_nll: Float


class BitsPerByte(MeanNll, frozen=True, kw_only=True):
    """`special_token_ids` are the tokens that count as special; without them those that begin and end a text."""

    target_tokens: list[AnyTensor]
    tokenizer: str
    special_token_ids: list[TokenId] | UnsetType = UNSET


class BitsPerByteResult(Answer, frozen=True, kw_only=True):
    bpb: Float


class ScheduleStep(Asked, frozen=True, kw_only=True):
    lr_schedule: str
    step: int
    total_steps: int


class Multiplier(Answer, frozen=True, kw_only=True):
    multiplier: Float


class OfModel(Asked, frozen=True, kw_only=True):
    model_name: str


class LearningRateOfModel(OfModel, frozen=True, kw_only=True):
    is_lora: bool | UnsetType = UNSET


class LearningRate(Answer, frozen=True, kw_only=True):
    lr: Float


class LoraOfModel(OfModel, frozen=True, kw_only=True):
    lora_rank: int | UnsetType = UNSET
    train_mlp: bool | UnsetType = UNSET
    train_attn: bool | UnsetType = UNSET
    train_unembed: bool | UnsetType = UNSET


class Count(Answer, frozen=True, kw_only=True):
    count: int


class LoraFactor(Answer, frozen=True, kw_only=True):
    factor: Float


class ModelAttributes(Answer, frozen=True, kw_only=True):
    organization: str
    version_str: str
    size_str: str
    is_chat: bool
    recommended_renderers: list[str]
    is_vl: bool
    is_audio_in: bool


class OfOrganization(Asked, frozen=True, kw_only=True):
    organization: Literal[
        "meta-llama", "Qwen", "deepseek-ai", "openai", "moonshotai", "zai-org", "nvidia", "thinkingmachines"
    ]


class ModelsOfOrganization(Answer, frozen=True, kw_only=True):
    """By the name of the model, without the organization's."""

    models: dict[str, ModelAttributes]


class RendererNames(Answer, frozen=True, kw_only=True):
    renderers: list[str]


class RendererName(Answer, frozen=True, kw_only=True):
    renderer: str


class RendererOfModel(OfModel, frozen=True, kw_only=True):
    renderer_name: str | None


class Warned(Answer, frozen=True, kw_only=True):
    warned: bool


OPERATIONS = (
    Operation(
        name="supervised.compute_mean_nll",
        params=MeanNll,
        result=MeanNllResult,
        summary="Minus the weighted mean logprob of a batch, in float32; NaN without weight.",
    ),
    Operation(
        name="supervised.compute_bpb",
        params=BitsPerByte,
        result=BitsPerByteResult,
        summary="Bits per byte of the trained text; NaN without a byte.",
    ),
    Operation(
        name="schedule.compute_schedule_lr_multiplier",
        params=ScheduleStep,
        result=Multiplier,
        summary="What the learning rate is multiplied with at a step.",
    ),
    Operation(
        name="hyperparams.get_lr",
        params=LearningRateOfModel,
        result=LearningRate,
        summary="A learning rate that suits a model.",
    ),
    Operation(
        name="hyperparams.get_lora_param_count",
        params=LoraOfModel,
        result=Count,
        summary="The number of parameters of a model's LoRA adapter.",
    ),
    Operation(
        name="hyperparams.get_lora_lr_over_full_finetune_lr",
        params=OfModel,
        result=LoraFactor,
        summary="How much higher the learning rate of LoRA is.",
    ),
    Operation(
        name="model.get_model_attributes",
        params=OfModel,
        result=ModelAttributes,
        summary="What is known of a model by its name.",
    ),
    Operation(
        name="model.get_models",
        params=OfOrganization,
        result=ModelsOfOrganization,
        summary="All models of an organization, with what is known of each.",
    ),
    Operation(
        name="model.get_recommended_renderer_names",
        params=OfModel,
        result=RendererNames,
        summary="The renderers made for a model, the most fitting first.",
    ),
    Operation(
        name="model.get_recommended_renderer_name",
        params=OfModel,
        result=RendererName,
        summary="The renderer that fits a model best.",
    ),
    Operation(
        name="model.warn_if_renderer_not_recommended",
        params=RendererOfModel,
        result=Warned,
        summary="Whether a renderer that was not made for a model is warned of.",
    ),
)
