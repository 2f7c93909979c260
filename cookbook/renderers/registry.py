"""Renderers by name.

Names and the custom registry follow tinker-cookbook 0.5.8, `get_renderer`; its function takes no renderer options, this
one does, since an option is part of what a caller asks for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from cookbook.errors import ConfigurationError, RendererError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cookbook.renderers.base import Renderer
    from cookbook.tokenizer import Tokenizer

    RendererFactory = Callable[..., Renderer]


class _BuiltIn(NamedTuple):
    """Where a renderer lives, which is imported when it is asked for; what its name fixes and a caller may choose."""

    module: str
    renderer: str
    options: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = {}


_STRIP = ("strip_thinking_from_history",)
_DATE = ("current_date",)
_DEEPSEEK = ("system_role_as_user", "strip_thinking_from_history")


def _gpt_oss(effort: str) -> _BuiltIn:
    return _BuiltIn("gpt_oss", "GptOssRenderer", _DATE, {"use_system_prompt": True, "reasoning_effort": effort})


_BUILT_IN: dict[str, _BuiltIn] = {
    "role_colon": _BuiltIn("role_colon", "RoleColonRenderer"),
    "llama3": _BuiltIn("llama3", "Llama3Renderer"),
    "qwen3": _BuiltIn("qwen3", "Qwen3Renderer", _STRIP),
    "qwen3_disable_thinking": _BuiltIn("qwen3", "Qwen3DisableThinkingRenderer", _STRIP),
    "qwen3_instruct": _BuiltIn("qwen3", "Qwen3InstructRenderer", _STRIP),
    "deepseekv3": _BuiltIn("deepseek_v3", "DeepSeekV3DisableThinkingRenderer", _DEEPSEEK),
    "deepseekv3_disable_thinking": _BuiltIn("deepseek_v3", "DeepSeekV3DisableThinkingRenderer", _DEEPSEEK),
    "deepseekv3_thinking": _BuiltIn("deepseek_v3", "DeepSeekV3ThinkingRenderer", _DEEPSEEK),
    "gpt_oss_no_sysprompt": _BuiltIn("gpt_oss", "GptOssRenderer", _DATE),
    "gpt_oss_low_reasoning": _gpt_oss("low"),
    "gpt_oss_medium_reasoning": _gpt_oss("medium"),
    "gpt_oss_high_reasoning": _gpt_oss("high"),
}

_custom: dict[str, RendererFactory] = {}


def get_renderer(
    name: str,
    tokenizer: Tokenizer,
    *,
    image_processor: Any = None,
    model_name: str | None = None,
    **options: Any,
) -> Renderer:
    """The renderer called `name`, bound to `tokenizer`.

    A registered name goes before a built-in one. `image_processor` is for registered renderers that see images;
    `model_name` is taken, and not needed, for the sake of callers that know upstream. `options` are the renderer's
    own, such as `strip_thinking_from_history`. Raises RendererError for an unknown name, ConfigurationError for an
    option that the renderer does not have.
    """
    if name in _custom:
        return _custom[name](tokenizer, image_processor, **options)
    built_in = _BUILT_IN.get(name)
    if built_in is None:
        known = ", ".join([*_BUILT_IN, *_custom])
        raise RendererError(f"unknown renderer {name!r}: use one of {known}, or register_renderer your own")
    for option in options:
        if option not in built_in.options:
            known = ", ".join(built_in.options) or "none"
            raise ConfigurationError(f"renderer {name!r} has no option {option!r}: its options are {known}")
    renderer = getattr(import_module(f"cookbook.renderers.{built_in.module}"), built_in.renderer)
    return renderer(tokenizer, **built_in.fixed, **options)  # type: ignore[no-any-return]


def register_renderer(name: str, factory: RendererFactory) -> None:
    """Make `name` known: `factory(tokenizer, image_processor, **options)` builds it. Replaces what had the name."""
    _custom[name] = factory


def unregister_renderer(name: str) -> bool:
    """Forget a registered name; whether it was registered."""
    return _custom.pop(name, None) is not None


def is_renderer_registered(name: str) -> bool:
    """Whether `name` was registered; built-in names do not count."""
    return name in _custom


def get_registered_renderer_names() -> list[str]:
    """The registered names, without the built-in ones."""
    return list(_custom)


def get_built_in_renderer_names() -> list[str]:
    """The names that `get_renderer` knows by itself."""
    return list(_BUILT_IN)
