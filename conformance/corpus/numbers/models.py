"""Questions for what is known of models: attributes, renderers, learning rates, adapters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.corpus.numbers.asking import Json, ask
from conformance.corpus.numbers.tolerances import FLOAT64_POWER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.corpus.question import Question

CALIBRATED = (
    "meta-llama/Llama-3.1-8B-Instruct",
    "meta-llama/Llama-3.2-1B",
    "meta-llama/Llama-3.2-3B",
    "meta-llama/Llama-3.1-8B",
    "meta-llama/Llama-3.1-70B",
    "meta-llama/Llama-3.3-70B-Instruct",
    "Qwen/Qwen3-VL-30B-A3B-Instruct",
    "Qwen/Qwen3-VL-235B-A22B-Instruct",
    "Qwen/Qwen3-8B-Base",
    "Qwen/Qwen3-30B-A3B-Base",
    "Qwen/Qwen3-8B",
    "Qwen/Qwen3-32B",
    "Qwen/Qwen3-30B-A3B",
    "Qwen/Qwen3-4B-Instruct-2507",
    "Qwen/Qwen3-30B-A3B-Instruct-2507",
    "Qwen/Qwen3-235B-A22B-Instruct-2507",
    "Qwen/Qwen3.5-4B",
    "Qwen/Qwen3.5-9B",
    "Qwen/Qwen3.5-9B-Base",
    "Qwen/Qwen3.5-27B",
    "Qwen/Qwen3.5-35B-A3B",
    "Qwen/Qwen3.5-35B-A3B-Base",
    "Qwen/Qwen3.5-397B-A17B",
    "Qwen/Qwen3.6-27B",
    "Qwen/Qwen3.6-35B-A3B",
    "Qwen/Qwen3.8-27B",
)
KNOWN_ONLY = (
    "deepseek-ai/DeepSeek-V3.1",
    "deepseek-ai/DeepSeek-V4.1-Flash",
    "deepseek-ai/DeepSeek-V4.1-Flash-1017",
    "openai/gpt-oss-20b",
    "openai/gpt-oss-120b",
    "moonshotai/Kimi-K2.6",
    "zai-org/GLM-5.3",
    "zai-org/GLM-5.3-Flash",
    "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",
    "nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-BF16",
    "nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16",
    "nvidia/NVIDIA-Nemotron-3.5-Lightning-30B-A3B-BF16",
    "nvidia/NVIDIA-Nemotron-3.5-Super-VL-120B-A12B-BF16",
    "thinkingmachines/Inkling",
    "thinkingmachines/Inkling-Small",
)
"""Models that have attributes, but no learning rate yet: the original says that it is not there."""
NO_RATE_AT_ALL = ("deepseek-ai/DeepSeek-V3.1-Base", "moonshotai/Kimi-K2-Thinking", "moonshotai/Kimi-K2.5")
"""Models that have attributes, and for which the original's learning rate calls them unknown."""

UNKNOWN: tuple[tuple[str, str], ...] = (
    ("no-organization", "foo"),
    ("empty", ""),
    ("other-organization", "acme/model-1"),
    ("other-model", "Qwen/Qwen9-1T"),
    ("other-case", "qwen/Qwen3-8B"),
    ("model-in-other-case", "Qwen/qwen3-8b"),
    ("organization-alone", "Qwen/"),
    ("two-slashes", "Qwen/Qwen3-8B/main"),
    ("variant-alone", ":peft"),
    ("other-of-inkling", "thinkingmachines/Other"),
)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def questions() -> Iterator[Question]:
    """Whole organizations, all models one by one, then variants, then unknown ones."""
    for organization in dict.fromkeys(name.partition("/")[0] for name in (*CALIBRATED, *KNOWN_ONLY, *NO_RATE_AT_ALL)):
        yield ask("model.get_models", _slug(organization), {"organization": organization}, ("model_table",))
    for name in (*CALIBRATED, *KNOWN_ONLY, *NO_RATE_AT_ALL):
        yield ask("model.get_model_attributes", _slug(name), {"model_name": name}, ("model_table",))
        for operation in ("get_recommended_renderer_names", "get_recommended_renderer_name"):
            traps = ("T468", "T469", "T470")
            yield ask(f"model.{operation}", _slug(name), {"model_name": name}, ("model_table",), traps=traps)
        params: Json = {"model_name": name, "lora_rank": 8}
        slug = f"{_slug(name)}/rank-8"
        yield ask("hyperparams.get_lora_param_count", slug, params, ("lora_params",), traps=("T466",))
    for name in CALIBRATED:
        for slug, more in (("lora", {}), ("full", {"is_lora": False})):
            params = {"model_name": name, **more}
            about: Json = {"traps": ("T463", "T465"), "tolerance": FLOAT64_POWER}
            yield ask("hyperparams.get_lr", f"{_slug(name)}/{slug}", params, ("learning_rate",), **about)
    for name in (*KNOWN_ONLY, *NO_RATE_AT_ALL):
        flags = ("learning_rate", "not_calibrated", "malformed")
        yield ask("hyperparams.get_lr", f"{_slug(name)}/none", {"model_name": name}, flags, traps=("T464",))
    yield from _adapters()
    yield from _variants()
    yield from _unknown()
    yield from _warnings()


def _adapters() -> Iterator[Question]:
    operation = "hyperparams.get_lora_param_count"
    for name in ("Qwen/Qwen3-8B", "Qwen/Qwen3-30B-A3B", "meta-llama/Llama-3.2-1B", "openai/gpt-oss-20b"):
        for rank in (None, 1, 64, 0):
            params: Json = {"model_name": name} if rank is None else {"model_name": name, "lora_rank": rank}
            slug = f"{_slug(name)}/rank-{'default' if rank is None else rank}"
            yield ask(operation, slug, params, ("lora_params",), traps=("T466",))
        for off in (("mlp",), ("attn",), ("unembed",), ("mlp", "attn"), ("mlp", "unembed"), ("attn", "unembed")):
            params = {"model_name": name, "lora_rank": 1, **{f"train_{part}": False for part in off}}
            yield ask(operation, f"{_slug(name)}/without-{'-'.join(off)}", params, ("lora_params",), traps=("T466",))
        params = {"model_name": name, "train_mlp": False, "train_attn": False, "train_unembed": False}
        yield ask(operation, f"{_slug(name)}/nothing-trained", params, ("lora_params", "malformed"), traps=("T466",))
    for name in ("Qwen/Qwen3-8B", "acme/model-1"):
        params = {"model_name": name}
        operation = "hyperparams.get_lora_lr_over_full_finetune_lr"
        yield ask(operation, _slug(name), params, ("learning_rate",), traps=("T465",))


def _variants() -> Iterator[Question]:
    for slug, name in (
        ("peft", "Qwen/Qwen3-8B:peft:262144"),
        ("empty", "Qwen/Qwen3-8B:"),
        ("checkpoint", "meta-llama/Llama-3.1-8B:run-7"),
    ):
        params: Json = {"model_name": name}
        yield ask("model.get_model_attributes", f"variant-{slug}", params, ("model_variant",), traps=("T467",))
        yield ask("model.get_recommended_renderer_name", f"variant-{slug}", params, ("model_variant",), traps=("T467",))
        about: Json = {"traps": ("T467",), "tolerance": FLOAT64_POWER}
        yield ask("hyperparams.get_lr", f"variant-{slug}", params, ("model_variant", "learning_rate"), **about)
        yield ask("hyperparams.get_lora_param_count", f"variant-{slug}", params, ("model_variant", "lora_params"))
    for slug, name in (
        ("inkling-later", "thinkingmachines/Inkling-2"),
        ("inkling-alone", "thinkingmachines/Inkling:peft"),
        ("inklings", "thinkingmachines/InklingXL"),
    ):
        yield ask("model.get_model_attributes", slug, {"model_name": name}, ("model_table",))
    for slug, name in (
        ("inkling-later", "thinkingmachines/Inkling-2"),
        ("inkling-of-nearly-a-family", "thinkingmachines/Inkling-Llam-Lama-Qwe-Wen"),
    ):
        yield ask("hyperparams.get_lr", slug, {"model_name": name}, ("not_calibrated", "malformed"))
    params = {"model_name": "thinkingmachines/Inkling-2"}
    flags = ("lora_params", "unknown_model", "malformed")
    yield ask("hyperparams.get_lora_param_count", "inkling-later", params, flags)


def _unknown() -> Iterator[Question]:
    for slug, name in UNKNOWN:
        params: Json = {"model_name": name}
        flags = ("unknown_model", "malformed")
        yield ask("model.get_model_attributes", f"unknown-{slug}", params, flags, traps=("T467",))
        yield ask("model.get_recommended_renderer_names", f"unknown-{slug}", params, flags, traps=("T467",))
        yield ask("hyperparams.get_lora_param_count", f"unknown-{slug}", params, flags)
        if not {"qwen", "llama"} & set(re.split(r"[^a-z]+", name.lower())):
            yield ask("hyperparams.get_lr", f"unknown-{slug}", params, flags, traps=("T464",))


def _warnings() -> Iterator[Question]:
    for slug, name, renderer in (
        ("first-choice", "Qwen/Qwen3-8B", "qwen3"),
        ("second-choice", "Qwen/Qwen3-8B", "qwen3_disable_thinking"),
        ("other-renderer", "Qwen/Qwen3-8B", "llama3"),
        ("instruct-renderer", "Qwen/Qwen3-8B", "qwen3_instruct"),
        ("chat-renderer-for-base", "Qwen/Qwen3-8B-Base", "qwen3"),
        ("role-colon-for-chat", "meta-llama/Llama-3.1-8B-Instruct", "role_colon"),
        ("role-colon-for-base", "meta-llama/Llama-3.1-8B", "role_colon"),
        ("no-renderer", "Qwen/Qwen3-8B", None),
        ("unknown-model", "acme/model-1", "llama3"),
        ("no-organization", "foo", "llama3"),
        ("unknown-of-known-organization", "Qwen/Qwen9-1T", "llama3"),
        ("unknown-renderer", "Qwen/Qwen3-8B", "nonsense"),
        ("variant", "Qwen/Qwen3-8B:peft", "llama3"),
        ("kimi", "moonshotai/Kimi-K2.5", "kimi_k2"),
    ):
        params = {"model_name": name, "renderer_name": renderer}
        yield ask("model.warn_if_renderer_not_recommended", slug, params, ("model_table",), traps=("T470",))
