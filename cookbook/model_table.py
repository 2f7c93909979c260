"""The models that the Tinker API serves, and what is known of each.

Facts as of tinker-cookbook 0.5.8, `model_info` and `hyperparam_utils`; nothing here is looked up on a network.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ModelAttributes:
    """What is known of a model.

    `version_str` and `size_str` are as its maker writes them ("3.1", "30B-A3B"). `recommended_renderers` are the names
    of the renderers made for it, the most fitting first. `is_chat` is False for a base model; `is_vl` and `is_audio_in`
    say that it takes images and sound.
    """

    organization: str
    version_str: str
    size_str: str
    is_chat: bool
    recommended_renderers: tuple[str, ...]
    is_vl: bool = False
    is_audio_in: bool = False


@dataclass(frozen=True, slots=True)
class LoraParams:
    """Numbers of parameters that a LoRA adapter of rank 1 has in the parts of a model that can be trained."""

    mlp: int
    attn: int
    unembed: int


@dataclass(frozen=True, slots=True)
class Model:
    """A row of the table. `hidden_size` is the width of the residual stream."""

    name: str
    attributes: ModelAttributes
    hidden_size: int
    lora: LoraParams


LLAMA3 = ("llama3",)
ROLE_COLON = ("role_colon",)
QWEN3_VL_INSTRUCT = ("qwen3_vl_instruct",)
QWEN3 = ("qwen3", "qwen3_disable_thinking")
QWEN3_INSTRUCT = ("qwen3_instruct",)
QWEN3_5 = ("qwen3_5", "qwen3_5_disable_thinking", "qwen3_5_preserve_thinking")
QWEN3_8 = ("qwen3_8_xhigh_reasoning", "qwen3_8_disable_thinking", "qwen3_8_medium_reasoning", "qwen3_8_low_reasoning")
DEEPSEEK_V3 = ("deepseekv3", "deepseekv3_thinking")
DEEPSEEK_V4_1 = (
    "deepseekv4_1",
    "deepseekv4_1_low_reasoning",
    "deepseekv4_1_max_reasoning",
    "deepseekv4_1_disable_thinking",
    "deepseekv4_1_preserve_thinking",
)
GPT_OSS = ("gpt_oss_no_sysprompt", "gpt_oss_medium_reasoning")
KIMI_K2 = ("kimi_k2",)
KIMI_K25 = ("kimi_k25", "kimi_k25_disable_thinking")
KIMI_K26 = ("kimi_k26", "kimi_k26_disable_thinking", "kimi_k26_preserve_thinking")
GLM5_3 = ("glm5_3_max_reasoning", "glm5_3_low_reasoning", "glm5_3_high_reasoning")
NEMOTRON3 = ("nemotron3", "nemotron3_disable_thinking", "nemotron3_preserve_thinking")
NEMOTRON3_SUPER = ("nemotron3", "nemotron3_disable_thinking", "nemotron3_preserve_thinking", "nemotron3_low_thinking")
NEMOTRON3_ULTRA = (
    "nemotron3_ultra",
    "nemotron3_ultra_disable_thinking",
    "nemotron3_ultra_medium_thinking",
    "nemotron3_ultra_preserve_thinking",
)
NEMOTRON3_LIGHTNING = ("nemotron3_ultra", "nemotron3_ultra_disable_thinking", "nemotron3_ultra_preserve_thinking")
TML_V0 = ("tml_v0",)


def _model(
    name: str,
    version: str,
    size: str,
    renderers: tuple[str, ...],
    hidden_size: int,
    lora: tuple[int, int, int],
    *,
    is_chat: bool = True,
    is_vl: bool = False,
    is_audio_in: bool = False,
) -> Model:
    organization = name.partition("/")[0]
    attributes = ModelAttributes(organization, version, size, is_chat, renderers, is_vl, is_audio_in)
    return Model(name, attributes, hidden_size, LoraParams(*lora))


_ROWS = (
    _model("meta-llama/Llama-3.1-8B-Instruct", "3.1", "8B", LLAMA3, 4096, (1_769_472, 851_968, 132_352)),
    _model("meta-llama/Llama-3.2-1B", "3.2", "1B", ROLE_COLON, 2048, (491_520, 212_992, 130_304), is_chat=False),
    _model("meta-llama/Llama-3.2-3B", "3.2", "3B", ROLE_COLON, 3072, (946_176, 573_440, 131_328), is_chat=False),
    _model("meta-llama/Llama-3.1-8B", "3.1", "8B", ROLE_COLON, 4096, (1_769_472, 851_968, 132_352), is_chat=False),
    _model("meta-llama/Llama-3.1-70B", "3.1", "70B", ROLE_COLON, 8192, (8_847_360, 4_096_000, 136_448), is_chat=False),
    _model("meta-llama/Llama-3.3-70B-Instruct", "3.3", "70B", LLAMA3, 8192, (8_847_360, 4_096_000, 136_448)),
    _model(
        "Qwen/Qwen3-VL-30B-A3B-Instruct",
        "3",
        "30B-A3B",
        QWEN3_VL_INSTRUCT,
        2048,
        (14_450_688, 835_584, 153_984),
        is_vl=True,
    ),
    _model(
        "Qwen/Qwen3-VL-235B-A22B-Instruct",
        "3",
        "235B-A22B",
        QWEN3_VL_INSTRUCT,
        4096,
        (56_598_528, 3_176_448, 156_032),
        is_vl=True,
    ),
    _model("Qwen/Qwen3-8B-Base", "3", "8B", ROLE_COLON, 4096, (1_769_472, 958_464, 156_032), is_chat=False),
    _model("Qwen/Qwen3-30B-A3B-Base", "3", "30B-A3B", ROLE_COLON, 2048, (14_450_688, 835_584, 153_984), is_chat=False),
    _model("Qwen/Qwen3-8B", "3", "8B", QWEN3, 4096, (1_769_472, 958_464, 156_032)),
    _model("Qwen/Qwen3-32B", "3", "32B", QWEN3, 5120, (5_898_240, 2_490_368, 157_056)),
    _model("Qwen/Qwen3-30B-A3B", "3", "30B-A3B", QWEN3, 2048, (14_450_688, 835_584, 153_984)),
    _model("Qwen/Qwen3-4B-Instruct-2507", "3", "4B", QWEN3_INSTRUCT, 2560, (1_327_104, 737_280, 154_496)),
    _model("Qwen/Qwen3-30B-A3B-Instruct-2507", "3", "30B-A3B", QWEN3_INSTRUCT, 2048, (14_450_688, 835_584, 153_984)),
    _model(
        "Qwen/Qwen3-235B-A22B-Instruct-2507", "3", "235B-A22B", QWEN3_INSTRUCT, 4096, (56_598_528, 3_176_448, 156_032)
    ),
    _model("Qwen/Qwen3.5-4B", "3.5", "4B", QWEN3_5, 2560, (1_130_496, 897_024, 250_880), is_vl=True),
    _model("Qwen/Qwen3.5-9B", "3.5", "9B", QWEN3_5, 4096, (1_572_864, 1_130_496, 252_416), is_vl=True),
    _model(
        "Qwen/Qwen3.5-9B-Base",
        "3.5",
        "9B",
        ROLE_COLON,
        4096,
        (1_572_864, 1_130_496, 252_416),
        is_chat=False,
        is_vl=True,
    ),
    _model("Qwen/Qwen3.5-27B", "3.5", "27B", QWEN3_5, 5120, (4_325_376, 2_965_504, 253_440), is_vl=True),
    _model("Qwen/Qwen3.5-35B-A3B", "3.5", "35B-A3B", QWEN3_5, 2048, (16_281_600, 1_013_760, 250_368), is_vl=True),
    _model(
        "Qwen/Qwen3.5-35B-A3B-Base",
        "3.5",
        "35B-A3B",
        ROLE_COLON,
        2048,
        (16_281_600, 1_013_760, 250_368),
        is_chat=False,
        is_vl=True,
    ),
    _model("Qwen/Qwen3.5-397B-A17B", "3.5", "397B-A17B", QWEN3_5, 4096, (96_030_720, 2_841_600, 252_416), is_vl=True),
    _model("Qwen/Qwen3.6-27B", "3.6", "27B", QWEN3_5, 5120, (4_325_376, 2_965_504, 253_440), is_vl=True),
    _model("Qwen/Qwen3.6-35B-A3B", "3.6", "35B-A3B", QWEN3_5, 2048, (16_281_600, 1_013_760, 250_368), is_vl=True),
    _model("Qwen/Qwen3.8-27B", "3.8", "27B", QWEN3_8, 5120, (4_325_376, 2_965_504, 253_440), is_vl=True),
    _model("deepseek-ai/DeepSeek-V3.1", "3", "671B-A37B", DEEPSEEK_V3, 7168, (94_307_328, 2_440_000, 136_448)),
    _model(
        "deepseek-ai/DeepSeek-V3.1-Base",
        "3",
        "671B-A37B",
        ROLE_COLON,
        7168,
        (94_307_328, 2_440_000, 136_448),
        is_chat=False,
    ),
    _model(
        "deepseek-ai/DeepSeek-V4.1-Flash", "4.1", "552B-A16B", DEEPSEEK_V4_1, 5120, (107_673_600, 1_013_760, 134_400)
    ),
    _model(
        "deepseek-ai/DeepSeek-V4.1-Flash-1017",
        "4.1",
        "552B-A16B",
        DEEPSEEK_V4_1,
        5120,
        (107_673_600, 1_013_760, 134_400),
    ),
    _model("openai/gpt-oss-20b", "1", "21B-A3.6B", GPT_OSS, 2880, (6_842_880, 497_664, 203_968)),
    _model("openai/gpt-oss-120b", "1", "117B-A5.1B", GPT_OSS, 2880, (40_124_160, 746_496, 203_968)),
    _model("moonshotai/Kimi-K2-Thinking", "K2", "1T-A32B", KIMI_K2, 7168, (144_583_680, 1_940_288, 171_008)),
    _model("moonshotai/Kimi-K2.5", "K2.5", "1T-A32B", KIMI_K25, 7168, (144_583_680, 1_940_288, 171_008), is_vl=True),
    _model("moonshotai/Kimi-K2.6", "K2.6", "1T-A32B", KIMI_K26, 7168, (144_583_680, 1_940_288, 171_008), is_vl=True),
    _model("zai-org/GLM-5.3", "5.3", "744B-A40B", GLM5_3, 6144, (121_356_288, 2_920_320, 161_024)),
    _model("zai-org/GLM-5.3-Flash", "5.3", "320B-A18B", GLM5_3, 4096, (75_755_520, 2_009_088, 158_976)),
    _model(
        "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", "3", "30B-A3B", NEMOTRON3, 2688, (11_346_176, 584_832, 133_760)
    ),
    _model(
        "nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-BF16",
        "3",
        "120B-A12B",
        NEMOTRON3_SUPER,
        4096,
        (111_349_760, 1_675_264, 135_168),
    ),
    _model(
        "nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16",
        "3",
        "550B-A55B",
        NEMOTRON3_ULTRA,
        8192,
        (254_529_536, 4_134_912, 139_264),
    ),
    _model(
        "nvidia/NVIDIA-Nemotron-3.5-Lightning-30B-A3B-BF16",
        "3.5",
        "30B-A3B",
        NEMOTRON3_LIGHTNING,
        2688,
        (11_346_176, 584_832, 133_760),
    ),
    _model(
        "nvidia/NVIDIA-Nemotron-3.5-Super-VL-120B-A12B-BF16",
        "3.5",
        "120B-A12B",
        NEMOTRON3_ULTRA,
        4096,
        (111_349_760, 1_675_264, 135_168),
        is_vl=True,
    ),
    _model(
        "thinkingmachines/Inkling",
        "1",
        "975B-A41B",
        TML_V0,
        6144,
        (154_705_920, 3_424_256, 207_168),
        is_vl=True,
        is_audio_in=True,
    ),
    _model(
        "thinkingmachines/Inkling-Small",
        "1",
        "276B-A12B",
        TML_V0,
        4096,
        (64_503_808, 1_311_744, 205_120),
        is_vl=True,
        is_audio_in=True,
    ),
)

MODELS: Mapping[str, Model] = MappingProxyType({model.name: model for model in _ROWS})
"""Every model by its full name, `organization/model`."""

ORGANIZATIONS = frozenset(model.attributes.organization for model in _ROWS)
