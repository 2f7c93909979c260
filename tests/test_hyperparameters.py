"""cookbook/hyperparameters.py: facts of tinker-cookbook 0.5.8, `hyperparam_utils`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cookbook.errors import ConfigurationError, InvalidInputError
from cookbook.hyperparameters import get_lora_lr_over_full_finetune_lr, get_lora_param_count, get_lr
from cookbook.model_table import MODELS


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("meta-llama/Llama-3.1-8B", 0.0002856415043086949),
        ("meta-llama/Llama-3.2-1B", 0.0004908239409722158),
        ("Qwen/Qwen3-8B", 0.00047297908091376354),
        ("Qwen/Qwen3-30B-A3B", 0.0004990818286656736),
    ],
)
def test_rates(name: str, rate: float) -> None:
    assert get_lr(name) == rate
    assert get_lr(f"{name}:peft") == rate
    assert get_lr(name, is_lora=False) == pytest.approx(rate / 10, rel=1e-15)


@pytest.mark.parametrize("name", ["openai/gpt-oss-20b", "moonshotai/Kimi-K2.6", "deepseek-ai/DeepSeek-V3.1"])
def test_known_models_without_a_rate(name: str) -> None:
    with pytest.raises(NotImplementedError, match="no learning rate was calibrated"):
        get_lr(name)


@pytest.mark.parametrize(
    "name", ["moonshotai/Kimi-K2-Thinking", "deepseek-ai/DeepSeek-V3.1-Base", "acme/model", "", "acme/llama-of-mine"]
)
def test_models_without_a_known_rate(name: str) -> None:
    with pytest.raises(ConfigurationError):
        get_lr(name)


def test_wider_models_get_lower_rates() -> None:
    for family in ("Llama", "Qwen"):
        widths = sorted((model.hidden_size, get_lr(name)) for name, model in MODELS.items() if family in name)
        assert [rate for _, rate in widths] == sorted((rate for _, rate in widths), reverse=True)


def test_the_factor_of_lora_is_ten() -> None:
    assert get_lora_lr_over_full_finetune_lr("anything", lora_alpha=64) == 10.0


def test_parameters() -> None:
    assert get_lora_param_count("Qwen/Qwen3-8B", 8) == 23071744
    with pytest.raises(ConfigurationError, match="acme/model"):
        get_lora_param_count("acme/model")
    with pytest.raises(InvalidInputError, match="choose at least one"):
        get_lora_param_count("Qwen/Qwen3-8B", train_mlp=False, train_attn=False, train_unembed=False)


@given(name=st.sampled_from(sorted(MODELS)), rank=st.integers(0, 256))
def test_parameters_add_up(name: str, rank: int) -> None:
    parts = ("train_mlp", "train_attn", "train_unembed")
    alone = [get_lora_param_count(name, rank, **{part: part == one for part in parts}) for one in parts]
    assert sum(alone) == get_lora_param_count(name, rank) == rank * get_lora_param_count(name, 1)
