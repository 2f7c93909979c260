"""Learning rates that suit a model, and the size of its LoRA adapter.

Behaviour: tinker-cookbook 0.5.8, `hyperparam_utils`, without what it reads from a network.
"""

from __future__ import annotations

from cookbook.errors import ConfigurationError, InvalidInputError
from cookbook.model_table import MODELS
from cookbook.models import INKLING, base_model_name

BASE_LR = 5e-5
LORA_LR_MULTIPLIER = 10.0

EXPONENT_OF_FAMILY = {"llama": 0.781, "qwen": 0.0775}
"""How fast the rate falls as the model gets wider, by what occurs in the model's name; found by sweeps upstream."""

NOT_CALIBRATED = frozenset(
    name
    for name in MODELS
    if name.startswith(("openai/", "nvidia/", "zai-org/", INKLING))
    or name
    in (
        "deepseek-ai/DeepSeek-V3.1",
        "deepseek-ai/DeepSeek-V4.1-Flash",
        "deepseek-ai/DeepSeek-V4.1-Flash-1017",
        "moonshotai/Kimi-K2.6",
    )
)
"""Models that are known, but for which no sweep was made."""


def get_lr(model_name: str, is_lora: bool = True) -> float:
    """A learning rate for Adam: 5e-5, ten times that for LoRA, scaled by (2000 / hidden size) to the family's power.

    Raises NotImplementedError for a known model of an uncalibrated family; ConfigurationError for any other.
    """
    name = base_model_name(model_name)
    exponent = next((power for family, power in EXPONENT_OF_FAMILY.items() if family in name.lower()), None)
    if exponent is None:
        if name in NOT_CALIBRATED or name.startswith(INKLING):
            raise NotImplementedError(f"no learning rate was calibrated for {name}: give one")
        raise ConfigurationError(f"unknown model {name!r}")
    model = MODELS.get(name)
    if model is None:
        raise ConfigurationError(f"the hidden size of {name!r} is not known: give a learning rate")
    rate = BASE_LR * LORA_LR_MULTIPLIER if is_lora else BASE_LR
    return float(rate * (2000 / model.hidden_size) ** exponent)


def get_lora_lr_over_full_finetune_lr(model_name: str, lora_alpha: int = 32) -> float:
    """How much higher the rate of LoRA is than that of full fine-tuning: ten, for every model and alpha."""
    return LORA_LR_MULTIPLIER


def get_lora_param_count(
    model_name: str,
    lora_rank: int = 32,
    train_mlp: bool = True,
    train_attn: bool = True,
    train_unembed: bool = True,
) -> int:
    """Number of parameters of the adapter that trains these parts.

    The experts of a mixture share the factor on the side of the hidden dimension, so it is counted once a layer.

    Raises InvalidInputError if nothing is trained; ConfigurationError for an unknown model.
    """
    if not (train_mlp or train_attn or train_unembed):
        raise InvalidInputError("nothing is trained: choose at least one of train_mlp, train_attn, train_unembed")
    name = base_model_name(model_name)
    model = MODELS.get(name)
    if model is None:
        raise ConfigurationError(f"the number of LoRA parameters of {name!r} is not known")
    trained = ((train_mlp, model.lora.mlp), (train_attn, model.lora.attn), (train_unembed, model.lora.unembed))
    return sum(count for is_trained, count in trained if is_trained) * lora_rank
