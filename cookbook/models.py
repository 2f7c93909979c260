"""What is known of a model by its name, and which renderers were made for it.

Behaviour: tinker-cookbook 0.5.8, `model_info`.
"""

from __future__ import annotations

import logging

from cookbook.errors import ConfigurationError, InvalidInputError
from cookbook.model_table import MODELS, ORGANIZATIONS, ModelAttributes

__all__ = [
    "ModelAttributes",
    "base_model_name",
    "get_model_attributes",
    "get_models",
    "get_recommended_renderer_name",
    "get_recommended_renderer_names",
    "warn_if_renderer_not_recommended",
]

logger = logging.getLogger(__name__)

INKLING = "thinkingmachines/Inkling"
"""Whatever begins like this takes the renderer and the modalities of that family, listed or not."""


def base_model_name(model_name: str) -> str:
    """The name without the variant that the service may add after a colon: `org/model:peft:262144` is `org/model`."""
    return model_name.partition(":")[0]


def get_model_attributes(model_name: str) -> ModelAttributes:
    """The attributes of `organization/model`, with or without a variant.

    Raises InvalidInputError for a name without an organization and for a model that its organization does not have;
    ConfigurationError for an unknown organization.
    """
    name = base_model_name(model_name)
    known = MODELS.get(name)
    if known is not None:
        return known.attributes
    organization, slash, model = name.partition("/")
    if not slash:
        raise InvalidInputError(f"{name!r} is no full name of a model: write organization/model")
    if name.startswith(INKLING):
        family = MODELS[INKLING].attributes
        return ModelAttributes(organization, model, model, True, family.recommended_renderers, True, True)
    # Of the organization that makes Inkling, only models of that name are known as such.
    if organization in ORGANIZATIONS - {"thinkingmachines"}:
        raise InvalidInputError(f"{organization} has no model {model!r} that is known here")
    raise ConfigurationError(f"unknown model {name!r}")


def get_models(organization: str) -> dict[str, ModelAttributes]:
    """The models of an organization by their names, without the organization's.

    In the original a function each: `get_llama_info`, `get_qwen_info` and so on. Raises ConfigurationError for an
    unknown organization.
    """
    if organization not in ORGANIZATIONS:
        raise ConfigurationError(
            f"unknown organization {organization!r}: use one of {', '.join(sorted(ORGANIZATIONS))}"
        )
    whole = organization + "/"
    return {name.removeprefix(whole): model.attributes for name, model in MODELS.items() if name.startswith(whole)}


def get_recommended_renderer_names(model_name: str) -> list[str]:
    """Names of the renderers made for the model, the most fitting first. Raises as `get_model_attributes`."""
    return list(get_model_attributes(model_name).recommended_renderers)


def get_recommended_renderer_name(model_name: str) -> str:
    """The name of the renderer that fits the model best. Raises as `get_model_attributes`."""
    return get_recommended_renderer_names(model_name)[0]


def warn_if_renderer_not_recommended(model_name: str, renderer_name: str | None) -> None:
    """Log a warning if the renderer was not made for the model. Nothing for an unknown model or no renderer."""
    if renderer_name is None:
        return
    try:
        recommended = get_recommended_renderer_names(model_name)
    except (ConfigurationError, InvalidInputError):
        return
    if renderer_name not in recommended:
        logger.warning(
            "the renderer %s was not made for the model %s: use %s, or training may see tokens the model never has",
            renderer_name,
            model_name,
            " or ".join(recommended),
        )
