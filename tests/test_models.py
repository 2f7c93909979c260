"""cookbook/models.py and the table under it: facts of tinker-cookbook 0.5.8, `model_info`."""

from __future__ import annotations

import logging

import pytest

from cookbook.errors import ConfigurationError, InvalidInputError
from cookbook.model_table import MODELS, ORGANIZATIONS
from cookbook.models import (
    base_model_name,
    get_model_attributes,
    get_models,
    get_recommended_renderer_name,
    get_recommended_renderer_names,
    warn_if_renderer_not_recommended,
)


def test_the_table_is_whole() -> None:
    assert len(MODELS) == 44
    for name, model in MODELS.items():
        assert name == model.name == f"{model.attributes.organization}/{name.partition('/')[2]}"
        assert model.attributes.recommended_renderers
        assert model.hidden_size > 0
        assert min(model.lora.mlp, model.lora.attn, model.lora.unembed) > 0
        assert ("role_colon" in model.attributes.recommended_renderers) is not model.attributes.is_chat
    assert len(ORGANIZATIONS) == 8


@pytest.mark.parametrize(
    ("name", "renderers"),
    [
        ("Qwen/Qwen3-8B", ["qwen3", "qwen3_disable_thinking"]),
        ("Qwen/Qwen3-8B-Base", ["role_colon"]),
        ("meta-llama/Llama-3.1-8B", ["role_colon"]),
        ("meta-llama/Llama-3.1-8B-Instruct", ["llama3"]),
        ("deepseek-ai/DeepSeek-V3.1", ["deepseekv3", "deepseekv3_thinking"]),
        ("openai/gpt-oss-20b", ["gpt_oss_no_sysprompt", "gpt_oss_medium_reasoning"]),
        ("moonshotai/Kimi-K2.5", ["kimi_k25", "kimi_k25_disable_thinking"]),
    ],
)
def test_recommended_renderers(name: str, renderers: list[str]) -> None:
    assert get_recommended_renderer_names(name) == renderers
    assert get_recommended_renderer_name(name) == renderers[0]


def test_the_models_of_an_organization() -> None:
    assert list(get_models("openai")) == ["gpt-oss-20b", "gpt-oss-120b"]
    found = {
        f"{organization}/{name}": it for organization in ORGANIZATIONS for name, it in get_models(organization).items()
    }
    assert found == {name: model.attributes for name, model in MODELS.items()}
    with pytest.raises(ConfigurationError, match=r"unknown organization 'acme': use one of Qwen, .*, zai-org$"):
        get_models("acme")


def test_a_variant_is_the_model() -> None:
    assert base_model_name("org/model:peft:7") == "org/model"
    assert get_model_attributes("Qwen/Qwen3-8B:peft") == get_model_attributes("Qwen/Qwen3-8B")


def test_a_later_inkling_is_of_the_family() -> None:
    found = get_model_attributes("thinkingmachines/Inkling-3")
    assert (found.version_str, found.size_str, found.recommended_renderers) == ("Inkling-3", "Inkling-3", ("tml_v0",))
    assert found.is_vl
    assert found.is_audio_in


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("foo", InvalidInputError),
        ("", InvalidInputError),
        ("Qwen/Qwen9", InvalidInputError),
        ("Qwen/", InvalidInputError),
        ("acme/model", ConfigurationError),
        ("qwen/Qwen3-8B", ConfigurationError),
        ("thinkingmachines/Other", ConfigurationError),
    ],
)
def test_what_is_unknown_says_what(name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        get_model_attributes(name)


@pytest.mark.parametrize(
    ("name", "renderer", "warned"),
    [
        ("Qwen/Qwen3-8B", "qwen3", False),
        ("Qwen/Qwen3-8B", "llama3", True),
        ("Qwen/Qwen3-8B", None, False),
        ("acme/model", "llama3", False),
        ("foo", "llama3", False),
        ("Qwen/Qwen9", "llama3", False),
    ],
)
def test_warnings(name: str, renderer: str | None, warned: bool, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        warn_if_renderer_not_recommended(name, renderer)
    assert bool(caplog.records) is warned
    if warned:
        assert "use qwen3 or qwen3_disable_thinking" in caplog.text
